"""Bytes around a PDF are no doubt about signatures, and hide none."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer, write

JUNK = [
    b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n" + b"x" * 540,
    b"\xef\xbb\xbf",
]


@pytest.mark.parametrize("junk", JUNK)
def test_an_unsigned_file_is_unsigned(tmp_path: Path, junk: bytes) -> None:
    path = write(tmp_path, "brief.pdf", junk + pdf())
    report = validate_file(path, (), AT, None, "brief.pdf")
    assert report.conclusion is Conclusion.UNSIGNED
    assert report.warnings == ()


@pytest.mark.parametrize("junk", JUNK)
def test_a_signed_file_is_never_called_unsigned(tmp_path: Path, junk: bytes) -> None:
    path = write(tmp_path, "brief.pdf", junk + sign(pdf(), signer()))
    report = validate_file(path, (), AT, None, "brief.pdf")
    assert report.conclusion is not Conclusion.UNSIGNED


def test_a_file_that_nobody_can_read_stays_undecided(tmp_path: Path) -> None:
    path = write(tmp_path, "brief.pdf", b"x" * 100 + pdf()[:200])
    report = validate_file(path, (), AT, None, "brief.pdf")
    assert report.conclusion is Conclusion.INDETERMINATE


BEHIND = [b"\0" * 80_508, b"\r\n<html>" + b"<p>Vielen Dank</p>" * 2000 + b"</html>"]


@pytest.mark.parametrize("junk", BEHIND)
def test_bytes_behind_the_end_are_no_doubt_either(tmp_path: Path, junk: bytes) -> None:
    path = write(tmp_path, "brief.pdf", pdf() + junk)
    report = validate_file(path, (), AT, None, "brief.pdf")
    assert report.conclusion is Conclusion.UNSIGNED
    assert report.warnings == ()


@pytest.mark.parametrize("junk", BEHIND)
def test_bytes_behind_a_signed_file_are_not_forgotten(tmp_path: Path, junk: bytes) -> None:
    path = write(tmp_path, "brief.pdf", sign(pdf(), signer()) + junk)
    report = validate_file(path, (), AT, None, "brief.pdf")
    assert report.conclusion not in (Conclusion.UNSIGNED, Conclusion.INTACT)
