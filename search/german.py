"""German analysis, once for all engines: what a word is indexed and asked as.

Engines see tokens separated by blanks and compare them as they are, so both find the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from search import compounds, suggest, tokens
from search.lexicon import DICTIONARIES, Lexicon, load
from search.stemmer import stem

ANALYSIS = 1  #: raise with every change that makes the same text yield other tokens
CACHE_WORDS = 200_000  #: distinct words kept for indexing; about 70 MB when full
CACHE_ASKED = 20_000  #: words of questions and of shown text


@dataclass(frozen=True, slots=True)
class Analysed:
    """``folded`` is the word as written, ``whole`` its stem, ``parts`` the stems of a compound's
    smallest parts in order (empty for a simple word), ``stems`` what the index holds for it: the
    whole, its parts, and parts that are compounds themselves."""

    folded: str
    whole: str
    parts: tuple[str, ...]
    stems: tuple[str, ...]


#: What the index holds for one piece of text: its folded form (empty where no letter or digit
#: remains), its stems, the spelling that is offered while somebody types (empty: none), and the
#: stems joined by blanks. A plain tuple, which the garbage collector leaves alone.
Held = tuple[str, tuple[str, ...], str, str]


class Analyser:
    """Words to tokens. Thread-safe; ``version`` changes whenever tokens may.

    Pages are indexed word by word out of a cache: of a page's words nearly all were met before.
    """

    def __init__(self, lexicon: Lexicon, *, cache: int = CACHE_WORDS) -> None:
        self.lexicon = lexicon
        self.version = f"{ANALYSIS}-{lexicon.fingerprint}"
        self._word = lru_cache(maxsize=min(cache, CACHE_ASKED))(self._analyse)
        self._splitter = compounds.Splitter(lexicon)
        self._parts = lru_cache(maxsize=CACHE_ASKED)(self._take_apart)
        self.folded: Callable[[str], str] = lru_cache(maxsize=CACHE_ASKED)(tokens.fold)
        self._room = cache
        self._held: dict[str, Held] = {}

    def word(self, text: str) -> Analysed:
        """Analyse one word (a token's text, without blanks)."""
        return self._word(text)

    def text(self, text: str) -> Iterator[tuple[str, Analysed]]:
        """All words of a text in order, as they stand there and analysed."""
        for word in tokens.words(text):
            analysed = self._word(word)
            if analysed.folded:
                yield word, analysed

    def held(self, pieces: Sequence[str]) -> list[Held]:
        """What the index holds for each piece of a text, in order.

        The cache is a bare dictionary that is emptied when it is full: one that keeps the order of
        use would take several times as long for a hit, and frequent words are back at once.
        """
        known = self._held
        found = list(map(known.get, pieces))
        if None not in found:
            return cast(list[Held], found)
        if len(known) >= self._room:
            known = self._held = {}
        return [known.get(piece) or self._learn(known, piece) for piece in pieces]

    def _learn(self, known: dict[str, Held], piece: str) -> Held:
        word = tokens.mended(piece)
        analysed = self._analyse(word)
        held: Held = ("", (), "", "")
        if analysed.folded:
            offered = suggest.offered(word, analysed.folded)
            held = (analysed.folded, analysed.stems, offered, " ".join(analysed.stems))
        known[piece] = held
        return held

    def _analyse(self, text: str) -> Analysed:
        plain = tokens.lower(text)
        folded = tokens.fold(text)
        smallest, all_parts = self._take_apart(plain)
        whole = stem(folded)
        stem_of = self._splitter.stem_of
        return Analysed(
            folded,
            whole,
            tuple(dict.fromkeys(map(stem_of, smallest))),
            tuple(dict.fromkeys((whole, *map(stem_of, all_parts)))),
        )

    def _take_apart(self, word: str) -> tuple[list[str], list[str]]:
        """The smallest parts, and all on the way to them (Bau|genehmigungsverfahren first)."""
        parts = self._splitter.split(word)
        if not parts:
            umlauts = tokens.transcribed(word)
            parts = self._splitter.split(umlauts) if umlauts != word else ()
        smallest: list[str] = []
        on_the_way: list[str] = []
        for part in parts:
            inner, deeper = self._parts(part)
            smallest.extend(inner or [part])
            on_the_way.extend([part, *deeper])
        return smallest, on_the_way


def load_analyser(
    *, site: Path | None = None, dictionaries: Sequence[Path] = DICTIONARIES
) -> Analyser:
    """The analyser over all word lists that are there. Raises ConfigError for a bad site file."""
    return Analyser(load(site=site, dictionaries=dictionaries))
