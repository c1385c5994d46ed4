"""The pictures of an image file, each as it is displayed, read for itself.

Colours, depth, resolution and orientation are those of the frame. What is not understood exactly is
not guessed: ``InputError`` NOT_DISPLAYABLE names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from PIL import Image

from ocr.findings import Found, Severity
from ocr.geometry import SANE_DPI
from ocr.image_files.flat import Flat, Transparency

ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x0112, 0x011A, 0x011B, 0x0128
INCH, CENTIMETRE = 2, 3
LEAST_PROPORTION = 0.2  #: beyond it and its inverse, pixels of such a form are a broken mark
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Resolution:
    """How fine a picture is; ``dpi`` None where the file does not say (sanely)."""

    dpi: tuple[float, float] | None = None  #: across and down
    proportion: float = 1.0  #: height of a pixel by its width

    def turned(self, orientation: int) -> Resolution:
        """As displayed, of a picture stored with this orientation mark."""
        if orientation < 5:
            return self
        return Resolution(self.dpi and (self.dpi[1], self.dpi[0]), 1 / self.proportion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One picture, opaque and upright; mode ``1``, ``L``, ``I;16``, ``P`` or ``RGB``."""

    image: Image.Image
    number: int  #: 1-based
    format: str  #: as Pillow names it
    resolution: Resolution
    orientation: int = 1  #: mark of the stored picture, 1 to 8; ``image`` is turned already
    whole: bool = True  #: False: parts of it are missing in the file
    luma: bool = False  #: only its brightness was decoded
    flat: Flat | None = None  #: what was done to make it opaque
    lost_depth: bool = False  #: 8 bits of each value were kept, and there were more
    deep: np.ndarray[Any, np.dtype[np.uint16]] | None = None  #: as stored, where 8 bits lose some
    findings: tuple[Found, ...] = field(default=())

    @property
    def icc(self) -> bytes | None:
        return self.flat.icc if self.flat else None

    @property
    def is_as_stored(self) -> bool:
        """Showing it changed no value."""
        flat = self.flat or Flat(self.image)
        opaque = flat.transparency is Transparency.NONE
        return opaque and flat.converted is None and not self.lost_depth


class Album(Protocol):
    """The pictures of one file."""

    count: int  #: of those that are pages
    findings: tuple[Found, ...]  #: about the file as a whole

    def size(self, number: int) -> tuple[int, int, int]:
        """Width, height and bytes a pixel of a picture in memory; raises ``PageUnreadable``."""

    def frame(self, number: int, *, luma: bool) -> Frame:
        """The picture (1-based); raises ``PageUnreadable``, ``InputError``."""


def stated(x: float, y: float, unit: int | None) -> Resolution:
    """What EXIF or TIFF tags 282, 283 and 296 say; unit 1 gives the pixels' form alone."""
    factor = {INCH: 1.0, CENTIMETRE: 2.54, None: 1.0}.get(unit)
    if factor is None:
        return Resolution(None, proportion_of(x, y))
    return in_dpi(x * factor, y * factor)


def in_dpi(x: float, y: float) -> Resolution:
    """A resolution where it is a possible one."""
    if not all(SANE_DPI[0] <= value <= SANE_DPI[1] for value in (x, y)):
        return Resolution()
    proportion = proportion_of(x, y)
    return Resolution() if proportion == 1 and x != y else Resolution((x, y), proportion)


def proportion_of(x: float, y: float) -> float:
    """Height of a pixel by its width; 1 where that is no sane form."""
    if x <= 0 or y <= 0 or not LEAST_PROPORTION <= x / y <= 1 / LEAST_PROPORTION:
        return 1.0
    return x / y


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """As an orientation mark wants it shown."""
    how = TRANSPOSES.get(orientation)
    return image if how is None else image.transpose(how)


def frame_findings(number: int, flat: Flat, *, lost_depth: bool) -> tuple[Found, ...]:
    """What became of a picture when it was made to be shown on paper."""
    told = {
        "picture.transparent": flat.transparency is Transparency.SHOWN,
        "picture.hidden_by_transparency": flat.transparency is Transparency.HIDES,
        "picture.colours_converted": flat.converted is not None,
        "picture.depth_reduced": lost_depth,
    }
    return tuple(
        Found(
            code=code,
            text=_SAID[code].format(page=number, colours=flat.converted),
            severity=Severity.BLOCKS_DESTRUCTION if "hidden" in code else Severity.INFO,
            page=number,
        )
        for code, so in told.items()
        if so
    )


_SAID = {
    "picture.transparent": "Seite {page} hat durchsichtige Stellen; sie wird auf weißem Grund gezeigt.",
    "picture.hidden_by_transparency": "Auf Seite {page} ist etwas durchsichtig oder weiß auf "
    "durchsichtigem Grund gezeichnet: Auf weißem Grund ist es nicht zu sehen, nur im Original enthalten.",
    "picture.colours_converted": "Seite {page}: {colours} wurden in Bildschirmfarben (sRGB) umgerechnet.",
    "picture.depth_reduced": "Seite {page} ist mit mehr als 8 Bit je Farbe gespeichert und wird mit "
    "8 Bit gezeigt; die feineren Werte sind nur im Original enthalten.",
}


def further_pictures(count: int, what: str) -> Found:
    """Pictures of the file that are no pages."""
    return Found(
        code="picture.further",
        text=f"Die Datei enthält {what}; gezeigt und durchsuchbar ist nur das erste Bild. "
        "Die weiteren sind nur im Original enthalten.",
        severity=Severity.BLOCKS_DESTRUCTION,
        detail={"pictures": count},
    )
