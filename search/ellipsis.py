"""Compounds of which a part is left out: Geh- und Radwege, Haupteingang und -ausgang.

What is meant is in the text though it does not stand there: Gehwege, Hauptausgang.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from search.tokens import normalise

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
_OPEN_END = re.compile(r"-(?=[\s,/])")


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
        for first in _WORD.findall(match["row"]):
            found |= dict.fromkeys(first + end for end in ends)
    for match in _CLOSED.finditer(plain):
        words = parts(match["first"])
        begins = ["".join(words[:size]) for size in range(1, len(words))]
        found |= dict.fromkeys(begin + match["rest"] for begin in begins)
    yield from list(found)[:MAX_FOUND]


def _ends(words: list[str]) -> list[str]:
    return ["".join(words[start:]) for start in range(1, len(words))]
