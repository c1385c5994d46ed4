"""Compounds taken apart: the fewest known parts, joined by linking letters.

Viterbi over the places of a word; a part costs 1 and a little more when it is short, known only as
a first part, or joined by a link. Nothing is split where no complete chain of known parts exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from search.lexicon import Lexicon
from search.stemmer import stem
from search.tokens import fold

LINKS = ("s", "es", "n", "en", "er", "e")
MIN_COMPOUND = 6  #: letters; shorter words are never taken apart
MAX_COMPOUND = 60
_IMPOSSIBLE = float("inf")
_SHORT = 1.3  #: price of a part of up to four letters
_WANTS_S = ("ung", "ion", "heit", "keit", "schaft", "tät", "ling", "tum")


@dataclass(frozen=True, slots=True)
class _Step:
    cost: float
    start: int
    end: int  #: of the part itself; a link may follow it
    before: int


def split(word: str, lexicon: Lexicon) -> tuple[str, ...]:
    """The parts of a lower-case word, umlauts kept; empty when it is no compound."""
    if not MIN_COMPOUND <= len(word) <= MAX_COMPOUND or not word.isalpha():
        return ()
    if stem(fold(word)) in lexicon.simple:
        return ()
    size = len(word)
    best: list[_Step | None] = [None] * (size + 1)
    best[0] = _Step(0.0, 0, 0, 0)
    for start in range(size - 2):
        here = best[start]
        if here is None:
            continue
        for end in range(start + 2, size + 1):
            if start == 0 and end == size:
                continue
            part = word[start:end]
            cost = _cost(part, lexicon, last=end == size)
            if cost == _IMPOSSIBLE:
                continue
            for reach, extra in _reaches(word, end):
                total = here.cost + cost + extra
                if reach == end < size and part.endswith(_WANTS_S):
                    total += 0.5  # Installation|sorte
                known = best[reach]
                if known is None or total < known.cost:
                    best[reach] = _Step(total, start, end, start)
    return _walk(word, best)


def _reaches(word: str, end: int) -> list[tuple[int, float]]:
    """Where the next part may begin, with the price of the link between."""
    if end == len(word):
        return [(end, 0.0)]
    places = [(end, 0.0)]
    for link in LINKS:
        if word.startswith(link, end) and end + len(link) < len(word):
            places.append((end + len(link), 0.05 + 0.02 * len(link)))
    return places


def _cost(part: str, lexicon: Lexicon, *, last: bool) -> float:
    if last:
        return _last_cost(part, lexicon)
    if part in lexicon.nouns:
        genitive = part.endswith("s") and part[:-1] in lexicon.nouns
        price = _SHORT if len(part) - genitive <= 4 else 1.0
        return price + 0.04 * genitive  # Obst|sorte rather than Obsts|orte
    return 1.2 if part in lexicon.firsts else _IMPOSSIBLE


def _last_cost(part: str, lexicon: Lexicon) -> float:
    base = stem(fold(part))
    if base in lexicon.never_last:
        return _IMPOSSIBLE
    if part in lexicon.nouns:
        return _SHORT if len(part) <= 4 else 1.0
    return 1.2 if len(part) >= 4 and base in lexicon.last_stems else _IMPOSSIBLE


def _walk(word: str, best: list[_Step | None]) -> tuple[str, ...]:
    parts: list[str] = []
    place = len(word)
    while place > 0:
        step = best[place]
        if step is None:
            return ()
        parts.append(word[step.start : step.end])
        place = step.before
    return tuple(reversed(parts)) if len(parts) > 1 else ()
