"""Content transfer encodings of mails (RFC 2045, 6), also as programs really write them."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator

PLAIN = ("7bit", "8bit", "binary", "7-bit", "8-bit")
UUENCODE = ("x-uuencode", "uuencode", "x-uue", "uue")  #: of before there was MIME
_NAME = re.compile(r"(?:\s|\([^()]*\))*\"?([\w-]+)")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
_GROUPS = re.compile(rb"([A-Za-z0-9+/]+)=*")
_SOFT_END = re.compile(rb"=[ \t]+(?=\r?\n)")
_UU = re.compile(
    rb"^begin (?:[0-7]{3,4}) ([^\r\n]{1,200})\r?\n((?:[\x20-\x60][^\r\n]{0,90}\r?\n)*?)(?:[`\x20]?\r?\n)?end[ \t]*\r?$",
    re.MULTILINE,
)


def encoding_name(field: str | None) -> str:
    """The encoding that a field names, in small letters, without comments and quotes; "7bit" where
    it names none."""
    found = _NAME.match(field or "")
    return found[1].lower() if found else "7bit"


def is_known(encoding: str) -> bool:
    """Whether ``undone`` undoes it."""
    return encoding in (*PLAIN, *UUENCODE, "base64", "quoted-printable")


def undone(body: bytes, encoding: str) -> bytes:
    """``body`` without its transfer encoding; as it is where it is none that is known."""
    if encoding == "base64":
        return _of_base64(body)
    if encoding == "quoted-printable":
        return quopri.decodestring(_SOFT_END.sub(b"=", body))
    if encoding in UUENCODE:
        return next((data for _, data in uuencoded(body)), body)
    return body


def _of_base64(body: bytes) -> bytes:
    """Group by group: some programs pad every line (RFC 2045, 6.8 wants the padding at the end)."""
    try:
        return b"".join(
            _group(letters[1]) for letters in _GROUPS.finditer(_NO_BASE64.sub(b"", body))
        )
    except binascii.Error:
        return body


def _group(letters: bytes) -> bytes:
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def uuencoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the files that stand in a text as older mail programs put them there
    (POSIX, uuencode)."""
    for found in _UU.finditer(body):
        try:
            content = b"".join(binascii.a2b_uu(line) for line in found[2].splitlines())
        except binascii.Error:
            continue
        yield found[1].decode("utf-8", "replace").strip(), content


def without_uuencoded(body: bytes) -> bytes:
    """The text without these files."""
    return _UU.sub(b"", body)
