"""Renditions: compliant, faithful to the picture, honest about what was judged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from pikepdf import Dictionary, Name

from config.isolation import Workshop
from ocr.errors import NoRendition
from ocr.page_sources.source import open_source
from ocr.page_sources.source_image import load_frame
from ocr.pdfa.attachments import Attachment, attach
from ocr.pdfa.embedding import embed
from ocr.pdfa.pdfa import PdfaWriter, Preserved
from ocr.pdfa.repair import NOT_THE_ORIGINAL
from ocr.pdfa.validator import Validator
from ocr.recognition.recogniser import Recogniser
from ocr.recognition.result import Recognition
from ocr.scan_profile import ScanProfile
from tests.child_jobs import job
from tests.unit.ocr.conftest import letter, page_text, recognition, scan_pdf

PROFILE = ScanProfile(may_rotate=True, may_deskew=True)
#: file -> the way it must go
SCANS = {
    "scans/letters_rendered/letter10_300dpi_serif_rot-1bit-skew.tif": "enclose",
    "scans/letters_rendered/letter11_150dpi_modern.jpg": "enclose",
    "scans/letters_rendered/letter13_300dpi_modern_1bit-stamp-fold-skew.pdf": "overlay",
    "scans/letters_rendered/letter14_200dpi_serif_1bit-speckle.png": "enclose",
    "scans/misc/simple.gif": "enclose",
    "scans/misc/simple.heic": "enclose",
    "scans/misc/graph_ocred.pdf": "overlay",
    "scans/misc/multi-page-mixed.pdf": "overlay",
    "scans/misc/blank.pdf": "overlay",
    "scans/misc/cmyk.pdf": "rebuild",
    "scans/misc/with-form.pdf": "overlay",
    "scans/misc/letter-de.pdf": "overlay",
    "einvoice/XML-Rechnung_EN16931_Einfach.pdf": "overlay",
    "barcodes/patch-code-t.pdf": "overlay",
    "pdfa/test_pdf_a1-b.pdf": "overlay",
    "pdfa/PDF_A-4__6-6-1-t01-pass-a.pdf": "overlay",
    "broken/pdfjs_Pages-tree-refs.pdf": "overlay",
    "broken/qpdf_bad16.pdf": "rebuild",
    "broken/pypdf_with-attachment.pdf": "overlay",
    "broken/pillow_tiff_strip_cmyk_jpeg.tif": "enclose",
    "broken/pillow_truncated_jpeg.jpg": "enclose",
    "broken/pillow_g4_orientation_6.tif": "enclose",
}
NEVER_SHOWN = {"hugemono.pdf", "pillow_decompression_bomb.gif"}  # held by their size


def made(source: Path, out: Path, recogniser: Recogniser, writer: PdfaWriter) -> Preserved:
    read = recogniser.recognise(source, PROFILE, subject=source.name)
    return writer.write(source, read, out, profile=PROFILE, title="Titel", subject=source.name)


@pytest.mark.parametrize("name", SCANS)
def test_compliant(
    shared_data: Path, tmp_path: Path, recogniser: Recogniser, writer: PdfaWriter, name: str
) -> None:
    preserved = made(shared_data / name, tmp_path / "out.pdf", recogniser, writer)
    assert (preserved.verdict, preserved.flavour) == ("compliant", "3b")
    assert preserved.report["way"] == SCANS[name], preserved.report["attempts"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out.pdf"]


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["scans", "broken", "barcodes", "einvoice", "pdfa"])
def test_everything_that_can_be_shown(
    shared_data: Path, tmp_path: Path, workshop: Workshop, writer: PdfaWriter, folder: str
) -> None:
    from config.errors import InputError
    from ocr.preflight.incoming import Limits

    recogniser = Recogniser(workshop)
    for source in sorted((shared_data / folder).rglob("*")):
        if source.is_dir() or source.suffix in (".txt", ".xml", ".json", ".md"):
            continue
        try:
            workshop.run(
                job("ocr.preflight.inspection:inspect", source, Limits()),
                seconds=60,
                subject=source.name,
            )
        except InputError:
            continue
        preserved = made(source, tmp_path / "out.pdf", recogniser, writer)
        assert preserved.verdict == "compliant", source.name
        for found in preserved.findings:
            if found.code.startswith("copy."):
                print(f"\n{source.name}: {found.severity} {found.code}: {found.text}")


def images(path: Path) -> list[str]:
    """Digests of the stored bytes of all pictures."""
    with pikepdf.open(path) as pdf:
        return sorted(
            hashlib.sha256(item.read_raw_bytes()).hexdigest()
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == Name.Image
        )


@pytest.mark.corpus
@pytest.mark.timeout(900)
def test_every_scan_keeps_its_pictures(
    shared_data: Path, tmp_path: Path, writer: PdfaWriter
) -> None:
    """PDFs: the stored bytes; JPEG: the file itself; other pictures: the same pixels."""
    rebuilt, seen = [], 0
    for source in sorted((shared_data / "scans").rglob("*")):
        if source.is_dir() or source.suffix == ".txt":
            continue
        out = tmp_path / "out.pdf"
        said = writer.write(
            source, unread(source), out, profile=PROFILE, title=None, subject=source.name
        )
        assert said.verdict == "compliant", source.name
        seen += 1
        if said.report["way"] == "rebuild":
            rebuilt.append(source.name)
        elif source.suffix == ".pdf":
            assert set(images(source)) <= set(images(out)), source.name
        elif source.suffix == ".jpg":
            assert images(out) == [hashlib.sha256(source.read_bytes()).hexdigest()], source.name
        else:
            assert same_pixels(source, out), source.name
    print(f"\n{seen} scans compliant; as pictures of themselves: {', '.join(rebuilt)}")
    assert len(rebuilt) <= 3


def same_pixels(source: Path, out: Path) -> bool:
    """Whether the PDF's pictures, page by page, are the file's frames on white paper."""
    with pikepdf.open(out) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            [shown] = page.obj.Resources.XObject.values()
            assert isinstance(shown, pikepdf.Stream)
            stored = pikepdf.PdfImage(shown).as_pil_image().convert("RGB")
            frame = load_frame(source, number)
            if stored.tobytes() != frame.image.convert("RGB").tobytes():
                return False
    return True


def unread(source: Path) -> Recognition:
    """A recognition of nothing, for tests of the picture alone."""
    pages = open_source(source)
    views = [pages.page(number + 1) for number in range(pages.count)]
    return recognition(
        *(
            page_text([("x", (9.0, 9.0, 19.0, 19.0))], size=(one.width, one.height), number=n + 1)
            for n, one in enumerate(views)
        )
    )


@pytest.mark.parametrize("name", ["jbig2.pdf", "ccitt.pdf", "skew.pdf", "multipage.pdf"])
def test_pictures_keep_their_bytes(
    shared_data: Path, tmp_path: Path, writer: PdfaWriter, name: str
) -> None:
    source, out = shared_data / "scans/misc" / name, tmp_path / "out.pdf"
    made = writer.write(source, unread(source), out, profile=PROFILE, title=None, subject=name)
    assert made.verdict == "compliant"
    assert set(images(source)) <= set(images(out))


def test_an_old_text_layer_is_replaced(tmp_path: Path, writer: PdfaWriter) -> None:
    source = scan_pdf(tmp_path / "in.pdf", letter((595, 842), 0), 72.0)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        pdf.pages[0].obj.Resources.Font = Dictionary(F1=font)
        pdf.pages[0].contents_add(
            b"BT /F1 9 Tf 3 Tr 100 700 Td (alter Unsinn) Tj ET", prepend=False
        )
        pdf.save()
    read = recognition(page_text([("Neues", (60.0, 80.0, 150.0, 94.0))]))
    out = tmp_path / "out.pdf"
    writer.write(source, read, out, profile=PROFILE, title=None, subject="x")
    document = pdfium.PdfDocument(out)
    text = document[0].get_textpage().get_text_range()
    document.close()
    assert text.split() == ["Neues"]


def signed_like(tmp_path: Path) -> Path:
    """A file with a signature field; its signature is none, which does not matter here."""
    source = scan_pdf(tmp_path / "in.pdf", letter((595, 842), 0), 72.0)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        value = pdf.make_indirect(Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite")))
        field = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=pikepdf.String("Sig"),
                V=value,
                Rect=[0, 0, 0, 0],
                P=pdf.pages[0].obj,
            )
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([field])
        pdf.Root.AcroForm = Dictionary(Fields=[field], SigFlags=3)
        pdf.save()
    return source


def test_the_copy_of_a_signed_file_says_so(tmp_path: Path, writer: PdfaWriter) -> None:
    source, out = signed_like(tmp_path), tmp_path / "out.pdf"
    before = source.read_bytes()
    read = recognition(page_text([("Wort", (60.0, 80.0, 150.0, 94.0))]))
    preserved = writer.write(source, read, out, profile=PROFILE, title=None, subject="x")
    assert source.read_bytes() == before
    assert any("Signaturfelder" in step for step in preserved.steps)
    with pikepdf.open(out) as pdf:
        assert "/AcroForm" not in pdf.Root
        assert str(pdf.open_metadata()["dc:description"]) == NOT_THE_ORIGINAL


def test_attachments_go_along_even_into_pictures(tmp_path: Path, writer: PdfaWriter) -> None:
    source, out = scan_pdf(tmp_path / "in.pdf", letter((595, 842), 0), 72.0), tmp_path / "out.pdf"
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        attach(pdf, [Attachment("rechnung.xml", b"<a/>", "application/xml", "/Data", "")])
        pdf.save()
    # a page too many: the recognition does not fit, so the pages are pictured
    read = recognition(page_text([("Wort", (60.0, 80.0, 150.0, 94.0))], size=(300, 300)))
    preserved = writer.write(source, read, out, profile=PROFILE, title=None, subject="x")
    assert preserved.report["way"] == "rebuild" and preserved.verdict == "compliant"
    with pikepdf.open(out) as pdf:
        assert pdf.attachments["rechnung.xml"].get_file().read_bytes() == b"<a/>"
    read = recognition(page_text([("Wort", (60.0, 80.0, 150.0, 94.0))]))
    writer.write(
        source, read, out, profile=PROFILE, title=None, subject="x", keep_attachments=False
    )
    with pikepdf.open(out) as pdf:
        assert not len(pdf.attachments)


def test_a_range_of_pages(
    shared_data: Path, tmp_path: Path, recogniser: Recogniser, writer: PdfaWriter
) -> None:
    source = shared_data / "scans/misc/multi-page-mixed.pdf"
    read = recogniser.recognise(source, PROFILE, subject="x", pages=(2, 4))
    assert [page.number for page in read.pages] == [1, 2, 3]
    out = tmp_path / "out.pdf"
    writer.write(source, read, out, profile=PROFILE, title=None, subject="x", pages=(2, 4))
    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 3


def test_without_a_validator_nothing_is_called_valid(
    shared_data: Path, tmp_path: Path, workshop: Workshop
) -> None:
    source, out = shared_data / "scans/misc/ccitt.pdf", tmp_path / "out.pdf"
    for judge in (None, Validator(tmp_path / "no-jars")):
        preserved = PdfaWriter(workshop, judge).write(
            source, unread(source), out, profile=PROFILE, title=None, subject="x"
        )
        assert preserved.verdict == "not-validated"
        assert "pdfa.not_validated" in {one.code for one in preserved.findings}


def test_what_cannot_be_shown_has_no_rendition(tmp_path: Path, writer: PdfaWriter) -> None:
    source = tmp_path / "in.pdf"
    source.write_bytes(b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj")
    read = recognition(page_text([]))
    with pytest.raises((NoRendition, Exception), match=r"Kein PDF/A|beschädigt"):
        writer.write(source, read, tmp_path / "out.pdf", profile=PROFILE, title=None, subject="x")
    assert not (tmp_path / "out.pdf").exists()


def test_a_note_goes_in_and_the_file_stays_compliant(
    shared_data: Path,
    tmp_path: Path,
    recogniser: Recogniser,
    writer: PdfaWriter,
    validator: Validator,
) -> None:
    out, noted = tmp_path / "out.pdf", tmp_path / "noted.pdf"
    made(shared_data / "einvoice/XML-Rechnung_EN16931_Einfach.pdf", out, recogniser, writer)
    embed(
        out,
        noted,
        name="transfervermerk.json",
        data=b'{"id": 1}',
        mime_type="application/json",
        relationship="Supplement",
        note_id="note-17",
    )
    assert validator.validate(noted).compliant
    with pikepdf.open(noted) as pdf:
        assert set(pdf.attachments) == {"factur-x.xml", "transfervermerk.json"}
        assert str(pdf.open_metadata()["dc:identifier"]) == "note-17"
        assert str(pdf.open_metadata()["dc:title"]) == "Titel"
        level = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}ConformanceLevel"
        assert str(pdf.open_metadata()[level]) == "EN 16931"  # still a hybrid invoice
        spec = pdf.attachments["transfervermerk.json"]
        assert spec.relationship == Name.Supplement
        assert spec.get_file().read_bytes() == b'{"id": 1}'


def test_words_of_a_page_are_found_in_the_product(
    shared_data: Path, tmp_path: Path, recogniser: Recogniser, writer: PdfaWriter
) -> None:
    source = shared_data / "scans/letters_rendered/letter10_300dpi_serif_rot-1bit-skew.tif"
    read = recogniser.recognise(source, PROFILE, subject="x")
    out = tmp_path / "out.pdf"
    writer.write(source, read, out, profile=PROFILE, title=None, subject="x")
    document = pdfium.PdfDocument(out)
    page = document[0]
    found = page.get_textpage().get_text_range().split()
    size = page.get_size()
    document.close()
    assert size == pytest.approx((read.pages[0].width, read.pages[0].height), abs=0.1)
    wanted = [word.text for word in read.pages[0].words]
    assert len(found) == pytest.approx(len(wanted), abs=2)


def test_changes_of_the_visible_page_are_told(
    shared_data: Path, tmp_path: Path, recogniser: Recogniser, writer: PdfaWriter
) -> None:
    source = shared_data / "scans/letters_rendered/letter10_300dpi_serif_rot-1bit-skew.tif"
    out = tmp_path / "out.pdf"
    told = made(source, out, recogniser, writer).steps
    assert any(step.startswith("aufrecht gestellt") and "1 (90°)" in step for step in told)
    turned = images(out)
    untouched = ScanProfile()  # the default allows nothing
    read = recogniser.recognise(source, untouched, subject="x")
    told = writer.write(source, read, out, profile=untouched, title=None, subject="x").steps
    assert not any("gestellt" in step or "gerückt" in step for step in told)
    with pikepdf.open(out) as pdf:
        assert "/Rotate" not in pdf.pages[0].obj
    assert images(out) == turned  # the stored picture is the same either way
