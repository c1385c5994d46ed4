"""What of a page viewers show: its visible box and its turn, inherited ones included."""

from __future__ import annotations

import pikepdf
from pikepdf import Dictionary

from ocr.geometry import PdfBox


def visible_box(page: pikepdf.Page) -> PdfBox:
    """The crop box within the media box, as viewers show it."""
    media = _ordered(page.mediabox)
    crop = _ordered(page.cropbox)
    box = (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )
    return box if box[2] > box[0] and box[3] > box[1] else media


def _ordered(box: pikepdf.Object) -> PdfBox:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def rotation(page: pikepdf.Page) -> int:
    node, turn = page.obj, 0
    for _ in range(50):
        if "/Rotate" in node:
            turn = int(node.Rotate)
            break
        parent = node.get("/Parent")
        if not isinstance(parent, Dictionary):
            break
        node = parent
    return turn % 360 if turn % 90 == 0 else 0
