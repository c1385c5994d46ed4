"""Pages beyond the sizes that PDF/A allows, written in another unit (ISO 19005-3, 6.1.13)."""

from __future__ import annotations

from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Stream

from ocr.geometry import LARGEST_POINTS, SMALLEST_POINTS, PdfBox
from ocr.pdf.old_text_layer import unbalanced
from ocr.pdf.page_tree import box_of, numbers, unit_of

BOXES = ("/MediaBox", "/CropBox", "/ArtBox", "/TrimBox", "/BleedBox")


def scaled(box: PdfBox, factor: float) -> PdfBox:
    return box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor


def in_unit(content: bytes, unit: float) -> bytes:
    """Content in true points for a page whose user space has this unit (table 30, UserUnit)."""
    if not content or unit == 1:
        return content
    return b"q %.8f 0 0 %.8f 0 0 cm\n" % (1 / unit, 1 / unit) + content + b"Q\n"


def unit_for(width: float, height: float) -> float:
    """The unit in which a page of so many true points keeps to the limits of ISO 19005-3, 6.1.13."""
    if max(width, height) > LARGEST_POINTS:
        return max(width, height) / LARGEST_POINTS * 1.001
    if min(width, height) < SMALLEST_POINTS:
        return max(1e-3, min(width, height) / SMALLEST_POINTS * 0.999)
    return 1.0


def fit_to_limits(pdf: pikepdf.Pdf, page: pikepdf.Page) -> bool:
    """Write a page that is too large (or too small) in a larger unit; it looks as before."""
    media = box_of(page.obj.get("/MediaBox"))
    if media is None:
        return False
    unit = round(unit_for(media[2] - media[0], media[3] - media[1]), 4)
    if unit == 1:
        return False
    for key in BOXES:
        box = box_of(page.obj.get(key))
        if box is not None:
            page.obj[key] = Array([round(value, 5) for value in scaled(box, 1 / unit)])
    missing, surplus = unbalanced(page)
    page.contents_add(
        b"q\n" * (surplus + 1) + b"%.8f 0 0 %.8f 0 0 cm\n" % (1 / unit, 1 / unit), prepend=True
    )
    page.contents_add(b"\nQ" * (missing + 1), prepend=False)
    _scale_patterns(pdf, page, 1 / unit)
    _scale_links(page, 1 / unit)
    page.obj["/UserUnit"] = round(unit_of(page.obj) * unit, 4)
    return True


def _scale_patterns(pdf: pikepdf.Pdf, page: pikepdf.Page, factor: float) -> None:
    """Patterns lie in the page's own space, whatever matrix is in force (8.7.3.1)."""
    resources: Any = page.obj.get("/Resources")
    patterns = resources.get("/Pattern") if isinstance(resources, Dictionary) else None
    if not isinstance(patterns, Dictionary):
        return
    own = Dictionary()
    for name, pattern in patterns.items():
        if isinstance(pattern, Stream):
            copy: Any = pdf.make_stream(pattern.read_raw_bytes(), dict(pattern.stream_dict.items()))
        elif isinstance(pattern, Dictionary):
            copy = Dictionary(dict(pattern.items()))
        else:
            continue
        found = numbers(copy.get("/Matrix"))
        matrix = pikepdf.Matrix(*found) if len(found) == 6 else pikepdf.Matrix()
        moved = matrix @ pikepdf.Matrix(factor, 0, 0, factor, 0, 0)
        copy["/Matrix"] = Array([round(value, 8) for value in moved.shorthand])
        own[name] = copy
    page.obj["/Resources"] = Dictionary({**dict(resources.items()), "/Pattern": own})


def _scale_links(page: pikepdf.Page, factor: float) -> None:
    notes = page.obj.get("/Annots")
    for note in notes if isinstance(notes, Array) else []:
        for key in ("/Rect", "/QuadPoints"):
            if isinstance(note, Dictionary) and key in note:
                note[key] = Array([round(value * factor, 4) for value in numbers(note[key])])
