"""Pictures written byte by byte, for the tests of what is shown of them."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from PIL import Image

from tests.unit.ocr.showing import copy_of
from tests.unit.ocr.tiff_kit import chequered, smooth

W, H = 48, 32


def written(path: Path, data: bytes | bytearray) -> Path:
    path.write_bytes(data)
    return path


def saved(path: Path, image: Image.Image, **how: Any) -> Path:
    image.save(path, **how)
    return path


def rgb() -> Image.Image:
    return Image.fromarray(chequered(W, H, 8, 3).astype(np.uint8))


def gradient() -> Image.Image:
    return Image.fromarray(smooth(W, H))


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(depth: int, kind: int, values: Any, *extra: bytes) -> bytes:
    """Values (rows x columns x channels) as a PNG of this depth and colour type."""
    rows, columns = values.shape[:2]
    if depth == 16:
        lines = [row.astype(">u2").tobytes() for row in values]
    else:
        spread = values.reshape(rows, -1, 1) >> np.arange(depth - 1, -1, -1) & 1
        packed = np.packbits(spread.astype(np.uint8).reshape(rows, -1), axis=1)
        lines = [row.tobytes() for row in packed]
    head = struct.pack(">IIBBBBB", columns, rows, depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    parts = (chunk(b"IHDR", head), *extra, chunk(b"IDAT", data), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def profiles(path: Path, tmp_path: Path) -> list[bytes]:
    """ICC profiles that the picture of the copy is in."""
    copy_of(path, tmp_path / "p.pdf")
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        space = pdf.pages[0].Resources.XObject.Im0.ColorSpace
        if space == pikepdf.Name.DeviceRGB or space == pikepdf.Name.DeviceGray:
            return []
        base = space[1] if space[0] == pikepdf.Name.Indexed else space
        return [] if isinstance(base, pikepdf.Name) else [base[1].read_bytes()]


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body
