"""What is held, and what is archived with a finding, before anything else touches a file."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from config.errors import HoldReason, InputError
from ocr.accepted_kinds import FileKind
from ocr.findings import Severity
from ocr.pdfa.attachments import Attachment, attach
from ocr.preflight.incoming import Limits, Preflight
from ocr.preflight.inspection import inspect
from tests.unit.ocr.conftest import letter, scan_pdf

#: broken file -> the reason for holding it, or the codes of findings it must have
BROKEN: dict[str, HoldReason | set[str]] = {
    "zero-byte.pdf": HoldReason.EMPTY,
    "invalid.pdf": HoldReason.UNREADABLE,
    "hugemono.pdf": HoldReason.OVER_LIMIT,
    "pillow_decompression_bomb.gif": HoldReason.OVER_LIMIT,
    "paperless_password-is-test.pdf": HoldReason.ENCRYPTED,
    "pdfjs_issue17846.pdf": HoldReason.ACTIVE_CONTENT,
    "pdfjs_evaljs.pdf": {"pdf.javascript"},
    "pdfjs_encrypted-attachment.pdf": {"pdf.attachment_locked"},
    "pdfjs_attachment.pdf": {"pdf.attachments"},
    "pyhanko_circular-page-tree.pdf": {"pdf.page_count"},
    "qpdf_V4-aes.pdf": {"pdf.protected"},
    "pillow_truncated_jpeg.jpg": {"image.truncated"},
    "pillow_crash-2020-10-test.tif": HoldReason.UNREADABLE,
    "qpdf_bad1.pdf": HoldReason.TYPE_NOT_ACCEPTED,
}


def codes(found: Preflight) -> set[str]:
    return {one.code for one in found.findings}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(shared_data: Path, name: str) -> None:
    path, wanted = shared_data / "broken" / name, BROKEN[name]
    if isinstance(wanted, HoldReason):
        with pytest.raises(InputError) as caught:
            inspect(path, Limits())
        assert caught.value.reason is wanted
    else:
        assert wanted <= codes(inspect(path, Limits()))


@pytest.mark.corpus
def test_every_broken_file_is_judged(shared_data: Path) -> None:
    for path in sorted((shared_data / "broken").iterdir()):
        try:
            assert inspect(path, Limits()).pages >= 1, path.name
        except InputError as held:
            assert held.text.endswith((".", ")")), path.name


def test_scans_and_letters_are_told_apart(shared_data: Path) -> None:
    assert inspect(shared_data / "scans/misc/letter-de.pdf", Limits()).digital
    assert not inspect(shared_data / "scans/misc/graph_ocred.pdf", Limits()).digital
    assert not inspect(shared_data / "scans/misc/multi-page-mixed.pdf", Limits()).digital
    assert not inspect(shared_data / "scans/misc/linn.png", Limits()).digital


def test_symbol_coding_blocks_destruction(shared_data: Path) -> None:
    found = inspect(shared_data / "scans/misc/jbig2.pdf", Limits())
    [one] = [finding for finding in found.findings if finding.code == "jbig2.symbol"]
    assert one.severity is Severity.BLOCKS_DESTRUCTION


def test_an_invoice_is_recognised(shared_data: Path) -> None:
    found = inspect(shared_data / "einvoice/XML-Rechnung_EN16931_Einfach.pdf", Limits())
    assert found.einvoice and found.attachments == ("factur-x.xml",)
    xml = inspect(shared_data / "einvoice/01.01a-INVOICE_ubl.xml", Limits())
    assert (xml.kind, xml.pages) == (FileKind.XML, 0)


def made(tmp_path: Path) -> pikepdf.Pdf:
    return pikepdf.open(scan_pdf(tmp_path / "base.pdf", letter((400, 500), 2)))


def saved(pdf: pikepdf.Pdf, tmp_path: Path) -> Path:
    path = tmp_path / "made.pdf"
    pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    pdf.close()
    return path


def test_launch_hidden_in_a_chain_of_actions(tmp_path: Path) -> None:
    pdf = made(tmp_path)
    launch = Dictionary(S=Name.Launch, F=pikepdf.String("cmd.exe"))
    harmless = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org"), Next=[launch])
    pdf.pages[0].obj.Annots = pikepdf.Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=harmless)]
    )
    with pytest.raises(InputError) as caught:
        inspect(saved(pdf, tmp_path), Limits())
    assert caught.value.reason is HoldReason.ACTIVE_CONTENT


def test_javascript_is_a_finding(tmp_path: Path) -> None:
    pdf = made(tmp_path)
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    assert "pdf.javascript" in codes(inspect(saved(pdf, tmp_path), Limits()))


def test_forms_that_draw_themselves_and_portfolios(tmp_path: Path) -> None:
    pdf = made(tmp_path)
    pdf.Root.NeedsRendering = True
    pdf.Root.Collection = Dictionary(Type=Name.Collection)
    assert {"pdf.xfa", "pdf.portfolio"} <= codes(inspect(saved(pdf, tmp_path), Limits()))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("rechnung.pdf.exe", b"harmlos"),
        ("bild.png", b"MZ\x90\0" + b"\0" * 90),
        ("a.txt", b"\x7fELF"),
    ],
)
def test_programs_inside_are_held(tmp_path: Path, name: str, data: bytes) -> None:
    pdf = made(tmp_path)
    attach(pdf, [Attachment(name, data, "text/plain", "/Unspecified", "")])
    with pytest.raises(InputError) as caught:
        inspect(saved(pdf, tmp_path), Limits())
    assert caught.value.reason is HoldReason.ACTIVE_CONTENT


def test_limits(tmp_path: Path) -> None:
    path = scan_pdf(tmp_path / "a.pdf", letter((400, 500), 2))
    for limits in (Limits(max_bytes=10), Limits(max_pages=0), Limits(max_pixels_per_page=1000)):
        with pytest.raises(InputError) as caught:
            inspect(path, limits)
        assert caught.value.reason is HoldReason.OVER_LIMIT


def test_bilevel_coarse_and_misnamed(tmp_path: Path) -> None:
    path = tmp_path / "brief.pdf"
    letter((800, 1100), 3).convert("1").save(path, "TIFF", dpi=(100, 100))
    found = inspect(path, Limits())
    assert codes(found) == {"scan.monochrome", "scan.low_dpi", "file.extension"}
    assert found.kind is FileKind.TIFF


def test_frames_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    frames = [Image.new("L", (400, 500), 200 + n) for n in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(100, 100))
    found = inspect(path, Limits(min_dpi=100))
    assert found.pages == 3 and found.page_sizes[2] == pytest.approx((288, 360))


def test_many_equal_findings_are_told_once(tmp_path: Path) -> None:
    one = scan_pdf(tmp_path / "one.pdf", letter((100, 100), 0), 50.0)
    with pikepdf.open(one) as pdf:
        for _ in range(39):
            pdf.pages.append(pdf.pages[0])
        pdf.save(tmp_path / "many.pdf")
    [low] = inspect(tmp_path / "many.pdf", Limits()).findings
    assert low.code == "scan.low_dpi" and len(low.detail["pages"]) == 40


def test_a_second_pdf_behind_the_first_is_told(tmp_path: Path) -> None:
    pdf = made(tmp_path)
    path = saved(pdf, tmp_path)
    data = path.read_bytes()
    assert "pdf.another_file" not in codes(inspect(path, Limits()))
    path.write_bytes(data + b"\n" + data)
    assert "pdf.another_file" in codes(inspect(path, Limits()))


def test_a_colour_stretched_over_the_paper_is_no_scan(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    dot = pikepdf.Stream(pdf, b"\xff\xfa\xf0")
    for key, value in {
        "/Type": pikepdf.Name.XObject,
        "/Subtype": pikepdf.Name.Image,
        "/Width": 1,
        "/Height": 1,
        "/ColorSpace": pikepdf.Name.DeviceRGB,
        "/BitsPerComponent": 8,
    }.items():
        dot[key] = value
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pdf.make_indirect(dot)))
    page.obj.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /Im Do Q")
    assert "scan.low_dpi" not in codes(inspect(saved(pdf, tmp_path), Limits()))
