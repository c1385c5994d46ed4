"""What each drawer says of both files as a whole; runs in an isolated child."""

from __future__ import annotations

from ocr.accepted_kinds import FileKind, kind_of
from ocr.compare.drawers import PDFIUM, POPPLER, REMEDY, NotDrawn, Pdfium, Poppler, versions
from ocr.compare.orders import Order, Whole
from ocr.compare.picture_files import PictureFile


def whole_files(order: Order) -> Whole:
    """Page counts by each drawer that can say them, and which drawers are here."""
    counts: dict[str, tuple[int | None, int]] = {}
    is_pdf = kind_of(order.source) is FileKind.PDF
    for name, drawer in ((PDFIUM, Pdfium), (POPPLER, Poppler)):
        try:
            source = drawer(order.source) if is_pdf else PictureFile(order.source)
            counts[name] = (source.count(), drawer(order.copy).count())
        except NotDrawn:
            continue  # each page says so by itself
    found = versions()
    is_here = len(found) == len((PDFIUM, POPPLER))
    return Whole(
        counts=counts,
        drawers=found,
        missing=() if is_here else (f"{POPPLER} (Abhilfe: {REMEDY})",),
    )
