"""Signed mails as programs write and forward them: none is called unsigned for its form, and none
broken for its line ends. Where a project is named, its users reported the form."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from config.filekind import FileKind, kind_of
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_containers import packed, signed_container

HEAD = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
PART = b"Content-Type: text/plain; charset=utf-8\r\n\r\nZahlen Sie 100 Euro."


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "m.eml", data), (), AT, None, "m.eml")


def signed_part(part: bytes = PART, *, over: bytes | None = None) -> bytes:
    """multipart/signed of ``part``, whose signature is ``over`` other bytes where they are given."""
    signature = cms(part if over is None else over, signer(), detached=True)
    return (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="B"'
        b"\r\n\r\n--B\r\n" + part + b"\r\n--B\r\nContent-Type: application/pkcs7-signature\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(signature)
        + b"\r\n--B--\r\n"
    )  # fmt: skip


def zipped(name: str, data: bytes, more: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, content in {name: data, **(more or {})}.items():
            archive.writestr(each, content)
    return out.getvalue()


def attached(name: bytes, body: bytes, encoding: bytes = b"base64") -> bytes:
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\n\r\nAnbei\r\n--O\r\n'
        b'Content-Type: application/octet-stream; name="' + name + b'"\r\n'
        b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body + b"\r\n--O--\r\n"
    )


def uuencoded(data: bytes) -> bytes:
    pieces = (data[at : at + 45] for at in range(0, len(data), 45))
    return b"begin 644 x.pdf\r\n" + b"".join(map(binascii.b2a_uu, pieces)) + b"`\r\nend\r\n"


def each_padded(data: bytes) -> bytes:
    pieces = (data[at : at + 50] for at in range(0, len(data), 50))
    return b"\r\n".join(base64.b64encode(piece) for piece in pieces)


@pytest.fixture(scope="module")
def signed_pdf() -> bytes:
    return sign(pdf(), signer())


Form = Callable[[bytes], bytes]
FORMS: dict[str, Form] = {
    "in a zip": lambda m: attached(b"x.zip", base64.encodebytes(zipped("b.pdf", m))),
    "in a zip in a zip": lambda m: attached(
        b"x.zip", base64.encodebytes(zipped("a.zip", zipped("b.pdf", m)))
    ),
    "an encoding with a comment": lambda m: attached(
        b"x.pdf", base64.encodebytes(m), b"base64 (x)"
    ),
    "an encoding in quotes": lambda m: attached(b"x.pdf", base64.encodebytes(m), b'"BASE64"'),
    "each line padded": lambda m: attached(b"x.pdf", each_padded(m)),
    "uuencoded": lambda m: attached(b"x.pdf", uuencoded(m), b"x-uuencode"),
    "in the text": lambda m: HEAD + b"\r\nAnbei.\r\n\r\n" + uuencoded(m) + b"Gru\xdf\r\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_signed_attachment_is_found_in_any_form(
    form: str, signed_pdf: bytes, tmp_path: Path
) -> None:
    report = look(tmp_path, FORMS[form](signed_pdf))
    assert report.conclusion is Conclusion.INTACT
    changed = signed_pdf.replace(b"Bescheid 1", b"Bescheid 7")
    assert changed != signed_pdf
    assert look(tmp_path, FORMS[form](changed)).conclusion is Conclusion.BROKEN


def test_a_detached_signature_is_over_its_neighbour_in_a_zip(tmp_path: Path) -> None:
    letter, forged = b"100 Euro", b"9999 Euro"
    beside = {"b.txt.p7s": cms(letter, signer(), detached=True)}
    for text, found in ((letter, Conclusion.INTACT), (forged, Conclusion.BROKEN)):
        data = attached(b"x.zip", base64.encodebytes(zipped("b.txt", text, beside)))
        assert look(tmp_path, data).conclusion is found


def test_a_container_in_a_zip_is_checked_as_one(tmp_path: Path) -> None:
    """Not packed, its members' names stand in the outer zip's bytes."""
    container = packed(signed_container({"a.txt": b"100"}))
    data = attached(b"x.zip", base64.encodebytes(zipped("a.asice", container)))
    report = look(tmp_path, data)
    assert report.conclusion is Conclusion.INTACT
    assert [one.container for one in report.signatures] == ["ASiC"]
    cut = attached(b"a.asice", base64.encodebytes(container[:-30]))
    assert look(tmp_path, cut).conclusion is Conclusion.INDETERMINATE


def test_a_zip_of_unsigned_files_is_unsigned(tmp_path: Path) -> None:
    data = attached(b"x.zip", base64.encodebytes(zipped("b.pdf", pdf(), {"c.txt": b"c"})))
    assert look(tmp_path, data).conclusion is Conclusion.UNSIGNED


def test_what_cannot_be_looked_into_is_not_called_unsigned(
    signed_pdf: bytes, tmp_path: Path
) -> None:
    secret = bytearray(zipped("b.pdf", signed_pdf))
    for record, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        secret[secret.index(record) + flags] |= 1  # as if it were enciphered
    for data in (
        attached(b"x.zip", base64.encodebytes(bytes(secret))),
        attached(b"x.zip", base64.encodebytes(zipped("b.pdf", signed_pdf)[:-30])),
        attached(b"x.pdf", base64.encodebytes(gzip.compress(signed_pdf)), b"x-gzip64"),
    ):
        assert look(tmp_path, data).conclusion is Conclusion.INDETERMINATE


@pytest.mark.parametrize(
    "over",
    [PART.replace(b"\r\n", b"\n"), PART + b"\r\n", PART.replace(b"\r\n", b"\n") + b"\n"],
    ids=["LF", "with the line end of the delimiter", "both"],
)
def test_line_ends_that_were_signed_otherwise_are_no_forgery(over: bytes, tmp_path: Path) -> None:
    """bcgit/bc-java#542, gazoakley/nodemailer-smime#10."""
    data = HEAD + signed_part(over=over)
    if b"\r\n" not in over:
        data = data.replace(b"\r\n", b"\n")
    report = look(tmp_path, data)
    assert report.conclusion is Conclusion.INTACT
    assert Reason.READ_LENIENTLY in report.reasons
    assert look(tmp_path, data.replace(b"100", b"999")).conclusion is Conclusion.BROKEN


def test_a_line_that_a_mailbox_marked_is_no_forgery_and_not_what_was_signed(
    tmp_path: Path,
) -> None:
    """Mailbox files set ">" before lines that begin with "From " (RFC 4155, appendix A)."""
    part = PART + b"\r\nFrom 1. Mai an gilt:"
    marked = (HEAD + signed_part(part)).replace(b"\nFrom 1", b"\n>From 1")
    report = look(tmp_path, marked)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.READ_LENIENTLY in report.reasons
    assert look(tmp_path, marked.replace(b"100", b"999")).conclusion is Conclusion.BROKEN
    own = look(tmp_path, HEAD + signed_part(part.replace(b"\nFrom", b"\n>From")))
    assert own.conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    "before",
    [b"".join(b"X-Filter: " + b"a" * 900 + b"\r\n" for _ in range(9)),
     b"ARC-Seal: b=" + b"a" * 9000 + b"\r\n"],
    ids=["many fields", "a long field"],
)  # fmt: skip
def test_a_mail_is_one_whatever_fields_come_first(before: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, "m.eml", before + HEAD + signed_part())
    assert kind_of(path) is FileKind.EML
    assert look(tmp_path, path.read_bytes()).conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + signed_part()).replace(b"Content-Type: multipart", b"Content-Type : multipart"),
        b"\xff\xfe" + (HEAD + signed_part()).decode().encode("utf-16-le"),
        HEAD + b'Content-Type: multipart/mixed; boundary="x"\r\nContent-Transfer-Encoding: base64'
        b"\r\n\r\n" + base64.encodebytes(b"--x\r\n" + signed_part() + b"\r\n--x--\r\n"),
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n--x\r\n" + signed_part() + b"--x--\r\n",
    ],
    ids=["a blank before the colon", "wide characters", "multipart in base64", "no boundary"],
)  # fmt: skip
def test_a_signed_mail_that_programs_read_differently_is_indeterminate(
    data: bytes, tmp_path: Path
) -> None:
    assert look(tmp_path, data).conclusion is Conclusion.INDETERMINATE


def test_of_two_senders_nobody_knows_which_is_shown(tmp_path: Path) -> None:
    report = look(tmp_path, b"From: b@example.net\r\n" + HEAD + signed_part())
    assert Reason.MAIL_AMBIGUOUS in report.reasons
