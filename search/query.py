"""The query language (docs/reference/search.md): the user's words become a tree.

Anything may be typed. What is no field, no date, no balanced bracket is taken as plain words;
``parse`` never fails. What was understood is told in German by ``describe``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from search import marks, query_fields
from search.describe import describe_node
from search.nodes import (
    Among,
    And,
    DateField,
    Dates,
    Everything,
    Key,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Reference,
    TextField,
    Word,
)

MAX_TEXT = 2_000  #: letters read; the rest is dropped
MAX_LEAVES = 64
MAX_DEPTH = 12  #: of brackets

_OPEN = '"„“”«»‟'
_CLOSE = '"“”„»«‟'
_LEX = re.compile(
    rf"""
      (?P<field>[^\W\d_]{{2,20}}):(?=\S)
    | (?P<quoted>[{_OPEN}](?P<inner>[^{_CLOSE}]*)[{_CLOSE}]?)
    | (?P<open>\() | (?P<close>\)) | (?P<either>\|+) | (?P<both>&+)
    | (?P<not>[-!](?=[\w{_OPEN}(]))
    | (?P<plain>[^\s()|&{_OPEN}]+)
    """,
    re.VERBOSE,
)
_FIELD = re.compile(r"[^\W\d_]+:\S")
_OR = frozenset(("OR", "ODER"))
_AND = frozenset(("AND", "UND"))
_NOT = frozenset(("NOT", "NICHT"))


@dataclass(frozen=True, slots=True)
class Query:
    """A question. ``text`` as typed, ``root`` as understood."""

    text: str
    root: Node

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that every document of the scope is a hit."""
        return isinstance(self.root, Everything)

    def with_near(self) -> Query:
        """The same question, with similar spellings of every word (the second pass)."""
        return Query(self.text, _near(self.root))

    def among(self, documents: Iterable[str]) -> Query:
        """The same question, asked of these documents alone."""
        # A row of its own, so that a question of function words alone stays one.
        return Query(self.text, And((And((self.root,)), Among(frozenset(documents)))))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Query:
    """Understand what was typed. Never raises for any string."""
    typed = "".join(" " if ord(letter) < 32 else letter for letter in text[:MAX_TEXT]).strip()
    mark = typed if _FIELD.match(typed) else marks.without_cue(typed)
    if marks.looks_like(mark):
        return Query(text, Reference(mark))
    return Query(text, _Parser(_lex(typed)).query())


def describe(query: Query) -> str:
    """A German sentence of how the question was understood."""
    return describe_node(query.root)


def _lex(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while match := _LEX.search(text, place):
        kind = match.lastgroup or "plain"
        if kind == "inner":
            kind = "quoted"
        value = match.group("inner") if kind == "quoted" else match.group(kind)
        if kind == "field" and not _is_field(value):
            # "http://x" or "12:30": no field of ours, so the whole of it is a word
            word = re.compile(rf"[^\s()|&{_OPEN}]+").match(text, match.start())
            match, kind = word or match, "plain"
            value = match.group()
        found.append(_Token(kind, value))
        place = max(match.end(), place + 1)
    return found


def _is_field(name: str) -> bool:
    name = name.casefold()
    return any(
        name in names
        for names in (
            query_fields.TEXT_FIELDS,
            query_fields.KEY_FIELDS,
            query_fields.REFERENCE_FIELDS,
            query_fields.DATE_FIELDS,
            query_fields.SINCE,
            query_fields.UNTIL,
        )
    )


class _Parser:
    """Recursive descent: alternatives of rows of conditions."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.leaves = 0

    def query(self) -> Node:
        parts: list[Node] = []
        while self.place < len(self.tokens):
            before = self.place
            parts.append(self._either(0))
            if self.place == before:  # a bracket that closes nothing
                self.place += 1
        return _join(And, parts)

    def _peek(self) -> _Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def _either(self, depth: int) -> Node:
        parts = [self._row(depth)]
        while (token := self._peek()) and _is_word(token, "either", _OR):
            self.place += 1
            parts.append(self._row(depth))
        return _join(Or, parts)

    def _row(self, depth: int) -> Node:
        parts: list[Node] = []
        while (token := self._peek()) and token.kind != "close":
            if _is_word(token, "either", _OR):
                break
            if _is_word(token, "both", _AND):
                self.place += 1
                continue
            parts.append(self._condition(depth))
        return _join(And, parts)

    def _condition(self, depth: int) -> Node:
        token = self.tokens[self.place]
        self.place += 1
        if _is_word(token, "not", _NOT):
            follows = self._peek()
            if follows is None or follows.kind in ("close", "either", "both"):
                return self._leaf(token.text, _plain)
            inner = self._condition(depth)
            return inner if isinstance(inner, Everything | Not) else Not(inner)
        if token.kind == "open":
            return self._bracket(depth, token)
        if token.kind == "field":
            return self._field(token.text.casefold())
        if token.kind == "quoted":
            return self._leaf(token.text, lambda text: Phrase(text))
        return self._leaf(token.text, _plain)

    def _bracket(self, depth: int, token: _Token) -> Node:
        if depth >= MAX_DEPTH:
            return Everything()
        inner = self._either(depth + 1)
        follows = self._peek()
        if follows and follows.kind == "close":
            self.place += 1
        return inner

    def _field(self, name: str) -> Node:
        token = self._peek()
        if token is None or token.kind not in ("plain", "quoted", "not"):
            return self._leaf(name, _plain)
        self.place += 1
        quoted = token.kind == "quoted"
        return self._leaf(token.text, lambda text: _field_leaf(name, text, quoted=quoted))

    def _leaf(self, text: str, make: Callable[[str], Node]) -> Node:
        if not any(letter.isalnum() for letter in text) or self.leaves >= MAX_LEAVES:
            return Everything()
        self.leaves += 1
        return make(text)


def _is_word(token: _Token, kind: str, words: frozenset[str]) -> bool:
    return token.kind == kind or (token.kind == "plain" and token.text in words)


def _plain(text: str) -> Node:
    if marks.looks_like(text):
        return Reference(text)
    return _text_leaf(text, TextField.ANY)


def _text_leaf(text: str, field: TextField) -> Node:
    if text.endswith("*"):
        return Prefix(text.rstrip("*~"), field)
    if text.endswith("~"):
        return Word(text.rstrip("*~"), field, near=True)
    return Word(text, field)


def _field_leaf(name: str, text: str, *, quoted: bool) -> Node:
    if name in query_fields.TEXT_FIELDS:
        field = query_fields.TEXT_FIELDS[name]
        return Phrase(text, field) if quoted else _text_leaf(text, field)
    if name in query_fields.KEY_FIELDS:
        return Key(query_fields.KEY_FIELDS[name], text)
    if name in query_fields.REFERENCE_FIELDS:
        return Reference(text.rstrip("*"), only=True)
    return _date_leaf(name, text)


def _date_leaf(name: str, text: str) -> Node:
    period = query_fields.period(text)
    if period is None:
        return And((Word(name), Word(text)))
    if name in query_fields.SINCE:
        return Dates(DateField.RECEIVED, period[0], None)
    if name in query_fields.UNTIL:
        return Dates(DateField.RECEIVED, None, period[1])
    return Dates(query_fields.DATE_FIELDS[name], *period)


def _join(kind: type[And | Or], parts: list[Node]) -> Node:
    """Nothing asked for is no part; one part stands for itself; rows of the same kind merge."""
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, Everything):
            continue
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    if not flat:
        return Everything()
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _near(node: Node) -> Node:
    if isinstance(node, Word):
        return replace(node, near=True)
    if isinstance(node, And):
        return And(tuple(_near(part) for part in node.parts))
    if isinstance(node, Or):
        return Or(tuple(_near(part) for part in node.parts))
    return node
