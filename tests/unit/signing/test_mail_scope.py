"""A signed mail: what is checked is what is shown, whatever programs make of the mail."""

from __future__ import annotations

import base64
import email
import random
import re
from collections.abc import Callable
from email.policy import compat32
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner

from config.mime import parse, payload
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

GOOD = b"Content-Type: text/plain\r\n\r\nZahlen Sie 100 Euro an die Kreiskasse."
FORGED = b"Content-Type: text/plain\r\n\r\nZahlen Sie 9999 Euro an Konto X."
HEAD = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="OUT"\r\n\r\n'


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


@pytest.fixture(scope="module")
def signature(by: SimpleSigner) -> bytes:
    coded = base64.encodebytes(cms(GOOD, by, detached=True)).strip()
    return (
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + coded.replace(b"\n", b"\r\n")
    )


def kind(boundary: bytes, protocol: bytes = b"application/pkcs7-signature") -> bytes:
    return (
        b'Content-Type: multipart/signed; protocol="' + protocol + b'"; micalg=sha-256; boundary="'
        + boundary + b'"\r\n\r\n'
    )  # fmt: skip


def signed(boundary: bytes, part: bytes, signature: bytes) -> bytes:
    line = b"--" + boundary
    return (
        kind(boundary)
        + b"\r\n".join((line, part, line, signature, line + b"--", b""))
    )  # fmt: skip


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "mail.eml", data), (), AT, None, "mail.eml")


def mixed(*parts: bytes) -> bytes:
    return HEAD + MIXED + b"".join(b"--OUT\r\n" + part + b"\r\n" for part in parts) + b"--OUT--\r\n"


def test_the_plain_case_is_intact(signature: bytes, tmp_path: Path) -> None:
    report = look(tmp_path, HEAD + signed(b"B", GOOD, signature))
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].covers_whole_file


def test_delimiters_behind_a_bare_cr_are_not_trusted(signature: bytes, tmp_path: Path) -> None:
    mail = (
        HEAD + kind(b"B") + b"\r--B\r" + FORGED + b"\r--B\r" + signature + b"\r--B--\r\nEpilog\r\n"
        b"--B\r\n" + GOOD + b"\r\n--B\r\n" + signature + b"\r\n--B--\r\n"
    )
    report = look(tmp_path, mail)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAIL_AMBIGUOUS in report.reasons


def test_a_signed_text_within_another_part_does_not_vouch(signature: bytes, tmp_path: Path) -> None:
    decoy = b"Content-Type: text/plain\r\n\r\nGruss\r\n--IN\r\n" + GOOD + b"\r\n--IN\r\n"
    report = look(tmp_path, mixed(decoy, signed(b"IN", FORGED, signature)))
    assert report.conclusion is Conclusion.BROKEN


def test_each_of_two_parts_with_one_boundary_is_checked(signature: bytes, tmp_path: Path) -> None:
    mail = mixed(signed(b"IN", GOOD, signature), signed(b"IN", FORGED, signature))
    assert look(tmp_path, mail).conclusion is Conclusion.BROKEN
    twice = mixed(signed(b"IN", GOOD, signature), signed(b"IN", GOOD, signature))
    assert look(tmp_path, twice).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    "also",
    [
        b"Content-Type: text/plain\r\n\r\nZahlen Sie bitte auch an Konto X.",
        b"Content-Type: text/html\r\n\r\n<b>Zahlen Sie an Konto X</b>",
        b"Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nPNG",
    ],
)
def test_text_beside_the_signed_part_spoils_it(
    also: bytes, signature: bytes, tmp_path: Path
) -> None:
    report = look(tmp_path, mixed(signed(b"IN", GOOD, signature), also))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons


def test_text_after_the_last_delimiter_spoils_it(signature: bytes, tmp_path: Path) -> None:
    mail = HEAD + signed(b"B", GOOD, signature)
    assert look(tmp_path, mail + b"\r\n\r\n").conclusion is Conclusion.INTACT
    assert look(tmp_path, mail + b"Konto X\r\n").conclusion is Conclusion.INDETERMINATE


def test_a_usual_preamble_is_no_text(signature: bytes, tmp_path: Path) -> None:
    mail = HEAD + signed(b"B", GOOD, signature)
    head, body = mail.split(b"\r\n\r\n", 1)
    with_preamble = head + b"\r\n\r\nThis is a signed message\r\n" + body
    assert look(tmp_path, with_preamble).conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Type: text/plain\r\n",
        b"Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n",
    ],
)
def test_a_field_that_stands_twice_is_not_trusted(
    field: bytes, signature: bytes, tmp_path: Path
) -> None:
    """Some programs go by the first Content-Type, some by the last."""
    mail = HEAD + signed(b"B", GOOD, signature).replace(b"\r\n\r\n", b"\r\n" + field + b"\r\n", 1)
    assert look(tmp_path, mail).conclusion is Conclusion.INDETERMINATE


def test_a_signature_that_is_shown_as_text_spoils_it(signature: bytes, tmp_path: Path) -> None:
    shown = signature.replace(b"application/pkcs7-signature", b"text/plain")
    report = look(tmp_path, HEAD + signed(b"B", GOOD, shown))
    assert report.conclusion is Conclusion.INDETERMINATE


def test_two_boundaries_are_not_trusted(signature: bytes, tmp_path: Path) -> None:
    mail = HEAD + signed(b"B", GOOD, signature).replace(b"boundary=", b'boundary="C"; boundary=', 1)
    assert look(tmp_path, mail).conclusion is not Conclusion.INTACT


def test_a_forwarded_signed_mail_says_that_the_covering_one_is_not_signed(
    signature: bytes, tmp_path: Path
) -> None:
    inner = b"Content-Type: message/rfc822\r\n\r\n" + HEAD + signed(b"B", GOOD, signature)
    report = look(tmp_path, mixed(b"Content-Type: text/plain\r\n\r\nz.K.", inner))
    (found,) = report.signatures
    assert found.conclusion is Conclusion.INTACT
    assert found.covers_whole_file is False


def test_openpgp_is_said_to_be_signed_and_not_checked(tmp_path: Path) -> None:
    mail = HEAD + signed(b"B", GOOD, b"Content-Type: application/pgp-signature\r\n\r\nx").replace(
        b"application/pkcs7-signature", b"application/pgp-signature"
    )
    assert look(tmp_path, mail).conclusion is Conclusion.UNSUPPORTED


def attached(name: bytes, data: bytes, kind: bytes = b"application/octet-stream") -> bytes:
    return (
        b"Content-Type: " + kind + b"; name=" + name + b"\r\nContent-Disposition: attachment;"
        b" filename=" + name + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
    )  # fmt: skip


def test_a_signature_whose_part_a_gateway_took_away_misses_its_content(
    by: SimpleSigner, tmp_path: Path
) -> None:
    lone = attached(b"smime.p7s", cms(GOOD, by, detached=True), b"application/pkcs7-signature")
    report = look(tmp_path, mixed(GOOD, lone))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.CONTENT_MISSING in report.reasons
    assert report.signatures[0].sub_indication == "SIGNED_DATA_NOT_FOUND"


def test_other_parts_do_not_stand_for_a_content_that_is_not_there(
    by: SimpleSigner, tmp_path: Path
) -> None:
    lone = attached(b"brief.pdf.p7s", cms(b"brief", by, detached=True))
    text = b"Content-Type: text/plain\r\n\r\nbrief.pdf folgt mit der Post"
    report = look(tmp_path, mixed(text, attached(b"logo.png", b"\x89PNG"), lone))
    assert Reason.CONTENT_MISSING in report.reasons
    assert report.conclusion is Conclusion.INDETERMINATE


def test_a_changed_attachment_of_the_signature_s_name_is_broken(
    by: SimpleSigner, tmp_path: Path
) -> None:
    lone = attached(b"brief.pdf.p7s", cms(b"brief", by, detached=True))
    report = look(tmp_path, mixed(attached(b"brief.pdf", b"anderer Brief"), lone))
    assert report.conclusion is Conclusion.BROKEN


def test_the_header_is_said_not_to_be_covered(signature: bytes, tmp_path: Path) -> None:
    report = look(tmp_path, HEAD + signed(b"B", GOOD, signature))
    assert Reason.HEADER_NOT_COVERED in report.reasons


def test_a_message_in_base64_is_looked_into(signature: bytes, tmp_path: Path) -> None:
    inner = HEAD + signed(b"B", FORGED, signature)
    part = (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(inner)
    )
    assert look(tmp_path, mixed(part)).conclusion is Conclusion.BROKEN


def test_a_signed_attachment_of_an_enclosed_mail_is_found(by: SimpleSigner, tmp_path: Path) -> None:
    letter = attached(b"a.pdf", sign(pdf(), by))
    inner = b"Content-Type: message/rfc822\r\n\r\n" + mixed(letter)
    assert look(tmp_path, mixed(inner)).conclusion is Conclusion.INTACT


def test_the_text_beside_a_signed_attachment_is_said_not_to_be_signed(
    by: SimpleSigner, tmp_path: Path
) -> None:
    letter = attached(b"a.pdf", sign(pdf(), by))
    assert Reason.PART_NOT_COVERED in look(tmp_path, mixed(FORGED, letter)).reasons
    assert Reason.PART_NOT_COVERED not in look(tmp_path, mixed(letter)).reasons


def test_a_covering_text_spoils_a_signed_mail_in_base64_too(
    signature: bytes, tmp_path: Path
) -> None:
    coded = (
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(HEAD + signed(b"B", GOOD, signature))
    )
    assert look(tmp_path, mixed(coded)).conclusion is Conclusion.INTACT
    report = look(tmp_path, mixed(FORGED, coded))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons


# ------------------------------------------------------------------ random mails

Change = Callable[[bytes, random.Random], bytes]


def _pieces(signature: bytes) -> tuple[bytes, ...]:
    return (
        b"\r\n--B\r\n" + FORGED + b"\r\n", b"\r\n--B--\r\n", b"\r--B\r" + FORGED + b"\r", b"--B\r\n",
        b"\r\n--B\r\n" + signature, b"\r\n--B \r\n", b"\r\n--B\t--\r\n", b"\n--B\n", b"\x00", b"\r",
        b"\n", b"\r\n\r\n", FORGED, GOOD, b'Content-Type: multipart/mixed; boundary="B"\r\n',
        b'Content-Type: multipart/mixed; boundary="C"\r\n\r\n--C\r\n', b"\r\n--C--\r\n",
        b"Content-Type: text/html\r\n", b"Content-Transfer-Encoding: base64\r\n", b" boundary=C;",
        b"boundary*0=B; ", b"\r\n--Bx\r\n", b"\x0b", b"\x0c", b"\x85", b"\xe2\x80\xa8", b"(", b'"',
    )  # fmt: skip


def _changed(mail: bytes, pieces: tuple[bytes, ...], chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        lines = [match.end() for match in re.finditer(rb"\n", mail)]
        at = chance.choice(lines) if chance.random() < 0.7 else chance.randrange(len(mail))
        how = chance.random()
        if how < 0.6:
            mail = mail[:at] + chance.choice(pieces) + mail[at:]
        elif how < 0.8:
            mail = mail[:at] + mail[at + chance.randrange(1, 80) :]
        else:
            other = chance.randrange(len(mail))
            mail = mail[:at] + mail[other : other + chance.randrange(1, 400)] + mail[at:]
    return mail


def _shown(mail: bytes) -> list[bytes]:
    """The texts that another program (Python's own parser) shows of a mail."""
    message = email.message_from_bytes(mail, policy=compat32)
    texts = []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            texts.append(part.get_payload(decode=True))
    return [text.strip() for text in texts if isinstance(text, bytes) and text.strip()]


def _ours(mail: bytes) -> list[bytes]:
    found = [p for p in parse(mail).walk() if p.kind.startswith("text/") and not p.parts]
    return [text for part in found if (text := payload(mail, part).strip())]


def attack(mail: bytes, pieces: tuple[bytes, ...], seed: int, folder: Path) -> str:
    """A wrong answer in words: a mail called intact that shows other text than was signed."""
    changed = _changed(mail, pieces, random.Random(seed))
    report = look(folder, changed)
    if report.conclusion is not Conclusion.INTACT:
        return ""
    text = GOOD.split(b"\r\n\r\n", 1)[1]
    shown = {b" ".join(each.split()) for each in (*_shown(changed), *_ours(changed))}
    return "" if shown <= {b" ".join(text.split())} else f"seed {seed}: {shown!r}"


@pytest.mark.timeout(120)
def test_no_changed_mail_is_intact_that_shows_another_text(
    signature: bytes, tmp_path: Path
) -> None:
    mail, pieces = HEAD + signed(b"B", GOOD, signature), _pieces(signature)
    assert [why for seed in range(400) if (why := attack(mail, pieces, seed, tmp_path))] == []


@pytest.mark.campaign
@pytest.mark.timeout(0)
def test_20_000_changed_mails(signature: bytes, tmp_path: Path) -> None:
    mail, pieces = HEAD + signed(b"B", GOOD, signature), _pieces(signature)
    seeds = range(1_000, 21_000)
    assert [why for seed in seeds if (why := attack(mail, pieces, seed, tmp_path))] == []
