"""Words of which a part is left out: Geh- und Radwege, Haupteingang und -ausgang, An- und Abmeldung.

What is meant is in the text though it does not stand there: Gehwege, Hauptausgang, Anmeldung. What a
prefix stands before is no word of a list in most cases, so prefixes are known by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from search.german.tokens import normalise

MAX_FOUND = 200  #: of one text
MAX_ROW = 5  #: Kinder-, Jugend- und Familienhilfe

_AND = r"\s*(?:,|/|&|und|oder|bzw\.?|beziehungsweise|sowie|u\.|o\.|bis|als auch|wie)\s*"
#: a match begins at a word's beginning: tried within each letter of a long run, it would cost its square
_BEGIN = r"(?<![^\W\d_])"
_OPEN = re.compile(
    rf"{_BEGIN}(?P<row>[^\W\d_]{{2,}}-(?:{_AND}[^\W\d_]{{2,}}-){{0,{MAX_ROW - 1}}}){_AND}(?P<last>[^\W\d_]{{4,}})"
)
_CLOSED = re.compile(rf"{_BEGIN}(?P<first>[^\W\d_]{{4,}}){_AND}-(?P<rest>[^\W\d_]{{3,}})")
_WORD = re.compile(r"[^\W\d_]+(?=-)")
#: a hyphen that no letter follows: only there, or where none precedes it, something is left out
_OPEN_END = re.compile(r"-(?=[\s,/&]|(?:und|oder|bzw)\b)")

#: prefixes of verbs and of the nouns made from them: each stands for another of the row
_OF_VERBS_WORDS = (
    "ab an auf aus bei dar durch ein empor entgegen fehl fest fort her herab heran herauf heraus herein"
    " herüber herum herunter hervor hin hinab hinauf hinaus hinein hinüber hinunter hinzu in los um"
    " voran voraus vorbei weg weiter wieder zu zurück zusammen"
)
#: those that nouns have of their own too (Vorort, Oberfläche)
_OF_NOUNS_WORDS = (
    "außen außer erst fern gegen haupt hinter innen mit mittel nach neben nieder ober rück sonder über"
    " unter vor vorder wider zwischen"
)
_OF_VERBS = frozenset(_OF_VERBS_WORDS.split())
_OF_NOUNS = frozenset(_OF_NOUNS_WORDS.split())
#: those that stand unstressed, and always cling to their verb
_CLINGING = frozenset(("be", "ent", "er", "miss", "ver", "zer"))
_PREFIXES = _OF_VERBS | _CLINGING | _OF_NOUNS
_LONGEST_FIRST = sorted(_PREFIXES, key=lambda prefix: (-len(prefix), prefix))
MIN_STEM = 3  #: letters behind a prefix (Auf- und Abbau)
MIN_CLUNG_TO = 4  #: behind those that many words merely begin with (Erde, Vers)
_VOWEL = re.compile("[aeiouyäöü]")


def find(text: str, parts: Callable[[str], list[str]]) -> Iterator[str]:
    """The words that are meant; ``parts`` takes a compound apart as it is written.

    Of Kinder- und Jugendhilfeausschuss both Kinderausschuss and Kinderhilfeausschuss may be meant.
    """
    plain = normalise(text)
    if " -" not in plain and "\n-" not in plain and not _OPEN_END.search(plain):
        return
    found: dict[str, None] = {}
    for match in _OPEN.finditer(plain):
        ends = _ends(parts(match["last"]))
        behind = _behind_prefix(match["last"])
        for first in _WORD.findall(match["row"]):
            found |= dict.fromkeys(first + end for end in _meant(first, behind, ends))
    for match in _CLOSED.finditer(plain):
        words = parts(match["first"])
        begins = ["".join(words[:size]) for size in range(1, len(words))]
        found |= dict.fromkeys(begin + match["rest"] for begin in begins)
    yield from list(found)[:MAX_FOUND]


def _meant(first: str, behind: tuple[str, str] | None, ends: list[str]) -> list[str]:
    """What follows the first word: behind another prefix what that stands before, else an end of the
    compound. Ab- und Oberflächenwasser may mean either, An- und Abmeldezahl means no Anzahl."""
    word = first.lower()
    if behind is None or word not in _PREFIXES or word == behind[0]:
        return ends
    of_nouns = behind[0] in _OF_NOUNS
    alike = of_nouns if word in _OF_NOUNS else not of_nouns
    return [behind[1]] if alike else [behind[1], *ends]


def _behind_prefix(word: str) -> tuple[str, str] | None:
    """The prefix that a word begins with, and what it stands before."""
    plain = word.lower()
    for prefix in _LONGEST_FIRST:
        rest = plain.removeprefix(prefix)
        least = MIN_CLUNG_TO if prefix in _CLINGING else MIN_STEM
        if rest != plain and len(rest) >= least and _VOWEL.search(rest):
            return prefix, rest
    return None


def _ends(words: list[str]) -> list[str]:
    return ["".join(words[start:]) for start in range(1, len(words))]
