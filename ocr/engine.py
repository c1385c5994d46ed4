"""Tesseract in the process (tesserocr): lines and words of one grey or bilevel image.

Only for isolated children: the engine reads hostile pictures, and a crash must cost one page only.
The engine objects are kept for the life of the child, since loading a model costs more than a page.
"""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tesserocr
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


def version() -> str:
    """Version of the engine, e.g. ``5.5.4``."""
    first = str(tesserocr.tesseract_version()).splitlines()[0]
    return first.removeprefix("tesseract").strip()


@functools.lru_cache(maxsize=4)
def _engine(language: str) -> Any:
    folder = tessdata()
    for name in language.split("+"):
        if name not in languages():
            raise ToolMissing(
                f"Das Sprachmodell „{name}“ fehlt in {folder}. "
                f"Abhilfe: apt install tesseract-ocr-{name}"
            )
    return tesserocr.PyTessBaseAPI(path=str(folder), lang=language, oem=tesserocr.OEM.LSTM_ONLY)


@functools.lru_cache(maxsize=1)
def _compass() -> Any:
    return tesserocr.PyTessBaseAPI(path=str(tessdata()), lang="osd", psm=tesserocr.PSM.OSD_ONLY)


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


def read_as_is(image: Image.Image, dpi: float, language: str, layout: int = AUTO) -> list[Row]:
    """Rows of an image in its own pixels; ``dpi`` should rather be too low than too high."""
    engine = _engine(language)
    engine.SetPageSegMode(layout)
    _give(engine, image, dpi)
    engine.Recognize()
    try:
        return _rows(engine.GetIterator())
    finally:
        engine.Clear()


def _give(engine: Any, image: Image.Image, dpi: float) -> None:
    if image.mode == "1":
        stride = (image.width + 7) // 8
        engine.SetImageBytes(image.tobytes(), image.width, image.height, 0, stride)
    else:
        grey = image if image.mode == "L" else image.convert("L")
        engine.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
    engine.SetSourceResolution(int(min(max(dpi, DPI_FLOOR), DPI_CEILING)))


def _rows(iterator: Any) -> list[Row]:
    if iterator is None:  # an empty page
        return []
    word_level, line_level = tesserocr.RIL.WORD, tesserocr.RIL.TEXTLINE
    rows: list[tuple[list[Glyphs], Pixels, Pixels | None, bool]] = []
    for at in tesserocr.iterate_level(iterator, word_level):
        if at.IsAtBeginningOf(line_level) or not rows:
            base = at.Baseline(line_level)
            rows.append(
                (
                    [],
                    at.BoundingBox(line_level) or (0, 0, 0, 0),
                    (*base[0], *base[1]) if base else None,
                    bool(at.IsAtBeginningOf(tesserocr.RIL.PARA)),
                )
            )
        box = at.BoundingBox(word_level)
        text = _text(at)
        if box and text:
            confidence = min(100.0, max(0.0, at.Confidence(word_level)))
            rows[-1][0].append(Glyphs(text, confidence, box))
    return [Row(tuple(words), box, base, para) for words, box, base, para in rows if words]


def _text(at: Any) -> str:
    try:
        return str(at.GetUTF8Text(tesserocr.RIL.WORD)).strip()
    except RuntimeError:  # "No text returned": a word of nothing
        return ""


def orientation(image: Image.Image, dpi: float) -> int:
    """Counter-clockwise degrees that set the page upright, as tesseract's own detection guesses."""
    small, at = image.convert("L"), dpi
    if dpi > 200:
        small, at = small.reduce(max(1, round(dpi / 150))), 150
    compass = _compass()
    _give(compass, small, at)
    found = compass.DetectOrientationScript()
    return int(found["orient_deg"]) % 360 if found else 0


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
