"""Text under a picture is hidden only where the page looks alike without it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw

from ocr.page_sources.source import open_source
from ocr.page_view import PageView
from ocr.pdf.old_text_layer import drop_invisible_text
from ocr.pdf.opening import open_pdf
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.pdfs import drawn, form, image, lines, page, written

PROFILE = ScanProfile(languages=("deu",), second_look=False)
FULL = b"q 595 0 0 842 0 0 cm /I0 Do Q\n"
SIZE = (620, 877)
WORDS = lines("Darunter geschrieben", "steht eine Zeile")


def alpha(tone: int) -> Image.Image:
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).rectangle((100, 600, 300, 700), fill=tone)
    return mask


def jpeg2000(mode: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, SIZE, (255, 255, 255, 0)[: len(mode)]).save(out, "JPEG2000")
    return out.getvalue()


def grey(pdf: Pdf, **more: Any) -> Any:
    return image(pdf, Image.new("L", SIZE, 240), **more)


#: What lets the text below show; each gives content and resources.
SHOWING: dict[str, Any] = {
    "soft mask": lambda pdf: (FULL, {"/I0": grey(pdf, SMask=image(pdf, alpha(120)))}, {}),
    "colour key": lambda pdf: (FULL, {"/I0": grey(pdf, Mask=Array([230, 255]))}, {}),
    "explicit mask": lambda pdf: (
        FULL,
        {"/I0": grey(pdf, Mask=image(pdf, Image.new("1", SIZE, 1), ImageMask=True))},
        {},
    ),
    "stencil": lambda pdf: (
        FULL,
        {"/I0": image(pdf, Image.new("1", SIZE, 1), ImageMask=True)},
        {},
    ),
    "alpha of the state": lambda pdf: (
        b"q /G gs " + FULL + b" Q\n",
        {"/I0": grey(pdf)},
        {"ExtGState": Dictionary(G=Dictionary(ca=0.4))},
    ),
    "blend mode": lambda pdf: (
        b"q /G gs " + FULL + b" Q\n",
        {"/I0": grey(pdf)},
        {"ExtGState": Dictionary(G=Dictionary(BM=Name.Multiply))},
    ),
    "cannot be decoded": lambda pdf: (
        FULL,
        {
            "/I0": pdf.make_stream(
                b"no jpeg",
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=SIZE[0],
                Height=SIZE[1],
                BitsPerComponent=8,
                ColorSpace=Name.DeviceGray,
                Filter=Name.DCTDecode,
            )
        },
        {},
    ),
    "cut": lambda pdf: (b"q 300 0 295 842 re W n " + FULL + b" Q\n", {"/I0": grey(pdf)}, {}),
    "smaller": lambda pdf: (b"q 400 0 0 600 0 0 cm /I0 Do Q\n", {"/I0": grey(pdf)}, {}),
    "alpha in JPEG 2000": lambda pdf: (
        FULL,
        {
            "/I0": pdf.make_stream(
                jpeg2000("RGBA"),
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=SIZE[0],
                Height=SIZE[1],
                SMaskInData=1,
                Filter=Name.JPXDecode,
            )
        },
        {},
    ),
}


def made(path: Path, kind: str, below: bytes = WORDS) -> Path:
    pdf = Pdf.new()
    content, pictures, more = SHOWING[kind](pdf)
    page(pdf, below + content, XObject=Dictionary(pictures), **more)
    pdf.save(path)
    return path


def scanned(path: Path) -> PageView:
    return open_source(path).page(1)


@pytest.mark.parametrize("kind", SHOWING)
def test_text_that_shows_through_is_read_and_stays(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path / "in.pdf", kind)
    own = [word.text for row in scanned(path).own_rows() for word in row.words]
    assert own[:2] == ["Darunter", "geschrieben"]
    with open_pdf(path) as pdf:
        drop_invisible_text(pdf, pdf.pages[0])
        pdf.save(tmp_path / "out.pdf")
    assert drawn(tmp_path / "out.pdf").tobytes() == drawn(path).tobytes()


def covered(path: Path, below: bytes, content: bytes = FULL) -> Path:
    pdf = Pdf.new()
    picture = image(pdf, written(["Gescannte Zeile"]))
    page(pdf, below + content, XObject=Dictionary(I0=picture))
    pdf.save(path)
    return path


@pytest.mark.parametrize("below", [WORDS, b"3 Tr " + WORDS, b"1 1 1 rg 0 0 595 842 re f " + WORDS])
def test_text_that_an_opaque_picture_hides_is_not_read(tmp_path: Path, below: bytes) -> None:
    path = covered(tmp_path / "in.pdf", below)
    view = scanned(path)
    assert view.own_rows() == []
    read = read_page(path, 1, 0, PROFILE)
    assert "Gescannte" in read.text and "Darunter" not in read.text


def test_text_that_an_opaque_picture_hides_is_taken_off(tmp_path: Path) -> None:
    path = covered(tmp_path / "in.pdf", WORDS)
    with open_pdf(path) as pdf:
        assert drop_invisible_text(pdf, pdf.pages[0])
        assert b"Darunter" not in pdf.pages[0].obj.Contents.read_bytes()


def test_hidden_text_under_strips_is_not_read(tmp_path: Path) -> None:
    pdf = Pdf.new()
    upper = image(pdf, Image.new("L", (600, 425), 250))
    lower = image(pdf, Image.new("L", (600, 425), 250))
    content = b"q 595 0 0 421 0 421 cm /I0 Do Q q 595 0 0 421 0 0 cm /I1 Do Q\n"
    page(pdf, WORDS + content, XObject=Dictionary(I0=upper, I1=lower))
    pdf.save(tmp_path / "in.pdf")
    assert scanned(tmp_path / "in.pdf").own_rows() == []


def test_text_over_a_picture_is_read(tmp_path: Path) -> None:
    pdf = Pdf.new()
    page(pdf, FULL + WORDS, XObject=Dictionary(I0=grey(pdf)))
    pdf.save(tmp_path / "in.pdf")
    assert scanned(tmp_path / "in.pdf").own_rows()


def test_letters_of_a_type_3_font_show_in_every_mode(tmp_path: Path) -> None:
    """ISO 32000-1, 9.3.6: the text render mode has no effect on them."""
    pdf = Pdf.new()
    glyph = pdf.make_stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f")
    font = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=[0, 0, 750, 750],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=Dictionary(box=glyph),
            Encoding=Dictionary(Type=Name.Encoding, Differences=[97, Name.box]),
            FirstChar=97,
            LastChar=97,
            Widths=[1000],
        )
    )
    sheet = page(
        pdf, FULL + b"BT 3 Tr /F3 20 Tf 100 500 Td (aaa) Tj ET", XObject=Dictionary(I0=grey(pdf))
    )
    sheet.Resources.Font.F3 = font
    path, out = tmp_path / "in.pdf", tmp_path / "out.pdf"
    pdf.save(path)
    with open_pdf(path) as opened:
        assert not drop_invisible_text(opened, opened.pages[0])
        opened.save(out)
    assert drawn(out).tobytes() == drawn(path).tobytes()


def test_a_picture_with_a_mask_is_read_as_it_shows(tmp_path: Path) -> None:
    """The stored pixels say more than the page shows."""
    pdf = Pdf.new()
    shown = written(["Sichtbare Zeile", "", "", "Weggeschnittene Zeile"])
    mask = Image.new("L", shown.size, 0)
    ImageDraw.Draw(mask).rectangle((0, 0, shown.width, 160), fill=255)
    page(pdf, FULL, XObject=Dictionary(I0=image(pdf, shown, SMask=image(pdf, mask))))
    pdf.save(tmp_path / "in.pdf")
    read = read_page(tmp_path / "in.pdf", 1, 0, PROFILE)
    assert "Sichtbare" in read.text and "Weggeschnittene" not in read.text


def test_an_invisible_form_of_text_is_taken_off(tmp_path: Path) -> None:
    pdf = Pdf.new()
    hidden = form(pdf, b"3 Tr " + WORDS, [0, 0, 595, 842])
    page(pdf, FULL + b"/X Do\n", XObject=Dictionary(I0=grey(pdf), X=hidden))
    with_text = tmp_path / "in.pdf"
    pdf.save(with_text)
    with open_pdf(with_text) as opened:
        assert drop_invisible_text(opened, opened.pages[0])
