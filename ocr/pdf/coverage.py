"""What covers a page: pictures wherever they are drawn, how fine they are, and in how many tones.

A scan may be one picture, or strips, tiles, a picture in a form, or a fine mask over a coarse
background; judged is what they are together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ocr.geometry import PdfBox

IMAGE, FORM = 3, 5  #: kinds of page objects in pdfium
DEEPEST = 10
MOST_OBJECTS = 20_000
CELLS = 60  #: a side
COVERS = 0.9  #: of the sheet's cells: a scan
LEAST_PIXELS = 16  #: of the longer side of a picture
COLOURED = 0.05  #: of the covered cells: it is not bilevel
COARSE = 0.1  #: of the covered cells below a resolution: that is the page's


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture in the page's user space: corners of its box, pixels per point each way."""

    box: PdfBox
    pixels: tuple[int, int]
    fineness: float  #: pixels per point, the coarser direction
    bilevel: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """``share`` of the sheet under pictures; ``fineness``: pixels per point that nearly all has."""

    share: float
    fineness: float
    bilevel: bool

    @property
    def is_scan(self) -> bool:
        return self.share >= COVERS


def pictures(page: pdfium.PdfPage) -> list[Placed]:
    """Every picture that the page draws, those inside forms included."""
    return list(_placed(page.get_objects(max_depth=1), pdfium.PdfMatrix(), 0))


def is_a_colour(item: Any) -> bool:
    """A picture of a few pixels, stretched over the paper: a colour, and no scan."""
    try:
        return bool(max(item.get_px_size()) < LEAST_PIXELS)
    except pdfium.PdfiumError:
        return False


def _placed(items: Iterable[Any], matrix: Any, depth: int) -> Iterator[Placed]:
    for item in items:
        if item.type == IMAGE:
            found = _picture(item, matrix)
            if found is not None:
                yield found
        elif item.type == FORM and depth < DEEPEST:
            inner = item.get_matrix().multiply(matrix)
            yield from _placed(_children(item), inner, depth + 1)


def _children(form: Any) -> Iterator[Any]:
    for number in range(min(pdfium_c.FPDFFormObj_CountObjects(form.raw), MOST_OBJECTS)):
        raw = pdfium_c.FPDFFormObj_GetObject(form.raw, number)
        if raw:
            kind = pdfium_c.FPDFPageObj_GetType(raw)
            maker = pdfium.PdfImage if kind == IMAGE else pdfium.PdfObject
            yield maker(raw, page=form.page, pdf=form.pdf, level=form.level + 1)


def _picture(item: Any, matrix: Any) -> Placed | None:
    place = item.get_matrix().multiply(matrix)
    wide, high = math.hypot(place.a, place.b), math.hypot(place.c, place.d)
    try:
        across, down = item.get_px_size()
        depth = item.get_metadata().bits_per_pixel
    except pdfium.PdfiumError:
        return None
    if wide <= 0 or high <= 0 or max(across, down) < LEAST_PIXELS:
        return None
    corners = [place.on_point(x, y) for x in (0, 1) for y in (0, 1)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return Placed(
        (min(xs), min(ys), max(xs), max(ys)),
        (across, down),
        min(across / wide, down / high),
        depth == 1,
    )


def cover(found: list[Placed], sheet: PdfBox) -> Cover:
    """What pictures make of a sheet together."""
    finest = np.zeros((CELLS, CELLS))
    toned = np.zeros((CELLS, CELLS), np.bool_)
    left, bottom, right, top = sheet
    xs = left + (np.arange(CELLS) + 0.5) * (right - left) / CELLS
    ys = bottom + (np.arange(CELLS) + 0.5) * (top - bottom) / CELLS
    for one in found:
        across = (xs >= one.box[0]) & (xs <= one.box[2])
        down = (ys >= one.box[1]) & (ys <= one.box[3])
        cells = np.outer(down, across)
        finest[cells] = np.maximum(finest[cells], one.fineness)
        if not one.bilevel:
            toned |= cells
    covered = finest > 0
    count = int(covered.sum())
    if not count:
        return Cover(0.0, 0.0, False)
    return Cover(
        count / CELLS**2,
        float(np.quantile(finest[covered], COARSE, method="lower")),
        int(toned.sum()) < COLOURED * count,
    )
