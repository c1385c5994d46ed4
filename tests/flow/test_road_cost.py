"""What the road itself asks of the database for one letter: figures that hang on no load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from api.commands.bench.whole_road import WALKERS, counted
from archive.stages import Outcome
from archive.tables import schema
from ingest.upkeep import service_loops
from tests.acceptance.home import small_scan
from tests.flow.conftest import Flow

STATEMENTS = 120  #: of all steps of a one-page letter, in the archive's own connections
STEPS = 8
GROWING = frozenset(
    {"item", "document", "finding", "rendition", "audit_event", "case_file", "case_record"}
    | {"workflow_status", "metadata_history"}
)


@pytest.fixture(scope="module")
def warm(flow: Flow) -> Flow:
    """A house whose month has its case, as all letters but the first find it."""
    flow.wait(flow.take(small_scan(300)))
    return flow


def test_a_letter_takes_one_transaction_a_step_and_few_statements(warm: Flow) -> None:
    with counted(warm.engines.database) as found:
        assert warm.wait(warm.take(small_scan(301))).outcome is Outcome.ARCHIVED
    assert found["commits"] == STEPS
    assert 0 < found["statements"] <= STATEMENTS


def test_no_statement_of_the_road_reads_a_table_that_grows(warm: Flow) -> None:
    database = warm.engines.database
    if database.writer.dialect.name != "sqlite":
        pytest.skip("asks SQLite's planner")
    said: dict[str, Any] = {}

    def sent(_c: Any, _k: Any, text: str, values: Any, _x: Any, many: bool) -> None:
        if threading.current_thread().name.startswith(WALKERS) and not text.startswith("BEGIN"):
            said[text] = values[0] if many else values

    engines = (database.writer, database.reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", sent)
    try:
        warm.wait(warm.take(small_scan(304)))
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", sent)
    scans = []
    with database.reader.connect() as connection:
        for text, values in said.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps = [str(row[3]) for row in plan]
            if any(step.startswith("SCAN") and step.split()[1] in GROWING for step in steps):
                scans.append((text, steps))
    assert said
    assert scans == []


def test_the_stage_is_the_only_checkpoint(warm: Flow) -> None:
    """The durable engine keeps which walks there are, and nothing of their steps."""
    warm.wait(warm.take(small_scan(302)))
    where = "dbos." if warm.engines.database.writer.dialect.name == "postgresql" else ""
    with warm.engines.database.reader.connect() as connection:
        kept = sa.text(f"SELECT count(*) FROM {where}operation_outputs")
        assert connection.execute(kept).scalar_one() == 0


def test_a_walk_that_is_begun_once_more_finds_its_steps_taken(warm: Flow) -> None:
    """As where a power failure loses what the engine had noted of the walk's end."""
    item = warm.wait(warm.take(small_scan(303)))
    ids = (item.id, *item.documents)
    before = told_of(warm, item.id)
    table = walks(warm)
    with warm.engines.database.writer.begin() as connection:
        connection.execute(
            sa.update(table).where(table.c.workflow_uuid.in_(ids)).values(status="ENQUEUED")
        )
    limit = time.monotonic() + 120
    while set(warm.engines.queue.states(list(ids)).values()) != {"SUCCESS"}:
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert told_of(warm, item.id) == before
    assert warm.item(item.id).outcome is Outcome.ARCHIVED


def told_of(flow: Flow, item_id: str) -> list[int]:
    """The numbers of the events of the item and its documents."""
    told = schema.audit_event
    query = sa.select(told.c.seq).where(told.c.correlation_id == item_id).order_by(told.c.seq)
    with flow.engines.database.read() as session:
        return list(session.execute(query).scalars())


def walks(flow: Flow) -> sa.TableClause:
    postgres = flow.engines.database.writer.dialect.name == "postgresql"
    return sa.table(
        "workflow_status",
        sa.column("workflow_uuid"),
        sa.column("status"),
        schema="dbos" if postgres else None,
    )


def test_letters_that_end_while_others_walk_share_a_commit_of_the_index(
    warm: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_loops, "INDEX_GATHERS", 600.0)
    batches: list[int] = []
    apply = warm.engines.index.apply

    def noted(operations: Any) -> Any:
        batches.append(len(operations))
        return apply(operations)

    warm.wait_for_index()
    monkeypatch.setattr(type(warm.engines.index), "apply", lambda _, operations: noted(operations))
    with warm.engines.afoot.walks("another"):
        warm.wait(warm.take(small_scan(306)))
        _until(lambda: batches == [1])  # the first at once
        for number in (307, 308):
            assert warm.wait(warm.take(small_scan(number))).outcome is Outcome.ARCHIVED
        assert batches == [1]
    warm.wait_for_index()
    assert batches == [1, 2]


def _until(holds: Callable[[], bool], *, seconds: float = 300) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.05)
