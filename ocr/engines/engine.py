"""Lines and words of one grey or bilevel image: the engine of this child, fed as it reads best.

Only for isolated children: the engine reads hostile pictures, and a crash must cost one page only.
"""

from __future__ import annotations

import functools
from typing import Protocol

from PIL import Image

from ocr.transcript import Row, scaled

READ_DPI = 200  #: recognition needs no more (measured, docs/explanation/ocr.md)
LOW_DPI = 170  #: below it letters are enlarged
ENLARGE = 1.5
SMALL_PRINT = 12  #: pixels; a tenth of the words lower than this: read as scanned
DPI_FLOOR, DPI_CEILING = 70, 2400

AUTO, BLOCK = 3, 6  #: page segmentation: whole layout; one block of text


def read(image: Image.Image, dpi: float, language: str, layout: int = AUTO) -> list[Row]:
    """Rows of an image (mode ``1`` or ``L``) in its own pixels, at the resolution that reads best."""
    factor = _reduction(dpi)
    if factor is None:
        return read_as_is(image, dpi, language, layout)
    grey = image.convert("L")
    if factor > 1 and abs(factor - round(factor)) < 0.02:
        small = grey.reduce(round(factor))
    else:
        size = max(1, round(image.width / factor)), max(1, round(image.height / factor))
        how = Image.Resampling.BILINEAR if factor > 1 else Image.Resampling.BICUBIC
        small = grey.resize(size, how)
    rows = read_as_is(small, dpi / factor, language, layout)
    if factor > 1 and _is_small_print(rows):
        return read_as_is(image, dpi, language, layout)
    return scaled(rows, image.width / small.width, image.height / small.height)


def _reduction(dpi: float) -> float | None:
    if dpi < LOW_DPI:
        return 1 / ENLARGE
    return dpi / READ_DPI if dpi >= 1.2 * READ_DPI else None


def _is_small_print(rows: list[Row]) -> bool:
    heights = sorted(
        word.box[3] - word.box[1]
        for row in rows
        for word in row.words
        if len(word.text) > 3 and word.confidence > 50
    )
    return len(heights) > 9 and heights[len(heights) // 10] < SMALL_PRINT


class Engine(Protocol):
    """What reads a picture. Pictures are of mode ``1`` or ``L``; raises ``ToolMissing``."""

    def version(self) -> str:
        """Of the engine, e.g. ``5.5.4``."""

    def rows(self, image: Image.Image, dpi: float, language: str, layout: int) -> list[Row]:
        """What stands in the picture, in its own pixels and in the order of reading."""

    def orientation(self, image: Image.Image, dpi: float) -> int:
        """Counter-clockwise degrees that set the page upright, by the engine's own guess."""


@functools.lru_cache(maxsize=1)
def resident() -> Engine:
    """The engine of this child: in the process where it can be, else tesseract as a program."""
    try:
        from ocr.engines.engine_tesserocr import Tesserocr
    except ImportError:
        from ocr.engines.engine_program import TesseractProgram

        return TesseractProgram()
    return Tesserocr()


def read_as_is(image: Image.Image, dpi: float, language: str, layout: int = AUTO) -> list[Row]:
    """Rows of an image in its own pixels; ``dpi`` should rather be too low than too high."""
    sane = min(max(dpi, DPI_FLOOR), DPI_CEILING)
    return resident().rows(image, sane, language, layout)


def orientation(image: Image.Image, dpi: float) -> int:
    """Counter-clockwise degrees that set the page upright, as tesseract's own detection guesses."""
    small, at = image.convert("L"), dpi
    if dpi > 200:
        small, at = small.reduce(max(1, round(dpi / 150))), 150
    return resident().orientation(small, min(max(at, DPI_FLOOR), DPI_CEILING))
