"""Compounds taken apart: the fewest known parts, joined by linking letters.

Viterbi over the places of a word; a part costs 1 and a little more when it is short, known only as
a first part, or joined by a link. Nothing is split where no complete chain of known parts exists.
"""

from __future__ import annotations

from functools import lru_cache

from search.lexicon import Lexicon
from search.stemmer import stem
from search.tokens import fold

LINKS = ("s", "es", "n", "en", "er", "e")
MIN_COMPOUND = 6  #: letters; shorter words are never taken apart
MAX_COMPOUND = 60
STEMS = 50_000  #: remembered
_SHORT = 1.3  #: price of a part of up to four letters
_WANTS_S = ("ung", "ion", "heit", "keit", "schaft", "tät", "ling", "tum")


#: price so far, and where the part before begins and ends; a link may follow it
_Step = tuple[float, int, int]


class Splitter:
    """Takes compounds apart by one lexicon. Thread-safe.

    Prices of all first parts are worked out once; the stems of last parts are remembered.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._prices = {part: 1.2 for part in lexicon.firsts}
        self._prices |= {part: _first_price(part, lexicon) for part in lexicon.nouns}
        self._longest = max(map(len, self._prices), default=0)
        self.stem_of = lru_cache(maxsize=STEMS)(_stem_of)

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of a lower-case word, umlauts kept; empty when it is no compound."""
        size = len(word)
        if not MIN_COMPOUND <= size <= MAX_COMPOUND or not word.isalpha():
            return ()
        if self.stem_of(word) in self.lexicon.simple:
            return ()
        best: list[_Step | None] = [None] * (size + 1)
        best[0] = (0.0, 0, 0)
        for start in range(size - 2):
            here = best[start]
            if here is not None:
                self._go_on(word, start, here[0], best)
        return _walk(word, best)

    def _go_on(self, word: str, start: int, paid: float, best: list[_Step | None]) -> None:
        """Every part that may begin at ``start``."""
        size = len(word)
        price_of = self._prices.get
        for end in range(start + 2, min(size, start + self._longest + 1)):
            price = price_of(word[start:end])
            if price is not None:
                for reach, extra in _reaches(word, end):
                    total = paid + price + extra
                    if reach == end and word.endswith(_WANTS_S, start, end):
                        total += 0.5  # Installation|sorte
                    known = best[reach]
                    if known is None or total < known[0]:
                        best[reach] = (total, start, end)
        if start and (price := self._last_price(word[start:])) is not None:
            known = best[size]
            if known is None or paid + price < known[0]:
                best[size] = (paid + price, start, size)

    def _last_price(self, part: str) -> float | None:
        base = self.stem_of(part)
        if base in self.lexicon.never_last:
            return None
        if part in self.lexicon.nouns:
            return _SHORT if len(part) <= 4 else 1.0
        return 1.2 if len(part) >= 4 and base in self.lexicon.last_stems else None


def _stem_of(part: str) -> str:
    return stem(fold(part))


def _first_price(part: str, lexicon: Lexicon) -> float:
    genitive = part.endswith("s") and part[:-1] in lexicon.nouns
    price = _SHORT if len(part) - genitive <= 4 else 1.0
    return price + 0.04 * genitive  # Obst|sorte rather than Obsts|orte


def _reaches(word: str, end: int) -> list[tuple[int, float]]:
    """Where the next part may begin, with the price of the link between."""
    if end == len(word):
        return [(end, 0.0)]
    places = [(end, 0.0)]
    for link in LINKS:
        if word.startswith(link, end) and end + len(link) < len(word):
            places.append((end + len(link), 0.05 + 0.02 * len(link)))
    return places


def _walk(word: str, best: list[_Step | None]) -> tuple[str, ...]:
    parts: list[str] = []
    place = len(word)
    while place > 0:
        step = best[place]
        if step is None:
            return ()
        _, start, end = step
        parts.append(word[start:end])
        place = start
    return tuple(reversed(parts)) if len(parts) > 1 else ()
