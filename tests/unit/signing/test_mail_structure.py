"""A signed mail whose parts other programs find elsewhere is not called intact."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner

from signing.report.interface import Conclusion, Reason
from tests.unit.config.test_mime_fields import BROKEN, GRAMMAR
from tests.unit.signing.make import cms, signer
from tests.unit.signing.test_mail_scope import FORGED, GOOD, HEAD, look, mixed, signed


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


@pytest.fixture(scope="module")
def signature(by: SimpleSigner) -> bytes:
    coded = base64.encodebytes(cms(GOOD, by, detached=True)).strip()
    return (
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + coded
    )


def head(value: bytes) -> bytes:
    return HEAD + b"Content-Type: " + value.replace(b"mixed", b"signed", 1) + b"\r\n\r\n"


def parted(line: bytes, part: bytes, signature: bytes) -> bytes:
    return b"\r\n".join((line, part, line, signature, line + b"--", b""))


UNCLEAR = sorted({**GRAMMAR, **BROKEN}.items())
LINES = sorted({line for _, (_, line) in UNCLEAR} | {b"--B%43", b"--us-ascii''B", b"--C"})


@pytest.mark.parametrize("form", [form for form, _ in UNCLEAR if "semicolon" not in form])
def test_a_boundary_that_programs_read_differently_spoils_the_signature(
    form: str, signature: bytes, tmp_path: Path
) -> None:
    value, line = {**GRAMMAR, **BROKEN}[form]
    good = parted(line, GOOD, signature)
    report = look(tmp_path, head(value) + good)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAIL_AMBIGUOUS in report.reasons
    for other in LINES:
        forged = parted(other, FORGED, signature)
        assert look(tmp_path, head(value) + forged + good).conclusion is not Conclusion.INTACT


@pytest.mark.parametrize("line", [b"--X", b"--", b"----"])
def test_what_looks_like_a_delimiter_before_the_parts_spoils_the_signature(
    line: bytes, signature: bytes, tmp_path: Path
) -> None:
    """Whatever another program takes for the boundary, its parts begin with two hyphens."""
    mail = HEAD + signed(b"B", GOOD, signature)
    start, body = mail.split(b"\r\n\r\n", 1)
    report = look(tmp_path, start + b"\r\n\r\n" + parted(line, FORGED, signature) + body)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAIL_AMBIGUOUS in report.reasons
    outer = mixed(signed(b"B", GOOD, signature)).replace(
        b"\r\n\r\n", b"\r\n\r\n" + line + b"\r\n", 1
    )
    assert look(tmp_path, outer).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize("encoding", [b"quoted-printable", b"base64", b"x-uuencode", b"foo"])
def test_parts_in_an_encoding_spoil_the_signature(
    encoding: bytes, signature: bytes, tmp_path: Path
) -> None:
    field = b"Content-Transfer-Encoding: "
    plain = HEAD + field + b"8bit\r\n" + signed(b"B", GOOD, signature)
    assert look(tmp_path, plain).conclusion is Conclusion.INTACT
    report = look(tmp_path, plain.replace(field + b"8bit", field + encoding, 1))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.MAIL_AMBIGUOUS in report.reasons


def test_a_comment_after_the_protocol_is_read_over(signature: bytes, tmp_path: Path) -> None:
    mail = HEAD + signed(b"B", FORGED, signature).replace(b"; micalg", b" (S/MIME); micalg", 1)
    assert look(tmp_path, mail).conclusion is Conclusion.BROKEN


def test_two_boundaries_within_one_word_are_not_trusted(signature: bytes, tmp_path: Path) -> None:
    """Some programs look for the word alone."""
    mail = HEAD + signed(b"B", GOOD, signature)
    other = mail.replace(b"boundary=", b'xboundary="C"; boundary=', 1)
    assert look(tmp_path, other).conclusion is Conclusion.INDETERMINATE
