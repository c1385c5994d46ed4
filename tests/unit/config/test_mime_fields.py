"""Content-Type by its grammar: no part is lost, and what programs read differently is told."""

from __future__ import annotations

import time

import pytest

from config.mime import Defect, parse, payload
from config.mime_fields import content_type

HEAD = b"From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: "
PART = b"Content-Type: text/plain\r\n\r\nBrief"

#: value of the field, the line that parts the mail by the grammar
GRAMMAR = {
    "a quoted pair": (b'multipart/mixed; boundary="B\\C"', b"--BC"),
    "a quote within": (b'multipart/mixed; boundary="\\"B"', b'--"B'),
    "a comment after a token": (b"multipart/mixed; boundary=B(C)", b"--B"),
    "a comment after a blank": (b"multipart/mixed; boundary=B (C)", b"--B"),
    "a comment after a string": (b'multipart/mixed; boundary="B" (C)', b"--B"),
    "a comment before the name": (b"multipart/mixed; (C) boundary=B", b"--B"),
    "a comment within a comment": (b"multipart/mixed (a (b;\\) c)); boundary=B", b"--B"),
    "a comment after the type": (b'multipart/mixed (S/MIME); boundary="B"', b"--B"),
    "blanks around the slash": (b'multipart / mixed; boundary="B"', b"--B"),
    "a semicolon in a string": (b'multipart/mixed; x="a; b"; boundary="B"', b"--B"),
}
#: what breaks the grammar, and programs write; the line by which they part the mail
BROKEN = {
    "no letter of a boundary": (b"multipart/mixed; boundary=<B>", b"--<B>"),
    "brackets that count for nothing": (b"multipart/mixed; boundary=<B>", b"--B"),
    "a byte": (b'multipart/mixed; boundary="B\xfc"', b"--B\xfc"),
    "a byte as UTF-8": (b'multipart/mixed; boundary="B\xfc"', b"--B\xc3\xbc"),
    "letters that need quotes": (b"multipart/mixed; boundary=----=_B/C", b"------=_B/C"),
    "a blank": (b"multipart/mixed; boundary=B C", b"--B C"),
    "a comma": (b"multipart/mixed; boundary=B,C", b"--B"),
    "a quote that is not closed": (b'multipart/mixed; boundary="B', b"--B"),
    "a comment that is none": (b"multipart/mixed; boundary=B(C)", b"--B(C)"),
    "a pair that is none": (b'multipart/mixed; boundary="B\\C"', b"--B\\C"),
    "a leading blank": (b'multipart/mixed; boundary=" B"', b"-- B"),
    "an encoded word": (b'multipart/mixed; boundary="=?utf-8?q?B?="', b"--=?utf-8?q?B?="),
    "RFC 2231": (b"multipart/mixed; boundary*=us-ascii''B%43", b"--BC"),
    "a NUL": (b'multipart/mixed; boundary="B\0C"', b"--B\0C"),
    "too long": (b'multipart/mixed; boundary="' + b"B" * 71 + b'"', b"--" + b"B" * 71),
}


def mail(value: bytes, line: bytes) -> bytes:
    return HEAD + value + b"\r\n\r\n" + line + b"\r\n" + PART + b"\r\n" + line + b"--\r\n"


@pytest.mark.parametrize("form", [*GRAMMAR, *BROKEN])
def test_no_part_is_lost_for_the_form_of_its_boundary(form: str) -> None:
    data = mail(*{**GRAMMAR, **BROKEN}[form])
    root = parse(data)
    assert root.kind == "multipart/mixed"
    assert [payload(data, part) for part in root.parts] == [b"Brief"]


@pytest.mark.parametrize("form", sorted({*GRAMMAR, *BROKEN} - {"a semicolon in a string"}))
def test_what_programs_read_differently_is_told(form: str) -> None:
    assert Defect.FIELD_UNCLEAR in parse(mail(*{**GRAMMAR, **BROKEN}[form])).defects


@pytest.mark.parametrize(
    "value",
    [
        b'multipart/signed; micalg=sha-256;\r\n\tboundary="----=_NextPart_000_01"; x=y',
        b"multipart/mixed; boundary=Apple-Mail-4B+x.y'z_1",
        b'multipart/alternative; boundary="=_alternative 0051DBA8C12575AA_="',
        b'multipart/mixed; x="a; b"; boundary="n8g4imXOkfNTN/H1(?:,)"; charset=us-ascii',
        b'multipart/signed; boundary="{EAD5F12C-E5A7-421A-AD27-CF4EF58E43B5}"',
        b'MULTIPART/Mixed;Boundary="B"',
        b'multipart/mixed ; boundary = "B" ;',
    ],
)
def test_what_mail_programs_write_is_clear(value: bytes) -> None:
    data = HEAD + value + b"\r\n\r\n"
    assert Defect.FIELD_UNCLEAR not in parse(data).defects
    assert len(content_type(value, None).boundaries) <= 1


def test_a_boundary_that_is_folded_is_not_clear() -> None:
    assert not content_type(b'multipart/mixed; boundary="B\r\n C"', None).clear


@pytest.mark.parametrize("encoding", [b"base64", b"quoted-printable", b"x-foo", b'"7bit"'])
@pytest.mark.parametrize("kind", [b"multipart/mixed; boundary=B", b"message/rfc822"])
def test_parts_in_an_encoding_are_told(encoding: bytes, kind: bytes) -> None:
    """RFC 2045, 6.4."""
    field = b"\r\nContent-Transfer-Encoding: "
    undone = kind == b"message/rfc822" and encoding in (b"base64", b"quoted-printable")
    found = parse(HEAD + kind + field + encoding + b"\r\n\r\n").defects
    assert (Defect.ENCODED in found) is not undone
    assert Defect.ENCODED not in parse(HEAD + kind + field + b"8BIT\r\n\r\n").defects


def test_a_blank_line_that_is_none_is_told() -> None:
    head = HEAD + b"text/plain\r\nX: y\r\n \r\nZ: z\r\n\r\nBrief"
    assert Defect.HEADER_BROKEN in parse(head).defects


def test_many_brackets_take_no_long_time() -> None:
    begun = time.monotonic()
    for value in (
        b"(" * 100_000,
        b"(\\" * 50_000,
        b'"(' * 50_000,
        b'"\\' * 50_000,
        b"()" * 50_000,
    ):
        content_type(b"multipart/mixed; boundary=" + value, None)
    assert time.monotonic() - begun < 10
