"""Ink that was not read is seen, and blank pages are told from pages with little on them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from ocr.recognition.ink_signals import blankness, fullest_band, ink_of, regions, uncovered
from ocr.transcript import Glyphs, Row
from tests.unit.ocr.conftest import letter

A4 = (1654, 2339)  #: pixels at 200 dpi
DPI = 200.0


def sheet(brightness: int = 250) -> Image.Image:
    """White paper with the scanner's noise."""
    chance = np.random.default_rng(3)
    values = np.clip(chance.normal(brightness, 3, (A4[1], A4[0])), 0, 255).astype(np.uint8)
    return Image.fromarray(values)


def with_text(text: str, place: tuple[int, int], size: int, ink: int = 30) -> Image.Image:
    page = sheet()
    ImageDraw.Draw(page).text(place, text, fill=ink, font=ImageFont.load_default(size))
    return page


def test_white_and_grey_paper_is_blank() -> None:
    assert blankness(sheet(), DPI) == "blank"
    assert blankness(sheet(200), DPI) == "blank"


def test_holes_edges_and_folds_are_no_content() -> None:
    page = sheet()
    draw = ImageDraw.Draw(page)
    for y in (800, 1430):
        draw.ellipse((60, y, 108, y + 48), fill=20)
    draw.rectangle((0, 0, 30, A4[1]), fill=10)
    draw.line((400, 1200, 1600, 1200), fill=150, width=2)
    assert blankness(page, DPI) == "blank"


@pytest.mark.parametrize(
    ("text", "place", "size"),
    [("7", (1500, 2200), 28), ("- 2 -", (780, 2200), 28), ("bitte", (200, 1000), 22)],
)
def test_little_is_not_nothing(text: str, place: tuple[int, int], size: int) -> None:
    assert blankness(with_text(text, place, size), DPI) == "content"


def test_faint_pencil_is_never_called_blank() -> None:
    assert blankness(with_text("Rücksprache Müller", (300, 900), 60, ink=200), DPI) != "blank"


def test_strong_bleed_through_is_doubtful_or_content() -> None:
    back = letter().transpose(Image.Transpose.FLIP_LEFT_RIGHT).filter(ImageFilter.GaussianBlur(2))
    faint = back.point(lambda value: 250 - (255 - value) // 5)
    assert blankness(faint, DPI) in ("doubtful", "content")


def test_a_scrap_is_never_called_blank() -> None:
    assert blankness(Image.new("L", (20, 20), 255), DPI) == "content"


def rows_over(boxes: list[tuple[float, float, float, float]], confidence: float = 90) -> list[Row]:
    return [Row((Glyphs("Wort", confidence, box),), box, None, False) for box in boxes]


def test_unread_lines_are_seen_and_found() -> None:
    page = letter()
    ink = ink_of(page, DPI)
    upper = rows_over([(150.0, 195.0 + 80 * n, 1640.0, 245.0 + 80 * n) for n in range(6)])
    assert uncovered(ink, []) == pytest.approx(1.0)
    assert 0.3 < uncovered(ink, upper) < 0.7
    bands = regions(ink, upper)
    assert bands and all(band[1] > 600 for band in bands)


def test_read_lines_leave_nothing() -> None:
    page = letter()
    lines = [(150.0, 195.0 + 80 * n, 1640.0, 245.0 + 80 * n) for n in range(12)]
    assert uncovered(ink_of(page, DPI), rows_over(lines)) < 0.05


def test_a_huge_word_hides_nothing() -> None:
    page = letter()
    assert uncovered(ink_of(page, DPI), rows_over([(0, 0, 1654, 2339)])) > 0.9


def test_the_fullest_band_is_where_the_text_is() -> None:
    page = Image.new("L", A4, 255)
    page.paste(letter((1654, 700), 6), (0, 1500))
    band = fullest_band(ink_of(page, DPI), DPI)
    assert band is not None and 1500 < band[1] < 2200
    assert fullest_band(ink_of(Image.new("L", A4, 255), DPI), DPI) is None


def row(text: str, confidence: float, box: tuple[float, float, float, float]) -> Row:
    return Row((Glyphs(text, confidence, box),), box, None, True)


def poster() -> tuple[Image.Image, tuple[float, float, float, float]]:
    """Letters of 20 mm, and the box of their word."""
    page = sheet()
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(170)
    draw.text((150, 400), "Aushang", fill=20, font=font)
    return page, tuple(map(float, draw.textbbox((150, 400), "Aushang", font=font)))  # type: ignore[return-value]


def test_large_letters_that_were_read_surely_are_read() -> None:
    page, box = poster()
    assert uncovered(ink_of(page, DPI), [row("Aushang", 96, box)]) < 0.05


@pytest.mark.parametrize(("text", "confidence"), [("Aushang", 40), ("|", 96), ("n" * 60, 96)])
def test_a_misreading_as_large_as_a_picture_hides_nothing(text: str, confidence: float) -> None:
    page, box = poster()
    assert uncovered(ink_of(page, DPI), [row(text, confidence, box)]) > 0.9
