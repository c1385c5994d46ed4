"""A step is committed once, whoever takes it at the same time and whatever becomes of its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.intake import items, on_the_road
from archive.model import Finding, Rendition, RenditionRole
from archive.stages import Stage
from archive.tables import schema
from config.errors import HoldReason, Unavailable
from ingest.engines import Engines
from ingest.road import step_execution
from ingest.road.step_execution import Stopped, Walk
from ingest.road.step_outcome import Change
from tests.unit.api.building import BY, House

FOUND = Finding(code="tested.found", text="gefunden")


def change(number: int) -> Change:
    """What one try of the step makes, different each time."""
    made = Rendition(
        role=RenditionRole.SIGNATURE_REPORT,
        sha256=f"{number:064x}",
        size=1,
        media_type="application/json",
        file_name="x.json",
    )
    return Change(action="TESTED", findings=(FOUND, FOUND), renditions=(made, made))


def the_walk(house: House, item_id: str) -> Walk:
    return Walk(engines=house.service.engines, kind="item", object_id=item_id, attempt=1)


def kept(house: House, item_id: str) -> tuple[Stage, int, list[str], int]:
    """Stage, events of the step, addresses of what it made, findings."""
    event, made, found = schema.audit_event, schema.rendition, schema.finding
    role = RenditionRole.SIGNATURE_REPORT.value
    with house.database.read() as session:
        told = sa.select(sa.func.count()).where(
            event.c.object_id == item_id, event.c.action == "TESTED"
        )
        addresses = sa.select(made.c.sha256).where(made.c.item_id == item_id, made.c.role == role)
        findings = sa.select(sa.func.count()).where(found.c.item_id == item_id)
        return (
            on_the_road.standing(session, "item", item_id).stage,
            session.execute(told).scalar_one(),
            list(session.execute(addresses).scalars()),
            session.execute(findings).scalar_one(),
        )


def doing(first: Callable[[], object], made: Change) -> step_execution.Work:
    def work(_engines: Engines, _object_id: str) -> Change:
        first()
        return made

    return work


def test_of_two_walks_at_one_step_the_first_takes_it(house: House) -> None:
    item_id = house.receive("a.pdf")
    other = the_walk(house, item_id)

    def quicker() -> None:
        other.step(Stage.CHECKED, lambda *_: change(2))

    the_walk(house, item_id).step(Stage.CHECKED, doing(quicker, change(1)))
    assert kept(house, item_id) == (Stage.CHECKED, 1, [change(2).renditions[0].sha256], 1)


def test_a_step_taken_already_is_not_worked_at(house: House) -> None:
    item_id = house.receive("a.pdf")
    the_walk(house, item_id).step(Stage.CHECKED, lambda *_: change(1))
    the_walk(house, item_id).step(Stage.CHECKED, doing(never, change(2)))
    assert kept(house, item_id)[1:3] == (1, [change(1).renditions[0].sha256])


def never() -> None:
    raise AssertionError("worked at once more")


@pytest.mark.parametrize("earlier", [0, 1])
def test_what_is_held_while_a_step_works_stays_held(house: House, earlier: int) -> None:
    """At the walk's first step, and at one before which it does not ask for the stage again."""
    item_id = house.receive("a.pdf")

    def hold() -> None:
        with house.database.write() as session:
            items.hold_item(
                session, item_id, HoldReason.CLARIFICATION, "?", by=BY, at=house.clock()
            )

    going = the_walk(house, item_id)
    for stage in (Stage.CHECKED,)[:earlier]:
        going.step(stage, lambda *_: change(1))
    with pytest.raises(Stopped):
        going.step((Stage.CHECKED, Stage.VERIFIED)[earlier], doing(hold, change(2)))
    assert kept(house, item_id)[:2] == (Stage.HELD, earlier)


def test_a_commit_whose_answer_was_lost_is_not_made_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the connection to the database breaks between its commit and the word of it."""
    item_id = house.receive("a.pdf")
    monkeypatch.setattr(step_execution, "PAUSES", (0,))
    broken = _Breaking(house.service.engines.database)
    going = Walk(
        engines=replace(house.service.engines, database=broken),  # type: ignore[arg-type]
        kind="item", object_id=item_id, attempt=1,
    )  # fmt: skip
    going.step(Stage.CHECKED, lambda *_: change(1))
    assert broken.lost == 1
    assert kept(house, item_id) == (Stage.CHECKED, 1, [change(1).renditions[0].sha256], 1)


class _Breaking:
    """A database whose first commit is made and not told."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self.lost = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self._real.write() as session:
            yield session
        if not self.lost:
            self.lost += 1
            raise Unavailable("Die Verbindung ist abgerissen.")
