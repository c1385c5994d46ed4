"""The computing time of one file over all its jobs is counted, and ends them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from config.account import Account, Budget, charged_to, current
from config.errors import ChildDeath, LimitReached, OverBudget, TakesLong
from config.isolation import Workshop
from tests.child_jobs import job

HERE = "tests.unit.config.jobs"


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop(size=1, slow=Workshop(size=1, nice=5)) as pool:
        yield pool


def account(allowed: float = 100.0, quick: float | None = None) -> Account:
    return Account(
        budget=Budget(name="akte.tif", allowed=allowed, limit="work.file_seconds 100"),
        quick_seconds=quick,
    )


def test_jobs_are_charged_to_whom_they_are_done_for(workshop: Workshop) -> None:
    one, other = account(), account(quick=50)
    with charged_to(one):
        workshop.run(job(f"{HERE}:spin", 0.5), seconds=20, subject="a")
        with charged_to(other):
            workshop.run(job(f"{HERE}:spin", 0.2), seconds=20, subject="b")
        assert current() is one
    assert current() is None
    assert 0.4 <= one.spent < 5 and 0.1 <= other.spent < 5
    assert one.budget.spent == one.spent


def test_over_budget_ends_the_job_and_names_the_limit(workshop: Workshop) -> None:
    one = account(allowed=0.6)
    with charged_to(one), pytest.raises(OverBudget) as caught:
        workshop.run(job(f"{HERE}:spin", 60.0), seconds=50, subject="akte.tif, Seite 3")
    assert "akte.tif" in str(caught.value) and "work.file_seconds 100" in str(caught.value)
    with charged_to(one), pytest.raises(OverBudget):
        workshop.run(job(f"{HERE}:pid"), seconds=50, subject="akte.tif, Seite 4")


def test_several_jobs_use_up_one_budget(workshop: Workshop) -> None:
    one = account(allowed=1.0)
    with charged_to(one), pytest.raises(OverBudget):
        for _ in range(20):
            workshop.run(job(f"{HERE}:spin", 0.3), seconds=50, subject="akte.tif")


def test_no_handler_of_a_dead_child_goes_on_when_the_budget_is_used_up() -> None:
    assert not issubclass(OverBudget, ChildDeath) and not issubclass(TakesLong, ChildDeath)


def test_a_job_of_its_own_limit_says_so(workshop: Workshop) -> None:
    with charged_to(account()), pytest.raises(LimitReached) as caught:
        workshop.run(job(f"{HERE}:spin", 60.0), seconds=0.5, subject="a")
    assert "Rechenzeit" in str(caught.value)


def test_a_quick_walk_that_takes_long_is_told_so(workshop: Workshop) -> None:
    one = account(quick=0.5)
    with charged_to(one), pytest.raises(TakesLong):
        workshop.run(job(f"{HERE}:spin", 60.0), seconds=50, subject="a")
    assert one.budget.spent >= 0.4


def test_slow_jobs_take_no_place_of_quick_ones(workshop: Workshop) -> None:
    """One child each: a slow job is under way while a quick one is done."""
    began, failures = threading.Event(), []

    def slow() -> None:
        began.set()
        try:
            workshop.run(job(f"{HERE}:spin", 300.0), seconds=300, subject="heavy")
        except ChildDeath as error:
            failures.append(error)

    with charged_to(account(allowed=1000)):
        thread = threading.Thread(target=copy_context().run, args=(slow,))
        thread.start()
    began.wait()
    with charged_to(account(quick=50)):
        assert workshop.run(job(f"{HERE}:add", 1, 2), seconds=20, subject="letter") == 3
    assert thread.is_alive()
    for child in list(workshop._slow._busy) if workshop._slow else []:
        child.process.kill()
    thread.join()
