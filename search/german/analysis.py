"""German analysis, once for all engines: what a word is indexed and asked as.

Engines see tokens separated by blanks and compare them as they are, so both find the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from search.german import completion, compound_ellipsis, compounds, tokens
from search.german.lexicon import DICTIONARIES, Lexicon, load

ANALYSIS = 5  #: raise with every change that makes the same text yield other tokens
CACHE_WORDS = 200_000  #: distinct words kept for indexing; about 70 MB when full
MAX_ROW = 6  #: parts of a compound that are one token
MIN_HALF = 4  #: letters before and behind the end of a line that may be words of their own
CACHE_ASKED = 20_000  #: words of questions and of shown text
#: small words that are no forms of the nouns whose stem they have (Weg, Recht, Teil); a capital makes the noun
SMALL_WORDS = frozenset(("wegen", "rechts", "links", "mittels", "teils", "sondern", "bereits"))
#: adjectives at the end of compounds, and the noun by which these are also asked for
#: (naturschutzrechtlich: Naturschutzrecht)
DERIVED_FROM = {
    "rechtlich": "recht",
    "pflichtig": "pflicht",
    "gewerblich": "gewerb",
    "wirtschaftlich": "wirtschaft",
    "amtlich": "amt",
}


@dataclass(frozen=True, slots=True)
class Analysed:
    """``folded`` is the word as written, ``whole`` its stem, ``parts`` the stems of a compound's
    smallest parts in order (empty for a simple word), ``joined`` these as one token, which the
    index holds of every compound with these parts side by side. ``stems`` is what the index holds for
    the word: the whole, its parts, parts that are compounds themselves, and all ``joined`` in it."""

    folded: str
    whole: str
    parts: tuple[str, ...]
    joined: str
    stems: tuple[str, ...]


class _Taken(NamedTuple):
    """A compound (its umlauts written out), its smallest parts as they stand there, and all on the way to
    these (Bau|genehmigungsverfahren first)."""

    word: str
    smallest: list[str]
    on_the_way: list[str]


#: What the index holds for one piece of text: its folded form (empty where no letter or digit
#: remains), its stems, the spelling that is offered while somebody types (empty: none), the stems
#: joined by blanks, and the whole stem. A plain tuple, which the garbage collector leaves alone.
Held = tuple[str, tuple[str, ...], str, str, str]


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
        self.folded: Callable[[str], str] = lru_cache(maxsize=CACHE_ASKED)(_folded)
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

    def in_two(self, text: str) -> list[tuple[str, str]]:
        """The stems of the two halves of a word of three parts and more, cut at each place: Trinkwasser and
        Schutzgebiet, each of which a text may have as a word of its own."""
        taken = self._take_apart(tokens.lower(tokens.spelled_out(text)))
        found: list[tuple[str, str]] = []
        end = 0
        for part in taken.smallest if len(taken.smallest) > 2 else ():
            begin = taken.word.find(part, end)
            if end and begin >= end:
                halves = taken.word[:end], taken.word[begin:]
                found.append((self._splitter.stem_of(halves[0]), self._splitter.stem_of(halves[1])))
            end = begin + len(part)
        return found

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

    def left_out(self, text: str) -> list[str]:
        """Words of a text that are meant and of which a part is left out (Geh- und Radwege)."""
        return list(
            compound_ellipsis.find(text, lambda word: self._take_apart(tokens.lower(word)).smallest)
        )

    def _learn(self, known: dict[str, Held], piece: str) -> Held:
        word = tokens.mended(piece)
        analysed = self._analyse(word)
        held: Held = ("", (), "", "", "")
        if analysed.folded:
            offered = completion.offered(word, analysed.folded)
            stems = dict.fromkeys(analysed.stems)
            if "\n" in piece and not self._is_known(word, analysed):
                # Ofen-\nbauer: joined and apart, since either may be meant
                for half in tokens.halves(piece):
                    if len(half) >= MIN_HALF:
                        stems.update(dict.fromkeys(self._analyse(half).stems))
            elif letters := tokens.letters(piece):
                stems.update(dict.fromkeys(letters))  # a b c d: perhaps no word at all
                if not self._is_known(word, analysed):
                    offered = ""
            held = (analysed.folded, tuple(stems), offered, " ".join(stems), analysed.whole)
        known[piece] = held
        return held

    def _is_known(self, word: str, analysed: Analysed) -> bool:
        return bool(analysed.parts) or not word[:1].isupper() or self.lexicon.knows(word)

    def _analyse(self, text: str) -> Analysed:
        folded = _folded(text)
        if text[:1] in tokens.SIGNS or text in tokens.FRACTIONS:
            return Analysed(folded, folded, (), "", (folded,) if folded else ())
        if text in SMALL_WORDS:
            return Analysed(folded, folded, (), "", (folded,))
        plain = tokens.lower(tokens.spelled_out(text))
        taken = self._take_apart(plain)
        stem_of = self._splitter.stem_of
        whole = stem_of(plain)
        parts = list(map(stem_of, taken.smallest))
        rows = list(_side_by_side(parts))
        held = [whole, *map(stem_of, taken.on_the_way), *rows]
        if parts and (noun := DERIVED_FROM.get(parts[-1])):
            held += [noun, *_side_by_side([*parts[:-1], noun])]
        return Analysed(
            folded,
            whole,
            tuple(dict.fromkeys(parts)),
            rows[-1] if rows else "",
            tuple(dict.fromkeys(held)),
        )

    def _take_apart(self, word: str) -> _Taken:
        parts = self._splitter.split(word)
        if not parts:
            umlauts = tokens.transcribed(word)
            if umlauts != word and (parts := self._splitter.split(umlauts)):
                word = umlauts
        smallest: list[str] = []
        on_the_way: list[str] = []
        for part in parts:
            inner = self._parts(part)
            smallest.extend(inner.smallest or [part])
            on_the_way.extend([part, *inner.on_the_way])
        return _Taken(word, smallest, on_the_way)


def _side_by_side(parts: Sequence[str]) -> Iterator[str]:
    """All rows of two parts or more, the whole row last."""
    for size in range(2, min(len(parts), MAX_ROW) + 1):
        for start in range(len(parts) - size + 1):
            yield "+".join(parts[start : start + size])


def _folded(word: str) -> str:
    return tokens.fold(tokens.spelled_out(word))


def load_analyser(
    *,
    site: Path | None = None,
    dictionaries: Sequence[Path] = DICTIONARIES,
    kept_in: Path | None = None,
) -> Analyser:
    """The analyser over all word lists that are there; ``kept_in`` as for ``load``.

    Raises ConfigError for a bad site file.
    """
    return Analyser(load(site=site, dictionaries=dictionaries, kept_in=kept_in))
