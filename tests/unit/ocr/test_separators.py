"""Only separator sheets cut; ordinary barcodes are told, and cut nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from config.isolation import Workshop
from ocr.preflight.separator_sheets import barcodes, is_separator, separators
from tests.unit.ocr.conftest import letter

SAMPLES = {
    "patch-code-t.pdf": [1],
    "patch-code-t-middle.pdf": [2],
    "patch-code-t-middle-alpha.tiff": [2],
    "patch-code-t-middle-distorted.pdf": [2],
    "patch-code-t-middle-reverse.pdf": [2],
    "patch-code-t-middle-unreadable.pdf": [],
    "several-patcht-codes.pdf": [3, 6],
    "barcode-fax-image.pdf": [2],
    "barcode-39-asn-123.pdf": [],
    "split-by-tag-basic.pdf": [],
    "zx_falsepos_01.webp": [],
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples(shared_data: Path, workshop: Workshop, name: str) -> None:
    found = separators(shared_data / "barcodes" / name, workshop, subject=name)
    assert [sheet.page for sheet in found] == SAMPLES[name]


def test_other_codes_are_findings(shared_data: Path, workshop: Workshop) -> None:
    found = barcodes(shared_data / "barcodes/split-by-asn-1.pdf", workshop, subject="x")
    assert not found.separators
    assert [one.page for one in found.findings] == [1, 3, 4, 7, 9]


@pytest.mark.parametrize(
    ("symbology", "value", "cuts"),
    [
        ("Code 128", "TRENNBLATT", True),
        ("QR Code", "trennblatt-0042", True),
        ("QR Code", "TRENNBLATT 7", True),
        ("QR Code", "TRENNBLATTSTAPEL", False),
        ("QR Code", "KEIN TRENNBLATT", False),
        ("Code 39", "PATCHT", True),
        ("QR Code", "PATCHT", False),
        ("Code 39", "PATCHT1", False),
        ("Code 128", "4711", False),
        ("Code 128", "", False),
    ],
)
def test_the_rule(symbology: str, value: str, cuts: bool) -> None:
    assert is_separator(symbology, value, ("TRENNBLATT",), True) is cuts


def test_patch_codes_can_be_left_alone() -> None:
    assert not is_separator("Code 39", "PATCHT", ("TRENNBLATT",), False)


def test_a_sheet_of_our_own(tmp_path: Path, workshop: Workshop) -> None:
    code = zxingcpp.create_barcode("TRENNBLATT-1", zxingcpp.BarcodeFormat.Code128)
    bars = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4))
    sheet = Image.new("L", (1654, 2339), 255)
    sheet.paste(bars, (300, 900))
    pages = [letter(lines=2), sheet, letter(lines=2)]
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(200, 200))
    [found] = separators(path, workshop)
    assert (found.page, found.value) == (2, "TRENNBLATT-1")
