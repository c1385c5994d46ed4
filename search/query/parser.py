"""The query language (docs/reference/search.md): the user's words become a tree.

Anything may be typed. What is no field, no date, no balanced bracket is taken as plain words;
``parse`` never fails. What was understood is told in German by ``describe``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from search.german import file_references, grouped_numbers, identifiers, legal_citations, tokens
from search.query import field_names
from search.query.description import describe_node
from search.query.query_tree import (
    Among,
    And,
    Cited,
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

MAX_TEXT = 2_000  #: letters read; the rest is dropped, and the user is told
MAX_LEAVES = 64  #: words asked for
MAX_GROUPS = 12  #: of a number
MAX_DEPTH = 12  #: of brackets

TOO_LONG = (
    f"Die Suchanfrage ist zu lang: Gesucht wurde nur mit ihrem Anfang (höchstens {MAX_LEAVES} Wörter "
    f"und {MAX_TEXT} Zeichen). Bitte mit weniger Wörtern suchen."
)

_OPEN = '"„“”«»‟'
_CLOSE = '"“”„»«‟'
_LEX = re.compile(
    rf"""
      (?P<field>[^\W\d_]{{2,20}}):(?=\S)
    | (?P<quoted>[{_OPEN}](?P<inner>[^{_CLOSE}]*)[{_CLOSE}]?)
    | (?P<open>\() | (?P<close>\)) | (?P<either>\|+) | (?P<both>&+)
    | (?P<not>[-!](?=[\w§{_OPEN}(]))
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
    """A question. ``text`` as typed, ``root`` as understood; ``cut``: too long to be asked whole."""

    text: str
    root: Node
    cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for, so that every document of the scope is a hit."""
        return isinstance(self.root, Everything)

    def with_near(self) -> Query:
        """The same question, with similar spellings of every word (the second pass)."""
        return replace(self, root=_near(self.root))

    def among(self, documents: Iterable[str]) -> Query:
        """The same question, asked of these documents alone."""
        # A row of its own, so that a question of function words alone stays one.
        return replace(self, root=And((And((self.root,)), Among(frozenset(documents)))))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    cited: legal_citations.Citation | None = None


def parse(text: str) -> Query:
    """Understand what was typed. Never raises for any string."""
    plain = "".join(" " if ord(letter) < 32 else letter for letter in text[:MAX_TEXT])
    typed = file_references.without_cues(" ".join(plain.split()))
    whole = not _FIELD.match(typed) and file_references.looks_like(typed)
    if whole and file_references.is_one(typed):
        return Query(text, Reference(typed), len(text) > MAX_TEXT)
    parser = _Parser(_merged(_lex(typed)))
    root = parser.query()
    if whole:  # 63.1/4 Meyer: a mark with a name in it, or a mark and a word
        root = Or((Reference(typed, only=True), root))
    return Query(text, root, parser.cut or len(text) > MAX_TEXT)


def describe(query: Query) -> str:
    """A German sentence of how the question was understood."""
    said = describe_node(query.root)
    return f"{said} {TOO_LONG}" if query.cut else said


def _lex(text: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while match := _LEX.search(text, place):
        cited = legal_citations.at(text, match.start())
        if cited is not None and match.lastgroup == "plain" and not _follows_field(found):
            found.append(_Token("cited", text[cited.start : cited.end], cited))
            place = cited.end
            continue
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


def _follows_field(found: list[_Token]) -> bool:
    return bool(found) and found[-1].kind == "field"


def _merged(found: list[_Token]) -> list[_Token]:
    """Groups of one number are one token: DE89 3704 0044 0532 0130 00, 0261 12 34 56, 12 a."""
    merged: list[_Token] = []
    place = 0
    while place < len(found):
        size = 1 if _follows_field(merged) else _groups(found, place)
        text = " ".join(token.text for token in found[place : place + size])
        merged.append(_Token("number", text) if size > 1 else found[place])
        place += size
    return merged


def _groups(found: list[_Token], place: int) -> int:
    """How many tokens from here are groups of one number; at least 1."""
    row = itertools.takewhile(
        lambda token: token.kind == "plain", found[place : place + MAX_GROUPS]
    )
    texts = [token.text for token in row]
    for size in range(len(texts), 1, -1):
        text = " ".join(texts[:size])
        grouped = grouped_numbers.is_row(text) or identifiers.is_one(text)
        if grouped_numbers.is_iban(text) or (grouped and not any(map(_is_mark, texts[:size]))):
            return size
    return 1


def _is_mark(text: str) -> bool:
    return file_references.looks_like(text)


def _is_field(name: str) -> bool:
    name = name.casefold()
    return any(
        name in names
        for names in (
            field_names.TEXT_FIELDS,
            field_names.KEY_FIELDS,
            field_names.REFERENCE_FIELDS,
            field_names.DATE_FIELDS,
            field_names.SINCE,
            field_names.UNTIL,
        )
    )


class _Parser:
    """Recursive descent: alternatives of rows of conditions."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.leaves = 0
        self.cut = False

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
            return self._leaf(token.text, _quoted)
        if token.kind == "number":
            return self._leaf(token.text, Word)
        if token.cited is not None:
            cited = Cited(token.text, token.cited.marks, token.cited.law)
            return self._leaf(token.text, lambda _: cited)
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
        words = list(tokens.tokens(tokens.normalise(text)))
        room = MAX_LEAVES - self.leaves
        if words and room <= 0:
            self.cut = True
        if not words or room <= 0:
            return Everything()
        if len(words) > room:
            self.cut = True
            text = tokens.normalise(text)[: words[room - 1].end]
        self.leaves += min(len(words), room)
        return make(text)


def _is_word(token: _Token, kind: str, words: frozenset[str]) -> bool:
    return token.kind == kind or (token.kind == "plain" and token.text in words)


def _plain(text: str) -> Node:
    mark = text.rstrip(file_references.CLOSING).lstrip("(")
    if file_references.looks_like(mark):
        return Reference(mark)
    if file_references.may_be(mark):
        return Reference(mark, certain=False)
    return _text_leaf(text, TextField.ANY)


def _quoted(text: str) -> Node:
    if file_references.looks_like(text.strip()):  # the archive's own marks stand in no text
        return Or((Phrase(text), Reference(text.strip(), only=True)))
    return Phrase(text)


def _text_leaf(text: str, field: TextField) -> Node:
    if text.endswith("*"):
        return Prefix(text.rstrip("*~"), field)
    if text.endswith("~"):
        return Word(text.rstrip("*~"), field, near=True)
    return Word(text, field)


def _field_leaf(name: str, text: str, *, quoted: bool) -> Node:
    if name in field_names.TEXT_FIELDS:
        field = field_names.TEXT_FIELDS[name]
        return Phrase(text, field) if quoted else _text_leaf(text, field)
    if name in field_names.KEY_FIELDS:
        return Key(field_names.KEY_FIELDS[name], text)
    if name in field_names.REFERENCE_FIELDS:
        return Reference(text.rstrip("*"), only=True)
    return _date_leaf(name, text)


def _date_leaf(name: str, text: str) -> Node:
    period = field_names.period(text)
    if period is None:
        return And((Word(name), Word(text)))
    if name in field_names.SINCE:
        return Dates(DateField.RECEIVED, period[0], None)
    if name in field_names.UNTIL:
        return Dates(DateField.RECEIVED, None, period[1])
    return Dates(field_names.DATE_FIELDS[name], *period)


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
