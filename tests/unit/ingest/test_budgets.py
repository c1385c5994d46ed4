"""A file's budget grows with its size and is shared by all that is made of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from archive.model import Item
from config.errors import OverBudget, TakesLong
from config.settings import Work
from ingest.budgets import Budgets

WORK = Work(quick_seconds=10, file_seconds=100, mib_seconds=50)


def item(item_id: str = "i1", size: int = 2**20) -> Item:
    given: dict[str, Any] = {each.name: None for each in fields(Item)}
    return Item(**{**given, "id": item_id, "source": "akte.tif", "size": size})


def test_item_and_documents_share_one_budget() -> None:
    budgets = Budgets()
    for object_id in ("i1", "d1", "d2"):
        budgets.slow_down(object_id, 2)
        budgets.account(item(), object_id, 2, WORK).charge(50)
    with pytest.raises(OverBudget, match=r"akte\.tif: nach 150 s .*work\.file_seconds 100"):
        budgets.account(item(), "d3", 1, WORK).left()
    assert budgets.account(item("i2"), "i2", 1, WORK).left() == 10


def test_a_large_file_has_more() -> None:
    budgets = Budgets()
    budgets.slow_down("i1", 2)
    assert budgets.account(item(size=10 * 2**20), "i1", 2, WORK).left() == 600


def test_a_slow_attempt_is_slow_and_a_later_one_quick_until_it_shows() -> None:
    budgets = Budgets()
    with pytest.raises(TakesLong):
        first = budgets.account(item(), "i1", 1, WORK)
        first.charge(11)
        first.left()
    budgets.slow_down("i1", 2)
    assert budgets.account(item(), "i1", 2, WORK).is_slow
    assert not budgets.account(item(), "i1", 3, WORK).is_slow


def test_a_person_may_begin_the_budget_anew() -> None:
    budgets = Budgets()
    budgets.account(item(), "i1", 1, WORK).charge(1000)
    budgets.forget("i1")
    assert budgets.account(item(), "i1", 2, WORK).left() == 10
