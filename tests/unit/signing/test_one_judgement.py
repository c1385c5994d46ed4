"""What the intake takes a file for is what is looked at for signatures; signed is never unsigned."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import filekind
from config.filekind import FileKind
from ocr import accepted_kinds
from ocr.accepted_kinds import EXTENSIONS, IMAGES, MEDIA_TYPES, PAGED
from signing import detect as detecting
from signing import readers
from signing.detect import detect
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, signer, write
from tests.unit.signing.wrapped import wrapped

CASES = {name: (data, kind) for name, data, kind in wrapped(signer())}


def test_one_function_judges_for_all() -> None:
    assert accepted_kinds.kind_of is filekind.kind_of
    assert vars(readers)["kind_of"] is filekind.kind_of
    assert vars(detecting)["kind_of_data"] is filekind.kind_of_data


@pytest.mark.parametrize("name", CASES)
def test_what_looks_signed_is_taken_and_never_unsigned(name: str, tmp_path: Path) -> None:
    data, kind = CASES[name]
    path = write(tmp_path, "brief", data)
    assert accepted_kinds.kind_of(path) is kind
    assert detect(path).signed or kind is FileKind.EML
    assert validate_file(path, (), AT, None, name).conclusion is not Conclusion.UNSIGNED


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"MZ\x90\0" + b"\0" * 60 + bytes.fromhex("308006092a864886f70d010702"), FileKind.OTHER),
        (b"Sehr geehrte Damen und Herren,\n\nanbei der Vertrag.\n", FileKind.OTHER),
        (b"Date: gestern war es kalt", FileKind.OTHER),
        (b"Subject: x\r\n\r\nHallo", FileKind.EML),
        (b"<html><body>Content-Type: multipart/signed</body></html>", FileKind.OTHER),
        (b"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4", "pdf"),
        (b"From: a@b\r\nTo: c@d\r\n\r\nDas Wort %PDF-1.4 steht hier.", FileKind.EML),
        (b"<a>Das Wort %PDF-1.4 steht hier.</a>", FileKind.XML),
        ("<Übergabe/>".encode(), FileKind.XML),
        (b"<a/>".decode().encode("utf-32"), FileKind.XML),
        (b"\x30\x30\x02\x01\x01\x30\x31" + bytes(48), FileKind.OTHER),  # a time-stamp request
    ],
)
def test_what_is_not_signed_is_no_message(data: bytes, kind: str, tmp_path: Path) -> None:
    assert accepted_kinds.kind_of(write(tmp_path, "brief", data)) == kind


def test_an_unsigned_pdf_is_unsigned_whatever_stands_before_it(tmp_path: Path) -> None:
    for before in (b"", b"\r\n", b"Content-Type: application/pdf\r\n\r\n"):
        path = write(tmp_path, "brief.pdf", before + pdf())
        assert accepted_kinds.kind_of(path) is FileKind.PDF
        assert validate_file(path, (), AT, None, "x").conclusion is Conclusion.UNSIGNED


def test_every_kind_has_its_words() -> None:
    assert set(MEDIA_TYPES) == set(FileKind)
    assert set(EXTENSIONS) == set(FileKind) - {FileKind.EMPTY, FileKind.OTHER}
    assert IMAGES < PAGED


@settings(max_examples=40)
@given(
    st.sampled_from([data for data, _ in CASES.values()]),
    st.binary(max_size=40),
    st.integers(0, 3000),
)
def test_cut_and_spliced_files_have_one_kind(data: bytes, noise: bytes, at: int) -> None:
    for damaged in (data[:at], noise + data, data[:at] + noise + data[at:]):
        assert isinstance(filekind.kind_of_data(damaged), FileKind)
