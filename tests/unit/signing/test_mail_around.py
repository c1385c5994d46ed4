"""What stands around the signed part of a mail and is shown with it: names of files, the sender, the
mail that encloses it."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.report.interface import Conclusion, Reason
from tests.unit.signing.make import AT, cms
from tests.unit.signing.test_mail_scope import FORGED, GOOD, HEAD, attached, look, mixed, signed

CLAIM = b"Zahlen Sie 9999 Euro an Konto X.txt"


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    """A signer whose certificate names an address."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Erika Muster")])
    address = x509.SubjectAlternativeName([x509.RFC822Name("signer@example.net")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(5)
        .not_valid_before(AT - timedelta(days=30))
        .not_valid_after(AT + timedelta(days=300))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    coded = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, plain)
    return SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(coded),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )


def signature(by: SimpleSigner, name: bytes = b"smime.p7s") -> bytes:
    return attached(name, cms(GOOD, by, detached=True), b"application/pkcs7-signature").strip()


# ------------------------------------------------------------------ names


@pytest.mark.parametrize("name", [CLAIM, b"x.html", b"Neues Konto.p7s"])
def test_a_name_of_the_signature_s_part_is_in_no_signature(
    name: bytes, by: SimpleSigner, tmp_path: Path
) -> None:
    quoted = b'"' + name + b'"'
    report = look(tmp_path, HEAD + signed(b"B", GOOD, signature(by, quoted)))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons
    assert any(name.decode() in warning for warning in report.warnings)


def test_a_name_of_the_signed_mail_is_in_no_signature(by: SimpleSigner, tmp_path: Path) -> None:
    named = b'Content-Disposition: attachment; filename="' + CLAIM + b'"\r\n'
    report = look(tmp_path, HEAD + named + signed(b"B", GOOD, signature(by)))
    assert report.conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize("name", [b"smime.p7s", b"signature.p7s", b"smime_1.P7S"])
def test_usual_names_of_a_signature_say_nothing(
    name: bytes, by: SimpleSigner, tmp_path: Path
) -> None:
    report = look(tmp_path, HEAD + signed(b"B", GOOD, signature(by, name)))
    assert report.conclusion is Conclusion.INTACT


def test_an_empty_attachment_with_a_name_spoils_the_signature(
    by: SimpleSigner, tmp_path: Path
) -> None:
    empty = b'Content-Type: application/octet-stream; name="' + CLAIM + b'"\r\n\r\n'
    report = look(tmp_path, mixed(signed(b"B", GOOD, signature(by)), empty))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons
    nameless = b"Content-Type: application/octet-stream\r\n\r\n"
    plain = look(tmp_path, mixed(signed(b"B", GOOD, signature(by)), nameless))
    assert plain.conclusion is Conclusion.INTACT


# ------------------------------------------------------------------ the sender


def differs(by: SimpleSigner, folder: Path, sender: bytes) -> bool:
    head = HEAD.replace(b"a@example.org", sender)
    return Reason.SENDER_DIFFERS in look(folder, head + signed(b"B", GOOD, signature(by))).reasons


@pytest.mark.parametrize(
    "sender",
    [
        b'"chef@amt.de" <signer@example.net>',
        b"=?utf-8?B?" + base64.b64encode(b"chef@amt.de") + b"?=",
        b"=?utf-8?q?chef=40amt.de?= <signer@example.net>",
        b"=?utf-8?q?Chef_=3Cchef=40amt.de=3E?= <signer@example.net>",
        b"signer@example.net (chef@amt.de)",
        "chef\uff20amt.de <signer@example.net>".encode(),
        b"chef@amt.de",
    ],
)
def test_an_address_in_the_shown_sender_that_is_not_the_certificate_s(
    sender: bytes, by: SimpleSigner, tmp_path: Path
) -> None:
    assert differs(by, tmp_path, sender)


@pytest.mark.parametrize(
    "sender",
    [
        b"signer@example.net",
        b"Erika Muster <Signer@Example.net>",
        b"'signer@example.net' <signer@example.net>",
        b'"signer@example.net" <signer@example.net>',
        b"=?utf-8?q?M=C3=BCller=2C_Kreis_=28Amt_5=29?= <signer@example.net>",
        b"Erika Muster",
    ],
)
def test_the_certificate_s_own_address_is_no_other(
    sender: bytes, by: SimpleSigner, tmp_path: Path
) -> None:
    assert not differs(by, tmp_path, sender)


# ------------------------------------------------------------------ the enclosing mail


@pytest.mark.parametrize(
    "kind", [b"message/rfc822", b"message/global", b"application/octet-stream; name=x.eml"]
)
@pytest.mark.parametrize("coded", [False, True])
def test_a_signed_mail_within_another_is_never_the_whole_file(
    kind: bytes, coded: bool, by: SimpleSigner, tmp_path: Path
) -> None:
    inner = HEAD + signed(b"B", GOOD, signature(by))
    head = b"Content-Type: " + kind + b"\r\n"
    if coded:
        head += b"Content-Transfer-Encoding: base64\r\n"
        inner = base64.encodebytes(inner)
    for parts in ((FORGED, head + b"\r\n" + inner), (head + b"\r\n" + inner,)):
        (found,) = look(tmp_path, mixed(*parts)).signatures
        assert found.covers_whole_file is False
