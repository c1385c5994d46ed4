"""What a source shows of its pages: the port that PDF files and images are read through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PIL import Image

from ocr.transcript import Pixels, Row


@dataclass(frozen=True, slots=True)
class Look:
    """A picture to read: mode ``1`` or ``L``, trusted dpi, its place in displayed points."""

    image: Image.Image
    dpi: float
    area: Pixels


class PageView(Protocol):
    """One page as its source displays it."""

    number: int  #: 1-based
    width: float  #: points as displayed
    height: float
    whole: bool  #: False: parts of the picture are missing in the file

    def own_rows(self) -> list[Row]:
        """Visible text that the file brings itself, in displayed points; empty for pictures."""

    def comments(self) -> list[Row]:
        """What comments say that a viewer shows on opening them, in displayed points."""

    def grey(self) -> Look:
        """The page for recognition, upright as displayed."""

    def preview(self, dpi: float) -> Image.Image:
        """The page in grey at about this resolution, cheaply."""

    def finest_dpi(self) -> float:
        """The resolution at which nothing of the page's pictures is lost."""

    def picture(self, width: int) -> Image.Image:
        """The page in colour, this many pixels wide."""


class Source(Protocol):
    count: int

    def page(self, number: int) -> PageView:
        """The page; raises ``PageUnreadable``."""


class PageUnreadable(Exception):
    """This one page cannot be shown; never leaves the child."""
