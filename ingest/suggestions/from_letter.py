"""Suggestions from a letter's text: title, sender, date. Suggestions only: people correct them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingest.suggestions.arrival_stamp import arrival, stamped
from ingest.suggestions.sender_line import ADDRESSEE, POSTCODE, sender
from ingest.suggestions.written_dates import dates

SUBJECT = re.compile(
    r"^\s*(?:betreff|betrifft|betr\.|hier|subject)\s*[:.]\s*(.{4,200})$",
    re.IGNORECASE | re.MULTILINE,
)
MAIL_FROM = re.compile(r"^From:\s*(.{2,200})$")
DATED = re.compile(r"(?:^|\s)(?:datum|date|den|,\s?den)\s?:?\s+[0-3]?\d", re.IGNORECASE)
#: what is dated so is another letter, a person, a term
OTHER_DATE = re.compile(
    r"\b(?:ihr(?:e[nrs]?)?\s+(?:schreiben|nachricht|zeichen|antrag|brief|mail|e-mail|anfrage)|geb(?:oren)?\b|"
    r"geburtsdatum|frist|bis\s+(?:zum|spätestens)|fällig)",
    re.IGNORECASE,
)
PLACE_AND_DAY = re.compile(
    r"(?:[^\W\d][\w .-]{1,30}(?:,|\s)\s?(?:den|im)\s|[^\W\d][\w .-]{1,30},\s?\d)", re.IGNORECASE
)
PARTED = re.compile("(?<=[^\\W\\d_])[-\u00ad\u2010\u2011]$")  #: hyphens, the soft one too
JOINS_PARTS = re.compile(r"(?:und|oder|bzw\.?|sowie|u\.)(?!\w)")  #: "Bau- und Umweltamt"
GOES_ON = re.compile(
    r"(?:,|\b(?:und|oder|sowie|bzw\.|von|vom|der|des|dem|den|die|das|für|über|im|in|zu[rm]?|auf|mit|bei|nach|wegen|gegen))$"
)
GREETING = re.compile(r"^\s*(?:sehr geehrte|guten tag|hallo|liebe[rs]?\b)", re.IGNORECASE)
LONGEST = 200
HEAD_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    title: str | None
    sender: str | None
    letter_date: date | None
    arrived_on: date | None  #: the day of the arrival stamp


def suggest(text: str, file_name: str, received_on: date) -> Suggestion:
    """Suggest from the head of the text; the file's name where there is no better title."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    return Suggestion(
        title=_title(lines) or _from_name(file_name),
        sender=_sender(lines),
        letter_date=_letter_date(lines, received_on),
        arrived_on=arrival(text, received_on),
    )


def _title(lines: list[str]) -> str | None:
    head = lines[:HEAD_LINES]
    for number, line in enumerate(head):
        labelled = SUBJECT.search(line)
        if labelled:
            following = head[number + 1] if number + 1 < len(head) else ""
            return clip(_with_rest(labelled.group(1), following))
    for before, line in zip(head, head[1:], strict=False):  # noqa: RUF007 - clearer so
        if GREETING.match(line) and _may_be_subject(before):
            return clip(before)
    return None


def _with_rest(subject: str, following: str) -> str:
    """The subject with the line below where it plainly goes on: a parted word, or a word that joins."""
    if not following or GREETING.match(following):
        return subject
    parted = PARTED.search(subject)
    if parted and following[0].islower() and not JOINS_PARTS.match(following):
        return subject[: parted.start()] + following
    if parted and following[0].isupper():  # Nordrhein-Westfalen
        return subject[: parted.start()] + "-" + following
    if parted or GOES_ON.search(subject):
        return f"{subject} {following}"
    return subject


def _may_be_subject(line: str) -> bool:
    """Not the place and day, nor the end of an address."""
    if PLACE_AND_DAY.match(line) and dates(line):
        return False
    return _is_wordy(line) and not any(kind.match(line) for kind in (ADDRESSEE, POSTCODE))


def _sender(lines: list[str]) -> str | None:
    """Who a mail says that it is from; else the line of the head that names somebody."""
    mail = MAIL_FROM.match(lines[0]) if lines else None
    named = mail.group(1) if mail else sender(lines)
    return clip(named) if named else None


def _letter_date(lines: Sequence[str], received_on: date) -> date | None:
    """The date so labelled in the head, else the first; not after the receipt, and no stamp's."""
    head = lines[:HEAD_LINES]
    passed = stamped(head)
    own = [line for number, line in enumerate(head) if number not in passed]
    for line in [line for line in own if DATED.search(line)] + [
        line for line in own if not OTHER_DATE.search(line)
    ]:
        for found in dates(line):
            if found <= received_on:
                return found
    return None


def _is_wordy(line: str) -> bool:
    letters = sum(char.isalpha() for char in line)
    return letters >= 4 and letters >= 0.6 * len(line.replace(" ", ""))


def _from_name(file_name: str) -> str | None:
    stem = file_name.rsplit(".", 1)[0].replace("_", " ").strip()
    return clip(stem) or None


def clip(text: str) -> str:
    text = "".join(char for char in text if char.isprintable()).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
