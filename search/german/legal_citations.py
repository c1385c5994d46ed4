"""Citations of the law: § 35 BauGB, §§ 34, 35, Art. 3 GG, Absatz 2.

The index holds each with its number as one token ("§35", "art3", "abs2"), whatever way it is
written; a question asks for the token. So § 35 is not found by a page that has 35 somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MAX_FOUND = 500  #: of one text

_NUMBER = r"\d{1,4}(?: ?[a-z](?![\w.]))?(?!\w)"
_SIGN = (
    r"(?P<paragraph>§+|Paragra(?:ph|f)(?:en|s)?)|(?P<article>Art(?:\.|ikeln?|ikels)|Art(?= ?\d))"
    r"|(?P<subsection>Abs(?:\.|atz(?:es)?|ätzen?)|Abs(?= ?\d))"
)
#: what may stand between the paragraphs of a list: §§ 34 Abs. 2 Satz 1, 35
_WITHIN = (
    r"(?: ?(?:Abs(?:\.|atz)|S(?:\.|atz)|N(?:r\.|ummer)|Buchst(?:\.|abe)|lit\.|Halbsatz|Hs\.|Alt\.)"
    r" ?(?:\d{1,3}[a-z]?|[a-z])(?!\w))*"
)
_AND = r" ?(?:und|oder|bis|u\.|sowie|bzw\.|[–-]) ?"
#: a number with a unit is none of the list: § 12 und 3 Wochen, §§ 5, 10 000 Euro
_UNIT = (
    r"(?:(?:Tag|Woche|Monat|Jahr|Stunde|Minute|Sekunde)(?:e?[ns]?|es)|Uhr|Euro|EUR|Cent|Prozent|Meter|[kcm]?m|k[gW]|ha"
    r"|Personen|Stück|Mal)(?!\w)|[€%‰°]|(?<=\d )\d{3}(?!\d)"
)
_FURTHER = rf"(?!\d{{1,4}}(?:[.,]\d{{2,3}})? ?(?:{_UNIT})|\d{{1,3}}\.\d{{3}}(?!\d)){_NUMBER}"
_MANY = rf"{_WITHIN}(?:(?:{_AND}| ?[,;/] ?)(?:§ ?)?{_FURTHER}{_WITHIN})*"
_FEW = rf"(?:{_AND}{_FURTHER})*"
_CITED = re.compile(
    rf"(?<![\w§])(?:(?P<plural>(?:§§+|Paragra(?:ph|f)en|Artikeln|Absätzen?) ?(?P<many>{_NUMBER}{_MANY}))"
    rf"|(?:{_SIGN}) ?(?P<few>{_NUMBER}{_FEW}))",
    re.IGNORECASE,
)
_PART = re.compile(rf"{_WITHIN[:-1]}+")
_NUMBERS = re.compile(r"(\d{1,4})( ?[a-z](?![\w.]))?(?!\w)", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
#: laws in capitals alone, which other words may be as well (LEGO, TEMPO); others have small letters
_LAWS = "AO|BGB|DSGVO|EGBGB|FGO|GBO|GG|GVG|HGB|KAG|LBO|LKO|LVO|LVwG|SGB|VVG|WEG|WHG|ZPO"
#: § as a recognition reads it that does not know the sign: "8 31 SGB II", "$ 13 PAuswG"; not before
#: what a hyphen makes another word (8 31 SGB-Stelle)
_MISREAD = re.compile(
    r"[8$S5](?<![\w.,/-][8$S5])[8$S5]? ?(\d{1,3}[a-z]?)"
    rf"(?=\s(?:Abs\.|Absatz|(?:(?:{_LAWS})"
    r"|[A-ZÄÖÜ]\w*[a-zäöüß]\w*(?:GB|VfG|PO|GO|VO)|[A-ZÄÖÜ]\w*[a-zäöüß][GO])(?!\w|-\w)))"
)
_NEEDLES = ("§", "abs.", "abs ", "absatz", "absätze", "art.", "art ", "artikel", "paragra")
_LAW = re.compile(r" ?([A-ZÄÖÜ]\w*[A-ZÄÖÜ]\w*)")


@dataclass(frozen=True, slots=True)
class Citation:
    """``marks`` are the tokens of the index; ``law`` the name that follows directly, if one does."""

    start: int
    end: int
    marks: tuple[str, ...]
    law: str | None


def marks(text: str, *, recognised: bool = True) -> Iterator[str]:
    """The tokens of all citations of a text, at most MAX_FOUND.

    ``recognised``: the text was read from a picture. In what somebody typed nothing is misread: there
    "S 12 BauGB" is a page, and "$ 12" are dollars.
    """
    found: dict[str, None] = {}
    lower = text.lower()
    if any(needle in lower for needle in _NEEDLES):
        for citation in find(_BLANKS.sub(" ", text)):
            found.update(dict.fromkeys(citation.marks))
    for misread in _MISREAD.finditer(text) if recognised else ():
        found[f"§{misread.group(1)}"] = None
    yield from list(found)[:MAX_FOUND]


def find(text: str) -> Iterator[Citation]:
    """The citations of a text with single blanks, in their order."""
    return map(_citation, _CITED.finditer(text))


def _citation(match: re.Match[str]) -> Citation:
    law = _LAW.match(match.string, match.end())
    return Citation(
        match.start(),
        match.end(),
        tuple(dict.fromkeys(_marks(match))),
        law.group(1) if law else None,
    )


def at(text: str, place: int) -> Citation | None:
    """The citation that begins at this place of a question, if one does.

    A letter set apart (§ 35 a) belongs to the number here; in texts it may be a word.
    """
    match = _CITED.match(text, place)
    if match is None:
        return None
    given = _citation(match)
    kept = (each for each in given.marks if not _has_letter(each, given.marks))
    return replace(given, marks=tuple(kept))


def _has_letter(mark: str, others: tuple[str, ...]) -> bool:
    return any(other[:-1] == mark and other[-1].isalpha() for other in others)


def _marks(match: re.Match[str]) -> Iterator[str]:
    numbers = match["many"] or match["few"]
    sign = (match["plural"] or match.group()).lower()
    kind = "art" if sign.startswith("art") else "abs" if sign.startswith("abs") else "§"
    for number, letter in _NUMBERS.findall(_PART.sub(" ", numbers)):
        if not letter or letter.startswith(" "):
            yield f"{kind}{number}"
        if letter:
            yield f"{kind}{number}{letter.strip().lower()}"
    if match["many"] and kind == "§":
        for within in _CITED.finditer(match["many"]):
            yield from _marks(within)
