"""The words of a question: a small frozen tree that no engine needs to understand.

Made by ``parser.parse``, said in German by ``describe``, given to engines by
``search/query_plan.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique


@unique
class TextField(StrEnum):
    """Where words are looked for; ANY is title, sender, file name and the text of all pages."""

    ANY = "any"
    TITLE = "title"
    SENDER = "sender"
    NAME = "name"  #: file name
    BODY = "body"


@unique
class KeyField(StrEnum):
    """Fields compared as a whole, in lower case."""

    DEPARTMENT = "department"
    STREAM = "stream"
    CLASS = "document_class"
    PLAN_UNIT = "plan_unit"


@unique
class DateField(StrEnum):
    """EITHER is the letter's own date or the date of receipt."""

    RECEIVED = "received"
    LETTER = "letter"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Word:
    """A word in all its forms, alone or within a compound; ``near`` also in similar spellings."""

    text: str
    field: TextField = TextField.ANY
    near: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words as written, one after the other."""

    text: str
    field: TextField = TextField.ANY


@dataclass(frozen=True, slots=True)
class Prefix:
    """Words that begin with this."""

    text: str
    field: TextField = TextField.ANY


@dataclass(frozen=True, slots=True)
class Reference:
    """A file mark (Aktenzeichen), whole or a part of it. ``only`` = not also as plain words;
    ``certain`` = it looks like nothing else: else (1/2026, 12-14) no mark that merely begins so."""

    text: str
    only: bool = False
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Cited:
    """Citations of the law (§§ 34, 35 BauGB): all of these ``marks``; a ``law`` that follows
    directly ranks what has it there."""

    text: str
    marks: tuple[str, ...]
    law: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A field that equals a value."""

    field: KeyField
    value: str


@dataclass(frozen=True, slots=True)
class Dates:
    """Both ends are part of the range; None = open."""

    field: DateField
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class Among:
    """One of these documents, by identifier. Nobody can write this: it narrows a saved search."""

    documents: frozenset[str]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class Everything:
    """No condition: all documents of the scope."""


Leaf = Word | Phrase | Prefix | Reference | Cited | Key | Dates | Among | Everything
Node = Leaf | And | Or | Not


def wanted(node: Node) -> Iterator[Leaf]:
    """The leaves that a hit may be found by, left to right; negated ones are left out."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from wanted(part)
    elif not isinstance(node, Not):
        yield node
