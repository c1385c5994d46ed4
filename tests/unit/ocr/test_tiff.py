"""TIFF pictures of every kind are shown exactly as they are meant, or held with their name."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ocr.page_sources.source_image import load_frame
from tests.unit.ocr.showing import codes, copy_of, drawn, farthest, looked_at
from tests.unit.ocr.tiff_kit import (
    CODINGS,
    DPI,
    REVERSED,
    TURN,
    Page,
    chequered,
    fax,
    held,
    packed,
    smooth,
    tiff,
)

W, H = 37, 29


@dataclass(frozen=True)
class Kind:
    """Photometric, bits, extra samples."""

    photometric: int
    bits: int
    extra: tuple[int, ...] = ()

    @property
    def samples(self) -> int:
        return {2: 3, 5: 4}.get(self.photometric, 1) + len(self.extra)


KINDS = [
    *(Kind(photometric, bits) for photometric in (0, 1) for bits in (1, 2, 4, 8, 12, 16, 32)),
    *(Kind(3, bits) for bits in (1, 2, 4, 8)),
    *(Kind(2, bits, extra) for bits in (8, 16) for extra in ((), (0,), (1,), (2,))),
    *(Kind(1, 8, extra) for extra in ((0,), (1,), (2,))),
    *(Kind(0, 8, extra) for extra in ((0,), (2,))),
    *(Kind(5, bits) for bits in (8, 16)),
]


@dataclass(frozen=True)
class Form:
    """How the same samples are stored."""

    compression: int
    order: str
    big: bool
    fill: int
    separate: bool
    predictor: int
    tile: tuple[int, int] | None
    rows: int
    orientation: int


def a_form(chance: random.Random, kind: Kind) -> Form:
    compression = chance.choice(list(CODINGS))
    able = compression in (5, 8, 32946, 34925) and kind.bits in (8, 16, 32)
    return Form(
        compression=compression,
        order=chance.choice("<>"),
        big=chance.random() < 0.3,
        fill=chance.choice((1, 1, 2)),
        separate=kind.samples > 1 and chance.random() < 0.4,
        predictor=chance.choice((1, 2)) if able else 1,
        tile=chance.choice((None, None, (16, 16), (48, 32))),
        rows=chance.choice((H, 7, 1)),
        orientation=chance.choice((1, *range(1, 9))),
    )


def colours(chance: random.Random, bits: int) -> list[int]:
    return [chance.randrange(65536) for _ in range(3 << bits)]


def pieces(values: Any, kind: Kind, form: Form) -> list[bytes]:
    """Strips or tiles of the samples, compressed."""
    planes = [values[:, :, n : n + 1] for n in range(kind.samples)] if form.separate else [values]
    parts = []
    for plane in planes:
        if form.tile:
            wide, high = form.tile
            for y in range(0, H, high):
                for x in range(0, W, wide):
                    full = np.zeros((high, wide, plane.shape[2]), plane.dtype)
                    part = plane[y : y + high, x : x + wide]
                    full[: part.shape[0], : part.shape[1]] = part
                    parts.append(full)
        else:
            parts += [plane[y : y + form.rows] for y in range(0, H, form.rows)]
    if form.predictor == 2:
        parts = [np.diff(part, axis=1, prepend=0) for part in parts]
    coded = [CODINGS[form.compression](packed(part, kind.bits, form.order)) for part in parts]
    return [each.translate(REVERSED) for each in coded] if form.fill == 2 else coded


def meant(values: Any, kind: Kind, table: list[int]) -> Any:
    """The RGB or grey values that the picture means, 0 to 255, on white paper."""
    full = (1 << kind.bits) - 1
    if kind.photometric == 3:
        return (np.array(table).reshape(3, -1)[:, values[:, :, 0]] >> 8).transpose(1, 2, 0)
    eight = values * 255 // full if kind.bits < 8 else values >> (kind.bits - 8)
    if kind.bits == 12:
        eight = values >> 4
    if kind.photometric == 0:
        eight = np.concatenate([255 - eight[:, :, :1], eight[:, :, 1:]], axis=2)
    if kind.photometric == 5:
        ink, black = eight[:, :, :3], eight[:, :, 3:]
        return (255 - ink) * (255 - black) / 255
    if kind.extra in ((1,), (2,)):
        colour, alpha = eight[:, :, :-1], eight[:, :, -1:]
        front = colour if kind.extra == (1,) else colour * alpha / 255
        return front + 255 - alpha
    return eight[:, :, : kind.samples - len(kind.extra)]


def picture_of(kind: Kind, form: Form, chance: random.Random) -> tuple[bytes, Any]:
    """A file and what it means, as displayed."""
    values = chequered(W, H, kind.bits, kind.samples)
    if kind.extra == (1,):  # colours are multiplied by alpha
        values[:, :, :-1] = values[:, :, :-1] * values[:, :, -1:] // ((1 << kind.bits) - 1)
    table = colours(chance, kind.bits) if kind.photometric == 3 else []
    tags: dict[int, Any] = {
        **DPI,
        258: [kind.bits] * kind.samples,
        259: form.compression,
        262: kind.photometric,
        266: form.fill,
        274: form.orientation,
        277: kind.samples,
        284: 2 if form.separate else 1,
        317: form.predictor,
        338: list(kind.extra) or None,
        320: table or None,
    }
    page = Page(
        width=W,
        height=H,
        strips=pieces(values, kind, form),
        tags=tags,
        tile=form.tile,
        rows=form.rows,
    )
    return tiff(page, order=form.order, big=form.big), TURN[form.orientation](
        meant(values, kind, table)
    )


def check(tmp_path: Path, kind: Kind, seed: int) -> None:
    chance = random.Random(f"{kind} {seed}")
    form = a_form(chance, kind)
    data, wanted = picture_of(kind, form, chance)
    path = tmp_path / f"{seed}.tif"
    path.write_bytes(data)
    [shown] = drawn(path)
    if wanted.shape[2] == 1:
        wanted = wanted[:, :, 0]
    assert farthest(shown, wanted) <= (2 if kind.extra or kind.photometric == 5 else 1), form
    assert looked_at(path).pages == 1


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_understood_kind_is_shown_as_it_is_meant(tmp_path: Path, kind: Kind) -> None:
    for seed in range(5):
        check(tmp_path, kind, seed)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_form_of_every_kind(tmp_path: Path, kind: Kind) -> None:
    for seed in range(5, 300):
        check(tmp_path, kind, seed)


def letters() -> Image.Image:
    """Black and white, without any symmetry."""
    return Image.fromarray(chequered(61, 40, 8)[:, :, 0].astype(np.uint8)).convert(
        "1", dither=Image.Dither.NONE
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("photometric", [0, 1])
def test_a_stored_fax_strip_is_turned_as_its_mark_wants(
    tmp_path: Path, orientation: int, photometric: int
) -> None:
    image = letters()
    tags = {**DPI, 258: 1, 259: 4, 262: photometric, 274: orientation, 277: 1}
    path = tmp_path / "a.tif"
    strip = fax(image, "group4")
    path.write_bytes(tiff(Page(width=61, height=40, strips=[strip], tags=tags)))
    wanted = np.asarray(image.convert("L"))
    wanted = 255 - wanted if photometric == 1 else wanted
    assert copy_of(path, tmp_path / "b.pdf")[0] == "Bilddaten unverändert übernommen"
    assert farthest(drawn(path)[0], TURN[orientation](wanted)) == 0
    source = load_frame(path, 1).image
    assert farthest(source, TURN[orientation](wanted)) == 0


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("fill", [1, 2])
@pytest.mark.parametrize(
    ("compression", "coding", "options"),
    [(2, "tiff_ccitt", None), (3, "group3", 0), (4, "group4", None)],
)
def test_fax_codings(
    tmp_path: Path, compression: int, coding: str, options: int | None, fill: int, order: str
) -> None:
    image = letters()
    strips = [fax(image.crop((0, y, 61, min(40, y + 16))), coding) for y in range(0, 40, 16)]
    if fill == 2:
        strips = [strip.translate(REVERSED) for strip in strips]
    for photometric in (0, None):  # missing in old faxes
        tags = {**DPI, 258: 1, 259: compression, 262: photometric, 266: fill, 292: options}
        path = tmp_path / "a.tif"
        page = Page(width=61, height=40, strips=strips, tags=tags, rows=16)
        path.write_bytes(tiff(page, order=order))
        assert farthest(drawn(path)[0], np.asarray(image.convert("L"))) == 0


@pytest.mark.parametrize("compression", [1, 5, 8, 32773])
@pytest.mark.parametrize("sampling", [(1, 1), (2, 1), (2, 2), None])
def test_luminance_and_chrominance(
    tmp_path: Path, compression: int, sampling: tuple[int, int] | None
) -> None:
    """The default of YCbCrSubsampling is 2, 2 (TIFF 6.0, section 21)."""
    rgb = smooth(48, 32)
    ycc = np.asarray(Image.fromarray(rgb).convert("YCbCr"))
    across, down = sampling or (2, 2)
    units = []
    for y in range(0, 32, down):
        for x in range(0, 48, across):
            units.append(ycc[y : y + down, x : x + across, 0].tobytes())
            units.append(
                ycc[y : y + down, x : x + across, 1:].mean((0, 1)).astype(np.uint8).tobytes()
            )
    tags = {**DPI, 258: [8, 8, 8], 259: compression, 262: 6, 277: 3}
    tags |= {530: list(sampling) if sampling else None, 532: [0, 255, 128, 255, 128, 255]}
    path = tmp_path / "a.tif"
    strips = [CODINGS[compression](b"".join(units))]
    path.write_bytes(tiff(Page(width=48, height=32, strips=strips, tags=tags)))
    assert farthest(drawn(path)[0], rgb) <= 12


def jpeg_of(image: Image.Image, **how: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0, **how)
    return out.getvalue()


@pytest.mark.parametrize("photometric", [1, 2, 6])
def test_jpeg_within(tmp_path: Path, photometric: int) -> None:
    rgb = Image.fromarray(smooth(48, 32))
    image = rgb.convert("L") if photometric == 1 else rgb
    data = jpeg_of(image, keep_rgb=True) if photometric == 2 else jpeg_of(image)
    samples = 1 if photometric == 1 else 3
    tags = {**DPI, 258: [8] * samples, 259: 7, 262: photometric, 277: samples, 530: [1, 1]}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=48, height=32, strips=[data], tags=tags)))
    assert farthest(drawn(path)[0], np.asarray(image)) <= 8


def test_jpeg_of_the_old_kind(tmp_path: Path) -> None:
    """A whole stream is shown; mere tables and scans are named and held."""
    rgb = Image.fromarray(smooth(48, 32))
    data = jpeg_of(rgb)
    tags: dict[int, Any] = {**DPI, 258: [8, 8, 8], 259: 6, 262: 6, 277: 3}
    path = tmp_path / "a.tif"
    where = {513: 8, 514: len(data)}
    path.write_bytes(tiff(Page(width=48, height=32, strips=[data], tags=tags | where)))
    assert farthest(drawn(path)[0], np.asarray(rgb)) <= 8
    path.write_bytes(tiff(Page(width=48, height=32, strips=[data[400:]], tags=tags)))
    assert "altem JPEG" in held(path)


def test_a_colour_table_of_eight_bits(tmp_path: Path) -> None:
    """Some writers put values of 8 bits where 16 are wanted; read as such all is black."""
    values = chequered(W, H, 8)
    table = [n % 251 for n in range(768)]
    tags = {**DPI, 258: 8, 259: 1, 262: 3, 277: 1, 320: table}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=W, height=H, strips=[packed(values, 8)], tags=tags)))
    wanted = np.array(table).reshape(3, -1)[:, values[:, :, 0]].transpose(1, 2, 0)
    assert farthest(drawn(path)[0], wanted) == 0


def test_sixteen_bits_a_colour_are_kept(tmp_path: Path) -> None:
    values = chequered(W, H, 16, 3)
    tags = {**DPI, 258: [16] * 3, 259: 8, 262: 2, 277: 3}
    path = tmp_path / "a.tif"
    strips = [CODINGS[8](packed(values, 16, ">"))]
    path.write_bytes(tiff(Page(width=W, height=H, strips=strips, tags=tags), order=">"))
    frame = load_frame(path, 1)
    assert frame.deep is not None and np.array_equal(frame.deep, values)
    assert "picture.depth_reduced" not in codes(path)


@pytest.mark.parametrize(("photometric", "colours"), [(2, 3), (1, 1), (0, 1)])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("value", [0, 255, None])
def test_a_value_that_the_file_is_silent_about_counts_where_it_varies(
    tmp_path: Path, photometric: int, colours: int, bits: int, value: int | None
) -> None:
    values = chequered(W, H, bits, colours)
    wanted = values if bits == 8 else values >> 8
    fourth = np.full((H, W, 1), value if value is not None else 0)
    if value is None:
        fourth[0, 0] = 1
    raw = np.concatenate([values, fourth], axis=2).astype(f"<u{bits // 8}").tobytes()
    tags = {**DPI, 258: [bits] * (colours + 1), 259: 1, 262: photometric, 277: colours + 1}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=W, height=H, strips=[raw], tags=tags)))
    if value is None:
        assert "Kanal, dessen Bedeutung" in held(path)
        return
    shown = drawn(path)[0]
    wanted = wanted if photometric else 255 - wanted
    assert farthest(shown, wanted if colours == 3 else wanted[:, :, 0]) <= 1


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({262: 8, 258: [8] * 3, 277: 3}, "CIELab"),
        ({262: 9, 258: [8] * 3, 277: 3}, "ICCLab"),
        ({262: 10, 258: [8] * 3, 277: 3}, "ITULab"),
        ({262: 8, 258: 8}, "CIELab"),
        ({262: 32845, 258: [16] * 3, 277: 3, 259: 34676}, "SGILog"),
        ({262: 32844, 258: 16}, "LogL"),
        ({262: 32803, 258: 16}, "Kamerasensor"),
        ({262: 34892, 258: [16] * 3, 277: 3}, "Kamerasensor"),
        ({262: 4, 258: 1}, "Transparenzmaske"),
        ({262: 1, 258: 32, 339: 3}, "Gleitkomma"),
        ({262: 1, 258: 16, 339: 3}, "Gleitkomma"),
        ({262: 1, 258: 64, 339: 3}, "Gleitkomma"),
        ({262: 1, 258: 16, 339: 2}, "Vorzeichen"),
        ({262: 1, 258: 8, 339: 2}, "Vorzeichen"),
        ({262: 1, 258: 32, 339: 6}, "Zahlenform"),
        ({262: 1, 258: 24}, "24 Bit"),
        ({262: 1, 258: 10}, "10 Bit"),
        ({262: 2, 258: [5, 6, 5], 277: 3}, "verschiedener Bittiefe"),
        ({262: 2, 258: [32] * 3, 277: 3}, "32 Bit"),
        ({262: 2, 258: [8] * 5, 277: 5}, "5 Werten"),
        ({262: 2, 258: [8] * 5, 277: 5, 338: [2, 0]}, "zusätzlichen Kanälen"),
        ({262: 3, 258: 16, 320: [0] * 300}, "16 Bit"),
        ({262: 3, 258: 8, 320: [0] * 300}, "Farbtabelle"),
        ({262: 3, 258: 8}, "Farbtabelle"),
        ({262: 5, 258: [8] * 4, 277: 4, 332: 2}, "nicht CMYK"),
        ({262: 5, 258: [8] * 3, 277: 3}, "CMYK"),
        ({262: None, 258: 8}, "Farbangabe"),
        ({262: 77, 258: 8}, "Farbangabe 77"),
        ({262: 1, 258: 8, 259: 34661}, "JBIG"),
        ({262: 1, 258: 8, 259: 34887}, "LERC"),
        ({262: 2, 258: [8] * 3, 277: 3, 259: 50001}, "WebP"),
        ({262: 2, 258: [8] * 3, 277: 3, 259: 34712}, "JPEG-2000"),
        ({262: 1, 258: 8, 259: 32809}, "ThunderScan"),
        ({262: 1, 258: 8, 259: 12345}, "Kompression 12345"),
        ({262: 0, 258: 1, 259: 4, 293: 2}, "Uncompressed Mode"),
        ({262: 0, 258: 8, 259: 4}, "Kompression 4"),
        ({262: 1, 258: 8, 259: 8, 317: 3}, "Predictor"),
        ({262: 0, 258: 8, 259: 7}, "Kompression 7"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_held_by_its_name(
    tmp_path: Path, tags: dict[int, Any], name: str
) -> None:
    path = tmp_path / "a.tif"
    tags = {259: 1, 277: 1, **tags}
    good = Page(width=8, height=8, strips=[bytes(64)], tags={258: 8, 259: 1, 262: 1})
    odd = Page(width=8, height=8, strips=[bytes(8 * 8 * 16)], tags=tags)
    path.write_bytes(tiff(good, odd))
    text = held(path)
    assert name in text and "Seite 2" in text


def test_the_sampling_of_a_lone_component_means_nothing(tmp_path: Path) -> None:
    out = io.BytesIO()
    grey_values = smooth(W, H)[:, :, 0]
    Image.fromarray(grey_values).save(out, "JPEG", quality=95)
    data = bytearray(out.getvalue())
    data[data.index(b"\xff\xc0") + 11] = 0x22
    tags = {**DPI, 258: 8, 259: 7, 262: 1, 277: 1}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=W, height=H, strips=[bytes(data)], tags=tags)))
    assert "page.unreadable" not in codes(path)
    assert farthest(drawn(path)[0], grey_values) <= 20


@pytest.mark.parametrize("told", [None, [1, 1], [2, 1], [2, 2]])
@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_jpeg_data_are_sampled_as_they_say_themselves(
    tmp_path: Path, told: list[int] | None, sampling: int
) -> None:
    out = io.BytesIO()
    Image.fromarray(smooth(W, H)).save(out, "JPEG", quality=95, subsampling=sampling)
    tags = {**DPI, 258: [8] * 3, 259: 7, 262: 6, 277: 3, 530: told}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=W, height=H, strips=[out.getvalue()], tags=tags)))
    assert "page.unreadable" not in codes(path)
    assert farthest(drawn(path)[0], smooth(W, H)) <= 40


@pytest.mark.parametrize(
    ("photometric", "mode", "how"),
    [
        (2, "RGB", {}),
        (5, "CMYK", {}),
        (6, "RGB", {"keep_rgb": True}),
    ],
)
def test_jpeg_data_that_contradict_their_tags_are_held(
    tmp_path: Path, photometric: int, mode: str, how: dict[str, Any]
) -> None:
    out = io.BytesIO()
    Image.fromarray(smooth(W, H)).convert(mode).save(out, "JPEG", **how)
    data = out.getvalue()
    if photometric == 6:  # an Adobe segment that says: no transform
        data = data[:2] + b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0" + data[2:]
    samples = len(mode)
    tags = {**DPI, 258: [8] * samples, 259: 7, 262: photometric, 277: samples}
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(Page(width=W, height=H, strips=[data], tags=tags)))
    assert "widersprechen" in held(path)
