"""A scan is a scan in whatever pieces its picture lies on the page."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from ocr.preflight.incoming import Limits
from ocr.preflight.inspection import inspect
from tests.unit.ocr.pdfs import annotation, form, image, lines, page, written

LIMITS = Limits()
FULL = b"q 595 0 0 842 0 0 cm /I0 Do Q\n"
BLOCKING = {"scan.monochrome", "scan.low_dpi"}


def coarse() -> Image.Image:
    """One bit, 100 dpi."""
    return written(["Grob gescannt"], mode="1")


def strips(pdf: Pdf, count: int = 8) -> dict[str, Any]:
    shown, content, objects = coarse(), b"", Dictionary()
    high = shown.height // count + 1
    for number in range(count):
        low = min(shown.height, (number + 1) * high)
        part = shown.crop((0, number * high, shown.width, low))
        objects[f"/S{number}"] = image(pdf, part)
        place = (842 * part.height / shown.height, 842 * (1 - low / shown.height), number)
        content += b"q 595 0 0 %.3f 0 %.3f cm /S%d Do Q\n" % place
    return {"content": content, "XObject": objects}


def tiles(pdf: Pdf) -> dict[str, Any]:
    shown, content, objects = coarse(), b"", Dictionary()
    wide, high = shown.width // 3 + 1, shown.height // 4 + 1
    for column in range(3):
        for row in range(4):
            box = (
                column * wide,
                row * high,
                min(shown.width, (column + 1) * wide),
                min(shown.height, (row + 1) * high),
            )
            part = shown.crop(box)
            objects[f"/T{column}{row}"] = image(pdf, part)
            scale = 595 / shown.width
            place = (part.width * scale, part.height * scale, box[0] * scale)
            content += b"q %.3f 0 0 %.3f %.3f %.3f cm /T%d%d Do Q\n" % (
                *place,
                842 - box[3] * scale,
                column,
                row,
            )
    return {"content": content, "XObject": objects}


def inside_forms(pdf: Pdf, depth: int) -> dict[str, Any]:
    inner = image(pdf, coarse())
    for level in range(depth):
        scale = 2 if level % 2 else 0.5
        content = FULL if level == 0 else b"/I0 Do"
        inner = form(
            pdf,
            content,
            [0, 0, 5000, 5000],
            Matrix=Array([scale, 0, 0, scale, 0, 0]),
            resources={"XObject": Dictionary(I0=inner)},
        )
    return {
        "content": b"%s /I0 Do" % (b"" if depth % 2 == 0 else b"2 0 0 2 0 0 cm"),
        "XObject": Dictionary(I0=inner),
    }


def inline(pdf: Pdf) -> dict[str, Any]:
    shown = coarse()
    head = b"BI /W %d /H %d /CS /G /BPC 1 /F /Fl ID " % shown.size
    data = zlib.compress(shown.tobytes())
    return {"content": b"q 595 0 0 842 0 0 cm " + head + data + b"\nEI Q\n"}


def rotated(pdf: Pdf) -> dict[str, Any]:
    turned = coarse().transpose(Image.Transpose.ROTATE_90)
    content = b"q 0 842 -595 0 595 0 cm /I0 Do Q\n"
    return {"content": content, "XObject": Dictionary(I0=image(pdf, turned))}


def inverted(pdf: Pdf) -> dict[str, Any]:
    return {"content": FULL, "XObject": Dictionary(I0=image(pdf, coarse(), Decode=Array([1, 0])))}


COARSE: dict[str, Any] = {
    "plain": lambda pdf: {"content": FULL, "XObject": Dictionary(I0=image(pdf, coarse()))},
    "strips": strips,
    "many strips": lambda pdf: strips(pdf, 40),
    "tiles": tiles,
    "form": lambda pdf: inside_forms(pdf, 1),
    "nested forms": lambda pdf: inside_forms(pdf, 3),
    "inline": inline,
    "rotated picture": rotated,
    "inverted": inverted,
}


def found(path: Path, pdf: Pdf, content: bytes, **more: Any) -> set[str]:
    unit = more.pop("unit", 1)
    turn = more.pop("turn", 0)
    sheet = page(pdf, content, **more)
    if unit != 1:
        sheet["/UserUnit"] = unit
        sheet["/MediaBox"] = Array([0, 0, 595 / unit, 842 / unit])
        sheet["/Contents"] = pdf.make_stream(
            b"%.5f 0 0 %.5f 0 0 cm " % (1 / unit, 1 / unit) + content
        )
    if turn:
        sheet["/Rotate"] = turn
    pdf.save(path)
    return {one.code for one in inspect(path, LIMITS).findings}


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize("kind", COARSE)
def test_a_coarse_bilevel_scan_is_found(tmp_path: Path, kind: str, turn: int) -> None:
    pdf = Pdf.new()
    assert found(tmp_path / "in.pdf", pdf, turn=turn, **COARSE[kind](pdf)) >= BLOCKING


@pytest.mark.parametrize("unit", [0.5, 2, 10])
@pytest.mark.parametrize("kind", ["plain", "strips", "form"])
def test_the_resolution_counts_in_true_inches(tmp_path: Path, kind: str, unit: float) -> None:
    pdf = Pdf.new()
    assert found(tmp_path / "in.pdf", pdf, unit=unit, **COARSE[kind](pdf)) >= BLOCKING
    sizes = inspect(tmp_path / "in.pdf", LIMITS).page_sizes[0]
    assert sizes == pytest.approx((595, 842), abs=1)


def fine(mode: str) -> Image.Image:
    return Image.new(mode, (1700, 2400), "white")


@pytest.mark.parametrize("unit", [1, 0.5, 10])
def test_a_good_scan_is_not_complained_of(tmp_path: Path, unit: float) -> None:
    pdf = Pdf.new()
    more: dict[str, Any] = {"content": FULL, "XObject": Dictionary(I0=image(pdf, fine("L")))}
    assert not found(tmp_path / "in.pdf", pdf, unit=unit, **more) & BLOCKING


def test_a_fine_mask_over_a_coarse_background_is_a_good_scan(tmp_path: Path) -> None:
    """Mixed raster content: letters in a bilevel mask, colours behind it."""
    pdf = Pdf.new()
    background = image(pdf, Image.new("RGB", (620, 877), "ivory"))
    mask = image(pdf, fine("1"), ImageMask=True)
    content = FULL + b"q 595 0 0 842 0 0 cm /I1 Do Q\n"
    more: dict[str, Any] = {"content": content, "XObject": Dictionary(I0=background, I1=mask)}
    assert not found(tmp_path / "in.pdf", pdf, **more) & BLOCKING


def test_one_coarse_strip_among_fine_ones_is_found(tmp_path: Path) -> None:
    pdf = Pdf.new()
    upper = image(pdf, Image.new("L", (1700, 1200), 255))
    lower = image(pdf, Image.new("L", (620, 439), 255))
    content = b"q 595 0 0 421 0 421 cm /I0 Do Q q 595 0 0 421 0 0 cm /I1 Do Q\n"
    more: dict[str, Any] = {"content": content, "XObject": Dictionary(I0=upper, I1=lower)}
    assert "scan.low_dpi" in found(tmp_path / "in.pdf", pdf, **more)


def test_a_small_fine_logo_makes_no_fine_scan(tmp_path: Path) -> None:
    pdf = Pdf.new()
    logo = image(pdf, Image.new("RGB", (400, 400), "blue"))
    content = FULL + b"q 50 0 0 50 500 780 cm /I1 Do Q\n"
    more: dict[str, Any] = {
        "content": content,
        "XObject": Dictionary(I0=image(pdf, coarse()), I1=logo),
    }
    assert found(tmp_path / "in.pdf", pdf, **more) >= BLOCKING


def test_a_stamp_on_a_scan_leaves_it_a_scan(tmp_path: Path) -> None:
    pdf = Pdf.new()
    sheet = page(pdf, FULL, XObject=Dictionary(I0=image(pdf, coarse())))
    look = form(pdf, lines("Eingegangen", x=5, y=10), [0, 0, 200, 40])
    note = annotation(pdf, "Stamp", [300, 700, 500, 740], AP=Dictionary(N=look))
    sheet["/Annots"] = Array([note])
    pdf.save(tmp_path / "in.pdf")
    seen = inspect(tmp_path / "in.pdf", LIMITS)
    assert {one.code for one in seen.findings} >= BLOCKING
    assert not seen.digital


@pytest.mark.parametrize("masked", [True, False])
def test_a_watermark_over_text_is_no_scan(tmp_path: Path, masked: bool) -> None:
    pdf = Pdf.new()
    shown = Image.new("RGB", (620, 877), (190, 190, 190))
    more: dict[str, Any]
    if masked:
        more = {"SMask": image(pdf, Image.new("L", shown.size, 60))}
    else:
        more = {"Mask": Array([180, 255] * 3)}
    sheet = page(
        pdf, lines("Digital geschrieben") + FULL, XObject=Dictionary(I0=image(pdf, shown, **more))
    )
    assert sheet
    pdf.save(tmp_path / "in.pdf")
    seen = inspect(tmp_path / "in.pdf", LIMITS)
    assert seen.digital and not seen.findings


def test_a_page_of_text_with_a_picture_is_no_scan(tmp_path: Path) -> None:
    pdf = Pdf.new()
    content = lines("Digital geschrieben") + b"q 400 0 0 300 60 100 cm /I0 Do Q\n"
    more: dict[str, Any] = {"content": content, "XObject": Dictionary(I0=image(pdf, coarse()))}
    assert not found(tmp_path / "in.pdf", pdf, **more)
    assert Name.Image
