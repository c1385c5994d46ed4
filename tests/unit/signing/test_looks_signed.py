"""What looks signed and is of a form that is not read here, or stands where nobody looked, is never
called unsigned."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner

from signing.report.interface import Conclusion, Reason
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_mail_forms import signed_part
from tests.unit.signing.test_mail_scope import GOOD, HEAD, attached, look, mixed
from tests.unit.signing.wrapped import PGP, pem

CITED = b"> Zitat einer langen Mail\r\n" * 3500  # more than the beginning that is looked at
HTML = b"Content-Type: text/html\r\n\r\n"


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


def office_file(*names: str) -> bytes:
    """The directory of a compound file (MS-CFB, 2.6), as far as it matters."""
    entries = (name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(entries) + bytes(2000)


PROTECTED = b"eyJhbGciOiJFUzI1NiIsInNpZ1QiOiIyMDI2LTA1LTA0VDEyOjAwOjAwWiJ9"
FORMS = {
    "an office file": office_file("Root Entry", "WordDocument", "_xmlsignatures"),
    "an office file of 2003": office_file("Root Entry", "WordDocument", "_signatures"),
    "a mail of Outlook": office_file("Root Entry", "x", "IPM.Note.SMIME.MultipartSigned"),
    "JAdES": b'{"payload":"WmFobGVu","signatures":[{"protected":"' + PROTECTED
    + b'","signature":"' + b"A" * 86 + b'"}]}',
    "JAdES, compact": PROTECTED + b".WmFobGVu." + b"A" * 86 + b"\n",
    "JAdES, large": b'{"payload":"' + b"QUFB" * 20_000 + b'","protected" : "' + PROTECTED
    + b'","signature": "' + b"A" * 86 + b'"}',
    "SSH": b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----\n",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_are_named(form: str, tmp_path: Path) -> None:
    alone = validate_file(write(tmp_path, "x", FORMS[form]), (), AT, None, "x")
    assert alone.conclusion is Conclusion.UNSUPPORTED
    report = look(tmp_path, mixed(GOOD, attached(b"x", FORMS[form])))
    assert report.conclusion is Conclusion.UNSUPPORTED


@pytest.mark.parametrize(
    "data",
    [
        office_file("Root Entry", "WordDocument", "my_signatures"),
        b'{"protected": true, "signature": "Erika Muster"}',
        b"eyJhbGciOiJFUzI1NiJ9 ist kein Wort.",
        b"-----BEGIN SSH PUBLIC KEY-----\n",
    ],
)
def test_what_is_alike_is_not_signed(data: bytes, tmp_path: Path) -> None:
    assert look(tmp_path, mixed(attached(b"x", data))).conclusion is Conclusion.UNSIGNED


def test_a_message_deep_in_a_text_is_seen(by: SimpleSigner, tmp_path: Path) -> None:
    message = pem(cms(b"x", by, detached=False))
    found = {
        HEAD + b"\r\n" + CITED + PGP: Conclusion.UNSUPPORTED,
        HEAD + b"\r\n" + CITED + message: Conclusion.INDETERMINATE,
        HEAD + HTML + b"<p>" + PGP.replace(b"\n", b"<br>\n"): Conclusion.UNSUPPORTED,
        HEAD + HTML + b"<p>" + CITED + message: Conclusion.INDETERMINATE,
        mixed(attached(b"x.txt", CITED + PGP, b"text/plain")): Conclusion.UNSUPPORTED,
    }
    for data, conclusion in found.items():
        assert look(tmp_path, data).conclusion is conclusion


def test_a_cited_message_is_none(tmp_path: Path) -> None:
    cited = b"> " + PGP.replace(b"\n", b"\n> ")
    assert look(tmp_path, HEAD + b"\r\n" + CITED + cited).conclusion is Conclusion.UNSIGNED


def test_a_signed_mail_behind_another_one_is_seen(tmp_path: Path) -> None:
    first = b"From - Mon May  4 11:00:00 2026\r\n" + HEAD + b"\r\n" + CITED * 4
    second = b"\r\nFrom - Mon May  4 12:00:00 2026\r\n" + HEAD + signed_part()
    report = look(tmp_path, first + second)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.TRACE_ONLY in report.reasons


def test_a_packed_file_is_looked_into(by: SimpleSigner, tmp_path: Path) -> None:
    signed = sign(pdf(), by)
    changed = signed.replace(b"Bescheid 1", b"Bescheid 7")
    expected = {
        gzip.compress(signed): Conclusion.INTACT,
        gzip.compress(changed): Conclusion.BROKEN,
        gzip.compress(signed)[:-20]: Conclusion.INDETERMINATE,
        gzip.compress(pdf()): Conclusion.UNSIGNED,
    }
    for data, conclusion in expected.items():
        assert look(tmp_path, mixed(attached(b"x.pdf.gz", data))).conclusion is conclusion


def test_a_packed_file_has_a_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("signing.formats.containers.wrapped_files.INFLATED", 2 << 20)
    report = look(tmp_path, mixed(attached(b"x.gz", gzip.compress(bytes(3 << 20)))))
    assert report.conclusion is Conclusion.INDETERMINATE
