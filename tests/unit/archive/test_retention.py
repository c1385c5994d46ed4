"""How long a closed file is kept."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.efile.retention import RetentionStart, due_on, retention_end

DAY, YEAR = RetentionStart.CLOSED_DATE, RetentionStart.END_OF_CALENDAR_YEAR


@pytest.mark.parametrize(
    ("closed", "years", "start", "due"),
    [
        (date(2026, 11, 22), 10, DAY, date(2036, 11, 23)),
        (date(2026, 11, 22), 10, YEAR, date(2037, 1, 1)),
        (date(2024, 2, 29), 10, DAY, date(2034, 3, 1)),  # ends on 28 February
        (date(2024, 2, 29), 4, DAY, date(2028, 3, 1)),  # ends on 29 February
        (date(2096, 2, 29), 4, DAY, date(2100, 3, 1)),  # 2100 has no 29 February
        (date(2026, 12, 31), 1, DAY, date(2028, 1, 1)),
        (date(2026, 12, 31), 1, YEAR, date(2028, 1, 1)),
        (date(2026, 1, 1), 0, YEAR, date(2027, 1, 1)),
    ],
)
def test_the_day_disposal_is_due(
    closed: date, years: int, start: RetentionStart, due: date
) -> None:
    assert due_on(retention_end(closed, years, start)) == due


def test_a_leap_day_ends_in_february() -> None:
    assert retention_end(date(2024, 2, 29), 30, DAY) == date(2054, 2, 28)


@given(
    closed=st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)),
    years=st.integers(min_value=0, max_value=999),
)
def test_never_shorter_than_the_years(closed: date, years: int) -> None:
    by_day = retention_end(closed, years, DAY)
    assert by_day.year == closed.year + years
    assert (by_day.month, by_day.day) in {(closed.month, closed.day), (2, 28)}
    assert retention_end(closed, years, YEAR) >= by_day
