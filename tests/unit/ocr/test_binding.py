"""A file bound into one PDF/A: complete, numbered, nothing covered, judged by the real validator."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Array, Dictionary, Name, String

from config.isolation import Workshop
from ocr.pdfa.binding import STRIP, Binding, Part, bind
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.repair import declare, save
from ocr.pdfa.validator import Validator
from ocr.scan_profile import ScanProfile
from tests.child_jobs import job
from tests.unit.ocr.conftest import letter, page_text, recognition, scan_pdf

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
BOX = (100.0, 50.0, 500.0, 350.0)


def part(number: int, path: Path | None, title: str = "Bauantrag") -> Part:
    facts = (("Originaldatei", f"scan {number}.pdf"), ("Eingang", "22.11.2026"))
    return Part(number=f"1.{number}", title=title, facts=facts, path=path)


def binding(out: Path, *parts: Part, title: str = "Wintergarten", claims: bool = True) -> Binding:
    return Binding(
        mark="63.1/7/2026",
        title=title,
        facts=(("Abteilung", "bauamt"),),
        parts=parts,
        made_at=AT,
        out=out,
        claims=claims,
    )


def texts(path: Path) -> list[str]:
    document = pdfium.PdfDocument(path)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return found


def scan(tmp_path: Path, writer: PdfaWriter, name: str = "scan.pdf") -> Path:
    """A rendition of ours: one page, picture and text."""
    source, out = tmp_path / f"source-{name}", tmp_path / name
    scan_pdf(source, letter(lines=3))
    read = recognition(page_text([("Wintergarten", (100, 100, 200, 112))]))
    profile = ScanProfile()
    writer.write(source, read, out, profile=profile, title="x", subject=name)
    return out


def drawn(path: Path, turn: int, *, layer: bool = False) -> Path:
    """A PDF/A page of 400 x 300 pt within a larger sheet, its corners marked, turned."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(600, 400))
        page = pdf.pages[0]
        page.obj.CropBox = Array(BOX)
        page.obj.Rotate = turn
        inside = b"1 0 0 rg 100 50 400 300 re f "
        outside = b"0 0 1 rg 0 0 600 50 re f 0 0 100 400 re f 500 0 100 400 re f 0 350 600 50 re f "
        if layer:
            group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("verborgen")))
            default = Dictionary(Name=String("x"), OFF=Array([group]), Order=Array([group]))
            pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=default)
            page.obj.Resources = Dictionary(Properties=Dictionary(L=group))
            inside += b"/OC /L BDC 0 1 0 rg 100 50 400 300 re f EMC "
        page.contents_add(outside + inside)
        declare(pdf, "3b", title="x", description=None)
        save(pdf, path, "3b")
    return path


def colours(
    path: Path, number: int
) -> tuple[set[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """The plain colours of a page above the strip, and those of a line just above the strip."""
    document = pdfium.PdfDocument(path)
    image = document[number].render(scale=1).to_pil().convert("RGB")
    document.close()
    above = image.crop((2, 2, image.width - 2, image.height - int(STRIP) - 2))
    strip = image.crop((1, image.height - int(STRIP) + 2, image.width - 1, image.height - 1))
    found = {colour for _, colour in above.getcolors(1 << 20) or []}
    return found, [colour for _, colour in strip.getcolors(1 << 20) or []]


def test_all_is_there_numbered_and_compliant(
    tmp_path: Path, workshop: Workshop, writer: PdfaWriter, validator: Validator
) -> None:
    out = tmp_path / "akte.pdf"
    parts = (
        part(1, scan(tmp_path, writer)),
        part(2, None, title="Nur im Original"),
        part(3, drawn(tmp_path / "drawn.pdf", 90), title="Plan"),
    )
    sheets = workshop.run(
        job("ocr.pdfa.binding:bind", binding(out, *parts)), seconds=60, subject="x"
    )
    verdict = validator.validate(out, "3b")
    assert verdict.compliant, verdict.failed
    found = texts(out)
    assert len(found) == sheets == 4
    for number, text in enumerate(found, start=1):
        assert f"63.1/7/2026 · Blatt {number} von 4" in " ".join(text.split())
    front = " ".join(found[0].split())
    for words in ("Wintergarten", "1.1 Bauantrag (Blatt 2–2)", "1.2 Nur im Original (Blatt 3–3)",
                  "1.3 Plan (Blatt 4–4)", "Originaldatei: scan 2.pdf", "Eingang: 22.11.2026"):  # fmt: skip
        assert words in front
    assert "Wintergarten" in found[1]
    assert "keine druckbare Fassung" in found[2]
    with pikepdf.open(out) as pdf, pdf.open_outline() as outline:
        assert [item.title for item in outline.root] == [
            "1.1 Bauantrag", "1.2 Nur im Original", "1.3 Plan",
        ]  # fmt: skip
        assert str(pdf.Root.Lang) == "de-DE"


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_nothing_is_covered_and_nothing_comes_to_light(tmp_path: Path, turn: int) -> None:
    out = tmp_path / "akte.pdf"
    bind(binding(out, part(1, drawn(tmp_path / "drawn.pdf", turn))))
    page, strip = colours(out, 1)
    assert page == {(255, 0, 0)}  # all of the page, and nothing that its crop box hid
    assert (255, 255, 255) in strip and len(strip) > 1  # white, with words on it
    assert not [each for each in strip if each[2] > each[0] + 40]  # none of the hidden blue
    document = pdfium.PdfDocument(out)
    width, height = document[1].get_size()
    document.close()
    assert (width, height) == ((400, 318) if turn % 180 == 0 else (300, 418))


def test_a_hidden_layer_stays_hidden(tmp_path: Path, validator: Validator) -> None:
    out = tmp_path / "akte.pdf"
    bind(binding(out, part(1, drawn(tmp_path / "layer.pdf", 0, layer=True))))
    assert colours(out, 1)[0] == {(255, 0, 0)}
    verdict = validator.validate(out, "3b")
    assert verdict.compliant, verdict.failed


def test_a_long_table_of_contents_counts_itself(tmp_path: Path) -> None:
    out = tmp_path / "akte.pdf"
    path = drawn(tmp_path / "drawn.pdf", 0)
    sheets = bind(binding(out, *(part(number, path) for number in range(1, 61))))
    found = texts(out)
    assert len(found) == sheets
    front = " ".join(" ".join(text.split()) for text in found[: sheets - 60])
    assert f"1.1 Bauantrag (Blatt {sheets - 59}–{sheets - 59})" in front
    assert f"1.60 Bauantrag (Blatt {sheets}–{sheets})" in front


def test_names_in_any_letters(tmp_path: Path, validator: Validator) -> None:
    out = tmp_path / "akte.pdf"
    odd = "Straße „Łódź“ Київ 東京 مرحبا \U0001f4c4 \x00\x1b[31m\n" + "x" * 900
    bind(binding(out, part(1, None, title=odd), title=odd))
    verdict = validator.validate(out, "3b")
    assert verdict.compliant, verdict.failed
    assert "Straße „Łódź“ Київ" in texts(out)[0]


def test_without_the_claim_there_is_none(tmp_path: Path) -> None:
    out = tmp_path / "akte.pdf"
    bind(binding(out, part(1, None), claims=False))
    with pikepdf.open(out) as pdf, pdf.open_metadata() as meta:
        assert "pdfaid:part" not in meta


def test_an_empty_file_is_its_cover(tmp_path: Path) -> None:
    assert bind(binding(tmp_path / "akte.pdf")) == 1
