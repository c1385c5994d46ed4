"""One file that takes long holds up nobody, and what takes too long is held with the limit's name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.audit import trail
from archive.stages import Outcome, Stage
from archive.tables import schema
from config.errors import HoldReason
from ingest import pipeline
from ingest.engines import Engines
from ingest.road.checking import check
from ingest.road.step_outcome import Change
from tests.acceptance.home import small_scan
from tests.child_jobs import job
from tests.flow.conftest import Flow, built_house

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(1800)]
WORK = {"REGISTRATUR_WORK__DOCUMENTS": "1", "REGISTRATUR_WORK__PROCESSES": "1"}
HEAVY = "heavy"


def heavy_check(engines: Engines, item_id: str) -> Change:
    """As ``check``; what bears the name takes minutes of a child's computing before."""
    from archive.intake import items

    with engines.database.read() as session:
        item = items.load_item(session, item_id)
    if HEAVY in item.source:
        engines.workshop.run(job("tests.unit.config.jobs:spin", 600.0), seconds=900.0, subject=item.source,
            priority=engines.priority(item.stream),
        )  # fmt: skip
    return check(engines, item_id)


def built(home: Path, monkeypatch: pytest.MonkeyPatch, **work: str) -> Iterator[Flow]:
    monkeypatch.setattr(pipeline, "check", heavy_check)
    named = {f"REGISTRATUR_WORK__{name.upper()}": value for name, value in work.items()}
    with built_house(home, {**WORK, **named}) as house:
        flow = Flow(house)
        yield flow
        flow.stop()


@pytest.fixture
def with_slow_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    yield from built(tmp_path / "home", monkeypatch, quick_seconds="6")


@pytest.fixture
def with_a_small_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    yield from built(
        tmp_path / "home", monkeypatch, quick_seconds="6", file_seconds="8", mib_seconds="0"
    )


def test_letters_arrive_while_heavy_files_are_worked_on(with_slow_files: Flow) -> None:
    """One worker, one child; two heavy files before the letters, of the same stream and another."""
    flow = with_slow_files
    flow.start()
    heavy = [
        flow.take(b"%PDF-1.4 heavy " + bytes([n]), f"{HEAVY}-{n}.pdf", stream=stream)
        for n, stream in enumerate(("mailroom", "legacy"))
    ]
    letters = [
        flow.take(small_scan(number), f"brief-{number}.jpg", stream=stream)
        for number, stream in ((1, "mailroom"), (2, "legacy"))
    ]
    for letter in letters:
        assert flow.wait(letter, seconds=600).outcome is Outcome.ARCHIVED
    for one in heavy:
        item = flow.item(one)
        assert (item.stage, item.outcome) == (Stage.RECEIVED, None)
    with flow.engines.database.read() as session:
        lines = session.execute(
            schema.audit_event.select().where(schema.audit_event.c.object_id == heavy[0])
        ).mappings()
        assert "WALK_RESUMED" in {line["action"] for line in lines}
        assert trail.check_chain(session).ok


def test_what_is_over_budget_is_held_and_says_which_limit(with_a_small_budget: Flow) -> None:
    flow = with_a_small_budget
    flow.start()
    item = flow.wait(flow.take(b"%PDF-1.4 heavy", f"{HEAVY}.pdf"), seconds=600)
    assert (item.stage, item.held_reason) == (Stage.HELD, HoldReason.OVER_LIMIT)
    assert item.held_text is not None
    assert "Rechenzeit" in item.held_text and "work.file_seconds 8" in item.held_text
    letter = flow.wait(flow.take(small_scan(3), "danach.jpg"), seconds=600)
    assert letter.outcome is Outcome.ARCHIVED
