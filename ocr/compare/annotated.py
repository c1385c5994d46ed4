"""Pages whose annotations the copy shows and a drawer leaves out.

Drawers differ over annotations without an appearance; the copy has them drawn into its pages
(``ocr.pdf.annotations``). A difference that lies within such annotations
and is not there beside the source with its annotations drawn is no fault of the copy. Everywhere
else on the page the source as it lies decides.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from ocr.compare.orders import Spot
from ocr.pdf.shown_pdf import FAILURES, save_drawn

MARGIN = 12.0  #: points around an annotation's rectangle that its lines and notes may take
GRID = 400  #: cells of a page's side
MOST = 2_000  #: annotations of a page


@contextmanager
def drawn_source(source: Path) -> Iterator[Path | None]:
    """The source with its annotations drawn into its pages, for a while; None where it cannot be."""
    with tempfile.TemporaryDirectory(prefix=".shown-") as folder:
        path = Path(folder) / "shown.pdf"
        made = False
        with suppress(*FAILURES):
            save_drawn(source, path)
            made = True
        yield path if made else None


def lies_in_annotations(source: Path, number: int, places: tuple[Spot, ...]) -> bool:
    """Whether all places lie within annotations without an appearance on page ``number`` (from 1)."""
    mask = _mask(source, number)
    if mask is None:
        return False
    for spot in places:
        left, top, right, bottom = (round(edge * GRID) for edge in spot.box)
        part = mask[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)]
        if not part.size or not part.all():
            return False
    return True


def _mask(source: Path, number: int) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None:
    """Which cells of the displayed page belong to annotations."""
    try:
        document = pdfium.PdfDocument(source)
        page = document[number - 1]
        width, height = page.get_size()
    except pdfium.PdfiumError:
        return None
    mask = np.zeros((GRID, GRID), np.bool_)
    for left, bottom, right, top in _rectangles(page):
        corners = [_on_grid(page, x, y) for x in (left, right) for y in (bottom, top)]
        columns, rows = [c for c, _ in corners], [r for _, r in corners]
        across, down = GRID * MARGIN / width, GRID * MARGIN / height
        mask[
            max(0, int(min(rows) - down)) : max(0, int(max(rows) + down) + 1),
            max(0, int(min(columns) - across)) : max(0, int(max(columns) + across) + 1),
        ] = True
    page.close()
    document.close()
    return mask


def _rectangles(page: pdfium.PdfPage) -> Iterator[tuple[float, float, float, float]]:
    for index in range(min(MOST, raw.FPDFPage_GetAnnotCount(page))):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        rect = raw.FS_RECTF()
        is_link = raw.FPDFAnnot_GetSubtype(annotation) == raw.FPDF_ANNOT_LINK
        has_look = raw.FPDFAnnot_HasKey(annotation, b"AP")
        if not (is_link or has_look) and raw.FPDFAnnot_GetRect(annotation, rect):
            yield rect.left, rect.bottom, rect.right, rect.top
        raw.FPDFPage_CloseAnnot(annotation)


def _on_grid(page: pdfium.PdfPage, x: float, y: float) -> tuple[int, int]:
    """A place of the page's user space in cells of the displayed page, as (column, row)."""
    column, row = ctypes.c_int(), ctypes.c_int()
    raw.FPDF_PageToDevice(page, 0, 0, GRID, GRID, 0, x, y, column, row)
    return column.value, row.value
