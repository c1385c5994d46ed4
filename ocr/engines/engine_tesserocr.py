"""Tesseract in the process (tesserocr).

The engine objects are kept for the life of the child, since loading a model costs more than a page.
"""

from __future__ import annotations

import functools
from typing import Any

import tesserocr
from PIL import Image

from ocr.engines.language_models import checked, tessdata
from ocr.transcript import Glyphs, Pixels, Row


class Tesserocr:
    """See ``ocr.engines.engine.Engine``."""

    def version(self) -> str:
        first = str(tesserocr.tesseract_version()).splitlines()[0]
        return first.removeprefix("tesseract").strip()

    def rows(self, image: Image.Image, dpi: float, language: str, layout: int) -> list[Row]:
        engine = _engine(language)
        engine.SetPageSegMode(layout)
        _give(engine, image, dpi)
        engine.Recognize()
        try:
            return _rows(engine.GetIterator())
        finally:
            engine.Clear()

    def orientation(self, image: Image.Image, dpi: float) -> int:
        compass = _compass()
        _give(compass, image, dpi)
        found = compass.DetectOrientationScript()
        return int(found["orient_deg"]) % 360 if found else 0


@functools.lru_cache(maxsize=4)
def _engine(language: str) -> Any:
    return tesserocr.PyTessBaseAPI(
        path=str(tessdata()), lang=checked(language), oem=tesserocr.OEM.LSTM_ONLY
    )


@functools.lru_cache(maxsize=1)
def _compass() -> Any:
    path = str(tessdata())
    return tesserocr.PyTessBaseAPI(path=path, lang=checked("osd"), psm=tesserocr.PSM.OSD_ONLY)


def _give(engine: Any, image: Image.Image, dpi: float) -> None:
    """The bare pixels: handing over a Pillow picture would encode it once more."""
    if image.mode == "1":
        stride = (image.width + 7) // 8
        engine.SetImageBytes(image.tobytes(), image.width, image.height, 0, stride)
    else:
        grey = image if image.mode == "L" else image.convert("L")
        engine.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
    engine.SetSourceResolution(int(dpi))


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
