"""Whether the end of a file looks finished, by the few bytes that its format writes last.

A file that looks unfinished is not refused: it rests longer, and is then taken as it is. So the
questions are cheap and lenient; what a damaged file is worth is judged on the road.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

_HEAD = 1024
_TAIL = 4096
_ZIP_TAIL = 22 + 65_535  # PKWARE APPNOTE 4.3.16: the record and its longest comment
_MOST_DIRECTORIES = 20_000
_MOST_ENTRIES = 1_000
_MOST_STRIPS = 1_000_000
_MOST_BOXES = 10_000
_LINEARISED = re.compile(rb"(?=[^>]*/Linearized\b)[^>]*/L\s+(\d{1,18})")
_DATA_TAGS = (
    273,
    279,
    324,
    325,
)  # TIFF 6.0: StripOffsets, StripByteCounts, TileOffsets, TileByteCounts


@dataclass(frozen=True, slots=True)
class _Bytes:
    """An open file, read at places; ``size`` in bytes."""

    descriptor: int
    size: int

    def at(self, offset: int, length: int) -> bytes:
        return os.pread(self.descriptor, length, offset) if 0 <= offset < self.size else b""

    def tail(self, length: int = _TAIL) -> bytes:
        return self.at(max(0, self.size - length), length)

    def number(self, offset: int, length: int, order: str) -> int | None:
        part = self.at(offset, length)
        if len(part) < length:
            return None
        return int.from_bytes(part, "little" if order == "little" else "big")


def looks_finished(descriptor: int, size: int) -> bool:
    """Whether the file is not empty, has no hole, and ends as its format ends.

    Formats that say nothing of their end count as finished. Raises OSError when it cannot be read.
    """
    if size == 0 or _has_hole(descriptor, size):
        return False
    file = _Bytes(descriptor, size)
    head = file.at(0, _HEAD)
    if not (head.strip(b"\0") and file.tail().strip(b"\0")):
        return False  # room was set aside, and its beginning or end is not written yet
    return _question(head)(file)


def _question(head: bytes) -> Callable[[_Bytes], bool]:
    if b"%PDF-" in head:
        return _pdf
    if head[4:8] in (b"ftyp", b"jP  "):
        return _boxes
    for magic, question in _BY_MAGIC:
        if head.startswith(magic):
            return question
    return _says_nothing


def _says_nothing(file: _Bytes) -> bool:
    return True


def _has_hole(descriptor: int, size: int) -> bool:
    """Whether a part was set aside and never written (SMB clients write out of order)."""
    try:
        return os.lseek(descriptor, 0, os.SEEK_HOLE) < size
    except OSError:
        return False  # the file system does not say


def _pdf(file: _Bytes) -> bool:
    """ISO 32000-1, 7.5.5: startxref, a byte offset inside the file, and %%EOF near the end.

    A linearised file has one %%EOF near its beginning too, and states its length (F.3.3).
    """
    head = file.at(0, _HEAD)
    linear = _LINEARISED.search(head) if b"/Linearized" in head else None  # it looks long in vain
    if linear and int(linear[1]) > file.size:
        return False
    tail = file.tail()
    starts = re.findall(rb"startxref\s+(\d+)\s+%%EOF", tail)
    return bool(starts) and int(starts[-1]) < file.size


def _tiff(file: _Bytes) -> bool:
    """TIFF 6.0 and BigTIFF: the chain of image file directories ends; all data lie in the file."""
    tiff = _Tiff.of(file)
    offset = file.number(tiff.width if tiff.width == 8 else 4, tiff.width, tiff.order)
    if not offset:
        return False
    seen: set[int] = set()
    while offset:
        if offset in seen or len(seen) > _MOST_DIRECTORIES:
            return True  # a circle: damaged, but not for want of an end
        seen.add(offset)
        entries = file.number(offset, tiff.count, tiff.order)
        if entries is None or not tiff.holds_its_data(file, offset + tiff.count, entries):
            return False
        after = offset + tiff.count + entries * tiff.entry
        offset = file.number(after, tiff.width, tiff.order)
        if offset is None:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Tiff:
    """The two layouts; sizes in bytes."""

    order: str
    width: int  #: of an offset
    entry: int
    count: int  #: of the number of entries

    @classmethod
    def of(cls, file: _Bytes) -> _Tiff:
        order = "little" if file.at(0, 2) == b"II" else "big"
        return cls(order, 8, 20, 8) if file.number(2, 2, order) == 43 else cls(order, 4, 12, 2)

    def holds_its_data(self, file: _Bytes, start: int, entries: int) -> bool:
        """Whether strips and tiles end inside the file; data may be written after the directory."""
        found: dict[int, list[int]] = {}
        table = file.at(start, min(entries, _MOST_ENTRIES) * self.entry)
        for place in range(0, len(table) - self.entry + 1, self.entry):
            tag = int.from_bytes(table[place : place + 2], self._order)
            if tag in _DATA_TAGS:
                found[tag] = self._values(file, table[place : place + self.entry])
        return all(
            offset + length <= file.size
            for offsets, lengths in (_DATA_TAGS[:2], _DATA_TAGS[2:])
            for offset, length in zip(found.get(offsets, ()), found.get(lengths, ()), strict=False)
        )

    def _values(self, file: _Bytes, entry: bytes) -> list[int]:
        size = {3: 2, 4: 4, 16: 8}.get(int.from_bytes(entry[2:4], self._order))
        number = int.from_bytes(entry[4 : 4 + self.width], self._order)
        if size is None or number > _MOST_STRIPS:
            return []
        held = entry[-self.width :]
        if number * size > self.width:
            held = file.at(int.from_bytes(held, self._order), number * size)
        return [
            int.from_bytes(held[place : place + size], self._order)
            for place in range(0, len(held) - size + 1, size)
        ][:number]

    @property
    def _order(self) -> Literal["little", "big"]:
        return "little" if self.order == "little" else "big"


def _jpeg(file: _Bytes) -> bool:
    """ITU-T T.81, B.2.1: EOI after the last scan. In scan data every FF is followed by 00."""
    tail = file.tail()
    return tail.rfind(b"\xff\xd9") > tail.rfind(b"\xff\xda")


def _png(file: _Bytes) -> bool:
    return b"IEND\xaeB`\x82" in file.tail()


def _gif(file: _Bytes) -> bool:
    return file.tail().rstrip(b"\0").endswith(b"\x3b")


def _riff(file: _Bytes) -> bool:
    length = file.number(4, 4, "little")
    return length is not None and length + 8 <= file.size


def _bmp(file: _Bytes) -> bool:
    length = file.number(2, 4, "little")
    return length is not None and length <= file.size


def _zip(file: _Bytes) -> bool:
    return b"PK\x05\x06" in file.tail(_ZIP_TAIL)


def _der(file: _Bytes) -> bool:
    """X.690, 8.1.3: the length of the outer SEQUENCE; an indefinite one ends with 00 00."""
    first = file.at(1, 1)
    if first == b"\x80":
        return file.tail(2) == b"\0\0"
    if not first or first[0] < 0x80:
        return True
    width = first[0] & 0x7F
    length = file.number(2, width, "big") if width <= 8 else None
    return length is None or 2 + width + length <= file.size


def _boxes(file: _Bytes) -> bool:
    """ISO/IEC 14496-12, 4.2 and 15444-1, I.4: the boxes fill the file."""
    offset = 0
    for _ in range(_MOST_BOXES):
        length = file.number(offset, 4, "big")
        if length is None:
            return False
        if length == 0:
            return True  # the last box, to the end of the file
        if length == 1:
            length = file.number(offset + 8, 8, "big") or 0
        if length < 8 or offset + length > file.size:
            return False
        offset += length
        if offset == file.size:
            return True
    return True


def _markup(file: _Bytes) -> bool:
    return file.tail().rstrip(b"\0\r\n\t ").endswith(b">")


def _rtf(file: _Bytes) -> bool:
    return file.tail().rstrip(b"\0\r\n\t ").endswith(b"}")


_BY_MAGIC: tuple[tuple[bytes, Callable[[_Bytes], bool]], ...] = (
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"II+\0", _tiff),
    (b"MM\0+", _tiff),
    (b"\xff\xd8\xff", _jpeg),
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"GIF8", _gif),
    (b"RIFF", _riff),
    (b"BM", _bmp),
    (b"PK\x03\x04", _zip),
    (b"\x30\x80", _der),
    (b"\x30\x81", _der),
    (b"\x30\x82", _der),
    (b"\x30\x83", _der),
    (b"\x30\x84", _der),
    (b"<?xml", _markup),
    (b"\xef\xbb\xbf<?xml", _markup),
    (b"{\\rtf", _rtf),
)
