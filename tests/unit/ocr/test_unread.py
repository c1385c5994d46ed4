"""A page that was read whole is not said to have unread writing."""

from __future__ import annotations

from pathlib import Path

from pikepdf import Dictionary, Pdf
from PIL import Image, ImageDraw, ImageFont

from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.pdfs import image, lines, page

PROFILE = ScanProfile(languages=("deu",))


def codes(path: Path) -> set[str]:
    return {found.code for found in read_page(path, 1, 0, PROFILE).findings}


def test_a_scanned_poster(tmp_path: Path) -> None:
    shown = Image.new("L", (1654, 1200), 255)
    draw = ImageDraw.Draw(shown)
    for number, line in enumerate(("EINLADUNG", "zur Sitzung")):
        draw.text((100, 150 + 300 * number), line, font=ImageFont.load_default(230), fill=0)
    shown.save(tmp_path / "in.png", dpi=(200, 200))
    read = read_page(tmp_path / "in.png", 1, 0, PROFILE)
    assert read.text.split() == ["EINLADUNG", "zur", "Sitzung"]
    assert read.findings == ()


def test_large_letters_of_the_files_own(tmp_path: Path) -> None:
    pdf, size = Pdf.new(), (6000, 2000)
    page(pdf, lines("Rollenplan", x=60, y=size[1] / 2, size=size[0] / 7), size=size)
    pdf.save(tmp_path / "in.pdf")
    read = read_page(tmp_path / "in.pdf", 1, 0, PROFILE)
    assert (read.source, read.text, read.findings) == ("text", "Rollenplan", ())


def test_own_text_beside_a_pasted_picture_counts_as_read(tmp_path: Path) -> None:
    """Recognition alone reads the slanted letters badly; the file brings them."""
    pdf = Pdf.new()
    pasted = Image.new("L", (900, 120), 255)
    font = ImageFont.load_default(60)
    ImageDraw.Draw(pasted).text((10, 20), "Eingescannter Absatz", font=font, fill=0)
    slanted = b"".join(
        b"BT /F1 14 Tf 1 0.1 0.9 1 %d %d Tm (Kursive Zeile %d im Bescheid des Amtes) Tj ET\n"
        % (60, 700 - 30 * number, number)
        for number in range(12)
    )
    content = slanted + b"q 400 0 0 53 60 250 cm /I0 Do Q\n"
    page(pdf, content, XObject=Dictionary(I0=image(pdf, pasted)))
    pdf.save(tmp_path / "in.pdf")
    read = read_page(tmp_path / "in.pdf", 1, 0, PROFILE)
    assert "Absatz" in read.text and "Kursive Zeile 11" in read.text
    assert "ocr.uncertain" not in codes(tmp_path / "in.pdf")
