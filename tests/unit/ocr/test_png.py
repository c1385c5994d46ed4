"""PNG of every kind is shown as a viewer shows it, or held by name."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.unit.ocr.picture_kit import H, W, chunk, gradient, png, rgb, saved, written
from tests.unit.ocr.showing import codes, drawn, farthest
from tests.unit.ocr.tiff_kit import chequered, held, smooth


@pytest.mark.parametrize(
    ("depth", "kind"),
    [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 4), (16, 4), (8, 6), (16, 6)],
)
def test_png_of_every_kind(tmp_path: Path, depth: int, kind: int) -> None:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[kind]
    values = chequered(W, H, depth, channels)
    full = (1 << depth) - 1
    shown = values * 255 / full
    if kind in (4, 6):
        shown = shown[:, :, :-1] * values[:, :, -1:] / full + 255 - shown[:, :, -1:]
    wanted = shown[:, :, 0] if shown.shape[2] == 1 else shown
    path = written(tmp_path / "a.png", png(depth, kind, values))
    assert farthest(drawn(path, (W, H))[0], wanted) <= 2
    assert ("picture.depth_reduced" in codes(path)) is (depth == 16 and kind in (4, 6))


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_png_with_one_transparent_grey(tmp_path: Path, depth: int) -> None:
    """tRNS is in values of the file's own depth (ISO/IEC 15948, 11.3.2.1)."""
    values = chequered(W, H, depth)
    full = (1 << depth) - 1
    gone = full // 2
    path = written(
        tmp_path / "a.png", png(depth, 0, values, chunk(b"tRNS", struct.pack(">H", gone)))
    )
    wanted = np.where(values == gone, full, values)[:, :, 0] * 255 // full
    assert farthest(drawn(path, (W, H))[0], wanted) <= 1


def test_png_with_one_transparent_colour(tmp_path: Path) -> None:
    values = chequered(W, H, 8, 3)
    gone = values[H - 1, W - 1]
    path = written(tmp_path / "a.png", png(8, 2, values, chunk(b"tRNS", struct.pack(">3H", *gone))))
    wanted = np.where((values == gone).all(axis=2)[:, :, None], 255, values)
    assert farthest(drawn(path, (W, H))[0], wanted) == 0


def test_png_with_a_palette(tmp_path: Path) -> None:
    """With and without alpha, interlaced too."""
    table = chequered(16, 1, 8, 3)[0].astype(np.uint8)
    values = chequered(W, H, 4)
    plte = chunk(b"PLTE", table.tobytes())
    path = written(tmp_path / "a.png", png(4, 3, values, plte))
    assert farthest(drawn(path, (W, H))[0], table[values[:, :, 0]]) == 0
    alpha = bytes([0, 128, 255])
    path = written(tmp_path / "b.png", png(4, 3, values, plte, chunk(b"tRNS", alpha)))
    share = np.array([*alpha, *[255] * 13])[:, None] / 255
    wanted = (table * share + 255 * (1 - share))[values[:, :, 0]]
    assert farthest(drawn(path, (W, H))[0], wanted) <= 1
    path = saved(tmp_path / "c.png", rgb(), interlace=True)
    assert farthest(drawn(path, (W, H))[0], np.asarray(rgb())) == 0


@pytest.mark.parametrize("name", [b"pHYs", b"tEXt"])
def test_a_png_with_a_damaged_note_is_shown(tmp_path: Path, name: bytes) -> None:
    data = bytearray(saved(tmp_path / "a.png", gradient(), dpi=(200, 200)).read_bytes())
    if name == b"tEXt":
        data[-12:-12] = struct.pack(">I", 4) + b"tEXta\0bc" + bytes(4)
    else:
        data[data.index(b"pHYs") + 13] ^= 255
    path = written(tmp_path / "b.png", data)
    assert "image.truncated" not in codes(path)
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) == 0


def test_a_png_for_apple_programs_is_no_damaged_one(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.png", gradient()).read_bytes()
    own = data[:8] + struct.pack(">I", 4) + b"CgBI" + bytes(8) + data[8:]
    assert "CgBI" in held(written(tmp_path / "b.png", own))
