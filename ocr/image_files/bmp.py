"""Windows and OS/2 bitmaps, decoded here (the headers as MS-WMF 2.2.2 and OS/2's toolkit give them).

Pillow takes an unused fourth byte for alpha and reads some palettes as grey; the format is small.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

CORE = 12
WINDOWS = (CORE, 40, 52, 56, 108, 124)  #: bytes of the headers that Windows knows
OS2 = range(16, 65)  #: of OS/2 2.x, which may be cut off anywhere; what is missing is 0
RAW, RLE8, RLE4, BITFIELDS, ALPHA_BITFIELDS = 0, 1, 2, 3, 6
DEPTHS = {
    RAW: (1, 4, 8, 16, 24, 32),
    RLE8: (8,),
    RLE4: (4,),
    BITFIELDS: (16, 32),
    ALPHA_BITFIELDS: (16, 32),
}
DEFAULT_MASKS = {16: (0x7C00, 0x3E0, 0x1F, 0), 32: (0xFF0000, 0xFF00, 0xFF, 0)}
INCHES = 39.3701  #: in a metre
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bitmap:
    """What the header says."""

    width: int
    height: int
    top_down: bool
    bits: int
    coding: int
    masks: tuple[int, int, int, int]  #: red, green, blue, alpha; of 16 and 32 bits
    palette: Bytes  #: n x 3, red first
    data: int  #: where the pixels begin
    dpi: tuple[float, float] | None


def read_head(data: bytes) -> Bitmap | str:
    """The header, or what about it we do not understand, as German words in the dative.

    Raises:
        ValueError: the file is damaged.
    """
    if len(data) < 26:
        raise ValueError("a bitmap without header")
    at, size = struct.unpack("<II", data[10:18])
    if size not in WINDOWS and size not in OS2:
        return f"einem Kopf von {size} Byte"
    if len(data) < 14 + size:
        raise ValueError("a bitmap with a cut header")
    head = data[14 : 14 + size]
    if size == CORE:
        width, height, _, bits = struct.unpack("<HHHH", head[4:12])
        coding, used, metres = RAW, 0, [0, 0]
    else:
        width, height, _, bits, coding, _, *metres, used, _ = struct.unpack(
            "<iiHHIIiiII", head[4:40].ljust(36, b"\0")
        )
    doubt = _doubt(size, bits, coding)
    if doubt:
        return doubt
    if width < 1 or not height:
        raise ValueError("a bitmap without a size")
    masks, after = _masks(data, size, bits, coding)
    full = used or 1 << bits
    each = 3 if size == CORE or (size not in WINDOWS and at - after == 3 * full) else 4
    return Bitmap(
        width=width,
        height=abs(height),
        top_down=height < 0,
        bits=bits,
        coding=BITFIELDS if coding == ALPHA_BITFIELDS else coding,
        masks=masks,
        palette=_palette(data[after : at if at > after else None], used, bits, each),
        data=at or after + (each * full if bits <= 8 else 0),
        dpi=(metres[0] / INCHES, metres[1] / INCHES) if min(metres) > 0 else None,
    )


def _doubt(size: int, bits: int, coding: int) -> str | None:
    if size not in WINDOWS and coding > RLE4:
        return f"OS/2-Kompression {coding}"
    if coding not in DEPTHS:
        within = {4: "eingebettetem JPEG", 5: "eingebettetem PNG"}
        return within.get(coding, f"Kompression {coding}")
    return None if bits in DEPTHS[coding] else f"{bits} Bit je Bildpunkt"


def _masks(data: bytes, size: int, bits: int, coding: int) -> tuple[tuple[int, int, int, int], int]:
    """The masks and where they end; a header of 40 bytes has three (or four) behind it."""
    after = 14 + size
    if coding not in (BITFIELDS, ALPHA_BITFIELDS):
        return DEFAULT_MASKS.get(bits, (0, 0, 0, 0)), after
    count = 3 if size < 56 and coding == BITFIELDS else 4
    found = struct.unpack(f"<{count}I", data[54 : 54 + 4 * count].ljust(4 * count, b"\0"))
    red, green, blue, *alpha = found
    return (red, green, blue, alpha[0] if alpha else 0), max(after, 54 + 4 * count)


def _palette(raw: bytes, used: int, bits: int, each: int) -> Bytes:
    if bits > 8:
        return np.zeros((0, 3), np.uint8)
    count = min(used or 1 << bits, 1 << bits, len(raw) // each)
    colours = np.frombuffer(raw[: count * each], np.uint8).reshape(count, each)
    full = np.zeros((1 << bits, 3), np.uint8)
    full[:count] = colours[:, 2::-1]
    return full


def decode(data: bytes, head: Bitmap) -> tuple[Image.Image, bool]:
    """The picture, and whether the file holds all of it."""
    if head.coding in (RLE8, RLE4):
        indices, whole = _runs(data, head)
        return _with_palette(indices[::-1], head), whole
    rows, whole = _rows(data, head)
    if head.bits <= 8:
        return _with_palette(_indices(rows, head), head), whole
    if head.bits == 24:
        colours = rows[:, : head.width * 3].reshape(head.height, head.width, 3)[:, :, ::-1]
        return Image.fromarray(np.ascontiguousarray(colours)), whole
    return _from_masks(rows, head), whole


def _rows(data: bytes, head: Bitmap) -> tuple[Bytes, bool]:
    """Rows from the top, each filled up to 4 bytes; missing ones are white."""
    stride = (head.width * head.bits + 31) // 32 * 4
    filling = stride - (head.width * head.bits + 7) // 8  # which the last row may lack
    wanted = stride * head.height
    body = data[head.data : head.data + wanted]
    rows = np.frombuffer(body.ljust(wanted, b"\xff"), np.uint8).reshape(head.height, stride)
    return (rows if head.top_down else rows[::-1]), len(body) >= wanted - filling


def _indices(rows: Bytes, head: Bitmap) -> Bytes:
    if head.bits == 8:
        return rows[:, : head.width]
    spread = np.unpackbits(rows, axis=1).reshape(head.height, -1, head.bits)
    weights = 1 << np.arange(head.bits - 1, -1, -1, dtype=np.uint8)
    indices: Bytes = (spread * weights).sum(axis=2, dtype=np.uint8)
    return indices[:, : head.width]


def _with_palette(indices: Bytes, head: Bitmap) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(indices), "P")
    image.putpalette(head.palette.tobytes())
    return image


def _from_masks(rows: Bytes, head: Bitmap) -> Image.Image:
    kind = np.dtype("<u2" if head.bits == 16 else "<u4")
    width = head.width * kind.itemsize
    pixels = np.ascontiguousarray(rows[:, :width]).view(kind).astype(np.uint32)
    channels = [_channel(pixels, mask) for mask in head.masks[:3]]
    if head.masks[3]:
        alpha = _channel(pixels, head.masks[3])
        if alpha.any():  # zero everywhere: the writer did not think of alpha
            channels.append(alpha)
    return Image.fromarray(np.dstack(channels))


def _channel(pixels: np.ndarray[Any, np.dtype[np.uint32]], mask: int) -> Bytes:
    if not mask:
        return np.zeros(pixels.shape, np.uint8)
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    values = (pixels & np.uint32(mask)) >> np.uint32(shift)
    return ((values.astype(np.uint64) * 255 + most // 2) // most).astype(np.uint8)


def _runs(data: bytes, head: Bitmap) -> tuple[Bytes, bool]:
    """Run-length coded indices, from the bottom; what is skipped keeps index 0."""
    out = np.zeros((head.height, head.width), np.uint8)
    at, x, y = head.data, 0, 0
    nibbles = head.coding == RLE4
    while at + 2 <= len(data):
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            x = _put(out, x, y, _run(value, count, nibbles))
        elif value == 0:
            x, y = 0, y + 1
        elif value == 1:
            return out, True
        elif value == 2:
            if at + 2 > len(data):
                break
            x, y, at = x + data[at], y + data[at + 1], at + 2
        else:
            length = (value + 1) // 2 if nibbles else value
            raw = data[at : at + length]
            x = _put(out, x, y, _literal(raw, value, nibbles))
            at += length + length % 2
    return out, y >= head.height - 1 and x >= head.width or y >= head.height


def _run(value: int, count: int, nibbles: bool) -> Bytes:
    if not nibbles:
        return np.full(count, value, np.uint8)
    return np.resize(np.array([value >> 4, value & 15], np.uint8), count)


def _literal(raw: bytes, count: int, nibbles: bool) -> Bytes:
    values = np.frombuffer(raw, np.uint8)
    if nibbles:
        values = np.dstack([values >> 4, values & 15]).reshape(-1)
    return values[:count]


def _put(out: Bytes, x: int, y: int, values: Bytes) -> int:
    if y < out.shape[0]:
        room = out[y, x : x + len(values)]
        room[:] = values[: len(room)]
    return x + len(values)
