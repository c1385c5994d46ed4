"""Pages of a file as pictures to read: PDF through pdfium, images through Pillow.

Only for isolated children. Files are kept open for the life of the child (a 3000-page PDF is
opened once a child, not once a page).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PIL import Image

from ocr.engine import Pixels, Row
from ocr.kinds import FileKind, kind_of


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


@functools.lru_cache(maxsize=2)
def _open(path: Path, size: int, mtime: int) -> Source:
    if kind_of(path) is FileKind.PDF:
        from ocr.source_pdf import PdfSource

        return PdfSource(path)
    from ocr.source_image import ImageSource

    return ImageSource(path)


def open_source(path: Path) -> Source:
    """The pages of a file; raises ``config.errors.InputError`` when nothing of it can be shown."""
    stat = path.stat()
    return _open(path, stat.st_size, stat.st_mtime_ns)


def page_count(path: Path) -> int:
    """How many pages viewers show; raises ``InputError``."""
    return open_source(path).count
