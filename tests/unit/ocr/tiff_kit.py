"""TIFF files with every tag under control, for tests (TIFF 6.0; BigTIFF as libtiff defines it)."""

from __future__ import annotations

import io
import lzma
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from config.errors import HoldReason, InputError
from ocr.findings import Severity
from tests.unit.ocr.showing import looked_at

SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 3, 4, 5, 7, 16
LETTERS = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 8: "h", 9: "i", 11: "f", 12: "d", 16: "Q"}
RATIONALS = {282, 283, 286, 287, 529, 532}
LONGS = {254, 256, 257, 273, 278, 279, 322, 323, 324, 325, 330, 513, 514}
BYTES = {34675, 347, 700}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One directory: its tags (width, height and the place of the data are added), its data."""

    width: int
    height: int
    strips: Sequence[bytes]
    tags: dict[int, Any] = field(default_factory=dict)
    rows: int | None = None  #: of a strip; None: all
    tile: tuple[int, int] | None = None  #: width and height of tiles instead of strips
    sub: Sequence[Page] = ()


def tiff(*pages: Page, order: str = "<", big: bool = False, last: int = 0) -> bytes:
    """A file of these pages; ``last`` is the next-pointer of the last one."""
    return _Writer(order, big).file(pages, last)


class _Writer:
    def __init__(self, order: str, big: bool) -> None:
        self.order, self.big = order, big
        self.data = bytearray()
        self.directories: list[int] = []

    def pack(self, letters: str, *values: Any) -> bytes:
        return struct.pack(self.order + letters, *values)

    def file(self, pages: Sequence[Page], last: int) -> bytes:
        mark = b"II" if self.order == "<" else b"MM"
        self.data += mark + (self.pack("HHHQ", 43, 8, 0, 0) if self.big else self.pack("HI", 42, 0))
        pointer = 8 if self.big else 4
        for page in pages:
            at, after = self.directory(page)
            self.point(pointer, at)
            self.directories.append(at)
            pointer = after
        self.point(pointer, last)
        return bytes(self.data)

    def point(self, where: int, to: int) -> None:
        raw = self.pack("Q" if self.big else "I", to)
        self.data[where : where + len(raw)] = raw

    def put(self, raw: bytes) -> int:
        at = len(self.data)
        self.data += raw + b"\0" * (len(raw) % 2)
        return at

    def directory(self, page: Page) -> tuple[int, int]:
        tags: dict[int, Any] = {256: page.width, 257: page.height}
        offsets = [self.put(strip) for strip in page.strips]
        counts = [len(strip) for strip in page.strips]
        if page.tile:
            tags |= {322: page.tile[0], 323: page.tile[1], 324: offsets, 325: counts}
        elif page.strips:
            tags |= {273: offsets, 278: page.rows or page.height, 279: counts}
        if page.sub:
            tags[330] = [self.directory(sub)[0] for sub in page.sub]
        tags |= page.tags
        entries = b""
        present = {tag: value for tag, value in tags.items() if value is not None}
        for tag, value in sorted(present.items()):
            entries += self.entry(tag, value)
        at = self.put(self.pack("Q" if self.big else "H", len(present)) + entries)
        after = len(self.data) - len(self.data) % 2
        after = at + (8 if self.big else 2) + len(entries)
        self.data[after:] = self.pack("Q" if self.big else "I", 0)
        return at, after

    def entry(self, tag: int, value: Any) -> bytes:
        kind, count, raw = self.value(tag, value)
        room = 8 if self.big else 4
        if len(raw) > room:
            raw = self.pack("Q" if self.big else "I", self.put(raw))
        return self.pack("HHQ" if self.big else "HHI", tag, kind, count) + raw.ljust(room, b"\0")

    def value(self, tag: int, value: Any) -> tuple[int, int, bytes]:
        if isinstance(value, tuple) and len(value) == 3 and isinstance(value[2], bytes):
            return value  # type, count and bytes as given
        if isinstance(value, bytes):
            return UNDEFINED, len(value), value
        values = list(value) if isinstance(value, list | tuple) else [value]
        if tag in RATIONALS:
            parts = [Fraction(one).limit_denominator(10**6) for one in values]
            raw = b"".join(self.pack("II", one.numerator, one.denominator) for one in parts)
            return RATIONAL, len(values), raw
        kind = LONG if tag in LONGS else SHORT
        return kind, len(values), b"".join(self.pack(LETTERS[kind], one) for one in values)


# ------------------------------------------------------------------ codings


def packbits(raw: bytes) -> bytes:
    parts = [raw[at : at + 128] for at in range(0, len(raw), 128)]
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


def lzw(raw: bytes) -> bytes:
    """Valid LZW (TIFF 6.0, section 13) that never uses its table: cleared in time."""
    bits, count = [], 0
    for number, byte in enumerate(raw):
        if number % 200 == 0:
            bits.append(256)
        bits.append(byte)
    bits.append(257)
    value = 0
    for code in bits:
        value, count = value << 9 | code, count + 9
    padding = -count % 8
    return (value << padding).to_bytes((count + padding) // 8, "big")


def fax(image: Image.Image, coding: str) -> bytes:
    """One strip, coded by libtiff, white as 0: coding is group3, group4 or tiff_ccitt."""
    out = io.BytesIO()
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    ifd[278] = image.height
    ifd[262] = 0
    image.save(out, "TIFF", compression=coding, tiffinfo=ifd)
    with Image.open(io.BytesIO(out.getvalue())) as made:
        tags: Any = made.tag_v2  # type: ignore[attr-defined]
        at, count = tags[273][0], tags[279][0]
    return out.getvalue()[at : at + count]


CODINGS: dict[int, Any] = {
    1: lambda raw: raw,
    5: lzw,
    8: zlib.compress,
    32946: zlib.compress,
    32773: packbits,
    34925: lambda raw: lzma.compress(raw, format=lzma.FORMAT_XZ, check=lzma.CHECK_NONE),
}

# ------------------------------------------------------------------ samples

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def packed(samples: np.ndarray[Any, Any], bits: int, order: str = "<") -> bytes:
    """Rows of samples (rows x columns, or x samples) as TIFF stores them (section "Data")."""
    flat = samples.reshape(samples.shape[0], -1)
    if bits == 12 or bits < 8:
        places = np.arange(bits - 1, -1, -1)
        spread = (flat[:, :, None].astype(np.int64) >> places & 1).astype(np.uint8)
        return np.packbits(spread.reshape(flat.shape[0], -1), axis=1).tobytes()
    if samples.dtype.kind == "f":
        return flat.astype(f"{order}f{bits // 8}").tobytes()
    return (flat.astype(np.int64) & (1 << bits) - 1).astype(f"{order}u{bits // 8}").tobytes()


def chequered(width: int, height: int, bits: int = 8, samples: int = 1) -> np.ndarray[Any, Any]:
    """Values of the whole range, all different near each other, with no symmetry at all."""
    y, x, s = np.mgrid[0:height, 0:width, 0:samples]
    full = (1 << bits) - 1
    values = (x * 37 + y * 101 + s * 59 + (x * y) % 7) * 2654435761 >> 8
    values = np.asarray(values.astype(np.int64) & full)
    values[: height // 3, : width // 4] = 0
    return values


DPI = {282: 72, 283: 72, 296: 2}  #: a pixel a point
TURN = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[::-1],
}


def smooth(width: int, height: int) -> Any:
    y, x = np.mgrid[0:height, 0:width]
    return np.dstack([x * 255 // width, y * 255 // height, 255 - (x + y) * 127 // width]).astype(
        np.uint8
    )


def held(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        looked_at(path)
    assert caught.value.reason is HoldReason.NOT_DISPLAYABLE
    assert "neu scannen" not in caught.value.text and "Error" not in caught.value.text
    return caught.value.text


def grey(tags: dict[int, Any], width: int = 400, height: int = 300) -> Page:
    tags = {258: 8, 259: 8, 262: 1, 277: 1, **tags}
    return Page(width=width, height=height, strips=[CODINGS[8](bytes(width * height))], tags=tags)


def blocks(path: Path, code: str) -> bool:
    found = {one.code: one.severity for one in looked_at(path).findings}
    return found.get(code) is Severity.BLOCKS_DESTRUCTION
