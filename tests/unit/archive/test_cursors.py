"""Place marks of lists: what comes back is the key, and nothing else is one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.paging import page_cursors
from config.errors import UsageError

KEPT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@given(KEPT, st.integers(-(2**62), 2**62))
def test_a_key_comes_back_as_it_was(text: str, number: int) -> None:
    assert page_cursors.read(page_cursors.made(text, number), str, int) == (text, number)


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        assert isinstance(page_cursors.read(text, str), tuple)
    except UsageError as error:
        assert "Blättermarke" in str(error)


@pytest.mark.parametrize(
    "value",
    [["\ud800"], ["a\x00b"], [2**63], [None], ["a", "b"], {"a": 1}, "a", [["a"]]],
)
def test_what_no_database_keeps_is_refused(value: object) -> None:
    mark = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    for kind in (str, int):
        with pytest.raises(UsageError):
            page_cursors.read(mark, kind)


def test_a_long_mark_costs_nothing() -> None:
    for value in ("[" * 100_000, json.dumps(["a" * 10_000])):
        with pytest.raises(UsageError):
            page_cursors.read(base64.urlsafe_b64encode(value.encode()).decode(), str)
