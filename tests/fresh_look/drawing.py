"""Sheets with a known look; pages drawn by pdfium and by poppler; how much two drawings differ."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
A5 = (1165, 1654)  #: pixels at 200 dpi
DPI = 200
MOST, LEAST = 4_000_000, 400  #: pixels of a drawing, and of its longer side
TOLERANCE = 48  #: of 255, against the darkest and lightest neighbour
NEIGHBOURS = 5  #: pixels; takes up rounding of half a pixel and the width of thin lines
NOISE = 0.0004  #: share of pixels that may differ: a third of a line of 8 pt text on A5
RED, BLUE, GREEN = (200, 20, 20), (20, 20, 200), (20, 150, 20)


Pixels = np.ndarray[Any, np.dtype[Any]]


def letter_lines(word: str) -> list[str]:
    return [
        "Landratsamt Musterkreis",
        f"Betreff: {word}",
        "Sehr geehrte Damen und Herren,",
        "Ihr Antrag ist eingegangen.",
        "Mit freundlichen Grüßen",
    ]


def sheet(word: str, size: tuple[int, int] = A5, *, colour: bool = True) -> Image.Image:
    """A letter with marks that show every turn, mirroring, inversion and swap of colours."""
    width, height = size
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    unit = height / 40
    font = ImageFont.truetype(FONT, round(unit * 0.95))
    for number, line in enumerate(letter_lines(word)):
        draw.text((3 * unit, 4 * unit + 2 * unit * number), line, font=font, fill="black")
    red, blue, green = (RED, BLUE, GREEN) if colour else ("black",) * 3
    draw.rectangle((unit, unit, 4 * unit, 2.5 * unit), fill=red)
    draw.rectangle((width - 2 * unit, height - 8 * unit, width - unit, height - unit), fill=blue)
    draw.rectangle((2 * unit, height - 12 * unit, 3 * unit, height - 4 * unit), fill="black")
    draw.rectangle((2 * unit, height - 12 * unit, 6 * unit, height - 11 * unit), fill="black")
    draw.rectangle((2 * unit, height - 9 * unit, 4 * unit, height - 8 * unit), fill=green)
    return image


def grey(word: str, size: tuple[int, int] = A5) -> Image.Image:
    return sheet(word, size, colour=False).convert("L")


def bilevel(word: str, size: tuple[int, int] = A5) -> Image.Image:
    return grey(word, size).convert("1", dither=Image.Dither.NONE)


def raster(width: float, height: float) -> tuple[int, int]:
    """The pixels that a page of so many points is drawn in."""
    scale = min(110 / 72, (MOST / (width * height)) ** 0.5)
    scale = max(scale, LEAST / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def sizes(path: Path) -> list[tuple[float, float]]:
    """Points of the pages as pdfium shows them."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        return [pdf.get_page_size(number) for number in range(len(pdf))]
    finally:
        pdf.close()


def user_unit(path: Path) -> float:
    with pikepdf.open(path) as pdf:
        return float(pdf.pages[0].obj.get("/UserUnit", 1))


def by_pdfium(path: Path, number: int) -> Image.Image:
    """Page ``number`` (from 0) with everything that pdfium shows on a screen."""
    pdf = pypdfium2.PdfDocument(path)
    try:
        pdf.init_forms()
        page = pdf[number]
        width, height = page.get_size()
        wanted = raster(width, height)
        drawn: Image.Image = page.render(scale=wanted[0] / width, may_draw_forms=True).to_pil()
        return drawn.convert("RGB").resize(wanted)
    finally:
        pdf.close()


def by_poppler(path: Path, number: int) -> Image.Image:
    width, height = sizes(path)[number]
    wanted = raster(width, height)
    with tempfile.TemporaryDirectory() as folder:
        page = str(number + 1)
        subprocess.run(
            ["pdftoppm", "-q", "-png", "-cropbox", "-singlefile", "-f", page, "-l", page]
            + ["-r", f"{72 * wanted[0] / width:.3f}"]
            + [str(path), f"{folder}/page"],
            check=True,
            timeout=300,
            capture_output=True,
        )
        with Image.open(f"{folder}/page.png") as image:
            return image.convert("RGB").resize(wanted)


def _spread(pixels: Pixels, among: Callable[[Pixels, Pixels], Pixels]) -> Pixels:
    """The least or the most of each pixel and its neighbours, over both axes."""
    reach = NEIGHBOURS // 2
    for axis in (0, 1):
        margin = [(reach, reach) if one == axis else (0, 0) for one in range(3)]
        wide, size = np.pad(pixels, margin, "edge"), pixels.shape[axis]
        for start in range(NEIGHBOURS):
            part = wide[start : start + size] if axis == 0 else wide[:, start : start + size]
            pixels = among(pixels, part)
    return pixels


def _outside(pixels: Pixels, others: Pixels) -> Pixels:
    """Pixels that no neighbour among the others comes near, in any channel."""
    low, high = _spread(others, np.minimum), _spread(others, np.maximum)
    return np.asarray(((pixels < low - TOLERANCE) | (pixels > high + TOLERANCE)).any(axis=2))


def difference(image: Image.Image, other: Image.Image) -> float:
    """Share of pixels in which two drawings differ by more than drawing makes them differ."""
    if image.size != other.size:
        other = other.resize(image.size, Image.Resampling.BOX)
    blur = ImageFilter.BoxBlur(1)
    here, there = (np.asarray(one.convert("RGB").filter(blur), np.int16) for one in (image, other))
    far = _outside(here, there) | _outside(there, here)
    return float(far.mean())
