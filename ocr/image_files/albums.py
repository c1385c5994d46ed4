"""Image files by their kind: which reader shows their pictures."""

from __future__ import annotations

import functools
from pathlib import Path

from ocr.accepted_kinds import FileKind, kind_of
from ocr.image_files.frames import Album, Frame
from ocr.image_files.picture_album import BitmapAlbum, PictureAlbum
from ocr.image_files.tiff.tiff_album import TiffAlbum


def open_album(path: Path) -> Album:
    """The pictures of an image file; raises ``InputError`` UNREADABLE, NOT_DISPLAYABLE."""
    stat = path.stat()
    return _open(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _open(path: Path, size: int, mtime: int) -> Album:
    kind = kind_of(path)
    if kind is FileKind.TIFF:
        return TiffAlbum(path)
    if kind is FileKind.BMP:
        return BitmapAlbum(path)
    return PictureAlbum(path, kind)


def load_frame(path: Path, number: int, *, luma: bool = False) -> Frame:
    """Picture ``number`` (1-based), decoded and upright; raises ``PageUnreadable``, ``InputError``.

    ``luma``: of a coloured JPEG the brightness alone, at half of the cost.
    """
    return open_album(path).frame(number, luma=luma)
