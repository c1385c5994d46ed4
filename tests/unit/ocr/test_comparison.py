"""Copies against their sources, by both drawers, in children: what is told."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageDraw
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from config.isolation import Workshop
from ocr.compare.comparison import findings
from ocr.compare.orders import Made, PageCompared, Pair, Result
from ocr.findings import Severity
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.writing import Task, rebuild
from tests.child_jobs import job
from tests.unit.ocr.comparing import A4, LETTER, codes, compared, lines, pairs, text_pdf, write
from tests.unit.ocr.conftest import letter, page_text, recognition, scan_pdf

# ------------------------------------------------------------------ what is seen


def test_the_same_page_is_alike_by_both_drawers(workshop: Workshop, tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER, LETTER)
    found = compared(workshop, source, source, pairs(2))
    assert [[look.drawer for look in page.looks] for page in found.pages] == [
        ["pdfium", "poppler"]
    ] * 2
    assert found.is_alike and not findings(found)
    summary = found.summary()
    assert (summary["pages"], summary["alike"], summary["by_all_drawers"]) == (2, 2, 2)
    assert [name.split()[0] for name in summary["drawers"]] == ["pdfium", "poppler"]


@pytest.mark.parametrize(
    ("what", "place"),
    [
        (b"BT /F1 8 Tf 300 120 Td (Gegen diesen Bescheid ist Klage moeglich.) Tj ET", "unten"),
        (b"0.8 0.1 0.1 RG 2 w 420 700 100 40 re S", "oben rechts"),
        (b"0.1 0.1 0.5 RG 1 w 80 420 m 120 450 140 400 180 430 c S", "in der Mitte links"),
        (b"0.8 G 1.2 w 90 300 m 130 320 160 290 190 310 c S", "in der Mitte links"),
    ],
    ids=["line of 8 pt", "stamp", "stroke of a signature", "pale pencil"],
)
def test_what_the_copy_lacks_is_told_with_its_place(
    workshop: Workshop, tmp_path: Path, what: bytes, place: str
) -> None:
    whole = text_pdf(tmp_path / "whole.pdf", LETTER, LETTER + what)
    less = text_pdf(tmp_path / "less.pdf", LETTER, LETTER)
    lost = compared(workshop, whole, less, pairs(2))
    assert codes(lost) == [("copy.differs", Severity.BLOCKS_DESTRUCTION, 2)]
    assert {look.result for look in lost.pages[1].looks} == {Result.DIFFERS}
    [found] = findings(lost)
    assert f"Seite 2 der Lesefassung sieht anders aus als das Original: {place}" in found.text
    assert "fehlt etwas" in found.text
    assert {place["drawer"] for place in found.detail["places"]} == {"pdfium", "poppler"}
    [more] = findings(compared(workshop, less, whole, pairs(2)))
    assert "ist etwas hinzugekommen" in more.text


@pytest.mark.parametrize("box", [(0, 0, 595, 830), (9, 0, 595, 842), (0, 0, 612, 792)])
def test_another_page_size_differs(
    workshop: Workshop, tmp_path: Path, box: tuple[int, ...]
) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER, MediaBox=Array([0, 0, 595, 842]))
    copy = text_pdf(
        tmp_path / "b.pdf", LETTER, MediaBox=Array([0, 0, 595, 842]), CropBox=Array(box)
    )
    found = compared(workshop, source, copy, pairs())
    assert found.differing == (1,)
    assert "pt groß" in findings(found)[0].text or "anders groß" in findings(found)[0].text


def test_inherited_boxes_of_the_source_are_drawn_as_they_are(
    workshop: Workshop, tmp_path: Path
) -> None:
    """The source is never drawn through our own reading of it."""
    source = text_pdf(tmp_path / "a.pdf", LETTER)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        del pdf.pages[0].obj["/MediaBox"]
        pdf.Root.Pages.MediaBox = Array([0, 0, 595, 842])
        pdf.save(source)
    letter_size = text_pdf(tmp_path / "b.pdf", LETTER, MediaBox=Array([0, 0, 612, 792]))
    assert compared(workshop, source, letter_size, pairs()).differing == (1,)
    a4 = text_pdf(tmp_path / "c.pdf", LETTER, MediaBox=Array([0, 0, 595, 842]))
    assert compared(workshop, source, a4, pairs()).is_alike


def test_annotations_and_values_of_the_screen_count(workshop: Workshop, tmp_path: Path) -> None:
    """A stamp without the print flag is seen on screen; a copy without it differs."""
    source = text_pdf(tmp_path / "a.pdf", LETTER)
    with pikepdf.open(source) as pdf:
        stamp = pdf.make_stream(
            b"0.8 0.1 0.1 rg 0 0 120 40 re f",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 120, 40]),
        )
        pdf.pages[0].obj.Annots = Array(
            [
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.Stamp,
                    Rect=Array([300, 400, 420, 440]),
                    F=0,
                    AP=Dictionary(N=stamp),
                )
            ]
        )
        pdf.save(tmp_path / "stamped.pdf")
    found = compared(workshop, tmp_path / "stamped.pdf", source, pairs())
    assert {look.result for look in found.pages[0].looks} == {Result.DIFFERS}


def test_layers_show_as_by_default(workshop: Workshop, tmp_path: Path) -> None:
    def layered(path: Path, state: str) -> Path:
        text_pdf(path, LETTER + b"/OC /L1 BDC 0 0 1 rg 200 300 150 90 re f EMC")
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Ebene"))
            pdf.pages[0].obj.Resources.Properties = Dictionary(L1=layer)
            off = Array([layer] if state == "off" else [])
            pdf.Root.OCProperties = Dictionary(
                OCGs=Array([layer]), D=Dictionary(OFF=off, Order=Array([layer]), Name="x")
            )
            pdf.save(path)
        return path

    off, on = layered(tmp_path / "off.pdf", "off"), layered(tmp_path / "on.pdf", "on")
    assert compared(workshop, off, on, pairs()).differing == (1,)
    plain = text_pdf(tmp_path / "plain.pdf", LETTER)
    assert compared(workshop, off, plain, pairs()).is_alike


def test_page_counts_must_agree_save_for_a_part(workshop: Workshop, tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER, lines("Zwei"), lines("Drei"))
    copy = text_pdf(tmp_path / "b.pdf", lines("Zwei"), lines("Drei"))
    part = tuple(Pair(source=n + 1, copy=n, made=Made.KEPT) for n in (1, 2))
    assert not findings(compared(workshop, source, copy, part, is_part=True))
    whole = compared(workshop, source, copy, part)
    assert codes(whole) == [("copy.page_count", Severity.BLOCKS_DESTRUCTION, None)]
    assert "2 statt 3" in findings(whole)[0].text


# ------------------------------------------------------------------ what could not be compared


def ruled(path: Path, *, rules: int = 12) -> Path:
    """A page with hairlines, which drawers make a pixel wide at any resolution."""
    drawn = b"".join(
        b"0.05 w 70 %.1f m 500 %.1f l S " % (y, y) for y in (300.3 + 31.7 * n for n in range(rules))
    )
    return text_pdf(path, LETTER + drawn)


def rebuilt(source: Path, out: Path) -> Path:
    """The page as a picture of itself."""
    task = Task(
        source=source,
        out=out,
        recognition=recognition(page_text([], size=A4)),
        flavour="3b",
        title=None,
        pages=None,
        keep_attachments=False,
    )
    assert rebuild(task)[0].startswith("Seiten als Bilder")
    return out


def test_hairlines_of_a_page_that_became_a_picture_are_alike(
    workshop: Workshop, tmp_path: Path
) -> None:
    source = ruled(tmp_path / "a.pdf")
    copy = rebuilt(source, tmp_path / "b.pdf")
    assert compared(workshop, source, copy, pairs(made=Made.REDRAWN)).is_alike


def test_a_hairline_that_a_picture_lacks_is_found(workshop: Workshop, tmp_path: Path) -> None:
    source = ruled(tmp_path / "a.pdf")
    copy = rebuilt(ruled(tmp_path / "c.pdf", rules=11), tmp_path / "b.pdf")
    assert compared(workshop, source, copy, pairs(made=Made.REDRAWN)).differing == (1,)


def test_without_poppler_nothing_is_wholly_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER)
    monkeypatch.setenv("PATH", str(tmp_path))
    with Workshop(size=1) as bare:
        found = compared(bare, source, source, pairs())
    assert codes(found) == [
        ("copy.compared_once", Severity.WARNING, 1),
        ("copy.not_compared", Severity.BLOCKS_DESTRUCTION, None),
    ]
    assert "apt install poppler-utils" in findings(found)[1].text


def test_a_child_that_dies_is_no_pass(tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER, LETTER)
    with Workshop(size=1, memory=1 << 20) as poor:
        found = compared(poor, source, source, pairs(2))
    assert not any(page.is_complete for page in found.pages)
    assert codes(found) == [
        ("copy.not_compared", Severity.BLOCKS_DESTRUCTION, 1),
        ("copy.not_compared", Severity.BLOCKS_DESTRUCTION, 2),
        ("copy.not_compared", Severity.BLOCKS_DESTRUCTION, None),
    ]


def test_a_source_that_nobody_draws_is_not_compared(workshop: Workshop, tmp_path: Path) -> None:
    source = tmp_path / "a.pdf"
    source.write_bytes(b"%PDF-1.7\nno page at all\n%%EOF\n")
    copy = text_pdf(tmp_path / "b.pdf", LETTER)
    found = compared(workshop, source, copy, pairs())
    assert codes(found)[0] == ("copy.not_compared", Severity.BLOCKS_DESTRUCTION, 1)
    assert "pdfium öffnet die Datei nicht" in findings(found)[0].text


def test_a_copy_that_a_drawer_cannot_show_differs(workshop: Workshop, tmp_path: Path) -> None:
    source = text_pdf(tmp_path / "a.pdf", LETTER)
    copy = tmp_path / "b.pdf"
    copy.write_bytes(b"%PDF-1.7\nno page at all\n%%EOF\n")
    found = compared(workshop, source, copy, pairs())
    assert found.differing == (1,)
    assert "nicht darstellbar" in findings(found)[0].text


def test_no_result_at_all_is_no_pass() -> None:
    page = PageCompared(page=1, looks=())
    assert page.result is Result.NOT_COMPARED and not page.is_complete


# ------------------------------------------------------------------ pictures, turned, straightened


def stamped(image: Image.Image) -> Image.Image:
    out = image.convert("RGB")
    ImageDraw.Draw(out).ellipse((1100, 1800, 1400, 2000), outline=(200, 30, 30), width=6)
    return out


@pytest.mark.parametrize("turn", [0, 90])
def test_a_picture_file_and_its_copy_are_alike(
    workshop: Workshop, tmp_path: Path, turn: int
) -> None:
    source = tmp_path / "a.png"
    stamped(letter()).rotate(turn, expand=True).save(source, dpi=(200, 200))
    shown = stamped(letter()).convert("L")
    copy = scan_pdf(tmp_path / "b.pdf", shown)
    found = compared(workshop, source, copy, pairs(made=Made.PICTURE, turn=turn))
    assert found.differing == (1,)  # grey in the copy, red in the picture
    stamped(letter()).convert("L").rotate(turn, expand=True).save(source, dpi=(200, 200))
    assert compared(workshop, source, copy, pairs(made=Made.PICTURE, turn=turn)).is_alike


@pytest.mark.parametrize(
    ("size", "points"),
    [((1055, 702), (791.36, 526.574)), ((1258, 804), (841.68, 537.926))],
)
def test_lines_of_one_pixel_in_a_picture_of_a_screen_are_alike(
    workshop: Workshop, tmp_path: Path, size: tuple[int, int], points: tuple[float, float]
) -> None:
    """Drawers round the page's size up to whole pixels; the picture must not be moved by it."""
    image = Image.new("RGB", size, (248, 248, 248))
    draw = ImageDraw.Draw(image)
    for at in range(20, size[1] - 60, 7):
        draw.line((30, at, size[0] - 30, at), (190, 200, 215))
        draw.line((size[0] - at, 20, size[0] - at, size[1] - 20), (150, 160, 170))
    for at in range(40, size[1] - 80, 40):
        draw.text((60, at), "Vorgang öffnen | Speichern | Abmelden", (0, 60, 140))
    source = tmp_path / "screen.png"
    image.save(source)
    task = Task(
        source=source,
        out=tmp_path / "out.pdf",
        recognition=recognition(page_text([("x", (9, 9, 19, 19))], size=points)),
        flavour="3b",
        title=None,
        pages=None,
        keep_attachments=True,
    )
    workshop.run(job("ocr.pdfa.writing:enclose", task), seconds=60, subject="screen.png")
    assert compared(workshop, source, task.out, pairs(made=Made.PICTURE)).is_alike
    draw.line((300, 101, 420, 101), (0, 0, 0))
    image.save(source)
    assert compared(workshop, source, task.out, pairs(made=Made.PICTURE)).differing == (1,)


@pytest.mark.parametrize(
    ("kind", "orientation"), [*(("tiff", mark) for mark in range(2, 9)), ("jpeg", 6)]
)
def test_orientation_marks_are_read_without_the_writer(
    workshop: Workshop, tmp_path: Path, kind: str, orientation: int
) -> None:
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = letter().convert("L")
    image = upright.transpose(stored[orientation]) if orientation > 1 else upright
    source = tmp_path / f"a.{kind}"
    if kind == "tiff":
        tags = ImageFileDirectory_v2()
        tags[274] = orientation
        image.save(source, tiffinfo=tags, dpi=(200, 200), compression="raw")
    else:
        exif = Image.Exif()
        exif[274] = orientation
        image.save(source, exif=exif, dpi=(200, 200), quality=95)
    copy = scan_pdf(tmp_path / "b.pdf", upright)
    assert compared(workshop, source, copy, pairs(made=Made.PICTURE)).is_alike


def marked_as_preview(image: Image.Image) -> Image.Image:
    tags = ImageFileDirectory_v2()
    tags[254] = 1
    image.encoderinfo = {"tiffinfo": tags}
    return image


def test_pages_of_a_tiff_are_not_its_previews(workshop: Workshop, tmp_path: Path) -> None:
    first, second = letter(lines=5), letter(lines=12)
    source = tmp_path / "a.tif"
    first.save(
        source,
        save_all=True,
        append_images=[marked_as_preview(first.resize((160, 226))), second],
        dpi=(200, 200),
    )
    scan_pdf(tmp_path / "1.pdf", first)
    scan_pdf(tmp_path / "2.pdf", second)
    with pikepdf.open(tmp_path / "1.pdf") as one, pikepdf.open(tmp_path / "2.pdf") as two:
        one.pages.extend(two.pages)
        one.save(tmp_path / "both.pdf")
    found = compared(workshop, source, tmp_path / "both.pdf", pairs(2, made=Made.PICTURE))
    assert found.is_alike and not findings(found)


def test_a_straightened_page_is_compared_straight(
    workshop: Workshop, writer: PdfaWriter, tmp_path: Path
) -> None:
    askew = stamped(letter()).rotate(2.5, Image.Resampling.BICUBIC, fillcolor="white")
    source = tmp_path / "a.png"
    askew.save(source, dpi=(200, 200))
    page = page_text([("x", (9, 9, 19, 19))], size=(595.44, 842.04), skew=2.5, straightened=True)
    made = write(writer, source, tmp_path / "out.pdf", page)
    assert made.report["way"] == "enclose" and made.comparison.is_alike
    wrong = compared(workshop, source, tmp_path / "out.pdf", pairs(made=Made.PICTURE, skew=-2.5))
    assert wrong.differing == (1,)
