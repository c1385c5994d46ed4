"""Loops rest while there is nothing to do, and no ringing is missed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from archive.db import after_commit
from archive.db.database import Database
from ingest.upkeep import wake_ups
from ingest.upkeep.dispatch import Slots
from ingest.upkeep.wake_ups import Bell, Pace

LONG = 60.0  #: seconds that no test here lasts


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look now and then hides that a ringing was missed."""
    monkeypatch.setattr(wake_ups, "EAGER_LOOK", LONG)
    monkeypatch.setattr(wake_ups, "LONGEST", LONG)


def _answered(pace: Pace) -> tuple[threading.Thread, list[bool]]:
    """A worker that waits once, and what it was told."""
    told: list[bool] = []
    thread = threading.Thread(target=lambda: told.append(pace.wait(0.001)), daemon=True)
    thread.start()
    return thread, told


def test_what_rings_while_a_worker_looks_is_heard_when_it_waits_next(patient: None) -> None:
    bell = Bell()
    pace = Pace(bell, "mailroom", lambda: False)
    bell.ring("mailroom")
    assert pace.wait(0.001) is False  # rung before it began to wait
    bell.ring("mailroom")  # while it looks
    assert pace.wait(0.001) is False


@pytest.mark.usefixtures("patient")
def test_a_worker_is_woken_by_its_own_queue_and_not_by_others() -> None:
    bell = Bell()
    thread, told = _answered(Pace(bell, "legacy", lambda: False))
    bell.ring("mailroom")
    thread.join(0.2)
    assert thread.is_alive() and not told
    bell.ring("legacy")
    thread.join(LONG)
    assert told == [False]


@pytest.mark.usefixtures("patient")
def test_a_full_worker_is_woken_by_the_slot_that_comes_free_and_has_not_forgotten_the_ringing() -> (
    None
):
    bell = Bell()
    slots = Slots(bell)
    walk = slots.add("i1", "mailroom", None)
    thread, told = _answered(Pace(bell, "mailroom", lambda: slots.count_for_queue("mailroom") > 0))
    bell.ring("mailroom")
    thread.join(0.2)
    assert thread.is_alive() and not told
    walk.release()
    thread.join(LONG)
    assert told == [False]


@pytest.mark.usefixtures("patient")
def test_the_end_is_told_to_who_waits_and_to_who_comes_to_wait() -> None:
    pace = Pace(Bell(), "mailroom", lambda: True)
    thread, told = _answered(pace)
    pace.set()
    thread.join(LONG)
    assert told == [True] and pace.wait(LONG) is True


def test_who_is_never_rung_for_looks_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wake_ups, "EAGER_LOOK", 0.01)
    monkeypatch.setattr(wake_ups, "LONGEST", 0.02)
    now = iter(range(0, 1000, 7))
    pace = Pace(Bell(), "mailroom", lambda: True, clock=lambda: float(next(now)))
    assert [pace.wait(0.0) for _ in range(5)] == [False] * 5


@given(
    st.lists(st.sampled_from(["commit", "take back", "two kinds", "nothing"]), max_size=8),
)
def test_every_transaction_that_leaves_work_is_told_once_it_is_over(acts: list[str]) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    told: list[frozenset[str]] = []
    after_commit.listen(engine, told.append)
    expected: list[frozenset[str]] = []
    for act in acts:
        with sa.orm.Session(engine) as session:
            session.execute(sa.text("SELECT 1"))
            if act != "nothing":
                after_commit.leave(session, "mailroom")
                if act == "two kinds":
                    with session.begin_nested():
                        after_commit.leave(session, "index")
                assert told == expected  # not before its end
                expected.append(
                    frozenset({"mailroom", "index"} if act == "two kinds" else {"mailroom"})
                )
            session.rollback() if act == "take back" else session.commit()
        assert told == expected


def test_who_is_told_sees_what_was_committed(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    seen: list[int] = []
    with database.write() as session:
        session.execute(sa.text("CREATE TABLE t (n INTEGER)"))

    def look(_kinds: frozenset[str]) -> None:
        with database.read() as session:
            seen.append(session.execute(sa.text("SELECT count(*) FROM t")).scalar_one())

    after_commit.listen(database.writer, look)
    for number in range(3):
        with database.write() as session:
            session.execute(sa.text("INSERT INTO t VALUES (1)"))
            after_commit.leave(session, "mailroom")
        assert seen[-1] == number + 1
    with pytest.raises(ZeroDivisionError), database.write() as session:
        after_commit.leave(session, "mailroom")
        session.execute(sa.text("INSERT INTO t VALUES (1)"))
        _ = 1 / 0
    assert seen == [1, 2, 3, 3]
    database.close()
