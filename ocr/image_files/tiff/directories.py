"""The directories of a TIFF file, walked by ourselves (TIFF 6.0, section 2; BigTIFF of libtiff).

Decoders go along the chain of directories as far as they like it; here every page is counted, and a
chain that breaks or bites its tail is said to.
"""

from __future__ import annotations

import functools
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

MOST_DIRECTORIES = 100_000
MOST_VALUES = 4_000_000  #: of one tag; strips of a picture of many rows
MOST_ENTRIES = 4096
MOST_HEADS = 1000  #: that are looked at behind the end
SUBFILE, OLD_SUBFILE, SUB_DIRECTORIES = 254, 255, 330
REDUCED, MASK = 1, 4  #: bits of NewSubfileType
OLD_REDUCED = 2

#: Field type -> size in bytes and struct letter of one number; rationals are two of them.
TYPES = {
    1: (1, "B"), 2: (1, "B"), 3: (2, "H"), 4: (4, "I"), 5: (8, "II"), 6: (1, "b"), 7: (1, "B"),
    8: (2, "h"), 9: (4, "i"), 10: (8, "ii"), 11: (4, "f"), 12: (8, "d"), 13: (4, "I"),
    16: (8, "Q"), 17: (8, "q"), 18: (8, "Q"),
}  # fmt: skip
#: The tags that decide what a picture looks like; others are not read.
WANTED = frozenset(
    {
        *(254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284),
        *(292, 293, 296, 317, 320, 322, 323, 324, 325, 330, 332, 334, 336, 338, 339, 347),
        *(513, 514, 529, 530, 531, 532, 34675),
    }
)
BYTES = frozenset({347, 34675})

Value = tuple[float, ...] | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One picture of the file, by its tags (numbers, or bytes of what is no number)."""

    offset: int
    tags: Mapping[int, Value]
    order: str  #: "<" or ">"

    def numbers(self, tag: int) -> tuple[float, ...]:
        """The values of a tag; () where it is missing or no number."""
        value = self.tags.get(tag, ())
        return () if isinstance(value, bytes) else value

    def integer(self, tag: int, default: int) -> int:
        """The first value of a tag."""
        values = self.numbers(tag)
        return int(values[0]) if values else default

    def raw(self, tag: int) -> bytes | None:
        value = self.tags.get(tag)
        return value if isinstance(value, bytes) and value else None

    @property
    def is_reduced(self) -> bool:
        """A smaller version of another picture (NewSubfileType, or the older SubfileType)."""
        if SUBFILE in self.tags:
            return bool(self.integer(SUBFILE, 0) & REDUCED)
        return self.integer(OLD_SUBFILE, 0) == OLD_REDUCED

    @property
    def is_mask(self) -> bool:
        return bool(self.integer(SUBFILE, 0) & MASK)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as stored; 0 where they are missing."""
        return self.integer(256, 0), self.integer(257, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The directories in their order, and whether the chain came to its proper end."""

    directories: tuple[Directory, ...]
    unbroken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pictures that are pages, and what else the file holds."""

    pages: tuple[Directory, ...]
    reduced: tuple[Directory, ...]
    masks: int
    unbroken: bool
    hidden: int  #: pictures in full size that lie beside the chain (SubIFDs)
    another: bool  #: behind the data of this file, another TIFF file begins


def pages_of(path: Path) -> Pages:
    """The pages of a TIFF file; ValueError where not one directory can be read."""
    stat = path.stat()
    return _pages(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _pages(path: Path, size: int, mtime: int) -> Pages:
    with path.open("rb") as file:
        chain = read_chain(file, size)
        if not chain.directories:
            raise ValueError("no directory can be read")
        hidden = sum(_hidden(file, size, one) for one in chain.directories)
        another = _another_begins(path, max(map(_end_of_data, chain.directories)))
    masks = [one for one in chain.directories if one.is_mask]
    shown = [one for one in chain.directories if not one.is_mask]
    full = tuple(one for one in shown if not one.is_reduced)
    reduced = tuple(one for one in shown if one.is_reduced)
    if not full and not hidden:  # careless writers mark every page as a reduced one
        full, reduced = reduced, ()
    return Pages(
        pages=full,
        reduced=reduced,
        masks=len(masks),
        unbroken=chain.unbroken,
        hidden=hidden,
        another=another,
    )


def read_chain(file: IO[bytes], size: int) -> Chain:
    """Walk the chain; a file whose head is damaged has an empty one."""
    head = _head(file)
    found: list[Directory] = []
    if head is None:
        return Chain(directories=(), unbroken=False)
    order, big, at = head
    seen: set[int] = set()
    while at:
        if at in seen or len(found) >= MOST_DIRECTORIES:
            return Chain(directories=tuple(found), unbroken=False)
        seen.add(at)
        read = _directory(file, size, at, order, big)
        if read is None:
            return Chain(directories=tuple(found), unbroken=False)
        directory, at = read
        found.append(directory)
    return Chain(directories=tuple(found), unbroken=True)


def _hidden(file: IO[bytes], size: int, directory: Directory) -> int:
    """Pictures below this one that are no reduced versions of it (camera raw data)."""
    head = _head(file)
    assert head is not None
    count = 0
    for at in directory.numbers(SUB_DIRECTORIES)[:100]:
        read = _directory(file, size, int(at), head[0], head[1])
        if read is None or read[0].is_reduced or read[0].is_mask:
            continue
        smaller = all(a < b for a, b in zip(read[0].size, directory.size, strict=True))
        count += SUBFILE in read[0].tags or not smaller
    return count


def _end_of_data(directory: Directory) -> int:
    """Behind the last strip or tile of a picture, or behind the beginning of its directory."""
    places = [
        offset + length
        for offsets, lengths in ((273, 279), (324, 325))
        for offset, length in zip(
            directory.numbers(offsets), directory.numbers(lengths), strict=False
        )
    ]
    return int(max([directory.offset, *places]))


def _another_begins(path: Path, at: int) -> bool:
    """Whether the head of a TIFF file with a picture of its own stands at ``at`` or behind it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for mark, order in ((b"II*\0", "<"), (b"MM\0*", ">")):
            found = data.find(mark, at)
            for _ in range(MOST_HEADS):
                if found < 0:
                    break
                if _has_picture(data, found, order):
                    return True
                found = data.find(mark, found + 2)
    return False


def _has_picture(data: mmap.mmap, start: int, order: str) -> bool:
    """Whether the first directory of a file that begins at ``start`` has a size and data."""
    head = data[start + 4 : start + 8]
    if len(head) < 4:
        return False
    at = start + struct.unpack(order + "I", head)[0]
    counter = data[at : at + 2]
    count = struct.unpack(order + "H", counter)[0] if len(counter) == 2 else 0
    rows = data[at + 2 : at + 2 + 12 * min(count, MOST_ENTRIES)]
    tags = {struct.unpack(order + "H", rows[n : n + 2])[0] for n in range(0, len(rows) - 11, 12)}
    return {256, 257} <= tags and bool({273, 324} & tags)


def _head(file: IO[bytes]) -> tuple[str, bool, int] | None:
    """Byte order, whether it is a BigTIFF, and where the first directory lies."""
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return None
    version = struct.unpack(order + "H", head[2:4])[0]
    if version == 42:
        return order, False, struct.unpack(order + "I", head[4:8])[0]
    if version == 43 and len(head) == 16 and struct.unpack(order + "HH", head[4:8]) == (8, 0):
        return order, True, struct.unpack(order + "Q", head[8:16])[0]
    return None


def _directory(
    file: IO[bytes], size: int, at: int, order: str, big: bool
) -> tuple[Directory, int] | None:
    """The directory at ``at`` and where the next one lies; None where there is none."""
    counter, entry, pointer = ("Q", 20, "Q") if big else ("H", 12, "I")
    width = struct.calcsize(counter)
    if at < 8 or at + width > size:
        return None
    file.seek(at)
    count = struct.unpack(order + counter, file.read(width))[0]
    length = count * entry + struct.calcsize(pointer)
    if not 1 <= count <= MOST_ENTRIES:
        return None
    body = file.read(length)
    if len(body) < count * entry:
        return None
    tags: dict[int, Value] = {}
    for number in range(count):
        part = body[number * entry : (number + 1) * entry]
        tag, kind = struct.unpack(order + "HH", part[:4])
        if tag in WANTED and tag not in tags:
            value = _value(file, size, tag, kind, part[4:], order, big)
            if value is not None:
                tags[tag] = value
    following = body[count * entry :]
    if len(following) < struct.calcsize(pointer):  # cut off here: this picture may be whole
        next_at = size  # where none can be, so that the chain counts as broken
    else:
        next_at = struct.unpack(order + pointer, following)[0]
    return Directory(offset=at, tags=MappingProxyType(tags), order=order), next_at


def _value(
    file: IO[bytes], size: int, tag: int, kind: int, part: bytes, order: str, big: bool
) -> Value | None:
    """The value of one entry; None where it is damaged."""
    if kind not in TYPES:
        return None
    each, letters = TYPES[kind]
    count = struct.unpack(order + ("Q" if big else "I"), part[: 8 if big else 4])[0]
    room = part[8:] if big else part[4:]
    if not 1 <= count <= MOST_VALUES and tag not in BYTES:
        return None
    if count * each <= len(room):
        raw = room[: count * each]
    else:
        at = struct.unpack(order + ("Q" if big else "I"), room)[0]
        if at + count * each > size:
            return None
        file.seek(at)
        raw = file.read(count * each)
    if tag in BYTES:
        return raw
    numbers = struct.unpack(order + letters[0] * (len(letters) * count), raw)
    if len(letters) == 1:
        return numbers
    return tuple(a / b if b else 0.0 for a, b in zip(numbers[::2], numbers[1::2], strict=True))
