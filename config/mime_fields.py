"""The fields of a part's header, and its Content-Type by its grammar (RFC 2045, 5.1; RFC 5322, 3.2): comments, quoted
strings, quoted pairs.

Programs differ over each of them, and over what breaks the grammar; another reading of a boundary is
another mail. So every reading that is known is told, the grammar's first, and whether there is more
than one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from config.charsets import as_text

_FIELDS = re.compile(rb"\r?\n(?![ \t])")
_FOLD = re.compile(rb"\r?\n")
LONGEST = 70  #: letters of a boundary (RFC 2046, 5.1.1)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_OTHER = re.compile(r'[^"(;]+|.', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_TYPE = re.compile(r"\s*([!#$%&'*+.^_`{|}~\w-]+)\s*/\s*([!#$%&'*+.^_`{|}~\w-]+)\s*", re.ASCII)
_TOKEN = re.compile(r"[!#$%&'*+.^_`{|}~\w-]+", re.ASCII)
#: What every program reads alike: without quotes, letters that need none; with them, also others
#: than a boundary may have by the norm, but none that end a value for some, and single blanks.
_PLAIN = re.compile(r"[0-9A-Za-z'+_.-]+")
_LETTER = r"[!#-:=?-\[\]-~]"
_QUOTED = re.compile(f"{_LETTER}+(?: {_LETTER}+)*")
_ODD = re.compile(r"[\\\x00-\x08\x0a-\x1f\x7f-\xff]")


class _Piece(Enum):
    TEXT = auto()
    QUOTED = auto()
    COMMENT = auto()


_Pieces = list[tuple[_Piece, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentType:
    """``kind``: lower case, empty where the field names none. ``boundaries``: the bytes that the
    boundary may be, the grammar's reading first. ``clear``: all programs read the field alike."""

    kind: str
    boundaries: tuple[bytes, ...]
    clear: bool
    values: dict[str, str]  #: of the other parameters, by the grammar


def fields_of(header: bytes) -> tuple[tuple[str, str], ...]:
    """Name, in lower case, and unfolded value of each field."""
    found: list[tuple[str, str]] = []
    for line in _FIELDS.split(header):
        name, colon, value = line.partition(b":")
        if colon:
            text = as_text(_FOLD.sub(b"", value)).strip()
            found.append((name.decode("ascii", "replace").strip().lower(), text))
    return tuple(found)


def raw_field(header: bytes, wanted: bytes) -> bytes:
    """The first field of that name (lower case), as transmitted."""
    for line in _FIELDS.split(header):
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == wanted:
            return value.strip()
    return b""


def content_type(value: bytes, otherwise: str | None) -> ContentType:
    """What a field's ``value`` says; ``otherwise``: the boundary as a lenient program reads it."""
    folded = any(
        piece is _Piece.QUOTED and "\n" in said for piece, said in _pieces(value.decode("latin-1"))
    )
    text = _FOLD.sub(b"", value).decode("latin-1")
    segments = list(_segments(text))
    named = _TYPE.fullmatch(_text(segments[0]))
    odd = any(piece is _Piece.COMMENT for pieces in segments for piece, _ in pieces)
    clear = not (folded or odd or _ODD.search(text)) and text.count('"') % 2 == 0
    readings: list[bytes] = []
    values: dict[str, str] = {}
    for pieces in segments[1:]:
        name, given = _parameter(pieces)
        if name == "boundary":
            readings += [each.encode("latin-1") for each in _readings(given)]
            clear = clear and _is_clear(given)
        elif name.startswith("boundary"):
            clear = False
        elif given:
            values.setdefault(name, next(_readings(given)))
    if otherwise:
        readings += [otherwise.encode("utf-8", "replace"), otherwise.encode("cp1252", "replace")]
    return ContentType(
        kind=f"{named[1]}/{named[2]}".lower() if named else "",
        boundaries=tuple(dict.fromkeys(each for each in readings if each)),
        clear=clear,
        values=values,
    )


def _segments(text: str) -> Iterator[_Pieces]:
    """What stands between semicolons, which count neither in quotes nor in comments."""
    pieces: _Pieces = []
    for piece in _pieces(text):
        if piece == (_Piece.TEXT, ";"):
            yield pieces
            pieces = []
        else:
            pieces.append(piece)
    yield pieces


def _pieces(text: str) -> Iterator[tuple[_Piece, str]]:
    """Behind a string or a comment that is not closed, no other is looked for: linear time."""
    at, comments, strings = 0, True, True
    while at < len(text):
        if text[at] == "(" and comments:
            end = _after_comment(text, at)
            comments = end > at
            if comments:
                yield _Piece.COMMENT, text[at:end]
                at = end
                continue
        string = _STRING.match(text, at) if strings and text[at] == '"' else None
        strings = strings and (text[at] != '"' or string is not None)
        found = string or _OTHER.match(text, at)
        assert found is not None
        yield (_Piece.TEXT, found[0]) if string is None else (_Piece.QUOTED, string[1])
        at = found.end()


def _after_comment(text: str, at: int) -> int:
    """Where the comment at ``at`` ends, comments within it too; ``at`` where it is not closed."""
    depth = 0
    for mark in _IN_COMMENT.finditer(text, at):
        depth += {"(": 1, ")": -1}.get(mark.group(), 0)
        if depth == 0:
            return mark.end()
    return at


def _text(pieces: _Pieces) -> str:
    """Without comments, which separate like a blank."""
    return "".join(" " if piece is _Piece.COMMENT else said for piece, said in pieces)


def _parameter(pieces: _Pieces) -> tuple[str, _Pieces]:
    """Name, in lower case, and value of a parameter."""
    before = ""
    for number, (piece, said) in enumerate(pieces):
        if piece is _Piece.TEXT and "=" in said:
            name, _, rest = said.partition("=")
            value = [(piece, rest), *pieces[number + 1 :]]
            return (before + name).strip().lower(), [each for each in value if each[1].strip()]
        before += said if piece is _Piece.TEXT else ""
    return "", []


def _readings(value: _Pieces) -> Iterator[str]:
    """A quoted string is the value, whatever follows it; else the whole, or its first token."""
    if value and value[0][0] is _Piece.QUOTED:
        said = value[0][1]
        yield _PAIR.sub(r"\1", said).rstrip()
        yield said.rstrip()
        return
    text = _text(value).strip()
    yield text
    if (token := _TOKEN.match(text)) is not None:
        yield token.group()


def _is_clear(value: _Pieces) -> bool:
    if len(value) != 1:
        return False
    piece, said = value[0]
    said = said if piece is _Piece.QUOTED else said.strip()
    letters = _QUOTED if piece is _Piece.QUOTED else _PLAIN
    return len(said) <= LONGEST and "=?" not in said and letters.fullmatch(said) is not None
