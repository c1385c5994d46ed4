"""Bitmaps of every header, palette and coding are shown as a viewer shows them, or held by name."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ocr.accepted_kinds import FileKind, kind_of
from ocr.page_sources.source_image import load_frame
from tests.unit.ocr.picture_kit import H, W, written
from tests.unit.ocr.showing import codes, drawn, farthest
from tests.unit.ocr.tiff_kit import blocks, chequered, held


def bitmap(
    size: int,
    bits: int,
    rows: list[bytes],
    *,
    coding: int = 0,
    palette: bytes = b"",
    masks: tuple[int, ...] = (),
    top_down: bool = False,
    used: int = 0,
    data: bytes | None = None,
    width: int = W,
    height: int = H,
    metres: tuple[int, int] = (0, 0),
) -> bytes:
    """A bitmap with a header of ``size`` bytes; ``rows`` from the top."""
    if data is None:
        filled = [row + bytes(-len(row) % 4) for row in rows]
        data = b"".join(filled if top_down else reversed(filled))
    if size == 12:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        high = -height if top_down else height
        fields = (size, width, high, 1, bits, coding, len(data), *metres, used, 0)
        head = struct.pack("<IiiHHIIiiII", *fields)
        if masks and size >= 52:
            head += struct.pack(f"<{len(masks)}I", *masks)
        head = head[:size].ljust(size, b"\0")
        if masks and size == 40:
            head += struct.pack("<3I", *masks[:3])
    at = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", at + len(data), 0, 0, at) + head + palette + data


def rows_of(values: Any, kind: str) -> list[bytes]:
    return [row.astype(kind).tobytes() for row in values]


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("size", [12, 16, 24, 40, 52, 56, 64, 108, 124])
def test_bitmaps_of_every_header(tmp_path: Path, size: int, top_down: bool) -> None:
    wanted = chequered(W, H, 8, 3)
    rows = rows_of(wanted[:, :, ::-1], "u1")
    down = top_down and size != 12
    path = written(tmp_path / "a.bmp", bitmap(size, 24, rows, top_down=down))
    assert kind_of(path) is FileKind.BMP
    assert farthest(drawn(path, (W, H))[0], wanted) == 0


@pytest.mark.parametrize("used", [0, 2])
@pytest.mark.parametrize("bits", [1, 4, 8])
@pytest.mark.parametrize(("size", "each"), [(12, 3), (40, 4), (64, 4), (64, 3), (16, 4)])
def test_bitmaps_with_a_palette(tmp_path: Path, size: int, each: int, bits: int, used: int) -> None:
    """Two colours in eight bits too, which are no picture of one bit."""
    used = used if size > 16 else 0
    count = used or 1 << bits
    values = chequered(W, H, 8)[:, :, 0] % count
    table = np.array([[0, 0, 0], [255, 255, 255]]) if used else chequered(count, 1, 8, 3)[0]
    entries = np.zeros((count, each), np.uint8)
    entries[:, :3] = table[:, ::-1]
    spread = (values[:, :, None] >> np.arange(bits - 1, -1, -1) & 1).astype(np.uint8)
    rows = rows_of(np.packbits(spread.reshape(H, -1), axis=1), "u1")
    data = bitmap(size, bits, rows, palette=entries.tobytes(), used=used)
    path = written(tmp_path / "a.bmp", data)
    assert farthest(drawn(path, (W, H))[0], table[values]) == 0


MASKS = {
    "555": (16, (0x7C00, 0x3E0, 0x1F)),
    "565": (16, (0xF800, 0x7E0, 0x1F)),
    "444": (16, (0xF00, 0xF0, 0xF)),
    "rgb": (32, (0xFF0000, 0xFF00, 0xFF)),
    "bgr": (32, (0xFF, 0xFF00, 0xFF0000)),
    "rgbx": (32, (0xFF000000, 0xFF0000, 0xFF00)),
    "101010": (32, (0x3FF00000, 0xFFC00, 0x3FF)),
}


@pytest.mark.parametrize("size", [40, 52, 124])
@pytest.mark.parametrize("name", MASKS)
def test_bitmaps_with_masks(tmp_path: Path, name: str, size: int) -> None:
    bits, masks = MASKS[name]
    wanted = chequered(W, H, 8, 3)
    pixels = np.zeros((H, W), np.int64)
    for channel, mask in enumerate(masks):
        shift = (mask & -mask).bit_length() - 1
        pixels |= (wanted[:, :, channel] * (mask >> shift) // 255) << shift
    rows = rows_of(pixels, f"<u{bits // 8}")
    path = written(tmp_path / "a.bmp", bitmap(size, bits, rows, coding=3, masks=masks))
    least = min(mask.bit_count() for mask in masks)
    assert farthest(drawn(path, (W, H))[0], wanted) <= 256 >> least


@pytest.mark.parametrize(
    ("size", "coding", "alpha"),
    [(40, 0, 0), (40, 0, 77), (124, 0, 0), (124, 0, 77), (56, 3, 0), (108, 3, 0), (124, 3, 0)],
)
def test_a_fourth_byte_that_is_no_alpha_hides_nothing(
    tmp_path: Path, size: int, coding: int, alpha: int
) -> None:
    """Zero everywhere, or without a mask: the writer did not think of it."""
    wanted = chequered(W, H, 8, 3)
    pixels = np.dstack([wanted[:, :, ::-1], np.full((H, W), alpha)])
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000) if coding else ()
    data = bitmap(size, 32, rows_of(pixels, "u1"), coding=coding, masks=masks)
    path = written(tmp_path / "a.bmp", data)
    assert farthest(drawn(path, (W, H))[0], wanted) == 0
    assert codes(path) == set()


def test_an_alpha_that_is_one(tmp_path: Path) -> None:
    wanted = chequered(W, H, 8, 3)
    alpha = np.full((H, W), 255)
    alpha[:, : W // 2] = 0
    pixels = np.dstack([wanted[:, :, ::-1], alpha])
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    data = bitmap(124, 32, rows_of(pixels, "u1"), coding=3, masks=masks)
    path = written(tmp_path / "a.bmp", data)
    on_paper = wanted.copy()
    on_paper[:, : W // 2] = 255
    assert farthest(drawn(path, (W, H))[0], on_paper) == 0
    assert blocks(path, "picture.hidden_by_transparency")


@pytest.mark.parametrize("bits", [4, 8])
def test_bitmaps_of_runs(tmp_path: Path, bits: int) -> None:
    """Runs, literals, a jump, the end of a line and of the picture."""
    table = chequered(1 << bits, 1, 8, 3)[0]
    palette = np.hstack([table[:, ::-1], np.zeros((len(table), 1), np.int64)]).astype(np.uint8)
    if bits == 8:
        lines = [bytes([5, 3, 3, 0]), bytes([0, 3, 1, 2, 4, 0, 0, 0]), b"\0\2\4\0", b"\4\7\0\1"]
    else:
        lines = [
            bytes([5, 0x33, 3, 0]),
            bytes([0, 3, 0x12, 0x40, 0, 0]),
            b"\0\2\4\0",
            b"\4\x77\0\1",
        ]
    lines[0] = lines[0][:2] + bytes([3, 0, 0, 0])
    data = bitmap(
        40, bits, [], coding=2 if bits == 4 else 1, palette=palette.tobytes(),
        data=b"".join(lines), width=8, height=3,
    )  # fmt: skip
    path = written(tmp_path / "a.bmp", data)
    wanted = [[0, 0, 0, 0, 7, 7, 7, 7], [1, 2, 4, 0, 0, 0, 0, 0], [3] * 5 + [0] * 3]
    assert farthest(load_frame(path, 1).image, table[np.array(wanted)]) == 0
    assert load_frame(path, 1).whole


@pytest.mark.parametrize(
    ("size", "bits", "coding", "name"),
    [
        (40, 24, 4, "JPEG"),
        (40, 24, 5, "PNG"),
        (64, 24, 4, "OS/2"),
        (64, 1, 3, "OS/2"),
        (40, 8, 11, "Kompression 11"),
        (40, 2, 0, "2 Bit"),
        (72, 8, 0, "72 Byte"),
    ],
)
def test_bitmaps_that_are_not_understood(
    tmp_path: Path, size: int, bits: int, coding: int, name: str
) -> None:
    path = written(tmp_path / "a.bmp", bitmap(size, bits, [bytes(99)] * H, coding=coding))
    assert name in held(path)


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_a_bitmap_is_whole_without_the_filling_of_its_last_row_and_no_byte_less(
    tmp_path: Path, bits: int
) -> None:
    width = 583
    used = (width * bits + 7) // 8
    stride = (used + 3) // 4 * 4
    palette = bytes(4 << bits) if bits <= 8 else b""
    row = bytes([85]) * used
    head = struct.pack("<IiiHHIIiiII", 40, width, 3, 1, bits, 0, 0, 0, 0, 0, 0) + palette
    start = b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(head)) + head
    data = start + row.ljust(stride, b"\0") * 2 + row
    assert "image.truncated" not in codes(written(tmp_path / "a.bmp", data))
    assert "image.truncated" in codes(written(tmp_path / "a.bmp", data[:-1]))


def test_a_cut_bitmap_is_told(tmp_path: Path) -> None:
    rows = rows_of(chequered(W, H, 8, 3), "u1")
    path = written(tmp_path / "a.bmp", bitmap(40, 24, rows)[:-1000])
    assert blocks(path, "image.truncated")
