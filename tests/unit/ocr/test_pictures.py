"""JPEG, PNG, GIF, BMP, WebP, HEIC and JPEG 2000 are shown as a viewer shows them, or held by name."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from config.errors import HoldReason, InputError
from ocr import jpeg
from ocr.findings import Severity
from ocr.kinds import FileKind, kind_of
from ocr.source_image import load_frame
from tests.unit.ocr.showing import codes, copy_of, drawn, farthest, looked_at
from tests.unit.ocr.test_tiff import TURN, blocks, held, smooth
from tests.unit.ocr.tiff_kit import chequered

W, H = 48, 32
#: 64 x 48 pixels each, made with libheif: two pictures, the second (a blue corner) is the primary
#: one, the first has a red corner; and one that is turned by 270 degrees (irot).
HEIC_OF_TWO = (
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYFxTW5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jF"
    "eAFCA4EPUAwImGTgIu5AbJGZmZcG5oFkRYGcVLAyoJqMsmRDBhRBJoQgX0FmSS5MHyNrZkFRAZB9N7MgOR9IlwGV"
    "OTMyg4QmgBXJfWD48/fHDwYGfuYEoNkSDow8jP//gxQwg1Qwg5DcLiaHRKCklhMjI5rMAoVG1mmvnizbuYMjw0AB"
    "KMQMIhgUk4DK2VwYDxYf6ARaIpycn1OUl5xTARTlZWBrAAqJZBYXpEK96wDFGsk5iQVQNigoDKA02DP/////AA0M"
    "gYLMikyQIDMHBweQUsgsyIXFBTB4WRuZmFlbGJigNAPD7NyURFCceGgwrhduKOdKr1hd/P9ESP0bvorSb5OS+Ve+"
    "eJfc/mAu5z3312I5koUPHJtWdibGXFetyvz1iZtjI3P0G9GLf0Xzf2+adnz6BvXCNpA7nMFmhex5uHv+vw0zEt7s"
    "bb88OeFH98dv04/c2Nfy4U2Z9dyNqdFHU2dcXrxNbn7g0u4LVzXrZ03h/2med+nw4jUqNW6C4QBLTpkU"
)
HEIC_TURNED = (
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYHxRG5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jF"
    "+AZCA0EwUAwImOzhIipAbJGZmZcG5oFkRYGcVLAyoJqMsmRDBiRBRpAS14pMsHK+gsySXAaoSkb2zIKiAiD7WWZB"
    "cj6QLgPqdWZkBglNACuS+8Dw5++PHwwM/MwJQB0SDow8jP//gxQwg1Qwg5DcLiaHRKCklhMjI5rMAoVG1mmvnizb"
    "uYMjw0ABKMQMIhgUk4DK2VwYDxYf6ARaIpycn1OUl5xTARTlZWBrAAqJZBYXpEK96wDFGsk5iSCXGUAcDxYDOub/"
    "B2ggwAJDoCCzIhPEYebg4ABSnJlF+SVA9zBIZhbkwiKFkYGRrZGJmbWlDciRyixKTYNK8CWnFCeDowFkR31uSiIo"
    "vvw1GNcLN/wIuLD8in3J0WS/4CpGlvOLd/bJtZYW7+m/pnPDyGVf5Q7J3N9LS/JudeelaP3+e/z/qvXRnLda3HL2"
    "sxhuKu/wMylYw9a07PuOaQZPQV5kg0SJry+DFpDHwcDIKAQKNVDIQFwCAAPvfVI="
)


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


# ------------------------------------------------------------------ bitmaps


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


# ------------------------------------------------------------------ PNG


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


@pytest.mark.parametrize("mark", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_pictures_stand_as_their_mark_wants(tmp_path: Path, suffix: str, mark: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = mark
    how = {"lossless": True} if suffix == "webp" else {"quality": 95}
    path = saved(tmp_path / f"a.{suffix}", gradient(), exif=exif, **how)
    wanted = TURN[mark](smooth(W, H))
    size = (wanted.shape[1], wanted.shape[0])
    assert farthest(drawn(path, size)[0], wanted) <= (20 if suffix == "jpg" else 0)
    assert farthest(load_frame(path, 1).image, wanted) <= (20 if suffix == "jpg" else 0)


def proportion(path: Path) -> float:
    """Height of the page by its width, for a picture as wide as high."""
    [(width, height)] = looked_at(path).page_sizes
    return height / width


def test_pixels_that_are_no_squares(tmp_path: Path) -> None:
    square = Image.new("L", (200, 200), 200)
    phys = chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0))
    values = np.full((200, 200, 1), 200)
    assert proportion(written(tmp_path / "a.png", png(8, 0, values, phys))) == pytest.approx(2)
    phys = chunk(b"pHYs", struct.pack(">IIB", 8031, 3858, 1))
    path = written(tmp_path / "b.png", png(8, 0, values, phys))
    assert proportion(path) == pytest.approx(204 / 98, rel=0.01)
    data = bytearray(saved(tmp_path / "c.jpg", square, dpi=(204, 98)).read_bytes())
    for unit in (0, 1, 2):  # JFIF: the form of a pixel alone, inches, centimetres
        data[13] = unit
        path = written(tmp_path / f"{unit}.jpg", data)
        assert proportion(path) == pytest.approx(204 / 98, rel=0.01), unit
    rows = [bytes(200)] * 200
    head = {"width": 200, "height": 200, "metres": (8031, 3858)}
    made = bitmap(40, 8, rows, palette=bytes(1024), **head)  # type: ignore[arg-type]
    assert proportion(written(tmp_path / "d.bmp", made)) == pytest.approx(204 / 98, rel=0.01)


# ------------------------------------------------------------------ colours


def profiles(path: Path, tmp_path: Path) -> list[bytes]:
    """ICC profiles that the picture of the copy is in."""
    copy_of(path, tmp_path / "p.pdf")
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        space = pdf.pages[0].Resources.XObject.Im0.ColorSpace
        if space == pikepdf.Name.DeviceRGB or space == pikepdf.Name.DeviceGray:
            return []
        base = space[1] if space[0] == pikepdf.Name.Indexed else space
        return [] if isinstance(base, pikepdf.Name) else [base[1].read_bytes()]


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [("jpg", "RGB"), ("png", "RGB"), ("tif", "RGB"), ("webp", "RGB"), ("png", "P"), ("tif", "P")],
)
def test_a_colour_profile_goes_along(tmp_path: Path, suffix: str, mode: str) -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = rgb() if mode == "RGB" else rgb().quantize(16)
    how = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", image, icc_profile=own, **how)
    assert profiles(path, tmp_path) == [own]


def test_a_profile_of_other_colours_stays_away(tmp_path: Path) -> None:
    own = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = saved(tmp_path / "a.png", rgb().convert("L"), icc_profile=own)
    assert profiles(path, tmp_path) == []


def test_printing_colours_of_a_jpeg(tmp_path: Path) -> None:
    ink = np.full((H, W, 4), 0, np.uint8)
    ink[:, W // 2 :] = (0, 255, 255, 0)
    ink[H // 2 :] = (0, 0, 0, 255)
    path = saved(tmp_path / "a.jpg", Image.fromarray(ink, "CMYK"), quality=95, subsampling=0)
    [shown] = drawn(path, (W, H))
    corners = [shown.getpixel(at) for at in ((3, 3), (W - 4, 3), (W - 4, H - 4))]
    for got, wanted in zip(corners, [(255,) * 3, (255, 0, 0), (0,) * 3], strict=True):
        assert got == pytest.approx(wanted, abs=8)
    assert "picture.colours_converted" in codes(path)


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"keep_rgb": True}])
def test_a_jpeg_keeps_its_bytes_and_its_colours(tmp_path: Path, how: dict[str, Any]) -> None:
    path = saved(tmp_path / "a.jpg", gradient(), quality=95, subsampling=0, **how)
    assert copy_of(path, tmp_path / "b.pdf")[0] == "Bilddaten unverändert übernommen"
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) <= 20
    path.write_bytes(path.read_bytes() + b"hinten angehaengt" * 9)
    copy_of(path, tmp_path / "b.pdf")
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        raw = pdf.pages[0].Resources.XObject.Im0.read_raw_bytes()
    assert raw.endswith(b"\xff\xd9") and b"angehaengt" not in raw
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) <= 20


def test_jpegs_that_are_not_understood_are_named(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.jpg", gradient()).read_bytes()
    at = data.index(b"\xff\xc0")
    twelve = data[: at + 4] + b"\x0c" + data[at + 5 :]
    assert "12 Bit" in held(written(tmp_path / "b.jpg", twelve))
    hierarchical = data[:at] + b"\xff\xc5" + data[at + 2 :]
    assert "hierarchisch" in held(written(tmp_path / "c.jpg", hierarchical))
    arithmetic = jpeg.read_jpeg(data[:at] + b"\xff\xc9" + data[at + 2 :])
    assert arithmetic is not None and arithmetic.coding == "arithmetisch codiert"


@pytest.mark.parametrize("stated", [0, 65535])
def test_a_jpeg_is_as_high_as_its_last_segment_says(tmp_path: Path, stated: int) -> None:
    data = saved(tmp_path / "a.jpg", gradient(), quality=95, subsampling=0).read_bytes()
    at = data.index(b"\xff\xc0") + 5
    fed = data[:at] + struct.pack(">H", stated) + data[at + 2 : -2]
    path = written(tmp_path / "b.jpg", fed + b"\xff\xdc\0\4" + struct.pack(">H", H) + data[-2:])
    assert codes(path) == set()
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) <= 20
    assert "unverändert" not in copy_of(path, tmp_path / "c.pdf")[0]


def test_a_jpeg_ls_is_no_damaged_jpeg(tmp_path: Path) -> None:
    data = saved(tmp_path / "a.jpg", gradient()).read_bytes().replace(b"\xff\xc0", b"\xff\xf7")
    assert "JPEG-LS" in held(written(tmp_path / "b.jpg", data))


def test_a_cut_jpeg_is_told_and_not_taken_as_it_is(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", rgb().resize((480, 320)), quality=95)
    path.write_bytes(path.read_bytes()[:-4000])
    assert blocks(path, "image.truncated")
    assert "umgerechnet" in copy_of(path, tmp_path / "b.pdf")[0]


# ------------------------------------------------------------------ JPEG 2000


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


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


# ------------------------------------------------------------------ several pictures


@pytest.mark.parametrize(
    ("suffix", "how"),
    [("webp", {"lossless": True}), ("png", {}), ("gif", {})],
)
def test_of_an_animation_the_first_picture_is_the_page(
    tmp_path: Path, suffix: str, how: dict[str, Any]
) -> None:
    first, second = Image.new("RGB", (W, H), (255, 0, 0)), Image.new("RGB", (W, H), (0, 0, 255))
    path = tmp_path / f"a.{suffix}"
    first.save(path, save_all=True, append_images=[second, first], duration=100, **how)
    assert looked_at(path).pages == 1
    assert blocks(path, "picture.further")
    [shown] = drawn(path, (W, H))
    assert shown.getpixel((5, 5)) == (255, 0, 0)
    first.save(path, **how)
    assert codes(path) == set()


def test_a_jpeg_of_several_pictures_tells_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    gradient().save(path, "MPO", save_all=True, append_images=[rgb()])
    assert looked_at(path).pages == 1 and blocks(path, "picture.further")
    assert farthest(drawn(path, (W, H))[0], smooth(W, H)) <= 60
    copy_of(path, tmp_path / "b.pdf")
    with pikepdf.open(tmp_path / "b.pdf") as pdf:
        assert pdf.pages[0].Resources.XObject.Im0.read_raw_bytes().count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("filling", [b"", b"\0\0\0", b"\r\n"])
def test_pictures_one_behind_the_other_are_told_of(
    tmp_path: Path, suffix: str, filling: bytes
) -> None:
    if suffix == "png" and filling:
        pytest.skip("nothing is put between them")
    one = saved(tmp_path / f"a.{suffix}", gradient()).read_bytes()
    other = saved(tmp_path / f"a.{suffix}", rgb()).read_bytes()
    path = written(tmp_path / f"b.{suffix}", one + filling + other + other)
    assert looked_at(path).pages == 1 and blocks(path, "picture.further")
    assert "3 Bilder" in "".join(found.text for found in looked_at(path).findings)


def test_a_preview_behind_a_jpeg_is_no_further_picture(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.jpg", gradient()).read_bytes()
    small = saved(tmp_path / "b.jpg", gradient().resize((W // 2, H // 2))).read_bytes()
    assert codes(written(tmp_path / "c.jpg", whole + small)) == set()


def test_a_film_behind_a_picture_is_told_of(tmp_path: Path) -> None:
    film = box(b"ftyp", b"mp42\0\0\0\0mp42isom") + box(b"mdat", bytes(300))
    still = saved(tmp_path / "a.jpg", gradient()).read_bytes()
    for between in (b"", bytes(40)):
        path = written(tmp_path / "b.jpg", still + between + film)
        assert blocks(path, "picture.further")
    assert codes(written(tmp_path / "c.jpg", still + b"ftyp in words")) == set()
    path = written(tmp_path / "d.heic", heic(HEIC_TURNED) + box(b"mpvd", film))
    assert blocks(path, "picture.further")
    assert "Film" in "".join(found.text for found in looked_at(path).findings)


def test_a_heif_that_is_a_film_alone_is_no_damaged_one(tmp_path: Path) -> None:
    data = box(b"ftyp", b"hevc\0\0\0\0msf1hevc") + box(b"moov", bytes(100))
    assert "Bildfolge" in held(written(tmp_path / "a.heic", data))


def test_further_codestreams_of_a_jpeg_2000_are_told_of(tmp_path: Path) -> None:
    data = jp2(channels(1), colour(17))
    path = written(tmp_path / "a.jp2", data + data[data.index(b"jp2c") - 4 :])
    assert blocks(path, "picture.further")


@pytest.mark.parametrize(("brand", "name"), [(b"jpm ", "JPM"), (b"mjp2", "MJ2")])
def test_other_forms_of_jpeg_2000_are_named(tmp_path: Path, brand: bytes, name: str) -> None:
    data = jp2(channels(1), colour(17)).replace(b"ftypjp2 ", b"ftyp" + brand)
    assert name in held(written(tmp_path / "a.jp2", data))


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


def heic(data: str) -> bytes:
    return zlib.decompress(base64.b64decode(data))


def test_every_picture_of_a_heic_is_a_page_the_primary_one_first(tmp_path: Path) -> None:
    path = written(tmp_path / "a.heic", heic(HEIC_OF_TWO))
    assert looked_at(path).pages == 2
    corners = [image.getpixel((3, 3)) for image in drawn(path, (64, 48))]
    assert corners[0] == pytest.approx((0, 0, 255), abs=6)
    assert corners[1] == pytest.approx((255, 0, 0), abs=6)


@pytest.mark.parametrize(
    ("turn", "size", "corner"),
    [
        (0, (48, 64), (44, 3)),
        (1, (64, 48), (3, 3)),
        (2, (48, 64), (3, 60)),
        (3, (64, 48), (60, 44)),
    ],
)
def test_a_heic_is_turned_by_its_property_alone(
    tmp_path: Path, turn: int, size: tuple[int, int], corner: tuple[int, int]
) -> None:
    """Its EXIF mark (6 here) is a copy that must not turn it again (ISO/IEC 23008-12, A.2.1)."""
    data = bytearray(heic(HEIC_TURNED))
    data[data.index(b"irot") + 4] = turn
    [shown] = drawn(written(tmp_path / "a.heic", data), size)
    assert shown.getpixel(corner) == pytest.approx((255, 0, 0), abs=6)


def brands(major: bytes, *others: bytes) -> bytes:
    return box(b"ftyp", major + bytes(4) + b"".join(others)) + bytes(64)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (brands(b"avif", b"mif1", b"miaf"), "AVIF"),
        (brands(b"mif1", b"avif", b"miaf"), "AVIF"),
        (brands(b"avis", b"msf1"), "AVIF"),
        (b"\xff\x0a" + bytes(30), "JPEG XL"),
        (b"8BPS\0\1" + bytes(30), "Photoshop"),
        (b"AT&TFORM" + bytes(30), "DjVu"),
    ],
)
def test_kinds_that_are_not_accepted_are_called_by_name(
    tmp_path: Path, data: bytes, name: str
) -> None:
    with pytest.raises(InputError, match="Dateiart nicht angenommen") as caught:
        looked_at(written(tmp_path / "a.bin", data))
    assert caught.value.reason is HoldReason.TYPE_NOT_ACCEPTED
    assert name in caught.value.text


def test_a_heif_in_another_coding_is_no_damaged_one(tmp_path: Path) -> None:
    data = heic(HEIC_OF_TWO).replace(b"hvc1", b"vvc1")
    assert "VVC" in held(written(tmp_path / "a.heic", data))


# ------------------------------------------------------------------ transparency


def with_alpha(colours: Any, alpha: Any) -> Image.Image:
    return Image.fromarray(np.dstack([colours, alpha]).astype(np.uint8))


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", "gif"])
def test_what_alpha_hides_is_told(tmp_path: Path, suffix: str) -> None:
    how = {"lossless": True, "exact": True} if suffix == "webp" else {}
    paper, ink = np.zeros((60, 80, 3)), np.zeros((60, 80))
    ink[20:40, 20:60] = 255

    def verdict(colours: Any, alpha: Any) -> set[str]:
        path = saved(tmp_path / f"a.{suffix}", with_alpha(colours, alpha), **how)
        assert not blocks(path, "picture.transparent")
        return {code for code in codes(path) if code.startswith("picture.")}

    assert verdict(paper, ink) == {"picture.transparent"}  # black on nothing
    assert verdict(paper + 255, ink) == {"picture.hidden_by_transparency"}  # white on nothing
    assert verdict(paper, ink * 0 + 255) == set()
    if suffix in ("png", "webp", "tif"):
        secret = paper + np.where(ink, 0, 255)[:, :, None]
        assert verdict(secret, ink * 0) == {"picture.hidden_by_transparency"}


def test_transparency_is_shown_on_white(tmp_path: Path) -> None:
    values = chequered(W, H, 8, 4)
    path = saved(tmp_path / "a.webp", Image.fromarray(values.astype(np.uint8)), lossless=True)
    alpha = values[:, :, 3:] / 255
    wanted = values[:, :, :3] * alpha + 255 * (1 - alpha)
    assert farthest(drawn(path, (W, H))[0], wanted) <= 2


def test_findings_of_pictures_are_german_and_name_the_page(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", with_alpha(np.full((60, 80, 3), 255), np.eye(60, 80) * 255))
    for found in looked_at(path).findings:
        assert "Seite 1" in found.text and found.severity in Severity
