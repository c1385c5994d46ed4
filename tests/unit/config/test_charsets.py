"""Text in bytes: what mail programs show of it, whatever is declared."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.charsets import as_text
from config.transfer import encoding_name, is_known, undone, uuencoded

SIGNS = "5 € – „Frist“"


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        (SIGNS.encode("cp1252"), "iso-8859-1", SIGNS),  # what Outlook means by it
        (SIGNS.encode("cp1252"), "us-ascii", SIGNS),
        (SIGNS.encode("cp1252"), "unknown-8bit", SIGNS),
        (b"5 \xa4", "iso-8859-15", "5 €"),
        ("Grüße".encode(), "cp850", "Grüße".encode().decode("cp850")),  # what fits is believed
        ("Grüße\n".encode() + "Straße".encode("cp1252"), "utf-8", "Grüße\nStraße"),
        ("Grüße ü".encode()[:-1], None, "Grüße Ã"),  # cut off within its last letter
        ("Grüße".encode("utf-16"), None, "Grüße"),
        ("Grüße".encode("utf-16"), "iso-8859-1", "Grüße"),
        ("Grüße".encode("utf-8-sig"), "iso-8859-1", "\ufeffGrüße"),
        ("Grüße".encode("utf-16-le") + b"\0", "utf-16-le", "Grüße�"),
        ("Grüße".encode("utf-32"), "utf-32", "Grüße"),
        ("Grüße".encode("utf-32"), None, "Grüße"),
        (b"\0\0\xfe\xff" + "Grüße".encode("utf-32-be"), "utf-8", "Grüße"),
        ("Grüße".encode("mac_roman"), "x-mac-roman", "Grüße"),
        ("Grüße".encode("cp1250"), "X-CP1250", "Grüße"),
        (rb"C:\neu", "unicode_escape", r"C:\neu"),
        (b"Antrag-Frist", "punycode", "Antrag-Frist"),
        (b"Antrag", "rot13", "Antrag"),
        ("朱镕基".encode("gb18030"), "gb2312", "朱镕基"),
        ("똠".encode("cp949"), "euc-kr", "똠"),
        (b"Stra\xdfe", '"utf8"', "Straße"),
    ],
)  # fmt: skip
def test_a_text_is_what_mail_programs_show(data: bytes, declared: str | None, text: str) -> None:
    assert as_text(data, declared) == text


@given(st.binary(max_size=60), st.text(max_size=12))
def test_any_bytes_are_some_text(data: bytes, declared: str) -> None:
    as_text(data, declared)


@given(st.text(max_size=40), st.binary(max_size=4))
def test_what_is_utf_8_stays_it_beside_what_is_not(text: str, other: bytes) -> None:
    encoded = text.encode("utf-8", "ignore")
    assert as_text(encoded + b"\n" + other + b"\n").startswith(encoded.decode())


@pytest.mark.parametrize(
    ("field", "name"),
    [("BASE64 (von X)", "base64"), ('"base64"', "base64"), ("(x) 8bit;", "8bit"), ("", "7bit")],
)
def test_an_encoding_s_name_is_read_as_it_is_meant(field: str, name: str) -> None:
    assert encoding_name(field) == name
    assert is_known(name)


@given(st.lists(st.binary(min_size=1, max_size=90), min_size=1, max_size=4))
def test_each_line_of_base64_may_have_its_own_padding(pieces: list[bytes]) -> None:
    lines = b"\r\n".join(binascii.b2a_base64(piece, newline=False) for piece in pieces)
    if all(b"=" in line for line in lines.splitlines()[:-1]) or len(pieces) == 1:
        assert undone(lines, "base64") == b"".join(pieces)


def test_a_soft_line_end_may_have_blanks_before_it() -> None:
    assert undone(b"B=C3=  \r\n=BCrger", "quoted-printable").decode() == "Bürger"


@given(st.binary(max_size=300))
def test_a_uuencoded_file_comes_back(content: bytes) -> None:
    lines = b"".join(binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    text = b"Anbei.\n\nbegin 644 brief 1.pdf\n" + lines + b"`\nend\nGru\xdf\n"
    assert list(uuencoded(text)) == [("brief 1.pdf", content)]
    assert undone(text, "x-uuencode") == content


def test_many_beginnings_are_read_in_one_go() -> None:
    assert list(uuencoded(b"begin 644 x\n" * 200_000)) == []
