"""Pictures get into the PDF without loss, and as they are stored where that is possible."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageOps, TiffImagePlugin

from ocr.page_sources.source_image import load_frame, on_white, prepare_pillow
from ocr.pdfa import image_objects
from ocr.pdfa.writing import Task, enclose
from ocr.recognition.page_reading import read_page
from ocr.recognition.result import Recognition
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import letter


def noise(mode: str, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A picture of chance in this mode, the same each time."""
    chance = np.random.default_rng(7)
    if mode == "I;16":
        values = chance.integers(0, 65536, (size[1], size[0]), dtype=np.uint16)
        return Image.fromarray(values)
    bands = {"1": 1, "L": 1, "P": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    values = chance.integers(0, 256, (size[1], size[0], bands), dtype=np.uint8)
    if mode == "1":
        return Image.fromarray(values[:, :, 0]).convert("1")
    if mode == "P":
        return Image.fromarray(values[:, :, :1].repeat(3, 2)).quantize(32)
    return Image.fromarray(values if bands > 1 else values[:, :, 0], mode=None).convert(mode)


def stored(packed: image_objects.Packed) -> Image.Image:
    """The picture as a PDF reader decodes it."""
    with pikepdf.new() as pdf:
        return pikepdf.PdfImage(image_objects.put(pdf, packed)).as_pil_image()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "CMYK"])
def test_without_loss(mode: str) -> None:
    image = noise(mode)
    wanted = on_white(image).convert("RGB")
    assert stored(image_objects.pack(image)).convert("RGB").tobytes() == wanted.tobytes()


def test_sixteen_bits_are_kept() -> None:
    image = noise("I;16")
    packed = image_objects.pack(image)
    assert packed.entries["BitsPerComponent"] == 16
    with pikepdf.new() as pdf:
        raw = image_objects.put(pdf, packed).read_bytes()
    assert np.array_equal(np.frombuffer(raw, ">u2").reshape(90, 120), np.asarray(image))


def file_of(tmp_path: Path, image: Image.Image, name: str, **how: Any) -> Path:
    path = tmp_path / name
    image.save(path, **how)
    return path


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_jpeg_keeps_its_bytes(tmp_path: Path, mode: str) -> None:
    path = file_of(tmp_path, noise(mode), "a.jpg", quality=80)
    packed = image_objects.pack_file(path, 1, load_frame(path, 1))
    assert packed.kept and packed.data == path.read_bytes()


def test_a_jpeg_in_cmyk_is_converted(tmp_path: Path) -> None:
    path = file_of(tmp_path, noise("CMYK"), "a.jpg")
    packed = image_objects.pack_file(path, 1, load_frame(path, 1))
    assert not packed.kept
    assert packed.entries["ColorSpace"] == pikepdf.Name.DeviceRGB


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "I;16"])
def test_a_png_keeps_its_bytes(tmp_path: Path, mode: str) -> None:
    path = file_of(tmp_path, noise(mode), "a.png")
    packed = image_objects.pack_file(path, 1, load_frame(path, 1))
    assert packed.kept and packed.data in path.read_bytes()
    if mode != "I;16":
        assert stored(packed).convert("RGB").tobytes() == noise(mode).convert("RGB").tobytes()


def test_an_interlaced_or_cut_png_is_decoded(tmp_path: Path) -> None:
    path = file_of(tmp_path, noise("L"), "a.png")
    path.write_bytes(path.read_bytes()[:-200])
    frame = load_frame(path, 1)
    assert not frame.whole
    assert not image_objects.pack_file(path, 1, frame).kept


@pytest.mark.parametrize("white_is_zero", [True, False])
def test_a_fax_strip_keeps_its_bytes(tmp_path: Path, white_is_zero: bool) -> None:
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    ifd[278] = 90
    ifd[262] = 0 if white_is_zero else 1
    image = noise("1")
    path = file_of(tmp_path, image, "a.tif", compression="group4", tiffinfo=ifd)
    loaded = load_frame(path, 1)
    packed = image_objects.pack_file(path, 1, loaded)
    assert packed.kept and packed.data in path.read_bytes()
    assert stored(packed).convert("L").tobytes() == loaded.image.convert("L").tobytes()


def test_shots_of_few_colours_lose_nothing() -> None:
    image = Image.new("RGB", (200, 200), "white")
    image.paste((10, 20, 200), (20, 20, 90, 40))
    assert stored(image_objects.pack_shot(image)).convert("RGB").tobytes() == image.tobytes()


def test_a_profile_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    image = noise("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", icc_profile=b"\0" * 200)
    path = tmp_path / "a.jpg"
    path.write_bytes(out.getvalue())
    packed = image_objects.pack_file(path, 1, load_frame(path, 1))
    assert packed.kept and packed.icc is None


@pytest.mark.parametrize("mark", range(1, 9))
def test_pages_stand_as_the_orientation_mark_wants(tmp_path: Path, mark: int) -> None:
    prepare_pillow()
    image = Image.new("RGB", (60, 40), "white")
    image.paste("red", (0, 0, 20, 10))
    image.paste("blue", (50, 30, 60, 40))
    exif = Image.Exif()
    exif[0x0112] = mark
    path = file_of(tmp_path, image, "a.png", exif=exif, dpi=(72, 72))
    out = tmp_path / "a.pdf"
    text = read_page(path, 1, 0, ScanProfile())
    read = Recognition(pages=(text,), engine="t", engine_version="", languages=("deu",))
    enclose(
        Task(
            source=path,
            out=out,
            recognition=read,
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )
    document = pdfium.PdfDocument(out)
    with Image.open(path) as opened:
        wanted = ImageOps.exif_transpose(opened).convert("RGB")
    shown = document[0].render().to_pil().convert("RGB")
    document.close()
    assert shown.size == pytest.approx(wanted.size, abs=1)
    middle = [(10, 5), (5, 10), (wanted.width - 6, wanted.height - 6), (10, wanted.height - 6)]
    for point in middle:
        assert shown.getpixel(point) == pytest.approx(wanted.getpixel(point), abs=60), point


def tiff(image: Image.Image, compression: int, strips: list[bytes], rows: int) -> bytes:
    """A TIFF with its directory first, so that its end can be cut off."""
    count = len(strips)
    entries: list[tuple[int, int, list[int]]] = [
        (256, 4, [image.width]),
        (257, 4, [image.height]),
        (258, 3, [1 if image.mode == "1" else 8]),
        (259, 3, [compression]),
        (262, 3, [1]),
        (273, 4, [0] * count),
        (277, 3, [1]),
        (278, 4, [rows]),
        (279, 4, [len(strip) for strip in strips]),
    ]
    start = 8 + 2 + 12 * len(entries) + 4
    lists = 8 * count if count > 1 else 0
    offsets = [start + lists + sum(map(len, strips[:n])) for n in range(count)]
    entries[5] = (273, 4, offsets)
    head, extra = struct.pack("<2sHIH", b"II", 42, 8, len(entries)), b""
    for tag, kind, values in entries:
        raw = b"".join(struct.pack("<H" if kind == 3 else "<I", value) for value in values)
        if len(raw) > 4:
            raw, extra = struct.pack("<I", start + len(extra)), extra + raw
        head += struct.pack("<HHI", tag, kind, len(values)) + raw.ljust(4, b"\0")
    return head + b"\0" * 4 + extra + b"".join(strips)


@pytest.mark.parametrize("kind", ["raw", "deflate", "fax"])
def test_what_a_cut_tiff_still_holds_is_shown(tmp_path: Path, kind: str) -> None:
    grey = letter((800, 1100), 12)
    if kind == "fax":
        image = grey.convert("1")
        data = tiff(image, 4, [image_objects.pack(image).data], 1100)
    else:
        image = grey
        strips = [grey.crop((0, y, 800, y + 100)).tobytes() for y in range(0, 1100, 100)]
        if kind == "deflate":
            strips = [zlib.compress(strip) for strip in strips]
        data = tiff(image, 8 if kind == "deflate" else 1, strips, 100)
    path = tmp_path / "a.tif"
    path.write_bytes(data)
    assert load_frame(path, 1).image.convert("L").tobytes() == image.convert("L").tobytes()
    path.write_bytes(data[: int(len(data) * 0.7)])
    left = load_frame(path, 1)
    assert not left.whole and left.image.size == (800, 1100)
    upper = (0, 0, 800, 300)
    assert left.image.convert("L").crop(upper).tobytes() == image.convert("L").crop(upper).tobytes()
