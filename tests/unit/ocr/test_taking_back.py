"""What a copy changed by itself is taken back: an old text layer kept, a page as its own picture."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name
from PIL import Image

from config.isolation import Workshop
from ocr.children import OVERLAY
from ocr.compare.orders import Made
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.validator import Validator
from ocr.pdfa.writing import Task
from tests.unit.ocr.comparing import A4, LETTER, compared, pairs, text_pdf, write
from tests.unit.ocr.conftest import letter, page_text, recognition, scan_pdf


def with_picture(path: Path, content: bytes, **entries: object) -> Path:
    """LETTER under a picture of the whole sheet, drawn by ``content`` as /Im0."""
    out = io.BytesIO()
    Image.new("L", (595, 842), 245).save(out, "JPEG")
    text_pdf(path, LETTER + content)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj.Resources.XObject = Dictionary(
            Im0=pdf.make_stream(
                out.getvalue(),
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=595,
                Height=842,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=8,
                Filter=Name.DCTDecode,
                **entries,
            )
        )
        pdf.save(path)
    return path


PAINTED = b"q 595.28 0 0 841.89 0 0 cm /Im0 Do Q\n"


def made_by(workshop: Workshop, out: Path, source: Path, **task: frozenset[int]) -> tuple[str, ...]:
    work = Task(
        source=source,
        out=out,
        recognition=recognition(page_text([("x", (9, 9, 19, 19))], size=A4)),
        flavour="3b",
        title=None,
        pages=None,
        keep_attachments=True,
        **task,
    )
    return workshop.run(OVERLAY(work), seconds=60, subject=source.name)


def test_an_old_text_layer_can_be_left_where_it_is(workshop: Workshop, tmp_path: Path) -> None:
    """Text under a picture goes, unless the page is named: then it stays."""
    source = with_picture(tmp_path / "a.pdf", PAINTED)
    made_by(workshop, tmp_path / "less.pdf", source)
    made_by(workshop, tmp_path / "whole.pdf", source, whole_text=frozenset({1}))
    shown = [words(tmp_path / name) for name in ("less.pdf", "whole.pdf")]
    assert "Betreff" not in shown[0] and "Betreff" in shown[1]


def test_one_page_can_become_a_picture_of_itself(
    workshop: Workshop, validator: Validator, tmp_path: Path
) -> None:
    source = with_picture(tmp_path / "a.pdf", PAINTED)
    steps = made_by(workshop, tmp_path / "out.pdf", source, pictured=frozenset({1}))
    assert "als Bild ihrer selbst: Seite 1" in steps
    assert validator.validate(tmp_path / "out.pdf", "3b").compliant
    found = compared(workshop, source, tmp_path / "out.pdf", pairs(made=Made.REDRAWN))
    assert found.is_alike and len(found.pages) == 1


def words(path: Path) -> str:
    with pikepdf.open(path) as pdf:
        return str(pikepdf.unparse_content_stream(pikepdf.parse_content_stream(pdf.pages[0])))


def test_a_rendition_names_its_comparison(writer: PdfaWriter, tmp_path: Path) -> None:
    source = scan_pdf(tmp_path / "a.pdf", letter())
    page = page_text([("x", (9, 9, 19, 19))], size=(595.44, 842.04))
    made = write(writer, source, tmp_path / "out.pdf", page)
    told = made.report["comparison"]
    assert (told["format"], told["pages"], told["alike"], told["told"]) == (1, 1, 1, [])
    assert told["counts"] == {"pdfium": (1, 1), "poppler": (1, 1)}
    assert not made.findings
