"""Words of a text with their places, and the folding that makes spellings meet.

Folding: lower case, ß = ss, umlauts and their transcriptions to the base letter (Häuser, Haeuser
-> hauser), accents dropped. It knows no dictionary, so it never differs between installations.

Signs that offices write and search for are words of their own (``SIGNS``); all others are not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_WORD = 80  #: letters; longer runs are noise (lines of OCR, base64) and are cut

#: signs that are words, and how they are compared (by the word that is also written for them)
SIGNS = {"§": "§", "€": "euro", "№": "nummer", "†": "†", "%": "prozent", "‰": "promille"}
FRACTIONS = "½¼¾⅓⅔⅛⅜⅝⅞"  #: words of their own too: 2½ is not 212

_SOFT = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_MARKS = "\u0300-\u036f"
#: what stands for a hyphen at a line's end: also "=" and U+2E17 of old print, U+FFFE of PDF programs
_DASH = "[-¬=\u00ad\u2e17\ufffe]"
#: words that join two others: what stands before them keeps its hyphen (Bau-\nund Umweltamt)
_JOINS = "und|oder|bzw|beziehungsweise|sowie|u|o|als|bis|noch|wie|aber|sondern|statt"
#: a line's end within a word (Geneh-\nmigung), four times at most in narrow columns
_ENDS = rf"[{_SOFT}]?[ \t]*\r?\n\s*"
_BREAK = rf"(?:{_DASH}{_ENDS}(?=[a-zäöüß])(?!(?:{_JOINS})\b)[^\W_]+){{0,4}}"


def _pattern(letter: str, inner: str) -> str:
    """A word, combining marks within it, or a sign."""
    return (
        rf"{letter}{inner}*+(?:[{_SOFT}{_MARKS}]++(?=[^\W_]){inner}*+)*+{_BREAK}"
        rf"|[{''.join(SIGNS)}{FRACTIONS}]§*"
    )


_WORD = re.compile(_pattern(r"[^\W_]", rf"[^\W_{_SOFT}]"))
#: for the few texts that have such: B e s c h e i d, B E S C H E I D, 2½
_WORD_OR_SPACED = re.compile(
    r"(?<!\S)[^\W\d_](?: [a-zäöüß]){3,}(?!\w)|(?<!\S)[A-ZÄÖÜ](?: [A-ZÄÖÜ]){3,}(?!\w)|"
    + _pattern(rf"[^\W_{FRACTIONS}]", rf"[^\W_{_SOFT}{FRACTIONS}]")
)
_SPACED = re.compile(r" [^\W\d_] [^\W\d_] [^\W\d_]")
_BROKEN = re.compile(rf"{_DASH}?{_ENDS}|[{_SOFT}]| ")
_TRANSCRIBED = re.compile(r"(?<![aeiouyq])(?:ue(?!n?$)|oe|ae)|(?<=[aeiouyq])(?:oe|ae)")
_BASE = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "æ": "a", "ø": "o", "œ": "o", "ł": "l"})
#: other hyphens and blanks, which count as the usual ones
_ALIKE = {"\u2010": "-", "\u2011": "-", "\ufe63": "-", "\uff0d": "-"} | dict.fromkeys(
    "\u00a0\u2009\u200a\u202f", " "
)
_CHAINED = re.compile(r"-(?:[ \t]*\r?\n\s*(?=[A-ZÄÖÜ]))?(?=[^\W_])")
_BEHIND = re.compile(r"[^\W_]+")
_ABBREVIATIONS = {"nr": "nummer", "eur": "euro", "qm": "m2", "str": "straße"}


class Token(NamedTuple):
    """One word: ``text[start:end]`` of the normalised text, with line breaks mended in ``word``."""

    start: int
    end: int
    word: str


def normalise(text: str) -> str:
    """The composed form with one kind of hyphen and of blank; places of tokens count in this text."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    for other, usual in _ALIKE.items():
        text = text.replace(other, usual)
    return text


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that ``normalise`` made."""
    for match in _pattern_for(text).finditer(text):
        yield Token(match.start(), match.end(), mended(match.group()))


def words(text: str) -> Iterator[str]:
    """The same without places."""
    return map(mended, pieces(text))


def pieces(text: str) -> list[str]:
    """Words just as they stand there, broken lines and all, for whole pages: see ``mended``."""
    plain = normalise(text)
    found: list[str] = _pattern_for(plain).findall(plain)
    return found


def _pattern_for(text: str) -> re.Pattern[str]:
    rare = any(sign in text for sign in FRACTIONS) or _SPACED.search(text)
    return _WORD_OR_SPACED if rare else _WORD


def chains(text: str) -> list[str]:
    """Words that hyphens join, written as one (Kfz-Zulassung, Haupt-\\nStraße): each link, and the
    whole chain. They are found by either spelling."""
    plain = normalise(text)
    found: list[str] = []
    chain, reached = "", -1
    for hyphen in _CHAINED.finditer(plain):
        begins = _begin_of_word(plain, hyphen.start())
        behind = _BEHIND.match(plain, hyphen.end())
        if begins == hyphen.start() or behind is None:
            continue
        before = plain[begins : hyphen.start()]
        # the word before is the last of a chain
        linked = begins == reached and len(chain) + len(behind.group()) <= MAX_WORD
        if linked:
            chain += behind.group()
            found.append(chain)
        if before[0].isalpha():
            found.append(before + behind.group())
        if not linked:
            chain = before + behind.group()
        reached = hyphen.end()
    return found


def _begin_of_word(text: str, end: int) -> int:
    start = end
    while start > 0 and end - start < MAX_WORD and text[start - 1].isalnum():
        start -= 1
    return start


def halves(piece: str) -> list[str]:
    """What stands before and behind the end of a line within a word; empty where none is, or where a
    soft hyphen says that it is one word."""
    return _BROKEN.split(piece) if "\n" in piece and "\u00ad" not in piece else []


def letters(piece: str) -> list[str]:
    """The letters of a word that are set apart (A B E T), folded; empty for any other piece."""
    apart = piece.split(" ") if " " in piece else []
    return list(map(fold, apart)) if all(len(letter) == 1 for letter in apart) else []


def mended(word: str) -> str:
    """A piece of text as a word: no soft hyphens, no break of the line, no spaced letters."""
    return (word if word.isalnum() else _BROKEN.sub("", word))[:MAX_WORD]


def spelled_out(word: str) -> str:
    """Hauptstr -> Hauptstraße, Nr -> nummer: abbreviations that stand for just one word."""
    if word[-3:].casefold() == "str" and word[-4:-3].isalpha():
        return f"{word[:-3]}straße"
    return _ABBREVIATIONS.get(word.casefold(), word) if len(word) <= 3 else word


def lower(word: str) -> str:
    """Compatibility letters resolved (ﬁ, ſ, full width), ß = ss, umlauts kept."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return unicodedata.normalize("NFC", folded)


def fold(word: str) -> str:
    """The spelling under which words meet; letters and digits alone, or a sign of ``SIGNS`` or
    ``FRACTIONS``; empty when none remain."""
    if len(word) == 1 and word in FRACTIONS:
        return word
    if word and (sign := SIGNS.get(word[0])):
        return sign
    text = lower(word)
    if not text.isascii():
        text = text.translate(_BASE)
    if "e" in text:
        text = _TRANSCRIBED.sub(_first, text)
    if not (text.isascii() and text.isalnum()):
        split = unicodedata.normalize("NFD", text)
        text = "".join(letter for letter in split if letter.isalnum())
    return text[:MAX_WORD]


def _first(match: re.Match[str]) -> str:
    return match.group()[0]


def transcribed(word: str) -> str:
    """``word`` with ae, oe, ue written as umlauts (Buergerbuero -> bürgerbüro)."""
    return _TRANSCRIBED.sub(lambda match: "äöü"["aou".index(match.group()[0])], word)
