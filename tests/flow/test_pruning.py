"""What the durable engine kept of ended walks goes; nothing that goes on needs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from api.commands.records.outcomes import ingested
from api.wiring import House
from archive.intake.ended_items import ended
from archive.stages import Outcome
from ingest.acts.road.held import Retry
from ingest.upkeep import pruning
from ingest.upkeep.pruning import prune
from ingest.upkeep.sweep import sweep
from tests.acceptance.home import small_scan
from tests.acting import seated
from tests.flow.conftest import Flow


@pytest.fixture
def flow(house: House) -> Iterator[Flow]:
    flow = Flow(house)
    yield flow
    flow.stop()


def _table(flow: Flow, name: str = "workflow_status") -> str:
    """As the durable engine has it in this database."""
    return f"dbos.{name}" if flow.engines.database.url.startswith("postgresql") else name


def _backdate(flow: Flow) -> list[str]:
    """All ended walks ended long ago; their ids."""
    with flow.engines.database.write() as session:
        session.execute(
            sa.text(f"UPDATE {_table(flow)} SET completed_at = 1000 WHERE completed_at > 0")
        )
        found = session.execute(sa.text(f"SELECT workflow_uuid FROM {_table(flow)} ORDER BY 1"))
        return list(found.scalars())


def _rows(flow: Flow) -> dict[str, int]:
    tables = "workflow_status", "workflow_input", "workflow_output", "operation_outputs"
    with flow.engines.database.read() as session:
        return {
            table: session.scalar(sa.text(f"SELECT count(*) FROM {_table(flow, table)}"))
            for table in tables
        }


def test_what_was_pruned_is_tried_again_and_waited_for_as_ever(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 1)
    flow.start()
    held = flow.take(b"no scan at all", "kaputt.pdf")
    assert flow.wait(held).outcome is Outcome.HELD
    flow.stop()
    waiting = flow.take(b"no scan either", "auch-kaputt.pdf")  # its walk has not begun
    walks = _backdate(flow)
    assert held in walks and waiting in walks
    assert prune(flow.engines) == len(walks) - 1
    assert prune(flow.engines) == 0
    assert _rows(flow) == {
        "workflow_status": 1,
        "workflow_input": 1,
        "workflow_output": 0,
        "operation_outputs": 0,
    }
    with flow.engines.database.read() as session:
        assert ended(session, {held, waiting}) == {held}
        assert ingested(session, "kaputt.pdf", held)["outcome"] == "held"
    assert sweep(flow.engines) == ()
    flow.start()
    command = Retry(object_id=held, reason="nochmals")
    command.perform(flow.engines, seated(flow.reader("poststelle")))
    again = flow.wait(held, lambda item: item.attempt == 2 and item.outcome is not None)
    assert again.outcome is Outcome.HELD
    assert flow.wait(waiting).outcome is Outcome.HELD  # its turn has come


def test_a_walk_that_ended_is_kept_while_its_object_is_on_the_road(flow: Flow) -> None:
    """The sweep has to see how it ended, and whose it was."""
    item_id = flow.take(small_scan(33))
    with flow.engines.database.write() as session:
        walk = f"UPDATE {_table(flow)} SET status = 'ERROR', completed_at = 1000"
        session.execute(sa.text(f"{walk} WHERE workflow_uuid = :item"), {"item": item_id})
    assert prune(flow.engines) == 0
    assert sweep(flow.engines) == (item_id,)
    assert prune(flow.engines) == 1  # the first attempt; the second one is enqueued
    assert flow.item(item_id).attempt == 2
