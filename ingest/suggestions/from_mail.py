"""Suggestions from a mail's own fields: its subject, its sender, its date. People correct them."""

from __future__ import annotations

from datetime import date, datetime

from archive.office_calendar import office_date
from archive.plausibility import EARLIEST
from ingest.suggestions.from_letter import Suggestion, clip, suggest
from ocr.text.unpaged_files import MailFields


def suggest_from_mail(fields: MailFields, file_name: str, received_on: date) -> Suggestion:
    """The subject as title (the file's name where there is none), From as sender, Date as letter
    date unless it cannot be: after the receipt, or before there were letters to an office.

    No date is taken from the text: a mail has its own, and others in it are other letters'.
    """
    nothing = suggest("", file_name, received_on)
    return Suggestion(
        title=(clip(fields.subject) if fields.subject else None) or nothing.title,
        sender=clip(fields.sender) if fields.sender else None,
        letter_date=_plausible(fields.date, received_on),
        arrived_on=None,  # nobody stamps a mail
    )


def _plausible(written: datetime | None, received_on: date) -> date | None:
    if written is None or not EARLIEST.year < written.year <= received_on.year + 1:
        return None
    day = office_date(written)
    return day if EARLIEST <= day <= received_on else None
