"""File marks (Aktenzeichen): found in text, and brought into forms that can be compared.

There is no norm for their shape. What is taken from running text needs a cue word ("Az.",
"Unser Zeichen") or a shape that nothing else has; dates, telephone numbers, amounts and ranges
are left out. A mark that the archive gives us is taken as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_DASHES = re.compile("[‐‑‒–—−]")
_BLANK = re.compile(r"\s+")
_SEPARATOR = r"[/.\-_|]"
_AROUND = re.compile(rf"\s*({_SEPARATOR}+)\s*")
_SEGMENT = re.compile(r"\d+|[^\W\d_]+")
_COMPACT = re.compile(r"[\W_]+")

CLOSING = ".,;:!?)"  #: what may stand behind a mark and is no part of it
MAX_MARK = 80  #: letters; longer text is no mark
MIN_COMPACT = 3
MIN_PARTIAL = 5  #: letters and digits from which the compact form of a part is looked for
MAX_FOUND = 200  #: marks taken from one text

_CUE = re.compile(
    r"""(?<!\w)(?:
        aktenzeichen | az | akten-?z(?:ch)?\.? | akte(?:n-?nr)? | gesch(?:äfts|\.)-?\s?zeichen | gz
      | geschäftsnummer | gesch\.?-?\s?nr | (?:unser|mein|ihr)(?:e|er)?\ (?:az|zeichen|gz)
      | registernummer | vorgangs(?:nummer|-?nr) | kassenzeichen | zeichen
    )\s*\.?\s*(?:\([^)\n]{0,30}\)\s*)?[:.]?[ \t]*""",
    re.IGNORECASE | re.VERBOSE,
)
#: what every cue word contains, and what may stand before it in the same word
_CUE_NEEDLES = (
    ("akte", ""),
    ("az", ""),
    ("gesch", ""),
    ("gz", ""),
    ("registernummer", ""),
    ("vorgangs", ""),
    ("zeichen", "kassen"),
)
_DASH_SIGNS = "‐‑‒–—−"
_SIGNS = re.compile("[-/]")
_PIECE = r"[A-Za-zÄÖÜäöüß0-9]{1,12}"
_MARK = re.compile(
    rf"(?<![\w/.\-]){_PIECE}(?:\ ?{_SEPARATOR}\ ?{_PIECE}){{0,9}}"
    rf"(?:\ {_PIECE}(?:{_SEPARATOR}{_PIECE}){{0,9}}){{0,3}}"
)
_STRONG = re.compile(
    r"""(?<![\w/.\-+])(?:
        [IVX]{1,4}/\d{1,4}[./-][\w./-]*(?:\ \d{1,6}/\d{2,4})?  # II/61.2-Bau 4711/19
      | \d{1,3}(?:[.-]\d{1,4}){1,4}/\d{2,4}-\d{1,6}            # 63-12/2024-0815
      | [A-ZÄÖÜ][A-Za-zÄÖÜäöü]{0,4}[-/]\d{2,4}[-/]\d{3,8}      # BA-2024-000123
      | \d{1,3}(?:\.\d{1,4}){1,4}[-/][A-ZÄÖÜ][A-Za-zÄÖÜäöü]{0,8}[\w./-]*(?:\ \d{1,6}/\d{2,4})?
      | \d{1,2}\ [A-Z][A-Za-z]{0,3}\ \d{1,6}/\d{2}(?:\.[A-Z]{1,3})?  # 4 K 123/20.KO
    )(?![\w/])""",
    re.VERBOSE,
)
_DIGITS_ONLY = re.compile(r"[\d\s./_|-]{1,80}")
_GOES_ON = re.compile(r"\S*\d\S*|[A-ZÄÖÜ]\w{0,5}|[-/.]")  # what may follow a blank in a mark
_DATE = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{4}")
_WHOLE_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})|\d{4}-\d{1,2}-\d{1,2}")
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3})*,\d{2}|\d{1,3}(?:\.\d{3})+(?:[.,]-+)?|\d+(?:[.,]\d+)?")
_RANGE = re.compile(r"\d{1,4}\s?-\s?\d{1,4}|\d{1,2}[:.]\d{2}\s?-\s?\d{1,2}[:.]\d{2}")
_PHONE = re.compile(r"(?:\+\d{2}|0)\d{1,5}[\s/-]\s?\d{3,}[\d\s/-]*|0\d{5,}")
_LOOKS = re.compile(
    rf"\w+(?:{_SEPARATOR}\w+)+(?:\ \w+(?:{_SEPARATOR}\w+)*)*|\d{{1,3}}\ \w{{1,4}}\ \d+/\d\d(?:\.\w+)?"
)


@dataclass(frozen=True, slots=True)
class Forms:
    """``ref`` as written, upper-case, no blanks around separators. ``compact`` letters and digits
    alone. ``tails`` are its segments from each one to the end, the whole first: whatever stands
    between them and however many zeros lead (63-12/2024-0815 = 63.12.2024.815)."""

    ref: str
    compact: str
    tails: tuple[str, ...]

    @property
    def segments(self) -> str:
        return self.tails[0]


def forms(text: str) -> Forms | None:
    """The comparable forms of a mark, or None when nothing of it remains."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text))
    ref = _AROUND.sub(r"\1", _BLANK.sub(" ", plain).strip()).upper()[:MAX_MARK].strip()
    segments = [each.lstrip("0") or "0" for each in _SEGMENT.findall(ref)]
    if not segments:
        return None
    tails = (".".join(segments[start:]) for start in range(len(segments)))
    return Forms(ref, _COMPACT.sub("", ref), tuple(dict.fromkeys(tails)))


def looks_like(text: str) -> bool:
    """Whether somebody who writes just this most likely means a file mark."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    if _DIGITS_ONLY.fullmatch(plain):
        plain = _AROUND.sub(r"\1", plain)  # 63 - 12 / 2024
    if len(plain) > MAX_MARK or not _LOOKS.fullmatch(plain):
        return False
    return _plausible(plain)


def may_be(text: str) -> bool:
    """Whether it could be a part of a file mark though it looks like a month, a range, an amount or
    a telephone number (1/2026, 2024-0815). Whole dates are dates."""
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    if len(plain) > MAX_MARK or not _LOOKS.fullmatch(plain) or _WHOLE_DATE.fullmatch(plain):
        return False
    return any(letter.isdigit() for letter in plain)


def is_one(text: str) -> bool:
    """Of what looks like a mark: whether no word of it may be one of its own (63-1/2024 Meyer)."""
    return not any(len(word) >= 3 and word.isalpha() for word in text.split())


def without_cues(text: str) -> str:
    """What was typed, without "Az.:" and the like where a mark follows."""
    kept: list[str] = []
    place = 0
    for cue in _CUE.finditer(text):
        follows = text[cue.end() :].split(maxsplit=1)
        is_field = cue.group().endswith(":") and cue.group()[:-1].isalpha()
        if is_field or not follows or not looks_like(follows[0].rstrip(CLOSING)):
            continue
        kept.append(text[place : cue.start()])
        place = cue.end()
    return "".join([*kept, text[place:]])


def find(text: str) -> Iterator[str]:
    """Marks in running text, each once, in the order of their place; at most MAX_FOUND.

    Every page of the archive goes through here, so the costly patterns are tried only where a plain
    search has found what each of their matches must contain.
    """
    plain = unicodedata.normalize("NFC", text)
    if any(dash in plain for dash in _DASH_SIGNS):
        plain = _DASHES.sub("-", plain)
    found: dict[str, int] = {}
    for cue in _cues(plain):
        match = _MARK.match(plain, cue.end())
        if match and (mark := _trim(match.group())):
            found.setdefault(mark, match.start())
    for start, end in _promising_lines(plain):
        for match in _STRONG.finditer(plain, start, end):
            mark = match.group().rstrip(".-/ ")
            if _plausible(mark):
                found.setdefault(mark, match.start())
    yield from sorted(found, key=lambda mark: found[mark])[:MAX_FOUND]


def _cues(plain: str) -> Iterator[re.Match[str]]:
    """Cue words in the order of their place."""
    lower = plain.lower()
    if len(lower) != len(plain):  # a few letters have two in lower case
        yield from _CUE.finditer(plain)
        return
    places: set[int] = set()
    for needle, before in _CUE_NEEDLES:
        place = lower.find(needle)
        while place >= 0:
            places.add(place)
            if before and lower.endswith(before, 0, place):
                places.add(place - len(before))
            place = lower.find(needle, place + len(needle))
    reached = 0
    for place in sorted(places):
        if place >= reached and (match := _CUE.match(plain, place)):
            yield match
            reached = match.end()


def _promising_lines(plain: str) -> Iterator[tuple[int, int]]:
    """Lines with a digit beside a hyphen or a slash: no mark without a cue word is elsewhere."""
    reached = 0
    for sign in _SIGNS.finditer(plain):
        place = sign.start()
        if place < reached or not (
            plain[place - 1 : place].isdecimal() or plain[place + 1 : place + 2].isdecimal()
        ):
            continue
        start = max(plain.rfind("\n", reached, place) + 1, reached)
        end = plain.find("\n", place)
        reached = len(plain) if end < 0 else end
        yield start, reached


def _trim(candidate: str) -> str | None:
    """The longest beginning of what follows a cue word that is a plausible mark."""
    words = candidate.split(" ")
    for place, word in enumerate(words[1:], 1):
        if not _GOES_ON.fullmatch(word) or _DATE.fullmatch(word):
            words = words[:place]
            break
    while words:
        mark = " ".join(words).rstrip(".-/_| ")
        if any(letter.isdigit() for letter in words[-1]) and _plausible(mark):
            return mark
        words.pop()
    return None


def _plausible(mark: str) -> bool:
    """Digits and a structure, and none of the things that also look like this."""
    if not any(letter.isdigit() for letter in mark) or len(_COMPACT.sub("", mark)) < MIN_COMPACT:
        return False
    if not re.search(_SEPARATOR, mark):
        return bool(re.search(r"\d{3}", mark) and re.search(r"[A-Za-z ]", mark))
    return not any(shape.fullmatch(mark) for shape in (_DATE, _AMOUNT, _RANGE, _PHONE))
