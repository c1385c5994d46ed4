"""Dates as the county's office sees them; times are UTC everywhere else."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

OFFICE = ZoneInfo("Europe/Berlin")


def office_date(at: datetime) -> date:
    """The calendar day of ``at`` (aware) in Germany: what a receipt stamp would show."""
    return at.astimezone(OFFICE).date()
