"""How file marks are made and compared."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.efile import file_reference
from archive.model import PlanUnit

UNIT = PlanUnit(
    code="63.1",
    parent=None,
    title="x",
    department="bauamt",
    retention_years=1,
    disposal_code="B",
    protection_need="NORMAL",
)
GOOD = ("{code}/{number}/{year}", "{code}-{number:04}/{year}", "Az {year}/{code} {number:06}")


@pytest.mark.parametrize("pattern", GOOD)
def test_good_patterns(pattern: str) -> None:
    assert file_reference.problem(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "{code}/{number}",
        "{code}{number}/{year}",
        "{code}/{number}/{year}/{year}",
        "{code}/{number}/{year}-{month}",
        "{code}1{number}/{year}",
        "{code}/{number}/{year}7",
        "{code!r}/{number}/{year}",
        "{code}/{number:9}/{year}",
        "{code}////{number}/{year}",
        "x" * 70 + "{code}/{number}/{year}",
    ],
)
def test_bad_patterns(pattern: str) -> None:
    assert file_reference.problem(pattern) is not None


def test_how_a_mark_looks() -> None:
    def mark(pattern: str, series: str = "") -> str:
        return file_reference.render(pattern, code="63.1", number=7, year=2026, series=series)

    assert mark(GOOD[0]) == "63.1/7/2026"
    assert mark(GOOD[1]) == "63.1-0007/2026"
    assert mark(GOOD[2]) == "Az 2026/63.1 000007"
    assert mark(GOOD[0], "personal") == "63.1/personal-7/2026"


@pytest.mark.parametrize("pattern", GOOD)
@given(data=st.data())
def test_different_numbers_have_different_marks(pattern: str, data: st.DataObject) -> None:
    numbers = st.tuples(
        st.integers(min_value=1, max_value=99_999), st.integers(min_value=1900, max_value=2199)
    )
    series = st.sampled_from(["", "personal", "jugendamt-personal", "jugendamt"])
    one, two = data.draw(st.tuples(numbers, series)), data.draw(st.tuples(numbers, series))

    def mark(made: tuple[tuple[int, int], str]) -> str:
        (number, year), name = made
        return file_reference.render(pattern, code="63.1", number=number, year=year, series=name)

    assert (mark(one) == mark(two)) == (one == two)


def test_a_series_is_a_circle_of_people() -> None:
    assert file_reference.series(UNIT, "bauamt", None) == ""
    assert file_reference.series(UNIT, "jugendamt", None) == "jugendamt"
    assert file_reference.series(UNIT, "bauamt", "personal") == "personal"
    closed = replace(UNIT, compartment="personal")
    assert file_reference.series(closed, "bauamt", "personal") == ""
    assert file_reference.series(closed, "jugendamt", "leitung") == "jugendamt-leitung"


def test_all_ways_to_write_a_mark_are_one() -> None:
    ways = ("63.1/7/2026", "63.1 / 7 / 2026", "63.1 /7/ 2026", " 63.1/7/2026 ")
    assert {file_reference.plain(way) for way in ways} == {"63.1/7/2026"}
    assert {file_reference.compact(way) for way in (*ways, "63.1-7-2026", "6317/2026")} == {
        "63172026"
    }
    assert file_reference.plain("ba–12") == "BA-12"
