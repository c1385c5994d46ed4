"""JPEG 2000 of every colour is shown as a viewer shows it, or held by name."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.unit.ocr.picture_kit import H, W, box, gradient, profiles, rgb, written
from tests.unit.ocr.showing import copy_of, drawn, farthest
from tests.unit.ocr.tiff_kit import blocks, chequered, held, smooth


def colour(number: int) -> bytes:
    return box(b"colr", struct.pack(">BBBI", 1, 0, 0, number))


def meaning(*kinds: tuple[int, int]) -> bytes:
    """A channel definition box of (kind, colour it belongs to)."""
    parts = b"".join(struct.pack(">HHH", n, *kind) for n, kind in enumerate(kinds))
    return box(b"cdef", struct.pack(">H", len(kinds)) + parts)


def jp2(channels: list[Any], colr: bytes, *more: bytes, depth: int = 8) -> bytes:
    """Channels without loss in a file with these boxes."""
    images = [Image.fromarray(channel.astype(f"u{depth // 8}")) for channel in channels]
    mode = {1: None, 2: "LA", 3: "RGB", 4: "RGBA"}[len(images)]
    out = io.BytesIO()
    (Image.merge(mode, images) if mode else images[0]).save(out, "JPEG2000", no_jp2=True)
    head = struct.pack(">IIHBBBB", H, W, len(channels), depth - 1, 7, 0, 0)
    return (
        box(b"jP  ", b"\r\n\x87\n")
        + box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
        + box(b"jp2h", box(b"ihdr", head) + colr + b"".join(more))
        + box(b"jp2c", out.getvalue())
    )


def channels(count: int, bits: int = 8) -> list[Any]:
    return list(chequered(W, H, bits, count).transpose(2, 0, 1))


def test_jpeg_2000_of_every_colour(tmp_path: Path) -> None:
    three = channels(3)
    plain = np.dstack(three)
    path = written(tmp_path / "rgb.jp2", jp2(three, colour(16)))
    assert farthest(drawn(path, (W, H))[0], plain) == 0
    assert copy_of(path, tmp_path / "b.pdf")[0] == "Bilddaten unverändert übernommen"
    ycc = np.asarray(gradient().convert("YCbCr"))
    path = written(tmp_path / "sycc.jp2", jp2(list(ycc.transpose(2, 0, 1)), colour(18)))
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) <= 4
    path = written(tmp_path / "grey.jp2", jp2(channels(1), colour(17)))
    assert farthest(drawn(path, (W, H))[0], channels(1)[0]) == 0
    path = written(tmp_path / "deep.jp2", jp2(channels(1, 16), colour(17), depth=16))
    assert farthest(drawn(path, (W, H))[0], channels(1, 16)[0] >> 8) <= 1
    ink = np.dstack(channels(4)).astype(np.int64)
    path = written(tmp_path / "cmyk.jp2", jp2(channels(4), colour(12)))
    wanted = (255 - ink[:, :, :3]) * (255 - ink[:, :, 3:]) / 255
    assert farthest(drawn(path, (W, H))[0], wanted) <= 1
    out = io.BytesIO()
    rgb().save(out, "JPEG2000", no_jp2=True)
    path = written(tmp_path / "bare.j2k", out.getvalue())
    assert farthest(drawn(path, (W, H))[0], np.asarray(rgb())) == 0


def test_jpeg_2000_with_further_channels(tmp_path: Path) -> None:
    values = np.dstack(channels(2))
    path = written(tmp_path / "a.jp2", jp2(channels(2), colour(17), meaning((0, 1), (1, 0))))
    wanted = values[:, :, 0] * values[:, :, 1] / 255 + 255 - values[:, :, 1]
    assert farthest(drawn(path, (W, H))[0], wanted) <= 1
    colours = ((0, 1), (0, 2), (0, 3))
    path = written(tmp_path / "b.jp2", jp2(channels(4), colour(16), meaning(*colours, (65535, 0))))
    assert farthest(drawn(path, (W, H))[0], np.dstack(channels(3))) == 0
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    colr = box(b"colr", b"\2\0\0" + own)
    path = written(tmp_path / "c.jp2", jp2(channels(3), colr))
    assert profiles(path, tmp_path) == [own]


def test_jpeg_2000_with_a_palette(tmp_path: Path) -> None:
    table = chequered(256, 1, 8, 3)[0]
    pclr = box(b"pclr", struct.pack(">HB", 256, 3) + b"\7\7\7" + table.astype(np.uint8).tobytes())
    cmap = box(b"cmap", bytes([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2]))
    path = written(tmp_path / "a.jp2", jp2(channels(1), colour(16), pclr, cmap))
    assert farthest(drawn(path, (W, H))[0], table[channels(1)[0]]) == 0


@pytest.mark.parametrize(
    ("count", "boxes", "name"),
    [
        (3, [colour(14)], "CIELab"),
        (3, [colour(24)], "e-sYCC"),
        (3, [colour(21)], "ROMM"),
        (1, [colour(0)], "zweiwertigen"),
        (3, [colour(99)], "Farbangabe 99"),
        (3, [], "fehlender Farbangabe"),
        (4, [colour(16)], "unbekannter Bedeutung"),
        (3, [colour(16), meaning((0, 3), (0, 2), (0, 1))], "unbekannter Bedeutung"),
        (4, [colour(16), meaning((0, 1), (0, 2), (0, 3), (2, 0))], "unbekannter Bedeutung"),
        (3, [colour(17)], "unbekannter Bedeutung"),
        (3, [box(b"colr", b"\2\0\0" + bytes(200))], "Farbangabe"),
    ],
)
def test_jpeg_2000_that_is_not_understood(
    tmp_path: Path, count: int, boxes: list[bytes], name: str
) -> None:
    data = jp2(channels(count), boxes[0] if boxes else b"", *boxes[1:])
    assert name in held(written(tmp_path / "a.jp2", data))


def test_further_codestreams_of_a_jpeg_2000_are_told_of(tmp_path: Path) -> None:
    data = jp2(channels(1), colour(17))
    path = written(tmp_path / "a.jp2", data + data[data.index(b"jp2c") - 4 :])
    assert blocks(path, "picture.further")


@pytest.mark.parametrize(("brand", "name"), [(b"jpm ", "JPM"), (b"mjp2", "MJ2")])
def test_other_forms_of_jpeg_2000_are_named(tmp_path: Path, brand: bytes, name: str) -> None:
    data = jp2(channels(1), colour(17)).replace(b"ftypjp2 ", b"ftyp" + brand)
    assert name in held(written(tmp_path / "a.jp2", data))
