"""A mail's own fields are suggested, and only a date that can be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from ingest.suggestions.from_mail import suggest_from_mail
from ocr.text.unpaged_files import MailFields

RECEIVED = date(2026, 11, 27)


def dated(written: datetime | None) -> date | None:
    fields = MailFields(sender="a@b", subject="Antrag", date=written)
    return suggest_from_mail(fields, "mail.eml", RECEIVED).letter_date


@pytest.mark.parametrize(
    ("written", "day"),
    [
        (datetime(2026, 4, 3, 23, 30, tzinfo=UTC), date(2026, 4, 4)),  # in the office's time
        (datetime(2026, 11, 27, 1, tzinfo=timezone(timedelta(hours=12))), date(2026, 11, 26)),
        (datetime(2026, 11, 27, 22, 59, tzinfo=UTC), date(2026, 11, 27)),
        (datetime(2026, 11, 27, 23, 1, tzinfo=UTC), None),  # tomorrow
        (datetime(2099, 1, 1, tzinfo=UTC), None),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14))), None),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), None),
        (datetime(1601, 1, 1, tzinfo=UTC), None),
        (None, None),
    ],
)
def test_the_date_is_the_letter_s_where_it_can_be(
    written: datetime | None, day: date | None
) -> None:
    assert dated(written) == day


def test_subject_and_sender_are_suggested_and_never_the_body() -> None:
    found = suggest_from_mail(
        MailFields(sender="Amt <a@b>", subject="Antrag"), "mail.eml", RECEIVED
    )
    assert (found.title, found.sender) == ("Antrag", "Amt <a@b>")
    found = suggest_from_mail(MailFields(), "Nachricht_3.eml", RECEIVED)
    assert (found.title, found.sender, found.letter_date) == ("Nachricht 3", None, None)


def test_a_long_subject_is_cut() -> None:
    title = suggest_from_mail(MailFields(subject="ä" * 5000), "m.eml", RECEIVED).title
    assert title is not None and len(title) == 200
