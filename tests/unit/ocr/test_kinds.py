"""A file is what its bytes say."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.filekind import kind_of_data
from ocr.accepted_kinds import FileKind, kind_of

SIGNED = bytes.fromhex("3082010006092a864886f70d010702a081f3308180020101310b")
CONTENT = bytes.fromhex("06092a864886f70d010701")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", FileKind.EMPTY),
        (b"%PDF-1.4\n", FileKind.PDF),
        (b"\xef\xbb\xbf%PDF-1.4\n", FileKind.PDF),
        (b"\0" * 1000 + b"%PDF-1.7", FileKind.PDF),
        (b"\0" * 2000 + b"%PDF-1.7", FileKind.OTHER),
        (b"II*\0\x08\0\0\0", FileKind.TIFF),
        (b"MM\0*\0\0\0\x08", FileKind.TIFF),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", FileKind.JPEG),
        (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
        (b"GIF89a", FileKind.GIF),
        (b"RIFF\0\0\0\0WEBPVP8 ", FileKind.WEBP),
        (b"RIFF\0\0\0\0WAVEfmt ", FileKind.OTHER),
        (b"\0\0\0\x18ftypheic\0\0\0\0", FileKind.HEIC),
        (b"\0\0\0\x18ftypisom\0\0\0\0", FileKind.OTHER),
        (b"\0\0\0\x0cjP  \r\n\x87\n", FileKind.JPEG2000),
        (b"BM" + b"\0" * 12 + b"\x28\0\0\0", FileKind.BMP),
        (b"BMW ist ein Wort", FileKind.OTHER),
        (SIGNED + CONTENT, FileKind.P7S),
        (SIGNED + CONTENT + b"\xa0\x10\x04\x0eHallo", FileKind.P7M),
        (b"-----BEGIN PKCS7-----\nMIIB", FileKind.P7S),
        (b"From: a@example.org\nTo: b@example.org\n\nText", FileKind.EML),
        (b"Date: gestern war es kalt", FileKind.OTHER),
        (b"<?xml version='1.0'?><a/>", FileKind.XML),
        (b"\xef\xbb\xbf<rsm:CrossIndustryInvoice xmlns:rsm='x'>", FileKind.XML),
        ("<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"), FileKind.XML),
        (b"<html><body>", FileKind.OTHER),
        (b"MZ\x90\0", FileKind.OTHER),
        (b"PK\x03\x04 irgendein Archiv", FileKind.OTHER),
    ],
)
def test_by_content(head: bytes, kind: FileKind) -> None:
    assert kind_of_data(head) is kind


def test_signed_container(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        archive.writestr("brief.txt", "Hallo")
    assert kind_of(path) is FileKind.ASIC


def test_office_file_is_no_signed_container(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    assert kind_of(path) is FileKind.OTHER


@given(st.binary(max_size=300))
def test_every_content_has_a_kind(head: bytes) -> None:
    assert isinstance(kind_of_data(head), FileKind)
