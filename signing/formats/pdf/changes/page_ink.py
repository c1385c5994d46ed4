"""Is the ink of a signed page still as it was, where something was drawn later?

Both versions of a page are drawn, and compared at the ink and right beside it, so that neither a
stroke through a figure nor a dark ground under it passes.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Sequence

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray

from config.filekind import Data
from signing.formats.pdf.changes.page_agreement import Start

Rect = tuple[float, float, float, float]  #: left, bottom, right, top in points
Mask = NDArray[np.bool_]
Levels = NDArray[np.int16]

SCALE = 2.0  #: pixels for a point
MOST_PIXELS = 8_000_000  #: of a page that is drawn
INK = 32  #: levels by which a pixel differs from the ground of its place
ALIKE = 8  #: levels that two drawings of the same may differ by
AROUND = 2  #: pixels beside ink that belong to it
RULE = 60  #: pixels; a level line as long is no letter, and people sign across it
DARKER = 16  #: levels; a line that is written across may become darker, not lighter
ERRORS = (pdfium.PdfiumError, ValueError, OSError, MemoryError)


class InkReader:
    """One file and its signed beginning, page by page."""

    def __init__(self, data: Data, end: int) -> None:
        self._signed = _opened(data, end)
        self._now = _opened(data, len(data))

    def close(self) -> None:
        self._signed.close()
        self._now.close()

    def is_kept(self, page: int, rects: Sequence[Rect]) -> bool:
        """Whether all ink of the signed page within ``rects`` is as it was. Raises ``ERRORS``."""
        signed, now = self._signed[page], self._now[page]
        try:
            left, right = _drawn(signed), _drawn(now)
            if left.shape != right.shape:
                return False
            changed = np.abs(left - right).max(axis=2) > ALIKE
            return not any(
                _is_lost(left[place], right[place], changed[place])
                for place in (_pixels(signed, rect, left.shape) for rect in rects)
            )
        finally:
            signed.close()
            now.close()


def _opened(data: Data, end: int) -> pdfium.PdfDocument:
    document = pdfium.PdfDocument(io.BufferedReader(Start(data, end)))
    document.init_forms()
    return document


def _scale(page: pdfium.PdfPage) -> float:
    width, height = page.get_size()
    return min(SCALE, math.sqrt(MOST_PIXELS / max(1.0, width * height)))


def _drawn(page: pdfium.PdfPage) -> Levels:
    bitmap = page.render(scale=_scale(page), may_draw_forms=True, draw_annots=True)
    try:
        levels: Levels = bitmap.to_numpy()[:, :, :3].astype(np.int16)
        return levels
    finally:
        bitmap.close()


def _pixels(page: pdfium.PdfPage, rect: Rect, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The part of the drawing that a rectangle takes up, turned and cropped as the page is."""
    height, width = shape[:2]
    points = [_device(page, width, height, x, y) for x in rect[::2] for y in rect[1::2]]
    columns, rows = [x for x, _ in points], [y for _, y in points]
    return (
        slice(max(0, min(rows) - AROUND), max(0, max(rows) + AROUND + 1)),
        slice(max(0, min(columns) - AROUND), max(0, max(columns) + AROUND + 1)),
    )


def _device(page: pdfium.PdfPage, width: int, height: int, x: float, y: float) -> tuple[int, int]:
    column, row = ctypes.c_int(), ctypes.c_int()
    if not pdfium_c.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, column, row):
        raise ValueError("a place that is not on the page")
    return column.value, row.value


def _is_lost(signed: Levels, now: Levels, changed: Mask) -> bool:
    if not changed.any():
        return False
    ground = np.median(signed.reshape(-1, 3), axis=0)
    ink = np.abs(signed - ground).max(axis=2) > INK
    rules = _rules(ink)
    lighter = (now.sum(axis=2) - signed.sum(axis=2)) > DARKER
    if bool((rules & changed & lighter).any()):
        return True
    return bool((_grown(ink & ~rules) & changed & ~rules).any())


def _rules(ink: Mask) -> Mask:
    """Ink in level lines; what lies in one row with it for as long as no letter is."""
    if ink.shape[1] < RULE:
        return np.zeros_like(ink)
    sums = np.cumsum(np.pad(ink, ((0, 0), (1, 0))), axis=1)
    whole: Mask = (sums[:, RULE:] - sums[:, :-RULE]) == RULE
    found = np.zeros_like(ink)
    for offset in range(RULE):
        found[:, offset : offset + whole.shape[1]] |= whole
    return found


def _grown(mask: Mask) -> Mask:
    """The mask and what lies beside it."""
    grown = mask.copy()
    for _ in range(AROUND):
        wider = grown.copy()
        wider[1:] |= grown[:-1]
        wider[:-1] |= grown[1:]
        wider[:, 1:] |= grown[:, :-1]
        wider[:, :-1] |= grown[:, 1:]
        grown = wider
    return grown
