"""Pages of a file as pictures to read: PDF through pdfium, images through Pillow.

Only for isolated children. Files are kept open for the life of the child (a 3000-page PDF is
opened once a child, not once a page).
"""

from __future__ import annotations

import functools
from pathlib import Path

from ocr.accepted_kinds import FileKind, kind_of
from ocr.page_view import Source


@functools.lru_cache(maxsize=2)
def _open(path: Path, size: int, mtime: int) -> Source:
    # Here, so that the service itself, which only names these functions, loads no decoder.
    if kind_of(path) is FileKind.PDF:
        from ocr.page_sources.source_pdf import PdfSource

        return PdfSource(path)
    from ocr.page_sources.source_image import ImageSource

    return ImageSource(path)


def open_source(path: Path) -> Source:
    """The pages of a file; raises ``config.errors.InputError`` when nothing of it can be shown."""
    stat = path.stat()
    return _open(path, stat.st_size, stat.st_mtime_ns)


def page_count(path: Path) -> int:
    """How many pages viewers show; raises ``InputError``."""
    return open_source(path).count
