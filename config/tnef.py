"""What Outlook wraps into winmail.dat: texts and files (TNEF, [MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from config.charsets import as_text

MAGIC = b"\x78\x9f\x3e\x22"
_BODY, _PROPERTIES = 0x0002800C, 0x00069003  #: attributes of the message (2.1.3.2)
_NEW_FILE, _TITLE, _DATA, _OF_FILE = 0x00069002, 0x00018010, 0x0006800F, 0x00069005  #: of a file
_CODE_PAGE = 0x00069007
_TEXT, _HTML, _LONG_NAME, _CONTENT = 0x1000, 0x1013, 0x3707, 0x3701  #: properties ([MS-OXPROPS])
_NAMED, _SEVERAL = 0x8000, 0x1000
_STRING, _UNICODE, _BINARY, _OBJECT = 0x001E, 0x001F, 0x0102, 0x000D
_SIZES = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4, 0x000B: 4,
          0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_ERRORS = (struct.error, KeyError, IndexError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapped:
    """A text (``name`` is empty) or a file of a wrapped message, in its order."""

    name: str
    content: bytes
    is_html: bool = False
    is_text: bool = False


def is_tnef(data: bytes) -> bool:
    return data[:4] == MAGIC


def unwrapped(data: bytes) -> tuple[tuple[Wrapped, ...], bool]:
    """What is in it, and whether all of it could be read. Never raises for what it holds."""
    found: list[Wrapped] = []
    page = "cp1252"
    name, content = "", b""
    whole = True
    try:
        for kind, value in _attributes(data):
            if kind == _CODE_PAGE:
                page = f"cp{struct.unpack_from('<I', value)[0]}"
            elif kind == _BODY:
                found.append(_text(as_text(value.rstrip(b"\0"), page)))
            elif kind == _PROPERTIES:
                found += _texts(value, page)
            elif kind == _NEW_FILE:
                found += _file(name, content)
                name, content = "", b""
            elif kind == _TITLE:
                name = name or as_text(value.rstrip(b"\0"), page)
            elif kind == _DATA:
                content = value
            elif kind == _OF_FILE:
                long, inner = _about_file(value, page)
                name, content = long or name, content or inner
    except _ERRORS:
        whole = False
    return (*found, *_file(name, content)), whole


def _text(text: str) -> Wrapped:
    return Wrapped(name="", content=text.encode("utf-8", "replace"), is_text=True)


def _file(name: str, content: bytes) -> list[Wrapped]:
    return [Wrapped(name=name or "Anlage", content=content)] if content else []


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Identifier and value of each attribute (2.1.3)."""
    at = 6
    while at < len(data):
        _, kind, size = struct.unpack_from("<BII", data, at)
        at += 9
        if at + size > len(data):
            raise IndexError
        yield kind, data[at : at + size]
        at += size + 2  # its checksum


def _texts(value: bytes, page: str) -> Iterator[Wrapped]:
    for kind, number, content in _properties(value):
        if number == _TEXT and kind in (_STRING, _UNICODE):
            yield _text(_string(kind, content, page))
        elif number == _HTML and kind == _BINARY:
            yield Wrapped(name="", content=content, is_html=True)


def _about_file(value: bytes, page: str) -> tuple[str, bytes]:
    """The long name, and the content where it stands among the properties (an enclosed message)."""
    name, inner = "", b""
    for kind, number, content in _properties(value):
        if number == _LONG_NAME:
            name = _string(kind, content, page)
        elif number == _CONTENT and kind in (_BINARY, _OBJECT):
            inner = content[16:] if is_tnef(content[16:20]) else content  # behind its interface
    return name, inner


def _string(kind: int, content: bytes, page: str) -> str:
    if kind == _UNICODE:
        return content.decode("utf-16-le", "replace").rstrip("\0")
    return as_text(content.rstrip(b"\0"), page)


def _properties(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Type, number and value of each property (2.1.3.4); of several values the last one."""
    (count,) = struct.unpack_from("<I", data)
    at = 4
    for _ in range(count):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= _NAMED:
            at = _behind_name(data, at)
        plain = kind & ~_SEVERAL
        values = 1
        if kind & _SEVERAL or plain in (_STRING, _UNICODE, _BINARY, _OBJECT):
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        value = b""
        for _ in range(values):
            size = _SIZES.get(plain)
            if size is None:
                (size,) = struct.unpack_from("<I", data, at)
                at += 4
            if at + size > len(data):
                raise IndexError
            value = data[at : at + size]
            at += size + (-size % 4)
        yield plain, number, value


def _behind_name(data: bytes, at: int) -> int:
    """A named property: its set, and a number or a name (2.1.3.4.1)."""
    (by_name, size) = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (size + (-size % 4) if by_name else 0)
