"""Page boxes, turns and resolutions: the few formulas that everything else relies on.

Displayed points: origin top left, y down, after the page's own rotation.
User space: the PDF page's own coordinates, y up (ISO 32000-1, 8.3.2.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable

Point = Callable[[float, float], tuple[float, float]]
PdfBox = tuple[float, float, float, float]  #: left, bottom, right, top

A4_WIDTH, A4_HEIGHT = 8.27, 11.69  #: inches
LEAST_READING_DPI = 70.0
NARROWEST = 3.54  #: inches; 90 mm: no sheet that an office scans is narrower
A2_LONG_SIDE = 23.4  #: inches
CAMERA_DPI = 120  #: stated resolutions up to here are a camera's or screen's default
SANE_DPI = (25.0, 4800.0)
LARGEST_POINTS = 14400.0  #: ISO 19005-2, 6.1.13 (Annex C of ISO 32000-1)
SMALLEST_POINTS = 3.0


def reading_dpi(width: int, height: int, stated: float | None) -> float:
    """The resolution to read a picture at; the stated one is distrusted.

    Overstated resolution destroys text without an error, understated does nearly no harm, hence
    A4 is assumed where the sheet would be narrower than 90 mm, or larger than A2 by a default value.
    """
    short, long = sorted((width, height))
    assumed = max(LEAST_READING_DPI, short / A4_WIDTH, long / A4_HEIGHT)
    if stated is None or not SANE_DPI[0] <= stated <= SANE_DPI[1]:
        return assumed
    too_narrow = short / stated < NARROWEST
    too_large = long / stated > A2_LONG_SIDE and stated <= CAMERA_DPI
    return assumed if too_narrow or too_large else stated


def sheet_size(
    width: int, height: int, stated: tuple[float, float] | None, proportion: float = 1.0
) -> tuple[float, float]:
    """Points of the page for a picture: from the stated resolution where it is possible, else A4.

    ``proportion`` is the height of a pixel by its width; it holds where the resolution does not.
    """
    if stated is not None and all(SANE_DPI[0] <= dpi <= SANE_DPI[1] for dpi in stated):
        x, y = stated
        proportion = x / y
        too_large = max(width / x, height / y) > A2_LONG_SIDE and min(x, y) <= CAMERA_DPI
        if not too_large:
            return _possible(72 * width / x, 72 * height / y)
    high = height * proportion
    short, long = sorted((float(width), high))
    dpi = max(short / A4_WIDTH, long / A4_HEIGHT)
    return _possible(72 * width / dpi, 72 * high / dpi)


def _possible(width: float, height: float) -> tuple[float, float]:
    factor = min(1.0, LARGEST_POINTS / max(width, height))
    return max(SMALLEST_POINTS, width * factor), max(SMALLEST_POINTS, height * factor)


def turned_size(width: float, height: float, turn: int) -> tuple[float, float]:
    return (height, width) if turn % 180 else (width, height)


def turner(turn: int, width: float, height: float) -> Point:
    """Moves a point (y down) of a ``width`` x ``height`` page as the page turns clockwise."""
    return {
        0: lambda x, y: (x, y),
        90: lambda x, y: (height - y, x),
        180: lambda x, y: (width - x, height - y),
        270: lambda x, y: (y, width - x),
    }[turn % 360]


def straightener(skew: float, width: float, height: float) -> Point:
    """Moves a point (y down) as the page is turned about its middle, so that lines lie level.

    ``skew`` in degrees, counter-clockwise positive: lines that rise to the right.
    """
    angle = math.radians(skew)
    c, s, cx, cy = math.cos(angle), math.sin(angle), width / 2, height / 2

    def move(x: float, y: float) -> tuple[float, float]:
        dx, dy = x - cx, y - cy
        return cx + c * dx - s * dy, cy + s * dx + c * dy

    return move


def to_user_space(box: PdfBox, rotate: int) -> Point:
    """From displayed points to the user space of a page with this visible box and ``/Rotate``."""
    left, bottom, right, top = box
    return {
        0: lambda x, y: (left + x, top - y),
        90: lambda x, y: (left + y, bottom + x),
        180: lambda x, y: (right - x, bottom + y),
        270: lambda x, y: (right - y, top - x),
    }[rotate % 360]


def from_user_space(box: PdfBox, rotate: int) -> Point:
    """The way back of ``to_user_space``."""
    left, bottom, right, top = box
    return {
        0: lambda x, y: (x - left, top - y),
        90: lambda x, y: (y - bottom, x - left),
        180: lambda x, y: (right - x, y - bottom),
        270: lambda x, y: (top - y, right - x),
    }[rotate % 360]
