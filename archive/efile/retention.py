"""How long a closed file is kept: pure dates (xdomea: AnzahlJahre, Aufbewahrungsende)."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum, unique


@unique
class RetentionStart(StrEnum):
    """What the years are counted from."""

    CLOSED_DATE = "CLOSED_DATE"  #: the day of the order zdA
    END_OF_CALENDAR_YEAR = "END_OF_CALENDAR_YEAR"  #: the end of the year of that day


LONGEST = 999  #: years


def retention_end(closed_on: date, years: int, start: RetentionStart) -> date:
    """The last day of the retention period; disposal is due the day after (``due_on``).

    What began on 29 February ends on 28 February where the year has no 29th.
    """
    if start is RetentionStart.END_OF_CALENDAR_YEAR:
        return date(closed_on.year + years, 12, 31)
    try:
        return closed_on.replace(year=closed_on.year + years)
    except ValueError:
        return date(closed_on.year + years, 2, 28)


def due_on(end: date) -> date:
    """The first day on which the file is due for disposal."""
    return end + timedelta(days=1)
