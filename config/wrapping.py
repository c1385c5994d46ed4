"""What may lie around a signed message: PEM, base64 (also twice), noise, a time-stamp response.

Programs that send, store and forward signatures wrap them in all these ways. What had to be
tolerated is told, since another program may not tolerate it.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from config.der import children, read
from config.errors import UnreadableSignature

HEAD = 64 * 1024  #: bytes within which a message may begin
TEXT_BEFORE = "text before the armour"
TEXT_AFTER = "text after the armour"
BYTES_BEFORE = "other bytes before the message"
LAYERS = 4  #: wrappings within wrappings
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_BEGIN = re.compile(rb"-----BEGIN (?:PKCS ?#?7(?: SIGNED DATA)?|CMS|SIGNED MESSAGE)-----")
#: The attributes that every signer signs (RFC 5652, 11): content type and digest.
_ATTRIBUTES = (bytes.fromhex("06092a864886f70d010903"), bytes.fromhex("06092a864886f70d010904"))
#: How the object identifier of signed data, and the tag after it, look in base64, by the place in
#: three bytes; the letters at both ends that other bits take part in are left out.
_CODED = tuple(
    base64.b64encode(bytes(before) + SIGNED_DATA[2:] + b"\xa0")[
        (before * 8 + 5) // 6 : (before + 10) * 8 // 6
    ]
    for before in range(3)
)
_END = re.compile(rb"-----END [A-Z0-9 #]+-----")
_PEM_FIELD = re.compile(rb"^[A-Za-z0-9-]+:[^\n]*\n", re.MULTILINE)
_SPACE = b" \t\r\n\0"
_MARK = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwrapped:
    """The message in BER, and in words (English) what had to be tolerated to reach it."""

    data: bytes
    tolerated: str = ""
    foreign: bool = False  #: other bytes stand around the message, which nobody signed

    @property
    def is_signed(self) -> bool:
        return SIGNED_DATA in self.data[:32]


def unwrap(data: bytes, *, whole: bool = True) -> Unwrapped:
    """The signed message in ``data``; where none is found, ``data`` as it is.

    ``whole``: False for the beginning of a larger file, whose base64 may end anywhere.
    """
    seen: list[str] = []
    inner = data
    for layer in range(LAYERS):
        plain = _bare(inner)
        if plain[:1] == b"\x30" and (found := _response(plain) or _message(plain)) is not None:
            foreign = TEXT_BEFORE in seen or TEXT_AFTER in seen
            return Unwrapped(data=found, tolerated="; ".join(seen), foreign=foreign)
        peeled = _pem(plain, whole) or _base64(plain, whole)
        if peeled is None:
            found = _behind_noise(inner)
            if found is None:
                break
            seen.append(BYTES_BEFORE)
            return Unwrapped(data=found, tolerated="; ".join(seen), foreign=True)
        inner, said = peeled
        seen += said
        seen += ["wrapped twice"] if layer else []
    if inner is not data and inner[:1] == b"\x30":
        return Unwrapped(data=inner, tolerated="; ".join(seen))
    return Unwrapped(data=data)


def has_traces(data: bytes) -> bool:
    """Whether something names itself a signed message that ``unwrap`` cannot reach: an armour
    around damaged base64, base64 within other text, a message that is damaged at its beginning."""
    plain = _bare(data)
    if _BEGIN.search(plain) is not None or any(each in plain for each in _CODED):
        return True
    return data[:1] == b"\x30" and all(each in data for each in _ATTRIBUTES)


def _bare(data: bytes) -> bytes:
    """Without byte order mark and leading white space; UTF-16 as bytes."""
    if data[:2] in _WIDE:
        return data.decode("utf-16", "ignore").encode("ascii", "ignore").lstrip(_SPACE)
    if data[:1] == b"\x30":
        return data
    return data.removeprefix(_MARK).lstrip(_SPACE)


def _message(plain: bytes) -> bytes | None:
    return plain if SIGNED_DATA in plain[:32] else None


def _response(plain: bytes) -> bytes | None:
    """The token of a TimeStampResp (RFC 3161, 2.4.2): SEQUENCE { PKIStatusInfo, ContentInfo }."""
    try:
        outer = read(plain)
        if plain.startswith(SIGNED_DATA, outer.start):
            return None
        status, *rest = children(plain, outer)
    except (UnreadableSignature, ValueError):
        return None
    if status.tag != b"\x30" or plain[status.start : status.start + 1] != b"\x02" or not rest:
        return None
    token = plain[status.after : rest[0].after]
    return token if SIGNED_DATA in token[:32] else None


def _pem(plain: bytes, whole: bool) -> tuple[bytes, list[str]] | None:
    begin = _BEGIN.search(plain[:HEAD])
    if begin is None:
        return None
    end = _END.search(plain, begin.end())
    body = plain[begin.end() : end.start() if end else len(plain)]
    decoded = _decoded(_PEM_FIELD.sub(b"", body.lstrip(_SPACE)), whole and end is not None)
    if decoded is None:
        return None
    inner, said = decoded
    if plain[: begin.start()].strip(_SPACE):
        said = [TEXT_BEFORE, *said]
    if end is not None and plain[end.end() :].strip(_SPACE):
        said = [*said, TEXT_AFTER]
    return inner, said


def _base64(plain: bytes, whole: bool) -> tuple[bytes, list[str]] | None:
    decoded = _decoded(plain, whole)
    if decoded is None:
        return None
    inner = decoded[0].lstrip(_SPACE)
    another = inner[:1] == b"\x30" or inner[:5] == b"-----" or inner[:2] in (b"MI", b"TU")
    return decoded if another else None


def _decoded(text: bytes, whole: bool) -> tuple[bytes, list[str]] | None:
    letters = b"".join(text.split()).replace(b"\0", b"")
    said = []
    if set(letters) & set(b"-_"):
        letters = letters.translate(bytes.maketrans(b"-_", b"+/"))
        said.append("base64 of the URL kind")
    bare = letters.rstrip(b"=")
    if len(letters) % 4 and whole:
        said.append("base64 without its padding")
    bare = bare[: len(bare) // 4 * 4] if not whole or len(bare) % 4 == 1 else bare
    try:
        inner = base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None
    return (inner, said) if inner else None


def _behind_noise(data: bytes) -> bytes | None:
    """A message in BER that begins somewhere within the first bytes."""
    if data[:1] == b"\x30" and _is_value(data):
        return None  # ASN.1 of another kind, which may hold signed messages
    at = data.find(SIGNED_DATA, 0, HEAD)
    for size in range(2, 11):
        start = at - size
        if at < 0 or start < 1 or data[start : start + 1] != b"\x30":
            continue
        length = data[start + 1]
        fits = size == 2 if length <= 0x80 else size == 2 + (length & 0x7F)
        if fits:
            return data[start:]
    return None


def _is_value(data: bytes) -> bool:
    try:
        read(data)
    except UnreadableSignature:
        return False
    return True
