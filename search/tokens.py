"""Words of a text with their places, and the folding that makes spellings meet.

Folding: lower case, ß = ss, umlauts and their transcriptions to the base letter (Häuser, Haeuser
-> hauser), accents dropped. It knows no dictionary, so it never differs between installations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

MAX_WORD = 80  #: letters; longer runs are noise (lines of OCR, base64) and are cut

_SOFT = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_MARKS = "\u0300-\u036f"
_WORD = re.compile(
    rf"[^\W_][^\W_{_SOFT}]*(?:[{_SOFT}{_MARKS}]+[^\W_]*)*"  # combining marks stay in the word
    rf"(?:[-¬][{_SOFT}]?[ \t]*\r?\n\s*(?=[a-zäöüß])[^\W_]+)?",  # Geneh-\nmigung
)
_BROKEN = re.compile(rf"[{_SOFT}]|[-¬][{_SOFT}]?[ \t]*\r?\n\s*")
_TRANSCRIBED = re.compile(r"(?<![aeiouyq])(?:ue(?!n?$)|oe|ae)|(?<=[aeiouyq])(?:oe|ae)")
_BASE = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "æ": "a", "ø": "o", "œ": "o", "ł": "l"})


class Token(NamedTuple):
    """One word: ``text[start:end]`` of the normalised text, with line breaks mended in ``word``."""

    start: int
    end: int
    word: str


def normalise(text: str) -> str:
    """The composed form; places of tokens count in this text."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that ``normalise`` made."""
    for match in _WORD.finditer(text):
        yield Token(match.start(), match.end(), mended(match.group()))


def words(text: str) -> Iterator[str]:
    """The same without places."""
    return map(mended, pieces(text))


def pieces(text: str) -> list[str]:
    """Words just as they stand there, broken lines and all, for whole pages: see ``mended``."""
    found: list[str] = _WORD.findall(normalise(text))
    return found


def mended(word: str) -> str:
    """A piece of text as a word: no soft hyphens, no break of the line."""
    return (word if word.isalnum() else _BROKEN.sub("", word))[:MAX_WORD]


def lower(word: str) -> str:
    """Compatibility letters resolved (ﬁ, ſ, full width), ß = ss, umlauts kept."""
    folded = unicodedata.normalize("NFKC", word).casefold()
    return unicodedata.normalize("NFC", folded)


def fold(word: str) -> str:
    """The spelling under which words meet; letters and digits alone, empty when none remain."""
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
