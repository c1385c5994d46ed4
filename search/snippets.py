"""Fragments of a text that show why it was found. Plain text: escaping is the caller's.

Made from the archived text with the analyser of the index, so that what is marked is what was
matched: forms of a word, compounds that hold it, phrases, beginnings, similar spellings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from search.german import identifiers
from search.german.analysis import Analysed, Analyser
from search.german.spelling_distance import within_distance
from search.german.tokens import MAX_WORD, Token, fold, normalise, tokens
from search.german.tokens import words as words_of
from search.query.parser import Query
from search.query.query_tree import Cited, Phrase, Prefix, Reference, TextField, Word, wanted
from search.query.stopwords import asked_for
from search.query_plan import near_distance

STRETCH = 20_000  #: letters of a text that are looked at in one go
OVERLAP = 400  #: letters of the next stretch that are those of the last: hits may stand there
MAX_READ = 100_000  #: letters of a text in which hits are looked for
MAX_PLACES = 300  #: hits of one condition in a stretch that are told apart
MIN_JOINED = 4  #: letters and digits of what is looked for in groups
ELLIPSIS = "…"
#: whether a word of the text, folded and as it stands there, is what was asked for
_Test = Callable[[str, str], bool]
_Needle = tuple[_Test, ...]  #: consecutive words that pass these
#: each condition as ways to fulfil it, each way as needles
_Conditions = list[list[list[_Needle]]]
_BLANK = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of text; ``hit`` = it is why the text was found."""

    text: str
    hit: bool


def snippet(
    text: str, query: Query, analyser: Analyser, *, length: int = 200
) -> tuple[Fragment, ...]:
    """The stretch of about ``length`` letters with the most different hits, blanks collapsed.

    The beginning of the text where nothing in it was asked for; empty for an empty text.
    """
    conditions = _conditions(query, analyser)
    best: _Stretch | None = None
    for stretch in _stretches(text, query, conditions, analyser):
        if best is None or stretch.fulfilled > best.fulfilled:
            best = stretch
        if best.fulfilled >= len(conditions):
            break
    if best is None:
        return ()
    first, last = _window(best.found, best.marked.places, length)
    return _fragments(best, first, last)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a text with its words; ``fulfilled`` counts the conditions that have a hit in it."""

    plain: str
    begins: bool  #: the text begins here
    ends: bool
    found: list[Token]
    marked: _Marked

    @property
    def fulfilled(self) -> int:
        return len(set(self.marked.places.values()))


def _stretches(
    text: str, query: Query, conditions: _Conditions, analyser: Analyser
) -> Iterator[_Stretch]:
    """The text in parts that end between words, at most MAX_READ letters of it."""
    start = 0
    while start < min(len(text), MAX_READ):
        end = _blank_from(text, start + STRETCH)
        plain = normalise(text[start:end])
        if found := list(tokens(plain)):
            marked = _marked(found, query, conditions, analyser)
            yield _Stretch(plain, start == 0, end >= len(text), found, marked)
        start = end if end >= len(text) else _blank_from(text, end - OVERLAP)


def _blank_from(text: str, place: int) -> int:
    """The first blank from here on, near enough; else this place or the end."""
    blank = _BLANK.search(text, place, place + MAX_WORD)
    return blank.start() if blank else min(place, len(text))


def highlights(words: Sequence[str], query: Query, analyser: Analyser) -> tuple[int, ...]:
    """Which of the words on a page to mark: their indexes in ``words``, ascending."""
    owners: list[int] = []
    found: list[Token] = []
    for index, word in enumerate(words):
        for token in tokens(normalise(word)):
            found.append(token)
            owners.append(index)
    marked = _marked(found, query, _conditions(query, analyser), analyser)
    return tuple(sorted({owners[place] for place in marked.places}))


@dataclass(frozen=True, slots=True)
class _Marked:
    """``places``: index of each matching token -> which condition it fulfils. ``joined``: those
    that go on into the next token, as within a phrase."""

    places: dict[int, int]
    joined: set[int]


def _marked(
    found: Sequence[Token], query: Query, conditions: _Conditions, analyser: Analyser
) -> _Marked:
    text = _Words(found, analyser)
    marked = _Marked({}, set())
    for number, ways in enumerate(conditions):
        for needles in ways:
            if True in [_mark(text, needle, number, marked) for needle in needles]:
                break
    for joined in _in_groups(query):
        _mark_joined(text, joined, marked)
    return marked


class _Words:
    """The words of a text, and where each distinct one stands: a test is made once for each."""

    def __init__(self, found: Sequence[Token], analyser: Analyser) -> None:
        self.words = [token.word for token in found]
        self.folded = list(map(analyser.folded, self.words))
        self.places: dict[tuple[str, str], list[int]] = {}
        for place, pair in enumerate(zip(self.folded, self.words, strict=True)):
            self.places.setdefault(pair, []).append(place)

    def passing(self, test: _Test) -> list[int]:
        """Where words stand that pass."""
        return [at for pair, places in self.places.items() if test(*pair) for at in places]


def _in_groups(query: Query) -> list[str]:
    """Numbers and words that the text may have in groups or with hyphens, as one."""
    asked = dict.fromkeys(leaf for leaf in wanted(query.root) if isinstance(leaf, Word))
    joined = ("".join(map(fold, words_of(leaf.text))) for leaf in asked)
    return [text for text in joined if len(text) >= MIN_JOINED]


def _mark_joined(text: _Words, joined: str, marked: _Marked) -> None:
    """Mark consecutive words that are ``joined`` when written as one."""
    folded = text.folded
    for start in text.passing(lambda word, _: word != joined and joined.startswith(word or " "))[
        :MAX_PLACES
    ]:
        end, rest = start, joined
        while end < len(folded) and rest and folded[end] and rest.startswith(folded[end]):
            rest = rest[len(folded[end]) :]
            end += 1
        if not rest:
            marked.joined.update(range(start, end - 1))
            for place in range(start, end):
                marked.places.setdefault(place, -1)


def _mark(text: _Words, needle: _Needle, number: int, marked: _Marked) -> bool:
    """Mark every place where consecutive words pass the tests; whether there was one."""
    first, *rest = needle
    hit = False
    for start in text.passing(first)[:MAX_PLACES]:
        if start + len(rest) >= len(text.words):
            continue
        after = enumerate(rest, start + 1)
        if all(test(text.folded[at], text.words[at]) for at, test in after):
            hit = True
            marked.joined.update(range(start, start + len(rest)))
            for step in range(len(needle)):
                marked.places.setdefault(start + step, number)
    return hit


def _conditions(query: Query, analyser: Analyser) -> _Conditions:
    """Each wanted condition as ways to fulfil it; a way counts where no better one does."""
    conditions: _Conditions = []
    for leaf in dict.fromkeys(asked_for(wanted(query.root))):
        if isinstance(leaf, Word) and leaf.field in (TextField.ANY, TextField.BODY):
            words = analyser.text(leaf.text)
            conditions.extend(_word_ways(text, word, leaf.near, analyser) for text, word in words)
        elif isinstance(leaf, Cited):
            conditions.extend(_citation_ways(mark) for mark in leaf.marks)
        elif isinstance(leaf, Phrase | Reference | Prefix):
            needles = [_in_a_row(each, analyser) for each in _spellings(leaf)]
            if isinstance(leaf, Prefix) and needles[0]:
                needles[0] = (*needles[0][:-1], _begins(fold(list(words_of(leaf.text))[-1])))
            if needles := list(filter(None, needles)):
                conditions.append([needles])
    return conditions


def _spellings(leaf: Phrase | Reference | Prefix) -> tuple[str, ...]:
    return identifiers.spellings(leaf.text) if isinstance(leaf, Phrase) else (leaf.text,)


def _in_a_row(text: str, analyser: Analyser) -> _Needle:
    return tuple(_in_form(word.whole, analyser) for _, word in analyser.text(text))


def _citation_ways(mark: str) -> list[list[_Needle]]:
    """The sign and the number; in a list (§§ 34, 35) the number alone."""
    number = mark.lstrip("§abcdefghijklmnopqrstuvwxyz")
    sign = mark.removesuffix(number)
    begins = {"§": ("§", "paragra"), "art": ("art",), "abs": ("abs",)}[sign]
    return [
        [((lambda folded, _: folded.startswith(begins)), _written(number))],
        [(_written(number),)],
    ]


def _word_ways(text: str, word: Analysed, near: bool, analyser: Analyser) -> list[list[_Needle]]:
    """The word in any form or compound; else its parts; else, where asked for, what is similar."""
    ways = [[_holds(word.whole, analyser)]]
    if word.parts:
        ways[0].append(_holds(word.joined, analyser, word.parts[0]))
        for parts in (*analyser.in_two(text), word.parts):
            ways.append([(_in_form(part, analyser),) for part in parts])
    distance = near_distance(word.folded) if near else 0
    if distance:
        ways.append([(lambda folded, _: within_distance(folded, word.folded, distance),)])
    return ways


def _holds(stem: str, analyser: Analyser, begins: str | None = None) -> _Needle:
    """Words with this stem. Taking a word apart is costly, so it is done only for words that have
    some letters of the stem: the first may melt into a part before it, the last are inflected."""
    probe = fold(begins or stem)[1:4] or stem
    return (lambda folded, word: probe in folded and stem in analyser.word(word).stems,)


def _in_form(stem: str, analyser: Analyser) -> _Test:
    """Words with just this stem, no compounds that hold it."""
    probe = fold(stem)[1:4] or stem
    return lambda folded, word: probe in folded and analyser.word(word).whole == stem


def _written(word: str) -> _Test:
    return lambda folded, _: folded == word


def _begins(word: str) -> _Test:
    return lambda folded, _: folded.startswith(word)


def _until(reach: int, found: Sequence[Token], places: Iterable[int]) -> list[int]:
    return list(takewhile(lambda place: found[place].end <= reach, places))


def _window(found: Sequence[Token], marked: dict[int, int], length: int) -> tuple[int, int]:
    """First and last token of the stretch to show."""
    best, best_value = 0, -1.0
    places = sorted(marked)
    for index, place in enumerate(places):
        reach = found[place].start + length * 3 // 4
        inside = _until(reach, found, places[index : index + length])
        value = 10.0 * len({marked[other] for other in inside}) + min(len(inside), 9)
        if value > best_value:
            best, best_value = place, value
    first = best
    lead = length // 4 if places else 0
    while first > 0 and found[best].start - found[first - 1].start <= lead:
        first -= 1
    last = first
    while last + 1 < len(found) and found[last + 1].end - found[first].start <= length:
        last += 1
    return first, max(last, best)


def _fragments(stretch: _Stretch, first: int, last: int) -> tuple[Fragment, ...]:
    plain, found, marked = stretch.plain, stretch.found, stretch.marked
    pieces: list[Fragment] = []

    def add(text: str, hit: bool) -> None:
        if pieces and pieces[-1].hit == hit:
            pieces[-1] = Fragment(pieces[-1].text + text, hit)
        elif text:
            pieces.append(Fragment(text, hit))

    if first > 0 or not stretch.begins:
        add(f"{ELLIPSIS} ", False)
    place = found[first].start if first > 0 or not stretch.begins else 0
    for index in range(first, last + 1):
        token = found[index]
        add(_blanks(plain[place : token.start]), index > first and index - 1 in marked.joined)
        written = plain[token.start : token.end]
        add(token.word if "\n" in written else written, index in marked.places)
        place = token.end
    if last + 1 < len(found) or not stretch.ends:
        add(f" {ELLIPSIS}", False)
    else:
        add(_blanks(plain[place:]).rstrip(), False)
    return tuple(pieces)


def _blanks(text: str) -> str:
    if not text:
        return ""
    inner = " ".join(text.split())
    if not inner:
        return " "
    return (" " if text[0].isspace() else "") + inner + (" " if text[-1].isspace() else "")
