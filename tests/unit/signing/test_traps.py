"""The traps of real files, each with the file it was seen in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.report.interface import (
    Conclusion,
    Integrity,
    Kind,
    Reading,
    Reason,
    SignatureReport,
    Tone,
    tone,
    wording,
)
from signing.validate import validate_file

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def files(shared_data: Path) -> Path:
    return shared_data / "signatures" / "files"


def look(files: Path, part: str) -> SignatureReport:
    (path,) = [p for p in files.iterdir() if part in p.name]
    return validate_file(path, (), AT, None, path.name)


def test_unsigned_bytes_behind_the_signature_are_found(files: Path) -> None:
    for attack in ("isa_B", "isa_D", "isa_F"):
        report = look(files, attack)
        assert report.conclusion is Conclusion.CHANGED
        assert Reason.TRAILING_BYTES in report.reasons, attack


def test_the_rule_of_trailing_bytes_hits_no_sound_file(files: Path) -> None:
    hit = {
        path.name.split("_", 1)[1]
        for path in files.glob("*.pdf")
        if Reason.TRAILING_BYTES in validate_file(path, (), AT, None, path.name).reasons
    }
    attacks = {"isa_B.pdf", "isa_C.pdf", "isa_D.pdf", "isa_F.pdf", "isa_I.pdf", "siwa_D.pdf"}
    # pdf-eof lost its end; the last one names revision 0 as the one before (/Prev 0)
    damaged = {"pdf-eof.pdf", "pades-5-signatures-and-1-document-timestamp.pdf"}
    assert hit <= attacks | damaged


@pytest.mark.parametrize("part", ["BG_BOR-2", "FR_CS-5", "multiple_ocsps_lt", "CrossCertificate"])
def test_hybrid_files_are_read_leniently_and_say_so(files: Path, part: str) -> None:
    report = look(files, part)
    assert report.reading is Reading.LENIENT
    assert Reason.READ_LENIENTLY in report.reasons
    assert report.signatures


def test_a_file_that_cannot_be_read_is_not_unsigned(files: Path) -> None:
    report = look(files, "pdf-signed-corrupted")
    assert report.conclusion is Conclusion.INDETERMINATE
    assert not report.signatures


@pytest.mark.parametrize("part", ["IT_ADO-1", "DE_CRY-2", "SK-1"])
def test_attributes_that_hold_only_as_transmitted(files: Path, part: str) -> None:
    report = look(files, part)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.ATTRIBUTES_AS_TRANSMITTED in report.reasons
    assert "rechnerisch richtig, aber nicht normgerecht kodiert" in wording(report)
    assert tone(report) is Tone.YELLOW


def test_attributes_that_hold_over_their_der_encoding(files: Path) -> None:
    report = look(files, "BER_reordered")
    assert report.conclusion is Conclusion.INTACT
    assert Reason.ATTRIBUTES_REORDERED in report.reasons


def test_an_algorithm_other_than_the_protected_one(files: Path) -> None:
    report = look(files, "C-E-ERS-basic-invalid-sig")
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.ALGORITHM_MISMATCH in report.reasons


@pytest.mark.parametrize(
    "part",
    ["lt-sha256-rsa1024-not", "lt-sha256-ec224", "rsa1024-sha1", "lt-sha256-auth", "null-type"],
)
def test_document_timestamps_typed_as_signatures(files: Path, part: str) -> None:
    report = look(files, part)
    kinds = [s.kind for s in report.signatures]
    assert kinds.count(Kind.DOC_TIMESTAMP) == 1
    assert report.conclusion is Conclusion.INTACT


def test_two_fields_with_one_signature_are_one(files: Path) -> None:
    assert len(look(files, "referenced-from-multiple-fields").signatures) == 1


def test_two_signers_in_one_field_are_both_looked_at(files: Path) -> None:
    report = look(files, "double-signer-info")
    assert report.conclusion is Conclusion.INTACT
    assert len(report.signatures) == 1


def test_a_modulus_that_reads_as_negative(files: Path) -> None:
    assert look(files, "lt-sha256-auth").conclusion is Conclusion.INTACT


def test_missing_objects_do_not_end_the_comparison(files: Path) -> None:
    for part in ("LT-ef971596", "ltv-with-reason", "pades-ltv.pdf", "extended-dss"):
        report = look(files, part)
        assert report.conclusion is Conclusion.INTACT, part


def test_one_unreadable_signature_is_a_finding(files: Path) -> None:
    for part in ("usf_01", "usf_02", "usf_05", "usf_14"):
        report = look(files, part)
        assert report.conclusion is Conclusion.INDETERMINATE
        assert report.signatures[0].integrity is Integrity.UNKNOWN


def test_an_encrypted_file_with_an_empty_password(files: Path) -> None:
    assert look(files, "3548e285_encrypted").conclusion is Conclusion.INTACT


def test_an_encrypted_file_without_the_key_is_judged_by_its_bytes(files: Path) -> None:
    report = look(files, "encrypted-pubkey")
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].covers_whole_file
    assert Reason.ENCRYPTED in report.reasons


def test_a_missing_certificate_is_said(files: Path) -> None:
    report = look(files, "cms-no-sign-cert")
    assert report.signatures[0].sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"
    assert report.conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("FR_CS-5", "VRI key"),
        ("DE_SCI-4", "/Resources"),
        ("pkcs7_sha1", "Root.Pages"),
        ("pades-ltv.pdf", "AdditionalStreams"),
        ("timestamped-fields", "StructTreeRoot"),
    ],
)
def test_harmless_causes_are_named(files: Path, part: str, words: str) -> None:
    report = look(files, part)
    details = [
        note.detail
        for signature in report.signatures
        for note in signature.notes
        if note.reason is Reason.HARMLESS_CAUSE
    ]
    assert report.conclusion is Conclusion.INTACT
    assert any(words in detail for detail in details)


def test_detached_content_is_found_and_named(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "signatures"
    (path,) = (folder / "files").glob("*screenshot.png.signed_qes_detached.p7s")
    found = validate_file(path, (folder / "detached",), AT, None, path.name)
    assert found.conclusion is Conclusion.INTACT
    assert found.contents[0][0] == "872775ea_screenshot.png"
    without = validate_file(path, (), AT, None, path.name)
    assert without.conclusion is Conclusion.INDETERMINATE
    assert Reason.CONTENT_MISSING in without.reasons
    other = tmp_path / "other.png"
    other.write_bytes(b"something else")
    wrong = validate_file(path, (other,), AT, None, path.name)
    assert wrong.conclusion is Conclusion.BROKEN
    assert Reason.DIGEST_MISMATCH in wrong.reasons
