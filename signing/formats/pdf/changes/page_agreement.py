"""A second reader's view (qpdf through pikepdf): are the pages shown now those that were signed?

qpdf repairs and recovers differently from pyHanko, so a file made to show one thing to a validator
and another to a viewer shows here. Only what later revisions may not touch is compared: the number
and order of pages, their boxes, content streams and resources. Annotations are pyHanko's part.
"""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal
from typing import Any

import pikepdf

from config.filekind import Data
from signing.conclusions.conclusion_table import Check

PAGES = 5000  #: pages that are compared
OBJECTS = 200_000  #: objects that are visited in one document
BOXES = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit")


class _TooMuch(Exception):
    """The document is larger than is compared here."""


def pages_agree(data: Data, end: int, password: str = "") -> tuple[Check, str]:
    """Compare the file up to ``end`` with the whole file."""
    try:
        now = _fingerprints(data, len(data), password)
        signed = _fingerprints(data, end, password)
    except (pikepdf.PdfError, pikepdf.PasswordError, _TooMuch, ValueError, RuntimeError) as error:
        return Check.UNKNOWN, f"second reader: {type(error).__name__}: {error}"[:300]
    if len(now) != len(signed):
        return Check.FAILS, f"{len(signed)} pages were signed, {len(now)} are shown"
    different = [
        number for number, pair in enumerate(zip(signed, now, strict=True), 1) if pair[0] != pair[1]
    ]
    if different:
        return Check.FAILS, f"pages that differ: {different[:20]}"
    return Check.HOLDS, ""


class Start(io.RawIOBase):
    """The file up to ``end``, read through its memory map, so that nothing is copied."""

    def __init__(self, data: Data, end: int) -> None:
        self._data = data
        self._end = end
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        piece = self._data[self._at : min(self._at + len(buffer), self._end)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _fingerprints(data: Data, end: int, password: str) -> list[bytes]:
    start = io.BufferedReader(Start(data, end))
    with pikepdf.open(start, password=password, suppress_warnings=True) as pdf:
        if len(pdf.pages) > PAGES:
            raise _TooMuch(f"more than {PAGES} pages")
        walk = _Walk()
        return [walk.page(page.obj) for page in pdf.pages]


class _Walk:
    """Digests of objects by value, each indirect object visited once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], bytes] = {}
        self.left = OBJECTS

    def page(self, page: Any) -> bytes:
        parts = [self.value(_inherited(page, key)) for key in (*BOXES, "/Resources")]
        parts.append(self.value(page.get("/Contents")))
        return hashlib.sha256(b"".join(parts)).digest()

    def value(self, item: Any, depth: int = 0) -> bytes:
        self.left -= 1
        if self.left < 0 or depth > 100:
            raise _TooMuch("too many objects, or nested too deeply")
        if isinstance(item, int | float | Decimal) and not isinstance(item, bool):
            return hashlib.sha256(f"number {float(item)!r}".encode()).digest()
        if not isinstance(item, pikepdf.Object):
            return hashlib.sha256(repr(item).encode()).digest()
        if not item.is_indirect:
            return self._direct(item, depth)
        place = item.objgen
        if place not in self.known:
            self.known[place] = b"circle"
            self.known[place] = self._direct(item, depth)
        return self.known[place]

    def _direct(self, item: pikepdf.Object, depth: int) -> bytes:
        running = hashlib.sha256()
        if isinstance(item, pikepdf.Stream):
            running.update(item.read_raw_bytes())
        if isinstance(item, pikepdf.Array):
            running.update(b"[")
            for part in item:
                running.update(self.value(part, depth + 1))
        elif isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
            keys = item.stream_dict if isinstance(item, pikepdf.Stream) else item
            for key in sorted(keys.keys()):
                if key in ("/Parent", "/P", "/StructParent", "/StructParents", "/Length"):
                    continue
                running.update(key.encode() + b"\0" + self.value(keys[key], depth + 1))
        else:
            running.update(item.unparse())
        return running.digest()


def _inherited(page: Any, key: str) -> Any:
    for _ in range(50):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            return None
        page = page["/Parent"]
    raise _TooMuch("the page tree is nested too deeply")
