"""The arrival stamp on a letter's first page (Eingangsstempel): the day it bears. Pure.

A stamp is a word such as "Eingegangen" that stands by itself, with a date beside, below or above it.
What a sentence of the letter says ("Ihr Schreiben ist am 3.4.2024 hier eingegangen") is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from difflib import SequenceMatcher

from ingest.suggestions.written_dates import dates

BELOW, ABOVE = 3, 2  #: lines beside the label in which the date may stand
MOST_WORDS = 7  #: beside label and date: the name of an office, a time, a number of the diary

LOUD = (
    "EINGEGANGEN",
    "EINGANG",
    "POSTEINGANG",
    "EINGANGSSTEMPEL",
    "EINGELANGT",
    "EMPFANGEN",
    "EINGELAUFEN",
)
LABEL = re.compile(
    r"(?:(?:vorab )?per (?:tele)?(?:fax|e-?mail) )?(?:(?:post|brief|tages|fax|akten)?[\s-]?eingang(?:s(?:stempel|datum|vermerk|tag|stelle))?|"
    r"eing(?:eg|elangt|elaufen)?|eingegangen|eingelangt|eingelaufen|empfangen|empf|erhalten|"
    r"präs(?:entatum)?|praes|received)\s?[.:]?(?:\s+(?:am|den|bei|beim|in|im|der)\b)?(?!\w)",
    re.IGNORECASE,
)
OFFICE = re.compile(
    r"(?:zentrale )?(?:(?:nacht|fristen|haus|gerichts)briefkasten|poststelle|postausgangs?-? ?und eingangsstelle)\b",
    re.IGNORECASE,
)
OTHER_DATE = re.compile(
    r"\b(?:datum|den|geb|geboren|ihr(?:e[rns]?)?|schreiben|nachricht|bescheid|antrag|vom|bis|seit|frist|termin|"
    r"ausgang|abgang|gültig|stand|az|aktenzeichen|geschäftszeichen|gz|nr)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"\b(?:ist|sind|wurde|wird|war|haben|hat|ihr(?:e[nrms]?)?|wir|ich|sie|uns|dass|bitte|nach|wenn|ein|"
    r"unser[enms]*|nicht|kann|können|ohne|frist|bestätig\w*)\b",
    re.IGNORECASE,
)


def arrival(text: str, until: date) -> date | None:
    """The day of the earliest arrival stamp on the first page, not after ``until`` (the custody)."""
    lines = [" ".join(line.split()) for line in text.split("\f", 1)[0].splitlines()]
    lines = [line for line in lines if line]
    found = [day for number in stamp_lines(lines) for day in _days(lines, number, until)[:1]]
    return min(found, default=None)


def stamp_lines(lines: Sequence[str]) -> Iterator[int]:
    """Numbers of the lines that bear a stamp's label."""
    for number, line in enumerate(lines):
        before = lines[number - 1] if number else ""
        if _loud(line) or (_labelled(line) and not _runs_on(before)):
            yield number


def stamped(lines: Sequence[str]) -> frozenset[int]:
    """Numbers of the lines of which the date is a stamp's, not the letter's."""
    out: set[int] = set()
    for number in stamp_lines(lines):
        out.add(number)
        out.update(_beside(lines, number))
    return frozenset(out)


def _days(lines: Sequence[str], number: int, until: date) -> list[date]:
    near = [number, *_beside(lines, number)]
    return [day for each in near for day in dates(lines[each], until=until) if day <= until]


def _beside(lines: Sequence[str], number: int) -> list[int]:
    """The line beside a label that bears its date, where the label's own bears none."""
    if dates(lines[number], until=date.max):
        return []
    below = range(number + 1, min(len(lines), number + 1 + BELOW))
    above = range(number - 1, max(-1, number - 1 - ABOVE), -1)
    for near in (*below, *above):
        if dates(lines[near], until=date.max) and not OTHER_DATE.search(lines[near]):
            return [near]
    return []


def _loud(line: str) -> bool:
    """A word in capitals that says so, perhaps misread, perhaps spaced, beside words of the letter."""
    words = re.findall(r"[A-ZÄÖÜ]{6,16}", line) + re.findall(
        r"(?:\b[A-ZÄÖÜ] ){5,15}[A-ZÄÖÜ]\b", line
    )
    plain = {word.replace(" ", "") for word in words}  # each once: to compare them is costly
    return any(
        word == loud or (len(loud) > 9 and SequenceMatcher(None, word, loud).ratio() > 0.85)
        for word in plain
        for loud in LOUD
    )


def _labelled(line: str) -> bool:
    found = next((each for each in (_label(line, at) for at in _beginnings(line)) if each), None)
    if found is None or SENTENCE.search(line):
        return False
    if found.re is OFFICE and not dates(line, until=date.max):
        return False
    rest = re.findall(r"[^\W\d_]{2,}", line[found.end() :])
    return len(rest) <= MOST_WORDS and not line.endswith(",")


def _label(line: str, at: int) -> re.Match[str] | None:
    found = LABEL.match(line, at) or OFFICE.match(line, at)
    return found if found and found[0][0].isupper() else None


def _beginnings(line: str) -> Iterator[int]:
    """Where a label may stand: first, behind the date, or between an office's name and the date."""
    yield 0
    date_first = re.match(r"\W*[\d. ]{5,}(?:[A-Za-zä.]{3,10} ?\d{2,4})?\W*", line)
    if date_first:
        yield date_first.end()
    office_first = re.match(
        r"(?:[A-ZÄÖÜ][\w.]*[\s–-]+){1,5}(?=(?:Post)?[Ee]ing\w*\W{0,3}(?:am )?\d)", line
    )
    if office_first:
        yield office_first.end()


def _runs_on(before: str) -> bool:
    """The line before is running text: what follows continues its sentence."""
    words = before.split()
    return len(words) > 6 and not before.endswith((".", ":", "!", "?"))
