"""BER to definite length, and BER to DER, on the level of tag, length and value.

asn1crypto re-encodes some values beyond what DER asks for, and cannot say over which bytes a
signature was made; here nothing but the encoding changes. Hostile input: depth is limited, every
length is checked, the work is linear in the input.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.errors import UnreadableSignature

DEPTH = 64  #: nesting that no real signature reaches
CONSTRUCTED = 0x20
STRINGS = frozenset({0x03, 0x04, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x18, 0x17, 0x1A, 0x1B, 0x1C, 0x1E})
SET = 0x31
BOOLEAN = 0x01


#: boolean, integer, null, identifiers, real, enumerated: never in parts
_SINGLE = frozenset([0x01, 0x02, 0x05, 0x06, 0x09, 0x0A, 0x0D])


@dataclass(frozen=True, slots=True)
class Value:
    """One TLV: ``tag`` bytes, where its content starts and ends, where the next one starts."""

    tag: bytes
    start: int
    end: int
    after: int
    indefinite: bool

    @property
    def constructed(self) -> bool:
        return bool(self.tag[0] & CONSTRUCTED)


def read(data: bytes, at: int = 0, limit: int | None = None, depth: int = 0) -> Value:
    """The TLV that starts at ``at``. Raises UnreadableSignature where there is none."""
    limit = len(data) if limit is None else limit
    if depth > DEPTH:
        raise UnreadableSignature("ASN.1 nested too deeply")
    try:
        tag_end = _tag_end(data, at)
        first = data[tag_end]
        if first == 0x80:
            return _indefinite(data, at, tag_end, limit, depth)
        start, length = tag_end + 1, first
        if first > 0x80:
            size = first & 0x7F
            if size > 8:
                raise UnreadableSignature("ASN.1 length of more than eight bytes")
            length = int.from_bytes(data[start : start + size], "big")
            start += size
    except IndexError:
        raise UnreadableSignature("ASN.1 ends in the middle of a value") from None
    if start + length > limit:
        raise UnreadableSignature("ASN.1 value is longer than its container")
    return Value(data[at:tag_end], start, start + length, start + length, False)


def _tag_end(data: bytes, at: int) -> int:
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        while data[end] & 0x80:
            end += 1
            if end - at > 5:
                raise UnreadableSignature("ASN.1 tag of more than five bytes")
        end += 1
    return end


def _indefinite(data: bytes, at: int, tag_end: int, limit: int, depth: int) -> Value:
    if not data[at] & CONSTRUCTED:
        raise UnreadableSignature("ASN.1 indefinite length on a primitive value")
    start = here = tag_end + 1
    while data[here : here + 2] != b"\0\0":
        if here >= limit:
            raise UnreadableSignature("ASN.1 indefinite length without an end")
        here = read(data, here, limit, depth + 1).after
    return Value(data[at:tag_end], start, here, here + 2, True)


def children(data: bytes, value: Value, depth: int = 0) -> list[Value]:
    """The TLVs inside a constructed one, in their order."""
    found = []
    here = value.start
    while here < value.end:
        child = read(data, here, value.end, depth + 1)
        found.append(child)
        here = child.after
    return found


def encode(tag: bytes, content: bytes) -> bytes:
    """A TLV with the shortest definite length."""
    length = len(content)
    if length < 0x80:
        return tag + bytes([length]) + content
    size = (length.bit_length() + 7) // 8
    return tag + bytes([0x80 | size]) + length.to_bytes(size, "big") + content


def definite(data: bytes) -> bytes:
    """The first value of ``data`` with definite lengths and joined strings.

    What is already definite stays byte for byte, so that hashes and certificates inside hold.
    """
    return _definite(data, read(data), 0, 0)


def _definite(data: bytes, value: Value, at: int, depth: int) -> bytes:
    if not value.constructed:
        return data[at : value.after]
    parts = []
    same = not value.indefinite
    here = value.start
    for child in children(data, value, depth):
        part = _definite(data, child, here, depth + 1)
        same = same and part == data[here : child.after]
        parts.append(part)
        here = child.after
    if _is_string(value.tag):
        return encode(bytes([value.tag[0] & ~CONSTRUCTED]), _joined(value.tag, parts))
    return data[at : value.after] if same else encode(value.tag, b"".join(parts))


def _is_string(tag: bytes) -> bool:
    """A universal string type in its constructed form, which DER does not know."""
    return len(tag) == 1 and tag[0] & 0xC0 == 0 and (tag[0] & 0x1F) in STRINGS


def _joined(tag: bytes, parts: list[bytes]) -> bytes:
    if tag[0] & 0x1F == 0x03:
        raise UnreadableSignature("ASN.1 bit string in pieces")
    joined = []
    for part in parts:
        piece = read(part)
        joined.append(part[piece.start : piece.end])
    return b"".join(joined)


def der(data: bytes) -> bytes:
    """The first value of ``data`` in DER: shortest lengths, sets sorted, true as FF."""
    return _der(data, read(data), 0)


def _der(data: bytes, value: Value, depth: int) -> bytes:
    content = data[value.start : value.end]
    if not value.constructed:
        if value.tag == bytes([BOOLEAN]) and content != b"\0":
            content = b"\xff"
        return encode(value.tag, content)
    parts = [_der(data, child, depth + 1) for child in children(data, value, depth)]
    if _is_string(value.tag):
        return encode(bytes([value.tag[0] & ~CONSTRUCTED]), _joined(value.tag, parts))
    if value.tag[0] == SET:
        parts.sort()
    return encode(value.tag, b"".join(parts))


def irregularity(data: bytes) -> str:
    """The first primitive value that no encoding rule allows (X.690 8.2 to 8.19), in words.

    Some programs take such a message, some refuse it; nobody may call it plainly good. Empty where
    there is none. Raises UnreadableSignature where the values do not nest.
    """
    stack = [(read(data), 0)]
    while stack:
        value, depth = stack.pop()
        if said := _misbuilt(value.tag[0]):
            return said
        if value.constructed:
            stack += [(child, depth + 1) for child in children(data, value, depth)]
        elif said := _irregular(value.tag[0], data[value.start : value.end]):
            return said
    return ""


def _misbuilt(tag: int) -> str:
    """A universal type in parts that has none, or a collection without (X.690 8.2 to 8.19)."""
    if tag & 0xC0:
        return ""
    if tag & CONSTRUCTED:
        return "a single value in parts" if tag & 0x1F in _SINGLE else ""
    return "a collection that is none" if tag & 0x1F in (0x10, 0x11) else ""


def _irregular(tag: int, content: bytes) -> str:
    if tag in (0x02, 0x0A):
        padded = len(content) > 1 and (
            (content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)
        )
        return "an integer with padding" if padded or not content else ""
    if tag == BOOLEAN:
        return "" if len(content) == 1 else "a boolean of another length than one"
    if tag == 0x05:
        return "a null with content" if content else ""
    if tag == 0x06:
        before = (0, *content)
        padded = any(
            byte == 0x80 and not last & 0x80 for last, byte in zip(before, content, strict=False)
        )
        ends = bool(content) and not content[-1] & 0x80
        return "a malformed object identifier" if padded or not ends else ""
    if tag == 0x03:
        return "a malformed bit string" if not content or content[0] > 7 else ""
    return ""
