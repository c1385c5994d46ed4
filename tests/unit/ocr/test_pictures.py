"""What pictures of several kinds share (marks, proportions, colours, several in one file, transparency), and JPEG."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageCms

from ocr.findings import Severity
from ocr.image_files import jpeg
from ocr.page_sources.source_image import load_frame
from tests.unit.ocr.picture_kit import (
    H,
    W,
    box,
    chunk,
    gradient,
    png,
    profiles,
    rgb,
    saved,
    written,
)
from tests.unit.ocr.showing import codes, copy_of, drawn, farthest, looked_at
from tests.unit.ocr.test_bitmaps import bitmap
from tests.unit.ocr.test_heif import HEIC_TURNED, heic
from tests.unit.ocr.tiff_kit import TURN, blocks, chequered, held, smooth


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
