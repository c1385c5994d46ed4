"""Lines and words of one grey or bilevel image: the port to the engine, and measures of a reading.

Only for isolated children: the engine reads hostile pictures, and a crash must cost one page only.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PIL import Image

from ocr.errors import ToolMissing

Pixels = tuple[float, float, float, float]

READ_DPI = 200  #: recognition needs no more (measured, docs/explanation/ocr.md)
LOW_DPI = 170  #: below it letters are enlarged
ENLARGE = 1.5
SMALL_PRINT = 12  #: pixels; a tenth of the words lower than this: read as scanned
DPI_FLOOR, DPI_CEILING = 70, 2400

TESSDATA = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tesseract-ocr/tessdata"),
    Path("/usr/share/tessdata"),
    Path("/usr/local/share/tessdata"),
)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A word as read: pixels of the image, y down."""

    text: str
    confidence: float
    box: Pixels


@dataclass(frozen=True, slots=True)
class Row:
    """A line as read."""

    words: tuple[Glyphs, ...]
    box: Pixels
    baseline: Pixels | None
    begins_paragraph: bool


def tessdata() -> Path:
    """The folder of models; raises ``ToolMissing``."""
    for folder in TESSDATA:
        if any(folder.glob("*.traineddata")):
            return folder
    raise ToolMissing(
        "Keine Sprachmodelle für die Texterkennung gefunden. "
        "Abhilfe: apt install tesseract-ocr-deu tesseract-ocr-frk tesseract-ocr-osd"
    )


def languages() -> frozenset[str]:
    """Names of the models that are installed."""
    return frozenset(model.stem for model in tessdata().glob("*.traineddata"))


def checked(language: str) -> str:
    """The languages, ``+`` between them; raises ``ToolMissing`` where a model is not there."""
    for name in language.split("+"):
        if name not in languages():
            raise ToolMissing(
                f"Das Sprachmodell „{name}“ fehlt in {tessdata()}. "
                f"Abhilfe: apt install tesseract-ocr-{name}"
            )
    return language


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
        from ocr.engine_tesserocr import Tesserocr
    except ImportError:
        from ocr.engine_program import TesseractProgram

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


# ------------------------------------------------------------------ measures of a reading


def letters(rows: list[Row]) -> int:
    return sum(len(word.text) for row in rows for word in row.words)


def confidence(rows: list[Row]) -> float:
    """Mean over letters, 0..100; 0 for nothing."""
    total = sum(word.confidence * len(word.text) for row in rows for word in row.words)
    return total / max(1, letters(rows))


def sure_letters(rows: list[Row]) -> float:
    """Letters weighted with confidence, of words with 50 and more: by this, readings compete."""
    return sum(
        word.confidence * len(word.text) / 100
        for row in rows
        for word in row.words
        if word.confidence >= 50
    )


def standing(rows: list[Row]) -> float:
    """Share of longer words that are higher than wide: text lying on its side."""
    tall = [
        word.box[3] - word.box[1] > word.box[2] - word.box[0]
        for row in rows
        for word in row.words
        if len(word.text) > 3
    ]
    return statistics.mean(tall) if len(tall) > 4 else 0.0


# ------------------------------------------------------------------ moving rows about


def mapped(rows: list[Row], point: Callable[[float, float], tuple[float, float]]) -> list[Row]:
    """Rows with every point moved by a function that keeps axis-parallel boxes axis-parallel."""

    def box(old: Pixels) -> Pixels:
        (ax, ay), (bx, by) = point(old[0], old[1]), point(old[2], old[3])
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def base(old: Pixels | None) -> Pixels | None:
        return None if old is None else (*point(old[0], old[1]), *point(old[2], old[3]))

    return [
        replace(
            row,
            words=tuple(replace(word, box=box(word.box)) for word in row.words),
            box=box(row.box),
            baseline=base(row.baseline),
        )
        for row in rows
    ]


def scaled(rows: list[Row], kx: float, ky: float) -> list[Row]:
    return mapped(rows, lambda x, y: (x * kx, y * ky))


def shifted(rows: list[Row], dx: float, dy: float) -> list[Row]:
    return mapped(rows, lambda x, y: (x + dx, y + dy))
