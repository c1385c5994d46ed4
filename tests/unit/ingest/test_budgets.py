"""A file's budget grows with its size and is shared by all that is made of it."""

from __future__ import annotations

import pytest

from config.account import Account
from config.errors import OverBudget, TakesLong
from config.settings import Work
from ingest.queue.time_budgets import Budgets

WORK = Work(quick_seconds=10, file_seconds=100, mib_seconds=50)


def account(
    budgets: Budgets, item_id: str, object_id: str, attempt: int, *, size: int = 2**20
) -> Account:
    return budgets.account(item_id, object_id, attempt, WORK, name="akte.tif", size=lambda: size)


def test_item_and_documents_share_one_budget() -> None:
    budgets = Budgets()
    for object_id in ("i1", "d1", "d2"):
        budgets.slow_down(object_id, 2)
        account(budgets, "i1", object_id, 2).charge(50)
    with pytest.raises(OverBudget, match=r"akte\.tif: nach 150 s .*work\.file_seconds 100"):
        account(budgets, "i1", "d3", 1).left()
    assert account(budgets, "i2", "i2", 1).left() == 10


def test_a_large_file_has_more() -> None:
    budgets = Budgets()
    budgets.slow_down("i1", 2)
    assert account(budgets, "i1", "i1", 2, size=10 * 2**20).left() == 600


def test_a_slow_attempt_is_slow_and_a_later_one_quick_until_it_shows() -> None:
    budgets = Budgets()
    with pytest.raises(TakesLong):
        first = account(budgets, "i1", "i1", 1)
        first.charge(11)
        first.left()
    budgets.slow_down("i1", 2)
    assert account(budgets, "i1", "i1", 2).is_slow
    assert not account(budgets, "i1", "i1", 3).is_slow


def test_a_person_may_begin_the_budget_anew() -> None:
    budgets = Budgets()
    account(budgets, "i1", "i1", 1).charge(1000)
    budgets.forget("i1")
    assert account(budgets, "i1", "i1", 2).left() == 10


def test_the_limit_names_the_size_of_what_is_read() -> None:
    """A file handed in for a scrap of a file has its own size's allowance."""
    budgets = Budgets()
    read = account(budgets, "i1", "i1", 1, size=3 * 2**20)
    read.charge(1000)
    with pytest.raises(OverBudget, match=r"nach 250 s .*für 3\.0 MiB"):
        read.left()


def test_what_still_walks_is_not_forgotten_for_the_number_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.queue.time_budgets.KEPT", 3)
    budgets = Budgets()
    account(budgets, "long", "long", 1).charge(1000)
    budgets.slow_down("long", 2)
    for number in range(9):
        account(budgets, f"i{number}", f"i{number}", 1)
        budgets.slow_down(f"i{number}", 2)
        budgets.slow_down("long", 2)
        with pytest.raises(OverBudget):
            account(budgets, "long", "long", 2).left()
