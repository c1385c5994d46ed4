"""What lies under a picture, and whether it shows through: decided by drawing the page without it.

Masks, blending, layers, colour keys and pictures that cannot be decoded all come to the same: the
page looks alike without what is truly hidden, and only then.
"""

from __future__ import annotations

import bisect
import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ocr.transcript import Pixels

TEXT, IMAGE = 1, 3  #: kinds of page objects in pdfium
INVISIBLE = 3  #: text render mode (ISO 32000-1, table 106)
LOOK_DPI = 100.0
MOST_PIXELS = 20_000_000  #: of a look
ALIKE = 6  #: levels of grey that two drawings of the same may differ by
POINTS = 5  #: of a text's box, each way, that are looked at


@dataclass(frozen=True, slots=True)
class Below:
    """Text under pictures: places of objects that are hidden; ``shows``: it shows through."""

    hidden: tuple[int, ...]
    shows: bool


def text_below_pictures(page: pdfium.PdfPage, number: int, objects: Sequence[Any]) -> Below:
    """Page ``number`` (1-based); ``objects``: its own, in the order of drawing."""
    pictures = [n for n, item in enumerate(objects) if item.type == IMAGE]
    if not pictures:
        return Below((), False)
    boxes = np.array([objects[place].get_bounds() for place in pictures])
    covered = [
        n
        for n, item in enumerate(objects[: pictures[-1]])
        if item.type == TEXT
        and not is_invisible(item)
        and _is_within(item.get_bounds(), boxes[bisect.bisect(pictures, n) :])
    ]
    if not covered:
        return Below((), False)
    if shows_nothing(page, number, covered):
        return Below(tuple(covered), False)
    return Below((), True)


def _is_within(box: Pixels, pictures: NDArray[np.float64]) -> bool:
    """Whether pictures (a row each: left, bottom, right, top) lie over the whole of a box."""
    left, bottom, right, top = box
    xs, ys = np.meshgrid(np.linspace(left, right, POINTS), np.linspace(bottom, top, POINTS))
    x, y = xs.reshape(-1, 1), ys.reshape(-1, 1)
    across = (pictures[:, 0] <= x) & (x <= pictures[:, 2])
    down = (pictures[:, 1] <= y) & (y <= pictures[:, 3])
    return bool((across & down).any(1).all())


def shows_nothing(page: pdfium.PdfPage, number: int, places: Sequence[int]) -> bool:
    """Whether page ``number`` looks alike without the objects of its own at these places."""
    if not places:
        return True
    fresh = page.pdf[number - 1]
    try:
        before = look(fresh)
        objects = list(fresh.get_objects(max_depth=1))
        for place in places:
            if place < len(objects):
                fresh.remove_obj(objects[place])
        return alike(before, look(fresh))
    except pdfium.PdfiumError:
        return False
    finally:
        fresh.close()


def look(page: pdfium.PdfPage) -> Image.Image:
    """The page in colour, fine enough for a hair line to leave its mark."""
    width, height = page.get_size()
    scale = min(LOOK_DPI / 72, (MOST_PIXELS / max(1.0, width * height)) ** 0.5)
    image: Image.Image = page.render(scale=scale, rev_byteorder=True).to_pil()
    return image.convert("RGB")


def alike(one: Image.Image, other: Image.Image) -> bool:
    """Whether no pixel differs by more than drawing the same twice could."""
    if one.size != other.size:
        return False
    differences = np.asarray(ImageChops.difference(one, other))
    return int(differences.max(initial=0)) <= ALIKE


def is_invisible(item: Any) -> bool:
    mode = pdfium_c.FPDFTextObj_GetTextRenderMode(item.raw) if item.type == TEXT else None
    return bool(mode == INVISIBLE)


def address(item: Any) -> int | None:
    """The object's address, by which pdfium's text names it."""
    return ctypes.cast(item.raw, ctypes.c_void_p).value
