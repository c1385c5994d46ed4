"""Synthetic German files for measuring: the same on every machine, in any amount.

Words come from our own list of administrative nouns: bare, inflected, joined into compounds, and
drawn by Zipf's law; names and places are made of syllables, and some letters are misread as by OCR.
Documents have the number of pages, departments, closed compartments, dates and file marks that a
county's have. Nothing here is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from search.german.lexicon import Lexicon, load
from search.index import Entry, PageEntry
from search.query.stopwords import STOPWORDS

DEPARTMENTS = tuple(f"amt{number:02d}" for number in range(1, 21))
COMPARTMENT_SHARE = 0.05
MISREAD_SHARE = 0.01  #: of all words
LOWER_SHARE = 0.35  #: of the words that are no function words: verbs and adjectives
WORDS_A_PAGE = (70, 170)
LARGEST = 60  #: pages of the thickest document
CLASSES = ("antrag", "bescheid", "rechnung", "vermerk", "gutachten", "anfrage", "vertrag", "plan")
PLAN_UNITS = tuple(f"{group}.{unit}" for group in range(10, 70, 5) for unit in range(1, 6))
FIRST_DAY = date(2012, 1, 1)
DAYS = 5_200
_VOCABULARY = 60_000
_SEED = 1867
_LINKS = {"ung": "s", "ion": "s", "eit": "s", "aft": "s", "tät": "s", "ing": "s"}
_ENDINGS = ("", "", "en", "s", "e", "es")
_ONSETS = (
    "b",
    "br",
    "d",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "kl",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "sch",
)
_VOWELS = ("a", "e", "i", "o", "u", "au", "ei", "ie", "ö", "ü")
_CODAS = ("b", "ch", "ck", "f", "g", "l", "ld", "ll", "m", "n", "nd", "ng", "r", "rg", "rt", "s")
_MISREADINGS = (
    ("rn", "m"),
    ("l", "1"),
    ("e", "c"),
    ("h", "b"),
    ("i", "l"),
    ("n", "u"),
    ("u", "ii"),
)


def vocabulary(lexicon: Lexicon | None = None) -> list[str]:
    """Words as written, the most frequent first."""
    chance = np.random.default_rng(_SEED)
    nouns = sorted(lexicon.nouns if lexicon else load(dictionaries=()).nouns)
    words: dict[str, None] = dict.fromkeys(sorted(STOPWORDS))
    pool: dict[str, None] = {}
    while len(pool) < _VOCABULARY:
        kind, first, second, third, ending = (
            chance.random(),
            *chance.integers(0, len(nouns), 3),
            chance.integers(0, 6),
        )
        if kind < 0.06:
            word = nouns[first]
        elif kind < 0.55:
            word = _joined(nouns[first], nouns[second])
        elif kind < 0.70:
            word = _joined(_joined(nouns[first], nouns[second]), nouns[third])
        else:
            word = _name(chance)
        written = word + _ENDINGS[ending]
        pool[written if chance.random() < LOWER_SHARE else written.capitalize()] = None
    # Short and simple words are the frequent ones, as in any language.
    ranked = sorted(pool, key=lambda word: len(word) + 6 * chance.random())
    return [*words, *ranked]


def _joined(first: str, second: str) -> str:
    return first + _LINKS.get(first[-3:], "") + second


def _name(chance: np.random.Generator) -> str:
    syllables = 2 + int(chance.integers(0, 2))
    return "".join(
        part[int(chance.integers(0, len(part)))]
        for _ in range(syllables)
        for part in (_ONSETS, _VOWELS, _CODAS)
    )


@dataclass(frozen=True, slots=True)
class Corpus:
    """Makes documents by their number; the same number is always the same document."""

    words: Sequence[str]
    cumulated: np.ndarray[tuple[int], np.dtype[np.float64]]

    @classmethod
    def make(cls) -> Corpus:
        words = vocabulary()
        weights = 1.0 / (np.arange(len(words)) + 2.7) ** 1.05
        return cls(words, np.cumsum(weights) / weights.sum())

    def document(self, number: int) -> Entry:
        chance = np.random.default_rng((_SEED, number))
        pages = self._pages(chance)
        department = DEPARTMENTS[int(chance.beta(1, 2.5) * len(DEPARTMENTS))]
        closed = chance.random() < COMPARTMENT_SHARE
        received = FIRST_DAY + timedelta(days=int(DAYS * chance.beta(2, 1)))
        unit = PLAN_UNITS[int(chance.integers(0, len(PLAN_UNITS)))]
        # A file holds about twelve documents of its department.
        mark = f"{unit}/{received.year}-{int(chance.integers(1, 400)):04d}"
        return Entry(
            document_id=f"doc_{number:09d}",
            revision=1,
            scope=f"dept:{department}/comp:personal" if closed else f"dept:{department}",
            department=department,
            stream="legacy" if chance.random() < 0.4 else "mailroom",
            received_on=received,
            document_class=CLASSES[int(chance.beta(1, 2) * len(CLASSES))],
            plan_unit=unit,
            title=" ".join(self._draw(chance, 5)),
            sender=" ".join(self._draw(chance, 3)),
            file_mark=mark,
            file_name=f"scan_{number:07d}.pdf",
            letter_date=received - timedelta(days=int(chance.integers(1, 9))),
            pages=tuple(
                PageEntry(number=at, text=self._text(chance, count, mark if at == 1 else ""))
                for at, count in enumerate(pages, 1)
            ),
        )

    def documents(self, pages: int, *, start: int = 0) -> Iterator[Entry]:
        """Documents until they have so many pages together."""
        done, number = 0, start
        while done < pages:
            entry = self.document(number)
            yield entry
            done += len(entry.pages)
            number += 1

    def _pages(self, chance: np.random.Generator) -> list[int]:
        """Words on each page: half of all documents have one page, some have many."""
        count = min(LARGEST, int(1 / (1 - chance.random()) ** 0.75))
        low, high = WORDS_A_PAGE
        return [int(each) for each in chance.integers(low, high + 1, count)]

    def _draw(self, chance: np.random.Generator, count: int) -> list[str]:
        words = self.words
        ranks = np.searchsorted(self.cumulated, chance.random(count))
        return [words[rank] for rank in ranks]

    def _text(self, chance: np.random.Generator, count: int, mark: str) -> str:
        words = self._draw(chance, count)
        for at in chance.integers(0, count, int(chance.poisson(MISREAD_SHARE * count))):
            words[at] = _misread(words[at], chance)
        for at in range(11, count, 12):
            words[at] += ".\n" if at % 5 else ","
        head = f"Unser Zeichen: {mark}\n" if mark else ""
        return f"{head}{' '.join(words)}"


def _misread(word: str, chance: np.random.Generator) -> str:
    right, wrong = _MISREADINGS[int(chance.integers(0, len(_MISREADINGS)))]
    if right in word:
        return word.replace(right, wrong, 1)
    at = int(chance.integers(0, len(word)))
    return word[:at] + "abcdefghiklmnorstu"[int(chance.integers(0, 18))] + word[at + 1 :]
