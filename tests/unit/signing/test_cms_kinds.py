"""Messages that other programs call good or refuse: algorithms, kinds of content, odd structures."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import algos, core
from asn1crypto import cms as asn1_cms
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa
from cryptography.x509.oid import NameOID

from ocr.text.file_text import FileText
from signing.errors import UnsupportedAlgorithm
from signing.formats.cms.algorithms import Scheme, public_key, value_holds
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, write

TEXT = b"Content-Type: text/plain\r\n\r\nGenehmigt."
Key = ed448.Ed448PrivateKey | ec.EllipticCurvePrivateKey


def certificate(key: Key) -> asn1_x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Erika Muster")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(AT - timedelta(days=30))
        .not_valid_after(AT + timedelta(days=300))
        .sign(key, None if isinstance(key, ed448.Ed448PrivateKey) else hashes.SHA256())
    )
    return asn1_x509.Certificate.load(made.public_bytes(serialization.Encoding.DER))


def digest_of(name: str, data: bytes) -> bytes:
    if name.startswith("shake256"):
        return hashlib.shake_256(data).digest(64)
    return hashlib.new(name, data).digest()


DIGESTS = {
    "sha256": {"algorithm": "sha256"},
    "sha512": {"algorithm": "sha512"},
    "shake256": {"algorithm": "2.16.840.1.101.3.4.2.12"},
    "shake256-len": {"algorithm": "2.16.840.1.101.3.4.2.18", "parameters": core.Integer(512)},
}


def message(
    *,
    key: Key | None = None,
    digest: str = "sha256",
    content_type: str = "1.2.840.113549.1.7.1",
    more: Sequence[dict[str, Any]] = (),
    content: bytes = TEXT,
    unsigned: core.Asn1Value | None = None,
) -> bytes:
    """A SignedData with its content, signed over attributes in DER."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    own = certificate(key)
    attributes = asn1_cms.CMSAttributes([
        {"type": "content_type", "values": [asn1_cms.ContentType(content_type)]},
        {"type": "message_digest", "values": [digest_of(digest, content)]},
        *more,
    ])  # fmt: skip
    encoded = attributes.dump()
    if isinstance(key, ed448.Ed448PrivateKey):
        algorithm, value = "1.3.101.113", key.sign(encoded)
    else:
        algorithm, value = "sha256_ecdsa", key.sign(encoded, ec.ECDSA(hashes.SHA256()))
    signer = asn1_cms.SignerInfo({
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": 7}},
        "digest_algorithm": algos.DigestAlgorithm(DIGESTS[digest]),
        "signed_attrs": attributes,
        "signature_algorithm": {"algorithm": algorithm},
        "signature": value,
    })  # fmt: skip
    if unsigned is not None:
        signer["unsigned_attrs"] = [{"type": "1.3.6.1.4.1.99999.1", "values": [unsigned]}]
    data = asn1_cms.SignedData({
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm(DIGESTS[digest])],
        "encap_content_info": {"content_type": "data", "content": content},
        "certificates": [own],
        "signer_infos": [signer],
    })  # fmt: skip
    encoded = asn1_cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    plain = core.ObjectIdentifier("1.2.840.113549.1.7.1").dump()
    wanted = core.ObjectIdentifier(content_type).dump()
    assert len(plain) == len(wanted)
    return bytes(encoded).replace(plain + b"\xa0", wanted + b"\xa0", 1)


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "a.p7m", data), (), AT, None, "a.p7m")


@pytest.mark.parametrize("digest", ["sha512", "shake256", "shake256-len"])
def test_ed448_with_the_digests_of_its_standard(digest: str, tmp_path: Path) -> None:
    """RFC 8419 3.1: id-shake256-len with 512 bits; others are in use."""
    made = message(key=ed448.Ed448PrivateKey.generate(), digest=digest)
    assert look(tmp_path, made).conclusion is Conclusion.INTACT
    changed = made.replace(b"Genehmigt", b"Abgelehnt")
    assert look(tmp_path, changed).conclusion is Conclusion.BROKEN


@pytest.mark.parametrize("kind", ["1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"])
def test_a_text_may_be_signed_under_another_type_s_name(kind: str, tmp_path: Path) -> None:
    made = message(content_type=kind)
    assert look(tmp_path, made).conclusion is Conclusion.INTACT
    changed = made.replace(b"Genehmigt", b"Abgelehnt")
    assert look(tmp_path, changed).conclusion is Conclusion.BROKEN


def time(text: str) -> dict[str, Any]:
    return {"type": "signing_time", "values": [asn1_cms.Time({"utc_time": core.UTCTime(text)})]}


def test_two_signing_times_are_not_believed(tmp_path: Path) -> None:
    assert look(tmp_path, message(more=[time("260101000000Z")])).conclusion is Conclusion.INTACT
    twice = message(more=[time("260101000000Z"), time("250101000000Z")])
    assert look(tmp_path, twice).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    ("regular", "irregular"),
    [
        (b"\x04\x01\x55", b"\x05\x01\x55"),  # a null with content
        (b"\x04\x02\x00\x55", b"\x02\x02\x00\x55"),  # a padded integer
        (b"\x04\x02\x55\x55", b"\x01\x02\x55\x55"),  # a boolean of two bytes
        (b"\x04\x02\x80\x55", b"\x06\x02\x80\x55"),  # an identifier that begins with padding
        (b"\x04\x01\x09", b"\x03\x01\x09"),  # a bit string with nine unused bits
    ],
)
def test_what_other_programs_cannot_parse_is_not_called_good(
    regular: bytes, irregular: bytes, tmp_path: Path
) -> None:
    made = message(unsigned=core.OctetString(regular[2:]))
    assert look(tmp_path, made).conclusion is Conclusion.INTACT
    assert made.count(regular) == 1
    odd = look(tmp_path, made.replace(regular, irregular))
    assert odd.conclusion is Conclusion.INDETERMINATE


def test_the_words_of_a_text_are_found_under_any_type_s_name() -> None:
    for kind in ("1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"):
        assert "Genehmigt." in FileText().of(message(content_type=kind))


#: the digest that the message announces: SET, SEQUENCE, OBJECT IDENTIFIER (SHA-256)
ANNOUNCED = bytes.fromhex("310f300d0609608648016503040201")


def announced(at: int, byte: int) -> tuple[bytes, bytes]:
    return ANNOUNCED, ANNOUNCED[:at] + bytes([byte]) + ANNOUNCED[at + 1 :]


MUTANTS: dict[str, tuple[bytes, bytes]] = {
    "a set that is none": announced(0, 0x21),
    "a sequence of a stranger's": announced(2, 0x7E),
    "an identifier in parts": announced(4, 0x26),
    "an unknown digest announced": announced(7, 0x3F),
    "another digest announced": announced(14, 0x03),
    "a time of another type": (b"\x17\x0d", b"\x15\x0d"),
    "a name's part of another type": (bytes.fromhex("06035504030c"), bytes.fromhex("060355040331")),
}


@pytest.mark.parametrize("what", MUTANTS)
def test_what_openssl_refuses_is_not_called_good(what: str, tmp_path: Path) -> None:
    """Each was found by changing single bytes: our own check needed none of them."""
    made = message()
    assert look(tmp_path, made).conclusion is Conclusion.INTACT
    old, new = MUTANTS[what]
    assert old in made
    assert look(tmp_path, made.replace(old, new, 1)).conclusion is Conclusion.INDETERMINATE


def without_attributes(made: bytes, content: bytes, value: bytes | None = None) -> bytes:
    """The message over ``content`` as if its signer had signed no attributes."""
    info = asn1_cms.ContentInfo.load(made)
    data, signer = info["content"], info["content"]["signer_infos"][0]
    bare = asn1_cms.SignerInfo({
        name: signer[name]
        for name in ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
    })  # fmt: skip
    if value is not None:
        bare["signature"] = value
    data["signer_infos"] = [bare]
    data["encap_content_info"] = {"content_type": "data", "content": content}
    return bytes(info.dump(force=True))


def test_a_message_without_attributes_is_checked_over_its_content(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    value = key.sign(TEXT, ec.ECDSA(hashes.SHA256()))
    assert look(tmp_path, without_attributes(message(key=key), TEXT, value)).conclusion is (
        Conclusion.INTACT
    )


def test_the_attributes_of_another_message_are_no_content(tmp_path: Path) -> None:
    """The value holds over them, yet their signer signed another content by it."""
    made = message()
    signer = asn1_cms.ContentInfo.load(made)["content"]["signer_infos"][0]
    attributes = b"\x31" + signer["signed_attrs"].dump()[1:]
    report = look(tmp_path, without_attributes(made, attributes))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.UNREADABLE in report.reasons


@pytest.mark.parametrize("tag", [0x22, 0x04, 0x03])
def test_an_rsa_key_is_two_numbers(tag: int) -> None:
    key = rsa.generate_private_key(65537, 1024).public_key()
    plain = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert isinstance(public_key(asn1_keys.PublicKeyInfo.load(plain)), rsa.RSAPublicKey)
    at = plain.index(b"\x02\x81\x81\x00")
    odd = plain[:at] + bytes([tag]) + plain[at + 1 :]
    with pytest.raises(UnsupportedAlgorithm):
        public_key(asn1_keys.PublicKeyInfo.load(odd))


@pytest.mark.parametrize("zeros", [-1, 0, 1])
def test_an_rsa_value_written_as_a_number_is_the_same_value(zeros: int) -> None:
    """Without its leading zero (one value in 256), or with one more; OpenSSL refuses both."""
    key = rsa.generate_private_key(65537, 1024)
    texts = (b"%d" % number for number in range(5000))
    signed = ((text, key.sign(text, padding.PKCS1v15(), hashes.SHA256())) for text in texts)
    text, value = next((text, value) for text, value in signed if value[0] == 0)
    value = value[1:] if zeros < 0 else b"\0" * zeros + value
    scheme = Scheme(name="rsa", digest="sha256")
    digest = hashlib.sha256(text).digest()
    assert value_holds(key.public_key(), scheme, value, digest, text)
    assert not value_holds(key.public_key(), scheme, value[:-1] + b"\0", digest, text)
