"""Signed files that lie in a PDF: none is overlooked, and none vouches for the pages around it."""

from __future__ import annotations

import io
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pytest

from signing.conclusions.model import Integrity
from signing.formats.pdf import attached_files
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "a.pdf", data), (), AT, None, "a.pdf")


def holding(files: dict[str, bytes], *, packed: bool = False) -> bytes:
    """A PDF with these files in it; ``packed``: its dictionaries in object streams."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(text="Deckblatt"))) as made:
        for name, data in files.items():
            made.attachments[name] = data
        mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
        made.save(out, object_stream_mode=mode)
    return out.getvalue()


@pytest.fixture(scope="module")
def letter() -> bytes:
    return sign(pdf(), signer())


@pytest.mark.parametrize("packed", [False, True])
def test_a_signed_file_is_seen_and_says_nothing_of_the_pages_around_it(
    letter: bytes, packed: bool, tmp_path: Path
) -> None:
    report = look(tmp_path, holding({"brief.pdf": letter}, packed=packed))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons
    assert [one.field for one in report.signatures] == ["brief.pdf: Unterschrift"]


def test_in_a_signed_pdf_each_signature_is_judged_by_itself(letter: bytes, tmp_path: Path) -> None:
    report = look(tmp_path, sign(holding({"brief.pdf": letter}), signer()))
    assert report.conclusion is Conclusion.INTACT
    assert [one.signature_id for one in report.signatures] == ["S1", "S2"]
    forged = letter.replace(b"Bescheid 1", b"Bescheid 7")
    worse = look(tmp_path, sign(holding({"brief.pdf": forged}), signer()))
    assert worse.conclusion is Conclusion.BROKEN


def test_a_detached_signature_is_over_the_file_beside_it(tmp_path: Path) -> None:
    files = {"b.txt": b"100 Euro", "b.txt.p7s": cms(b"100 Euro", signer(), detached=True)}
    found = look(tmp_path, sign(holding(files), signer()))
    assert found.conclusion is Conclusion.INTACT
    changed = look(tmp_path, sign(holding({**files, "b.txt": b"9999 Euro"}), signer()))
    assert changed.conclusion is Conclusion.BROKEN


def test_files_that_are_not_signed_leave_the_pdf_unsigned(tmp_path: Path) -> None:
    files = {"rechnung.xml": b"<Rechnung/>", "bild.bin": b"\x00" * 50, "../x": b"x", "..": b"y"}
    assert look(tmp_path, holding(files)).conclusion is Conclusion.UNSIGNED


def test_a_list_of_files_that_breaks_off_leaves_it_open(
    letter: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that could not be made is no pass."""

    def broken(_specification: object) -> list[object]:
        raise KeyError("/EF")

    monkeypatch.setattr(attached_files, "_streams", broken)
    report = look(tmp_path, holding({"brief.pdf": letter}))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.FILE_UNREADABLE in report.reasons


def test_a_name_too_long_for_a_file_system_costs_nothing(letter: bytes, tmp_path: Path) -> None:
    report = look(tmp_path, holding({"\U00020000" * 99: letter}))
    assert Reason.PART_NOT_COVERED in report.reasons
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.example", "x"
    mail.set_content("Anbei.")
    mail.add_attachment(letter, maintype="application", subtype="pdf", filename="\U00020000" * 99)
    found = validate_file(write(tmp_path, "a.eml", mail.as_bytes()), (), AT, None, "a.eml")
    assert [one.integrity for one in found.signatures] == [Integrity.INTACT]


@pytest.mark.parametrize("word", ["", "geheim"])
def test_files_that_cannot_be_looked_into_leave_it_open(
    letter: bytes, word: str, tmp_path: Path
) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(holding({"brief.pdf": letter}))) as made:
        made.save(
            out,
            encryption=pikepdf.Encryption(owner="x", user=word),
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    assert look(tmp_path, out.getvalue()).conclusion is Conclusion.INDETERMINATE
    broken = holding({"brief.pdf": letter}).replace(b"/Type /Catalog", b"/Type /Cutalog")
    broken = broken.replace(b"trailer", b"tra1ler").replace(b" obj", b" 0bj")
    assert look(tmp_path, broken).conclusion is not Conclusion.UNSIGNED
