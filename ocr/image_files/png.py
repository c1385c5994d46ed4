"""What the chunks of a PNG say (ISO/IEC 15948): what of it PDF may carry as stored."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SRGB_GAMMA = 45455  #: times 100,000
ANCILLARY = 0x20  #: of the first letter of a chunk's name
LARGEST_PROFILE = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Png:
    """The header of a PNG."""

    width: int
    height: int
    depth: int
    kind: int  #: colour type
    interlaced: bool

    @property
    def has_alpha(self) -> bool:
        return self.kind in (GREY_ALPHA, RGB_ALPHA)

    def transparent(self, mode: str, value: Any) -> dict[str | tuple[int, int], Any]:
        """tRNS in the values of the decoded picture, which Pillow leaves in those of the file."""
        if value is None or isinstance(value, bytes) or self.kind not in (GREY, RGB):
            return {}
        if self.kind == GREY and self.depth < 8 and mode == "L":
            return {"transparency": value * 255 // ((1 << self.depth) - 1)}
        if self.kind == RGB and self.depth == 16:
            return {"transparency": tuple(each >> 8 for each in value)}
        return {}


def read_head(data: bytes) -> Png:
    """The header; raises ValueError where there is none."""
    if data[:8] != SIGNATURE or data[12:16] != b"IHDR" or len(data) < 29:
        raise ValueError("a PNG without header")
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", data[16:29])
    return Png(width=width, height=height, depth=depth, kind=kind, interlaced=bool(interlaced))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, as far as there are any."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def pictures_behind(data: bytes) -> int:
    """How many whole files of this kind follow the end of the first one."""
    found, at = 0, _end(data, 0)
    while data[at : at + 8] == SIGNATURE:
        found, at = found + 1, _end(data, at)
    return found


def _end(data: bytes, start: int) -> int:
    """Behind the last chunk (IEND) of the file that begins at ``start``."""
    at = start + 8
    while at + 8 <= len(data):
        name = data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")
        if name == b"IEND":
            return at
    return len(data)


def without_damaged_notes(data: bytes) -> bytes | None:
    """The file without ancillary chunks whose check sum is wrong; None where there are none.

    Viewers pass over them (13.1); the picture itself lies in critical ones.
    """
    kept, at, start = [], 8, 0  # what lies from ``start`` on is sound so far
    while at + 12 <= len(data):
        length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        after = at + 12 + length
        damaged = bool(name[0] & ANCILLARY) and zlib.crc32(
            data[at + 4 : after - 4]
        ) != int.from_bytes(data[after - 4 : after], "big")
        if damaged:
            kept.append(data[start:at])
            start = after
        at = after
    return b"".join([*kept, data[start:]]) if kept else None


def profile(body: bytes) -> bytes | None:
    """The ICC profile of an iCCP chunk."""
    name, _, rest = body.partition(b"\0")
    try:
        unpacker = zlib.decompressobj()
        found = unpacker.decompress(rest[1:], LARGEST_PROFILE)
    except zlib.error:
        return None
    return found if name and not unpacker.unconsumed_tail else None
