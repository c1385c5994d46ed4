"""Signed mails: clear and opaque S/MIME, and signed files as attachments."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

PART = b"Content-Type: text/plain; charset=utf-8\r\n\r\nBitte um Akteneinsicht.\r\nMuster\r\n"


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "mail.eml", data), (), AT, None, "mail.eml")


def clear(part: bytes = PART, *, ends: bytes = b"\r\n") -> bytes:
    signature = base64.encodebytes(cms(PART.removesuffix(b"\r\n"), signer(), detached=True))
    mail = (
        b"From: muster@example.org\r\nSubject: Antrag\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n'
        b' micalg=sha-256; boundary="----X"\r\n\r\nThis is an S/MIME signed message\r\n'
        b"------X\r\n" + part + b"------X\r\n"
        b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n'
        b"Content-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n'
        + signature.replace(b"\n", b"\r\n")
        + b"\r\n------X--\r\n"
    )
    return mail.replace(b"\r\n", ends)


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_clear_signed(tmp_path: Path, ends: bytes) -> None:
    report = look(tmp_path, clear(ends=ends))
    assert report.conclusion is Conclusion.INTACT
    (signature,) = report.signatures
    assert (signature.container, signature.covers_whole_file) == ("EML", True)
    assert report.forms == ("smime",)


def test_clear_signed_and_changed(tmp_path: Path) -> None:
    report = look(tmp_path, clear(PART.replace(b"Bitte", b"Danke")))
    assert report.conclusion is Conclusion.BROKEN
    assert Reason.DIGEST_MISMATCH in report.reasons


def test_opaque(tmp_path: Path) -> None:
    body = base64.encodebytes(cms(PART, signer(), detached=False))
    mail = (
        b"From: a@example.org\nContent-Type: application/pkcs7-mime; smime-type=signed-data\n"
        b"Content-Transfer-Encoding: base64\n\n" + body
    )
    assert look(tmp_path, mail).conclusion is Conclusion.INTACT


def test_encrypted_is_said(tmp_path: Path) -> None:
    mail = (
        b"From: a@example.org\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n"
        b"Content-Transfer-Encoding: base64\n\nAAAA\n"
    )
    report = look(tmp_path, mail)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.ENCRYPTED in report.reasons


def with_attachments(files: dict[str, bytes]) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "muster@example.org"
    mail["Subject"] = "Unterlagen"
    mail.set_content("Anbei die Unterlagen.")
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def test_a_signed_pdf_as_attachment(tmp_path: Path) -> None:
    report = look(tmp_path, with_attachments({"a.pdf": sign(pdf(), signer()), "b.pdf": pdf()}))
    assert report.conclusion is Conclusion.INTACT
    (signature,) = report.signatures
    assert signature.field == "a.pdf: Unterschrift"


def test_a_detached_signature_over_another_attachment(tmp_path: Path) -> None:
    letter = pdf()
    files = {"a.pdf": letter, "a.pdf.p7s": cms(letter, signer(), detached=True)}
    assert look(tmp_path, with_attachments(files)).conclusion is Conclusion.INTACT
    files["a.pdf"] = pdf(3)
    assert look(tmp_path, with_attachments(files)).conclusion is not Conclusion.INTACT


def test_the_worst_attachment_counts(tmp_path: Path) -> None:
    signed = sign(pdf(), signer())
    files = {"good.pdf": signed, "bad.pdf": signed.replace(b"Bescheid 1", b"Bescheid 9")}
    report = look(tmp_path, with_attachments(files))
    assert report.conclusion is Conclusion.BROKEN
    assert len(report.signatures) == 2


def test_a_plain_mail_is_unsigned(tmp_path: Path) -> None:
    report = look(tmp_path, with_attachments({"a.pdf": pdf()}))
    assert report.conclusion is Conclusion.UNSIGNED


def test_known_mails_of_the_collection(shared_data: Path) -> None:
    expected = {
        "bc_validator.validMail.eml": Conclusion.INTACT,
        "bc_validator.expired.eml": Conclusion.INTACT,
        "bc_validator.revoked.eml": Conclusion.INTACT,
        "bc_circular.eml": Conclusion.INTACT,
        "bc_qp-soft-break.eml": Conclusion.INTACT,
        "bc_outlook_2010_beta_sime_msg.eml": Conclusion.INDETERMINATE,  # encrypted
        "bc_test128.message": Conclusion.INDETERMINATE,  # encrypted
    }
    for name, conclusion in expected.items():
        report = validate_file(shared_data / "mail" / name, (), AT, None, name)
        assert report.conclusion is conclusion, name


def test_mails_of_the_collection_end_in_an_answer(shared_data: Path) -> None:
    for path in sorted((shared_data / "mail").rglob("*")):
        if path.is_file():
            report = validate_file(path, (), AT, None, path.name)
            assert report.conclusion is not Conclusion.BROKEN, path.name
