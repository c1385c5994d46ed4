"""Compounds taken apart: the fewest known parts, joined by linking letters.

Viterbi over the places of a word; a part costs 1 and a little more when it is short, known only as
a first part, or joined by a link. Nothing is split where no complete chain of known parts exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from search.german.lexicon import Lexicon
from search.german.stemmer import stem_of

LINKS = ("s", "es", "n", "en", "er", "e")
STREETS = ("straße", "strasse", "strassen", "straßen", "gasse", "allee")
MIN_NAME = 4  #: letters of a street's name
MIN_COMPOUND = 5  #: letters; shorter words are never taken apart
MAX_COMPOUND = 60
STEMS = 50_000  #: remembered
_SHORT = 1.3  #: price of a part of up to four letters
#: letters of words of which one part is known (own list), and of either part
MIN_HALF_KNOWN, MIN_OTHER, MIN_OWN_END, MIN_OWN_BEGIN, MIN_OTHER_END = 9, 4, 6, 6, 5
_VOWEL = re.compile("[aeiouäöüy]")
#: verbs and their nouns begin so: what follows is no part (Unterbringung, Wiederherstellung)
_PREFIX = re.compile(
    r"(?:ab|an|auf|aus|be|bei|dar|durch|ein|ent|er|fehl|fest|fort|frei|ge|gegen|her|hin|hinter|in|los|miss|mit"
    r"|nach|neben|neu|nieder|ober|über|ueber|um|un|unter|ver|vor|voraus|vorher|weg|weiter|wider|wieder|zer|zu"
    r"|zurück|zusammen|zwischen|da|dis|re|de|kon|pro|um|bereit|bekannt|sicher|gleich|klar|richtig"
    r"|auseinander|entgegen|heran|heraus|herbei|herein|herunter|hervor|hinaus|hinein|hinzu|voll|statt)+(?:zu|ge)?"
)
_CLINGS = re.compile(r"(?:auf|aus|ab|ver|ent|zer|über|unter|vor|zu|ge|be|durch|mit|nach|bei|sc)$")
_CONSONANTS = "bcdfghjklmnpqrstvwxzß"
_AFTER_S = "aeiouyäöüptckl"
#: endings that make one word of another: what precedes them is no part of a compound
_ENDING = re.compile(
    r"(?:e?[lnr]?(?:ung|lich|isch|bar|sam|haft|los|schaft|heit|keit|tum|nis|chen|lein)"
    r"|at|ation|ier|ist|ismus|ität|iv|al|är|ant|ent|or|ik|ell|en[dt]|er|in|ig|mäßig|weise|e[nmrs]?$)"
)
_WANTS_S = ("ung", "ion", "heit", "keit", "schaft", "tät", "ling", "tum")


#: words before which an s links though the word behind may begin with one: Aussichts|turm, not |sturm
_OFTEN_S = ("geburt", "arbeit", "amt", "sicht", "kunft", "krieg", "beruf")
#: and those before which places are meant and no kinds: Aufenthalts|orte
_BEFORE_PLACES = "halt fahrt son gang hof gebiet bund verein betrieb verkehr urlaub flug kauf unglück fund unfall trag leben"
_HAVE_PLACES = tuple(_BEFORE_PLACES.split())
_SORTS = frozenset(("sorte", "sorten", "sortes", "sorts"))
_LAST_LETTERS = "ensrl"  #: of all forms, and of nouns that only an umlaut makes plural
_INFLECTIONS = ("en", "es", "ern", "er", "e", "n", "s", "")
#: nouns of which the umlaut alone makes the plural
_BY_UMLAUT_WORDS = (
    "garten graben ofen laden hafen boden bogen schaden kasten faden magen wagen kragen mutter tochter"
    " vater bruder apfel nagel vogel hammer acker mantel sattel schnabel kloster mangel schwager"
)
_BY_UMLAUT = frozenset(_BY_UMLAUT_WORDS.split())
MIN_INFLECTED = 4  #: letters of a dictionary's noun without its ending
_PLAIN = {"ä": "a", "ö": "o", "ü": "u"}

#: price so far, and where the part before begins and ends; a link may follow it
_Step = tuple[float, int, int]


class Splitter:
    """Takes compounds apart by one lexicon. Thread-safe.

    The stems of last parts are remembered.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._only_firsts = lexicon.firsts - lexicon.nouns
        self.stem_of = lru_cache(maxsize=STEMS)(stem_of)

    def split(self, word: str) -> tuple[str, ...]:
        """The parts of a lower-case word, umlauts kept; empty when it is no compound."""
        size = len(word)
        if not MIN_COMPOUND <= size <= MAX_COMPOUND or not word.isalpha():
            return ()
        base = self.stem_of(word)
        simple = self.lexicon.simple
        if base in simple or base.removesuffix("er") in simple or word.endswith("zugehen"):
            return ()  # Brandenburger, über-zu-gehen (which has no Ehe)
        if length := self.lexicon.apart.get(base):
            return (word[:length], word[length:])
        street = _street(word)
        if street and street[0].endswith("er") and street[0] not in self.lexicon.nouns:
            return street  # Quarkdorfer Straße, whatever is in Quarkdorf
        best: list[_Step | None] = [None] * (size + 1)
        best[0] = (0.0, 0, 0)
        for start in range(size - 1):
            here = best[start]
            if here is not None:
                self._go_on(word, start, here[0], best)
        return _walk(word, best) or street or self._half_known(word)

    def _half_known(self, word: str) -> tuple[str, ...]:
        """One of our own nouns at the end or the beginning, the other part in no list."""
        size = len(word)
        if size < MIN_HALF_KNOWN or word in self.lexicon.nouns or word in self._only_firsts:
            return ()
        for start in range(MIN_OTHER, size - MIN_OWN_END + 1):
            base = self.stem_of(word[start:])
            if len(base) < MIN_OWN_END or base not in self.lexicon.last_stems:
                continue
            if _may_precede(word[:start]):
                return (_without_link(word[:start]), word[start:])
        for end in range(size - MIN_OTHER_END, MIN_OWN_BEGIN - 1, -1):
            if word[:end] in self.lexicon.own:
                rest = word[end + _link_before(word, end) :]
                if len(rest) >= MIN_OTHER_END and not _ENDING.match(rest):
                    return (word[:end], rest)
        return ()

    def _go_on(self, word: str, start: int, paid: float, best: list[_Step | None]) -> None:
        """Every part that may begin at ``start``."""
        size = len(word)
        nouns, firsts = self.lexicon.nouns, self._only_firsts
        for end in range(start + 2, size):
            part = word[start:end]
            if part in nouns or part in firsts:
                price = _first_price(part, self.lexicon)
                for reach, extra in _reaches(word, end):
                    total = paid + price + extra
                    if reach == end and word.endswith(_WANTS_S, start, end):
                        total += 0.5  # Installation|sorte
                    elif reach == end and word[end] == "s" and _often_s(word, start, end):
                        total += 0.5  # Geburt|sorte
                    known = best[reach]
                    if known is None or total < known[0]:
                        best[reach] = (total, start, end)
        if start and (last := self._last_price(word, start, best[start])) is not None:
            known = best[size]
            if known is None or paid + last < known[0]:
                best[size] = (paid + last, start, size)

    def _last_price(self, word: str, start: int, before: _Step | None) -> float | None:
        part = word[start:]
        base = self.stem_of(part)
        if base in self.lexicon.never_last or _is_ending(part, base, word[:start]):
            return None
        if base == "end" and before and word[before[1] : before[2]] not in self.lexicon.nouns:
            return None  # folg|end
        if part in self.lexicon.nouns:
            return _SHORT if len(part) <= 4 else 1.0
        if len(part) >= 4 and base in self.lexicon.last_stems:
            return 1.2
        if len(part) >= 3 and base in self.lexicon.lasts:
            return _SHORT
        return 1.25 if self._is_form(part, base) else None

    def _is_form(self, part: str, base: str) -> bool:
        """Whether it is a noun of a dictionary with an ending: dictionaries leave out what is also the
        form of a verb (Zelte, Schirme, Schränke). ``base`` is its stem."""
        if len(part) < MIN_INFLECTED or part[-1] not in _LAST_LETTERS:
            return False
        nouns = self.lexicon.nouns
        return any(noun in nouns and self.stem_of(noun) == base for noun in _singulars(part))


def _singulars(part: str) -> Iterator[str]:
    """What a noun may be of which this is a form."""
    for ending in _INFLECTIONS:
        if not part.endswith(ending) or len(part) - len(ending) < MIN_INFLECTED:
            continue
        bare = part.removesuffix(ending)
        if ending:
            yield bare
        if ending in ("s", "es") or (place := _umlaut(bare)) < 0:
            continue
        if ending == "n" and not bare.endswith(("er", "el")):
            continue  # Vätern, Äpfeln: other plurals with an umlaut end in -en
        plain = bare[:place] + _PLAIN[bare[place]] + bare[place + 1 :]
        if ending or plain in _BY_UMLAUT:
            yield plain


def _is_ending(part: str, base: str, before: str) -> bool:
    """Whether what seems to be a word is the end of one: Professo|rinnen, pharmazeu|tisch, mehr|endes."""
    if base == "rinn":
        return before.endswith(("e", "o"))
    if base == "tisch":
        return before.endswith(("a", "is", "o", "eu"))
    if base == "end":  # Wochen|endes
        return part != "ende" and not (part in ("enden", "endes") and before.endswith(("s", "n")))
    return False


def _umlaut(word: str) -> int:
    """Where the last umlaut stands, the one that a plural may have; -1 where none is."""
    return max(map(word.rfind, _PLAIN))


def _often_s(word: str, start: int, end: int) -> bool:
    """Whether the s behind this part rather links than begins the next."""
    if word.endswith(_OFTEN_S, start, end):
        return True
    return word[end:] in _SORTS and word.endswith(_HAVE_PLACES, start, end)


def _first_price(part: str, lexicon: Lexicon) -> float:
    if part not in lexicon.nouns:
        return 1.2
    genitive = part.endswith("s") and part[:-1] in lexicon.nouns
    price = _SHORT if len(part) - genitive <= 4 else 1.0
    return price + 0.04 * genitive  # Obst|sorte rather than Obsts|orte


def _reaches(word: str, end: int) -> list[tuple[int, float]]:
    """Where the next part may begin, with the price of the link between."""
    if end == len(word):
        return [(end, 0.0)]
    places = [(end, 0.0)]
    for link in LINKS:
        if link[-1] == word[end - 1] == "s":
            continue  # Bus|s|geld: nothing links after an s
        if word.startswith(link, end) and end + len(link) < len(word):
            places.append((end + len(link), 0.05 + 0.02 * len(link)))
    return places


def _may_precede(part: str) -> bool:
    """Whether it may be a word before another: with a vowel, and no prefix that belongs to that one
    (Raumauf|teilung)."""
    if _PREFIX.fullmatch(part.rstrip(_CONSONANTS)) or _CLINGS.search(part):
        return False  # Unter|bringung, Besch|impfung
    return bool(_VOWEL.search(part)) and not _PREFIX.fullmatch(part)


def _link_before(word: str, end: int) -> int:
    """Letters of the link behind a known part: those that no word begins with, or that it wants."""
    behind = word[end : end + 2]
    if behind[0] == "s" and (behind[1] not in _AFTER_S or word.endswith(_WANTS_S, 0, end)):
        return 1
    return int(behind[0] == "n" and word[end - 1] == "e" and not _VOWEL.match(behind[1]))


def _without_link(part: str) -> str:
    bare = part.removesuffix("s")
    return bare if bare.endswith(_WANTS_S) else part


def _street(word: str) -> tuple[str, ...]:
    """Meierhoferstraße: what a street is called after need be no word of a list."""
    for kind in STREETS:
        named = word.removesuffix(kind)
        if named != word and len(named) >= MIN_NAME:
            return (named, kind)
    return ()


def _walk(word: str, best: list[_Step | None]) -> tuple[str, ...]:
    parts: list[str] = []
    place = len(word)
    while place > 0:
        step = best[place]
        if step is None:
            return ()
        _, start, end = step
        parts.append(word[start:end])
        place = start
    return tuple(reversed(parts)) if len(parts) > 1 else ()
