"""Words set with blanks between their letters (Sperrsatz): "B e s c h e i d" is one word. Pure."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ocr.transcript import Glyphs, Row, around

FEWEST = 4  #: pieces; fewer may be initials or a list
WIDER = 1.5  #: times the usual gap: here a word ends
WIDEST = 1.2  #: times the height of the letters: what stands further apart are columns
SHORT = 6  #: letters; fewer in capitals may as well be classes, seats or points of the compass
#: short words that are set in spaced capitals on letters and in headings
CAPITALS = frozenset(
    [
        "AKTE",
        "AM",
        "AN",
        "AUF",
        "BEI",
        "DAS",
        "DATUM",
        "DEM",
        "DEN",
        "DER",
        "DES",
        "DIE",
        "EILT",
        "ENDE",
        "FÜR",
        "GEGEN",
        "IM",
        "IN",
        "KOPIE",
        "KREIS",
        "MIT",
        "NACH",
        "NAMEN",
        "STADT",
        "SUMME",
        "UND",
        "VOM",
        "VON",
        "ZUM",
        "ZUR",
    ]
)
SPACED = re.compile(r"(?<!\S)[^\W\d_] [^\W\d_] [^\W\d_] [^\W\d_](?!\w)")
KEPT = frozenset(
    ["ch", "ck", "tz", "ft", "fl", "fi", "ff", "st", "ſt", "ſch", "ss"]
)  #: never spaced


def joined(rows: Sequence[Row]) -> list[Row]:
    """Rows with their spaced words joined; the box of such a word covers its letters."""
    return [replace(row, words=tuple(_joined(row.words))) for row in rows]


def words_of_line(line: str) -> list[str]:
    """The words of a typed line. Where letters are set apart by one blank and words by more, the blanks
    say what belongs together: "A n t r a g  a u f"; where all blanks are alike, letters stay apart."""
    if "  " not in line.strip() or SPACED.search(line) is None:
        return line.split()
    high = 2.0  #: in columns
    glyphs = [
        Glyphs(word.group(), 100.0, (float(word.start()), 0.0, float(word.end()), high))
        for word in re.finditer(r"\S+", line)
    ]
    return [word.text for word in _joined(glyphs)]


def _joined(words: Sequence[Glyphs]) -> Iterator[Glyphs]:
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and _is_piece(words[end]):
            end += 1
        if end - at >= FEWEST:
            yield from _of_run(words[at:end])
        else:
            yield from words[at : max(end, at + 1)]
        at = max(end, at + 1)


def _is_piece(word: Glyphs) -> bool:
    bare = word.text.strip("„“\"'(),.;:!?-–")
    return bare.isalpha() and (len(bare) == 1 or bare in KEPT)


def _of_run(run: Sequence[Glyphs]) -> Iterator[Glyphs]:
    """A run of letters, cut where a gap is wider than usual; short words beside a long one are words."""
    gaps = [after.box[0] - before.box[2] for before, after in itertools.pairwise(run)]
    usual = max(statistics.median(gaps), 1e-6)
    groups = [[run[0]]]
    for gap, word in zip(gaps, run[1:], strict=True):
        if gap > WIDER * usual or _ends(groups[-1][-1]):
            groups.append([])
        groups[-1].append(word)
    made = [(_word(group), group) for group in groups]
    sure = any(whole is not None and len(group) >= FEWEST for whole, group in made)
    for whole, group in made:
        if sure and whole is not None:
            yield whole
        else:
            yield from group


def _ends(word: Glyphs) -> bool:
    return word.text[-1] in ",.;:!?)"


def _word(group: Sequence[Glyphs]) -> Glyphs | None:
    """The group as one word; none where it reads like no word."""
    text = "".join(word.text for word in group)
    if not _is_word(text, len(group)) or _stands_apart(group):
        return None
    return Glyphs(
        text,
        min(word.confidence for word in group),
        around([word.box for word in group]),
    )


def _is_word(text: str, pieces: int) -> bool:
    """Capitals at the beginning only, or throughout; no list (A B C D, x x x x), some vowel.

    A few capitals are a word only where it is known: "Anlagen A E F G" lists four.
    """
    letters = [char for char in text if char.isalpha()]
    bare = "".join(letters)
    cased = bare[1:] == bare[1:].lower() or bare == bare.upper()
    if bare == bare.upper() and len(bare) < SHORT and bare not in CAPITALS:
        return False
    listed = _rise(bare.lower())
    varied = len(set(bare.lower())) > (2 if pieces >= FEWEST else 1)
    return cased and varied and not listed and not _VOWELS.isdisjoint(bare.lower())


def _rise(letters: str) -> bool:
    """In the alphabet's order, near each other: a b d e; not b e s t, nor d e n."""
    steps = [ord(after) - ord(before) for before, after in itertools.pairwise(letters)]
    return min(steps, default=0) > 0 and (
        sum(steps) <= 2 * len(steps) if len(letters) >= FEWEST else max(steps) == 1
    )


_VOWELS = frozenset("aeiouyäöü")


def _stands_apart(group: Sequence[Glyphs]) -> bool:
    high = max(word.box[3] for word in group) - min(word.box[1] for word in group)
    gaps = [after.box[0] - before.box[2] for before, after in itertools.pairwise(group)]
    return max(gaps) > WIDEST * high
