"""Page pictures for people, and what lies inside a file for the scanner."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from config.errors import InputError
from config.isolation import Workshop
from ocr.page_sources.page_pictures import page_png
from ocr.pdfa.attachments import extract
from tests.unit.ocr.conftest import letter, scan_pdf


def shown(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_as_wide_as_asked(tmp_path: Path, workshop: Workshop) -> None:
    path = scan_pdf(tmp_path / "a.pdf", letter(lines=3))
    image = shown(page_png(path, 1, 500, "x", workshop=workshop))
    assert image.format == "PNG" and image.width == 500
    assert image.height == pytest.approx(500 * 2339 / 1654, abs=1)
    turned = shown(page_png(path, 1, 500, "x", workshop=workshop, turn=90))
    assert turned.width == pytest.approx(500, abs=1) and turned.height < turned.width


def test_pictures_of_every_kind(shared_data: Path, workshop: Workshop) -> None:
    for name in ("simple.heic", "multi-page-images-alpha.tiff", "simple.gif", "cmyk.pdf"):
        image = shown(page_png(shared_data / "scans/misc" / name, 1, 300, name, workshop=workshop))
        assert image.width == 300


def test_a_page_that_is_not_there(tmp_path: Path, workshop: Workshop) -> None:
    path = scan_pdf(tmp_path / "a.pdf", letter(lines=1))
    with pytest.raises(InputError):
        page_png(path, 2, 500, "x", workshop=workshop)


def test_attachments_come_out_one_by_one(shared_data: Path) -> None:
    files = extract(shared_data / "einvoice/XML-Rechnung_EN16931_Einfach.pdf")
    assert len(files) == 1 and b"CrossIndustryInvoice" in files[0][1]
    assert len(extract(shared_data / "broken/qpdf_add-attachments-1.pdf")) == 3
    assert len(extract(shared_data / "broken/pypdf_with-attachment.pdf")) == 1
    assert extract(shared_data / "scans/misc/linn.png") == ()


def test_members_of_a_container(tmp_path: Path) -> None:
    path = tmp_path / "a.asice"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        archive.writestr("brief.txt", "Hallo", zipfile.ZIP_DEFLATED)
    assert extract(path) == (
        ("mimetype", b"application/vnd.etsi.asic-e+zip"),
        ("brief.txt", b"Hallo"),
    )
