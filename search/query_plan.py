"""A question in the terms of the index: the same little tree for every engine.

Scores are sums of whole constants, written here and nowhere else. No statistics of the collection
take part (how rare a word is, how long texts are): they would let a reader feel documents that
this reader may not see, and differ from engine to engine. Weights say where a word stands and
how; ``often`` stands in for how much a document is about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from search import fields
from search.german import file_references, grouped_numbers, identifiers, tokens
from search.german.analysis import Analysed, Analyser
from search.query.parser import Query
from search.query.query_tree import (
    Among,
    And,
    Cited,
    DateField,
    Dates,
    Everything,
    Key,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Reference,
    TextField,
    Word,
    wanted,
)
from search.query.stopwords import asked_for

WHOLE: Final = 3  #: the word in any form, alone or as a part of a compound
PARTS: Final = 1  #: the parts of a compound, each somewhere in the document
AS_WRITTEN: Final = 2  #: on top: in just this form
IN_TITLE: Final = 6  #: on top
IN_SENDER: Final = 3  #: on top
OFTEN: Final = 1  #: on top: several times in the text
PHRASE: Final = 6
PREFIX: Final = 2
NEAR: Final = 1
OWN_MARK: Final = 40  #: the mark of the e-file that holds the document
MARK: Final = 20  #: a mark named in the text
MARK_PART: Final = 10  #: whole segments of it
MARK_BEGINNING: Final = 5  #: the last segment only begun


@dataclass(frozen=True, slots=True)
class Term:
    """The field holds this token."""

    field: str
    token: str
    score: int = 0


@dataclass(frozen=True, slots=True)
class StartsWith:
    field: str
    token: str
    score: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """A token at most ``distance`` changes away (insert, delete, replace, swap neighbours)."""

    field: str
    token: str
    distance: int
    score: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """The tokens one directly after the other."""

    field: str
    tokens: tuple[str, ...]
    score: int = 0


@dataclass(frozen=True, slots=True)
class Between:
    """A number within both ends; None = open. Without both: the field has a value."""

    field: str
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Always:
    """Every document."""


@dataclass(frozen=True, slots=True)
class Never:
    """No document."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Scores add up; with ``score`` that constant counts instead of theirs."""

    parts: tuple[Match, ...]
    score: int | None = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one; scores of all that match add up."""

    parts: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    part: Match


Match = Term | StartsWith | Near | Sequence | Between | Always | Never | AllOf | AnyOf | NoneOf


def documents(query: Query, analyser: Analyser) -> Match:
    """What a document's entry has to fulfil."""
    return _Planner(analyser, pages=False).node(query.root)


def matching(query: Query, analyser: Analyser) -> Match:
    """The same hits without what only adds to their scores, for counting them."""
    return _Planner(analyser, pages=False, scored=False).node(query.root)


def pages(query: Query, analyser: Analyser) -> Match | None:
    """What makes a page worth showing: any of the wanted words. None when no word is asked for."""
    planner = _Planner(analyser, pages=True)
    found = [
        match
        for leaf in wanted(query.root)
        if not isinstance(leaf, Key | Dates | Among | Everything)
        if getattr(leaf, "field", TextField.ANY) in (TextField.ANY, TextField.BODY)
        if not isinstance(match := planner.leaf(leaf), Always | Never)
    ]
    return AnyOf(tuple(found)) if found else None


def same_score(match: Match) -> int | None:
    """The score that all hits of it have, so that their order is that of their dates; else None."""
    if isinstance(match, AllOf):
        if match.score is not None:
            return match.score
        each = [same_score(part) for part in match.parts]
        return None if None in each else sum(score or 0 for score in each)
    if isinstance(match, AnyOf):
        if len(match.parts) == 1:
            return same_score(match.parts[0])
        return None if any(same_score(part) != 0 for part in match.parts) else 0
    return match.score if isinstance(match, Term | StartsWith | Near | Sequence) else 0


class _Planner:
    def __init__(self, analyser: Analyser, *, pages: bool, scored: bool = True) -> None:
        self.analyser = analyser
        self.pages = pages
        self.scored = scored

    def node(self, node: Node) -> Match:
        if isinstance(node, And):
            return AllOf(tuple(self.node(part) for part in asked_for(node.parts)))
        if isinstance(node, Or):
            return AnyOf(tuple(self.node(part) for part in node.parts))
        if isinstance(node, Not):
            return NoneOf(self.node(node.part))
        return self.leaf(node)

    def leaf(self, leaf: Leaf) -> Match:
        if isinstance(leaf, Word):
            return self._word(leaf)
        if isinstance(leaf, Phrase):
            return self._phrase(leaf.text, leaf.field)
        if isinstance(leaf, Prefix):
            return self._prefix(leaf)
        if isinstance(leaf, Reference):
            return self._reference(leaf)
        if isinstance(leaf, Cited):
            return self._cited(leaf)
        if isinstance(leaf, Key):
            return Term("keys", fields.key(leaf.field, leaf.value))
        if isinstance(leaf, Dates):
            return _dates(leaf)
        if isinstance(leaf, Among):
            return AnyOf(tuple(Term("document_id", each) for each in sorted(leaf.documents)))
        return Always()

    def _word(self, word: Word) -> Match:
        given = list(self.analyser.text(word.text))
        if not given:
            return Always()  # signs without letters ask for nothing
        analysed = [item for _, item in given]
        each = tuple(self._one(text, item, word) for text, item in given)
        joined = tuple(self._joined(word, analysed))
        if len(each) == 1:
            return AnyOf((each[0], *joined)) if joined else each[0]
        stems = tuple(item.whole for item in analysed)
        together = self._sequence(stems, word.field)
        if _is_one_number(word.text, analysed):
            # 123/5 is not in "123/4, Flur 5"; what is in order is there word by word too
            return AnyOf((AllOf((together, *each)), *self._in_name(stems, word.field), *joined))
        return AnyOf((together, AllOf(each), *joined))

    def _in_name(self, stems: tuple[str, ...], field: TextField) -> Iterator[Match]:
        """In file names, which keep no order of words."""
        if field is TextField.ANY and not self.pages:
            yield AllOf(tuple(Term("name", each) for each in stems), WHOLE)

    def _joined(self, word: Word, analysed: list[Analysed]) -> Iterator[Match]:
        """What is asked for in several words or groups of digits, written as one."""
        stems = self._stems(word.field)
        forms = dict.fromkeys((*grouped_numbers.asked(word.text), *identifiers.asked(word.text)))
        if len(analysed) > 1:
            one = self.analyser.word("".join(tokens.words(word.text)))
            forms |= dict.fromkeys((one.whole, one.joined or one.whole))
        else:
            forms.pop(analysed[0].folded, None)
        for form in forms:
            yield _in_one_of(stems, partial(_term, form), WHOLE)

    def _cited(self, cited: Cited) -> Match:
        stems = self._stems(TextField.ANY)
        found: list[Match] = [
            _in_one_of(stems, partial(_term, each), WHOLE) for each in cited.marks
        ]
        if self.scored and not self.pages:
            better: list[Match] = [Term("title", each, IN_TITLE) for each in cited.marks]
            if cited.law:
                words = [item.whole for _, item in self.analyser.text(f"{cited.text} {cited.law}")]
                better.append(self._sequence(tuple(words[-2:]), TextField.ANY))
            found.append(AnyOf((Always(), *better)))
        return AllOf(tuple(found))

    def _one(self, text: str, item: Analysed, word: Word) -> Match:
        stems, written = self._stems(word.field), self._written(word.field)
        found = [_any_in(stems, (item.whole, item.joined) if item.joined else (item.whole,), WHOLE)]
        if (
            item.parts
        ):  # words of their own: other compounds with these parts are about other things
            ordered = self._ordered(word.field)
            for parts in (item.parts, *self.analyser.in_two(text)):
                each = (_in_one_of(ordered, partial(_term, part), 0) for part in parts)
                found.append(AllOf(tuple(each), PARTS))
        if self.scored:  # each of these is a hit by the whole word already
            found += self._better(item, word)
        distance = near_distance(item.folded) if word.near else 0
        if distance and written:
            found.append(
                _in_one_of(written, lambda field: Near(field, item.folded, distance), NEAR)
            )
        return AnyOf(tuple(found))

    def _better(self, item: Analysed, word: Word) -> Iterator[Match]:
        if written := self._written(word.field):
            yield _in_one_of(written, lambda field: Term(field, item.folded), AS_WRITTEN)
        if word.field is TextField.ANY and not self.pages:
            yield Term("title", item.whole, IN_TITLE)
            yield Term("sender", item.whole, IN_SENDER)
        if word.field in (TextField.ANY, TextField.BODY) and not self.pages:
            yield Term("often", item.whole, OFTEN)

    def _phrase(self, text: str, field: TextField) -> Match:
        found: list[Match] = [
            self._sequence(words, field)
            for each in identifiers.spellings(text)
            if (words := tuple(item.whole for _, item in self.analyser.text(each)))
        ]
        stems = self._stems(field)
        found += [
            _in_one_of(stems, partial(_term, form), PHRASE) for form in identifiers.asked(text)
        ]
        return AnyOf(tuple(found)) if len(found) > 1 else found[0] if found else Always()

    def _sequence(self, words: tuple[str, ...], field: TextField) -> Match:
        """These stems one after the other, no compounds that hold them."""
        ordered = self._ordered(field)
        if len(words) == 1:
            return _in_one_of(ordered, lambda field: Term(field, words[0]), PHRASE)
        if field is TextField.NAME:  # file names keep no order of words
            return AllOf(tuple(Term("name", word) for word in words), PHRASE)
        return _in_one_of(ordered, lambda field: Sequence(field, words), PHRASE)

    def _prefix(self, prefix: Prefix) -> Match:
        words = [fold for word in tokens.words(prefix.text) if (fold := tokens.fold(word))]
        if not words:
            return Always()
        *before, last = words
        written = self._written(prefix.field) or ("name",)
        found = [_in_one_of(written, partial(_term, word), PREFIX) for word in before]
        found.append(_in_one_of(written, lambda field: StartsWith(field, last), PREFIX))
        return found[0] if len(found) == 1 else AllOf(tuple(found))

    def _stems(self, field: TextField) -> tuple[str, ...]:
        if field is not TextField.ANY:
            return (field.value,)
        return ("body",) if self.pages else ("body", "title", "sender", "name")

    def _ordered(self, field: TextField) -> tuple[str, ...]:
        """Fields of whole stems in order; file names keep none."""
        if field is TextField.NAME:
            return ("name",)
        if field is not TextField.ANY:
            return (f"{field.value}_s",)
        return ("body_s",) if self.pages else ("body_s", "title_s", "sender_s")

    def _written(self, field: TextField) -> tuple[str, ...]:
        """Fields of words as written; file names have none."""
        if field is TextField.NAME:
            return ()
        if field is not TextField.ANY:
            return (f"{field.value}_x",)
        return ("body_x",) if self.pages else ("body_x", "title_x", "sender_x")

    def _reference(self, reference: Reference) -> Match:
        mark = file_references.forms(reference.text)
        if mark is None:
            return Never() if reference.only else Always()
        # Segments, not letters, are compared: 63.11/1 and 63.1/11 have the same letters.
        found: list[Match] = [
            Term("ref", mark.ref, MARK),
            Term("ref_tail", mark.segments, MARK),
        ]
        if reference.certain:
            found += [
                StartsWith("ref_tail", f"{mark.segments}.", MARK_PART),
                StartsWith("ref_tail", mark.segments, MARK_BEGINNING),
            ]
        if mark.ref == mark.compact and len(mark.compact) >= file_references.MIN_PARTIAL:
            found += [
                Term("ref_c", mark.compact, MARK),
                StartsWith("ref_c", mark.compact, MARK_BEGINNING),
            ]
        if not self.pages:
            forms = dict.fromkeys((mark.ref, mark.segments))
            found += [Term("own_ref", form, OWN_MARK) for form in forms]
        if not reference.only:
            found.append(self._word(Word(reference.text)))
        return AnyOf(tuple(found))


def near_distance(folded: str) -> int:
    """How many changes a similar spelling may have; short words and numbers may have none."""
    if len(folded) < 5 or not folded.isalpha():
        return 0
    return 1 if len(folded) <= 7 else 2


def _is_one_number(text: str, analysed: list[Analysed]) -> bool:
    """Whether its groups of digits belong together, in this order: signs stand between them, and no
    comma, before which an amount may be grouped otherwise (1234,56 for 1.234,56)."""
    return not any(sign == "," or sign.isspace() for sign in text.strip()) and all(
        item.folded[:1].isdigit() for item in analysed
    )


def _in_one_of(names: tuple[str, ...], make: Callable[[str], Match], score: int) -> Match:
    """The same in any of the fields; counts once, in however many it is."""
    found = tuple(make(name) for name in names)
    return AllOf((found[0] if len(found) == 1 else AnyOf(found),), score)


def _any_in(names: tuple[str, ...], given: tuple[str, ...], score: int) -> Match:
    """Any of these tokens in any of the fields; counts once."""
    found = tuple(Term(name, token) for name in names for token in given)
    return AllOf((found[0] if len(found) == 1 else AnyOf(found),), score)


def _term(token: str, field: str) -> Match:
    return Term(field, token)


def _dates(leaf: Dates) -> Match:
    first = None if leaf.first is None else fields.days(leaf.first)
    last = None if leaf.last is None else fields.days(leaf.last)
    names = {
        DateField.RECEIVED: ("received",),
        DateField.LETTER: ("letter",),
        DateField.EITHER: ("received", "letter"),
    }[leaf.field]
    found = tuple(Between(name, first, last) for name in names)
    return found[0] if len(found) == 1 else AnyOf(found)
