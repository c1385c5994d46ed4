"""German analysis, once for all engines: what a word is indexed and asked as.

Engines see tokens separated by blanks and compare them as they are, so both find the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from search import compounds, tokens
from search.lexicon import DICTIONARIES, Lexicon, load
from search.stemmer import stem

ANALYSIS = 1  #: raise with every change that makes the same text yield other tokens
CACHE_WORDS = 200_000  #: distinct words kept; about 60 MB when full


@dataclass(frozen=True, slots=True)
class Analysed:
    """``folded`` is the word as written, ``whole`` its stem, ``parts`` the stems of a compound's
    smallest parts in order (empty for a simple word), ``stems`` what the index holds for it: the
    whole, its parts, and parts that are compounds themselves."""

    folded: str
    whole: str
    parts: tuple[str, ...]
    stems: tuple[str, ...]


class Analyser:
    """Words to tokens. Thread-safe; ``version`` changes whenever tokens may."""

    def __init__(self, lexicon: Lexicon, *, cache: int = CACHE_WORDS) -> None:
        self.lexicon = lexicon
        self.version = f"{ANALYSIS}-{lexicon.fingerprint}"
        self._word = lru_cache(maxsize=cache)(self._analyse)

    def word(self, text: str) -> Analysed:
        """Analyse one word (a token's text, without blanks)."""
        return self._word(text)

    def text(self, text: str) -> Iterator[tuple[str, Analysed]]:
        """All words of a text in order, as they stand there and analysed."""
        for word in tokens.words(text):
            analysed = self._word(word)
            if analysed.folded:
                yield word, analysed

    def _analyse(self, text: str) -> Analysed:
        plain = tokens.lower(text)
        folded = tokens.fold(text)
        smallest, all_parts = self._parts(plain)
        whole = stem(folded)
        return Analysed(
            folded,
            whole,
            tuple(dict.fromkeys(map(_stem_of, smallest))),
            tuple(dict.fromkeys((whole, *map(_stem_of, all_parts)))),
        )

    def _parts(self, word: str) -> tuple[list[str], list[str]]:
        """The smallest parts, and all on the way to them (Bau|genehmigungsverfahren first)."""
        parts = compounds.split(word, self.lexicon)
        if not parts:
            umlauts = tokens.transcribed(word)
            parts = compounds.split(umlauts, self.lexicon) if umlauts != word else ()
        smallest: list[str] = []
        on_the_way: list[str] = []
        for part in parts:
            inner, deeper = self._parts(part)
            smallest.extend(inner or [part])
            on_the_way.extend([part, *deeper])
        return smallest, on_the_way


def _stem_of(part: str) -> str:
    return stem(tokens.fold(part))


def load_analyser(
    *, site: Path | None = None, dictionaries: Sequence[Path] = DICTIONARIES
) -> Analyser:
    """The analyser over all word lists that are there. Raises ConfigError for a bad site file."""
    return Analyser(load(site=site, dictionaries=dictionaries))
