"""Suggestions from a letter's text: title, sender, date. Suggestions only: people correct them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

MONTHS = {
    "januar": 1, "jänner": 1, "februar": 2, "märz": 3, "maerz": 3, "april": 4, "mai": 5,
    "juni": 6, "juli": 7, "august": 8, "september": 9, "oktober": 10, "november": 11,
    "dezember": 12,
}  # fmt: skip
NUMERIC = re.compile(r"\b([0-3]?\d)\.\s?([01]?\d)\.\s?((?:19|20)\d\d)\b")
ISO = re.compile(r"\b((?:19|20)\d\d)-([01]\d)-([0-3]\d)\b")
WRITTEN = re.compile(r"\b([0-3]?\d)\.\s?([A-Za-zäÄ]{3,9})\s+((?:19|20)\d\d)\b")
SUBJECT = re.compile(
    r"^\s*(?:betreff|betrifft|betr\.|hier|subject)\s*[:.]\s*(.{4,200})$",
    re.IGNORECASE | re.MULTILINE,
)
MAIL_FROM = re.compile(r"^From:\s*(.{2,200})$")
GREETING = re.compile(r"^\s*(?:sehr geehrte|guten tag|hallo|liebe[rs]?\b)", re.IGNORECASE)
LONGEST = 200
HEAD_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    title: str | None
    sender: str | None
    letter_date: date | None


def suggest(text: str, file_name: str, received_on: date) -> Suggestion:
    """Suggest from the head of the text; the file's name where there is no better title."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    lines = [line for line in lines if line]
    return Suggestion(
        title=_title(lines) or _from_name(file_name),
        sender=_sender(lines),
        letter_date=_letter_date(lines, received_on),
    )


def _title(lines: list[str]) -> str | None:
    head = lines[:HEAD_LINES]
    labelled = SUBJECT.search("\n".join(head))
    if labelled:
        return _clip(labelled.group(1))
    for before, line in zip(head, head[1:], strict=False):  # noqa: RUF007 - clearer so
        if GREETING.match(line) and _is_wordy(before):
            return _clip(before)
    return None


def _sender(lines: list[str]) -> str | None:
    """The first line that reads like a name or an office."""
    mail = MAIL_FROM.match(lines[0]) if lines else None
    if mail:
        return _clip(mail.group(1))
    for line in lines[:3]:
        if _is_wordy(line) and not NUMERIC.search(line) and not GREETING.match(line):
            return _clip(line)
    return None


def _letter_date(lines: list[str], received_on: date) -> date | None:
    """The first date in the head that is not later than the receipt."""
    for line in lines[:HEAD_LINES]:
        for found in _dates(line):
            if found <= received_on:
                return found
    return None


def _dates(line: str) -> list[date]:
    triples = [(m[3], m[2], m[1]) for m in NUMERIC.finditer(line)]
    triples += [(m[1], m[2], m[3]) for m in ISO.finditer(line)]
    triples += [
        (m[3], str(MONTHS[m[2].lower()]), m[1])
        for m in WRITTEN.finditer(line)
        if m[2].lower() in MONTHS
    ]
    found = []
    for year, month, day in triples:
        try:
            found.append(date(int(year), int(month), int(day)))
        except ValueError:
            continue
    return found


def _is_wordy(line: str) -> bool:
    letters = sum(char.isalpha() for char in line)
    return letters >= 4 and letters >= 0.6 * len(line.replace(" ", ""))


def _from_name(file_name: str) -> str | None:
    stem = file_name.rsplit(".", 1)[0].replace("_", " ").strip()
    return _clip(stem) or None


def _clip(text: str) -> str:
    text = "".join(char for char in text if char.isprintable()).strip()
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
