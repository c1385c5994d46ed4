"""The steps that there are, and what becomes of an item."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.office_calendar import office_date
from archive.stages import (
    DOCUMENT_TRANSITIONS,
    ITEM_TRANSITIONS,
    TERMINAL,
    Outcome,
    Stage,
    outcome_of,
)

RESTING = TERMINAL | {Stage.HELD, Stage.AWAITING_QA}
PARTS = st.lists(
    st.sampled_from(sorted({stage for pair in DOCUMENT_TRANSITIONS for stage in pair})), max_size=4
)


def test_end_states_are_left_by_nobody() -> None:
    for transitions in (ITEM_TRANSITIONS, DOCUMENT_TRANSITIONS):
        assert not {begins for begins, _ in transitions} & TERMINAL


def test_only_held_and_inspected_things_are_rejected() -> None:
    for transitions in (ITEM_TRANSITIONS, DOCUMENT_TRANSITIONS):
        sources = {begins for begins, ends in transitions if ends is Stage.REJECTED}
        assert sources <= {Stage.HELD, Stage.AWAITING_QA}


def test_nothing_is_filed_unsealed() -> None:
    assert {begins for begins, ends in DOCUMENT_TRANSITIONS if ends is Stage.FILED} == {
        Stage.SEALED
    }


@given(parts=PARTS)
def test_an_item_has_an_outcome_when_all_of_it_rests(parts: list[Stage]) -> None:
    outcome = outcome_of(Stage.SEPARATED, tuple(parts))
    if not parts or any(stage not in RESTING for stage in parts):
        assert outcome is None
    elif Stage.HELD in parts:
        assert outcome is Outcome.HELD
    elif Stage.AWAITING_QA in parts:
        assert outcome is Outcome.AWAITING_QA
    elif Stage.FILED in parts:
        assert outcome is Outcome.ARCHIVED
    else:
        assert outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ((2026, 12, 31, 22, 59), date(2026, 12, 31)),
        ((2026, 12, 31, 23, 0), date(2027, 1, 1)),
        ((2026, 6, 30, 21, 59), date(2026, 6, 30)),
        ((2026, 6, 30, 22, 0), date(2026, 7, 1)),
    ],
)
def test_the_day_of_the_office(at: tuple[int, int, int, int, int], day: date) -> None:
    year, month, dom, hour, minute = at
    assert office_date(datetime(year, month, dom, hour, minute, tzinfo=UTC)) == day
