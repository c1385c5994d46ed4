"""What the database counts by itself is what there is, whatever is done and in whatever order."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from archive.audit.trail import append, lock_trail
from archive.bench import counters
from archive.db.database import Database
from archive.efile import closing, files
from archive.intake import documents, items
from archive.model import Finding, Reader, Role, Severity
from archive.people import accounts
from archive.stages import DOCUMENT_ROAD, Stage
from archive.tables import schema
from archive.views import details, listing
from archive.views import inbox as listed_items
from archive.views.file_details import SUGGESTION_REJECTED
from archive.views.inbox import Narrowed
from config.errors import Conflict, HoldReason, UsageError
from tests.contract.rig import MACHINE, PERSON, Rig, reader

REGISTRY = reader((Role.RECORDS_MANAGER, None, None))
SUGGESTED = Finding(code="filing.suggested", text="x", detail={"file_id": "f"})
BLOCKING = Finding(code="pages.lost", text="x", severity=Severity.BLOCKS_DESTRUCTION)
ACTS = 60


class Acts:
    """Random acts on a few items, each in a transaction of its own, some of them refused."""

    def __init__(self, database: Database, seed: int) -> None:
        self.database = database
        self.draw = random.Random(seed)
        self.items: list[str] = []
        self.ticks = 0

    def act(self) -> None:
        ways: tuple[Callable[[Rig], object], ...] = (
            self.arrive, self.walk, self.walk, self.walk_document, self.walk_document,
            self.find, self.find, self.settle, self.settle, self.origin, self.check,
            self.hold, self.release, self.redirect, self.open_file,
        )  # fmt: skip
        way = self.draw.choice(ways) if self.items else self.arrive
        known = len(self.items)
        try:
            with self.database.write() as session:
                rig = Rig(session, ticks=self.ticks)
                way(rig)
                self.ticks = rig.ticks
                if self.draw.random() < 0.1:
                    raise Conflict("taken back")
        except (Conflict, UsageError):
            self.items = self.items[:known]

    def any_item(self) -> str:
        return self.draw.choice(self.items)

    def any_part(self, rig: Rig) -> tuple[str, str | None]:
        item_id = self.any_item()
        parts = documents.documents_of(rig.session, item_id)
        return item_id, self.draw.choice(parts).id if parts else None

    def arrive(self, rig: Rig) -> None:
        name = f"i{len(self.items)}"
        department = self.draw.choice(("bauamt", "jugendamt"))
        rig.item(name, department=department, stream=self.draw.choice(("mailroom", "legacy")))
        self.items.append(name)

    def walk(self, rig: Rig) -> None:
        item_id = self.any_item()
        if items.load_item(rig.session, item_id).stage in (Stage.RECEIVED, Stage.VERIFIED):
            rig.walk_item(item_id, parts=self.draw.choice((1, 2)))

    def walk_document(self, rig: Rig) -> None:
        _, part = self.any_part(rig)
        if part and documents.load_document(rig.session, part).stage in DOCUMENT_ROAD[:-1]:
            rig.walk_document(part, self.draw.choice((Stage.FILED, Stage.NOTED, Stage.SEALED)))

    def find(self, rig: Rig) -> None:
        item_id, part = self.any_part(rig)
        items.add_findings(rig.session, item_id, self.draw.choice((None, part)), [BLOCKING])
        if part:
            items.add_findings(rig.session, item_id, part, [SUGGESTED])

    def settle(self, rig: Rig) -> None:
        """Turn its suggestions down, sign it off, or correct its day."""
        _, part = self.any_part(rig)
        if part is None or documents.load_document(rig.session, part).stage is not Stage.FILED:
            return
        way = self.draw.choice(("down", "final", "day"))
        if way == "down":
            append(
                rig.session, at=rig.at(), by=PERSON, action=SUGGESTION_REJECTED,
                object_type="document", object_id=part,
            )  # fmt: skip
        elif way == "final":
            clerk = reader((Role.CASE_WORKER, None, None))
            closing.finalise_document(rig.session, clerk, part, at=rig.at())
        else:
            documents.correct_metadata(
                rig.session, part, {"received_on": date(2026, 11, self.draw.randint(1, 20))},
                by=PERSON, at=rig.at(),
            )  # fmt: skip

    def origin(self, rig: Rig) -> None:
        _, part = self.any_part(rig)
        if part:
            origin = self.draw.choice(("digital", "paper"))
            lock_trail(rig.session)
            table = schema.document
            changed = sa.update(table).where(table.c.id == part).values(origin=origin)
            rig.session.execute(changed)

    def check(self, rig: Rig) -> None:
        _, part = self.any_part(rig)
        if part:
            result = self.draw.choice(("failed", "passed"))
            documents.record_qa(
                rig.session, part, result=result, pages=[], note_sha256=None, by=PERSON,
                at=rig.at(),
            )  # fmt: skip

    def hold(self, rig: Rig) -> None:
        _, part = self.any_part(rig)
        if part is None:
            rig.hold(self.any_item())
        else:
            documents.hold_document(
                rig.session, part, HoldReason.EMPTY, "x", by=MACHINE, at=rig.at()
            )

    def release(self, rig: Rig) -> None:
        item_id, part = self.any_part(rig)
        if part is None:
            items.release_item(
                rig.session, item_id, to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at()
            )
        else:
            documents.release_document(
                rig.session, part, to=Stage.SEPARATED, reason="x", by=PERSON, at=rig.at()
            )

    def redirect(self, rig: Rig) -> None:
        items.redirect_item(
            rig.session, self.any_item(), self.draw.choice(("bauamt", "jugendamt")), by=PERSON,
            at=rig.at(), reason="x",
        )  # fmt: skip

    def open_file(self, rig: Rig) -> None:
        department = self.draw.choice(("bauamt", "jugendamt"))
        compartment = self.draw.choice((None, "personal"))
        files.open_file(
            rig.session, f"{department[0]}.1", department, "x", by=MACHINE, at=rig.at(),
            compartment=compartment,
        )  # fmt: skip


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(2, 30))]
)
def test_what_is_counted_is_the_truth_after_random_acts(database: Database, seed: int) -> None:
    acts = Acts(database, seed)
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for number in range(4):
            acts.items.append(f"i{number}")
            rig.filed(acts.items[-1])
        acts.ticks = rig.ticks
    kept: set[str] = set()
    placed: set[str] = set()
    for _ in range(ACTS):
        acts.act()
        with database.read() as session:
            assert counters.faults(session.connection()) == ()
            page = listed_items.listed(session, REGISTRY, Narrowed(keep_paper=True))
            numbers = listed_items.numbers(session, REGISTRY, since=None)
            assert numbers.keep_paper == len(page.items) == page.total
            kept.update(item.id for item in page.items)
            placed.update(session.scalars(sa.select(schema.to_place.c.id)))
    assert kept
    assert placed
    with database.read() as session:
        assert listing.operator_counts(session) == listing.counts(session, REGISTRY)


def test_a_count_that_was_lost_is_found_and_made_again(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.filed("i1")
        session.execute(sa.delete(schema.item_count))
        connection = session.connection()
        assert counters.faults(connection) == ("item_count",)
        counters.recount(connection)
        assert counters.faults(connection) == ()


def test_files_of_a_unit_are_counted_for_those_who_may_read_them(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for compartment in (None, "personal"):
            rig.case("bauamt", compartment)
        rig.case("jugendamt")
        accounts.add_user(session, "anna", "Anna", by=MACHINE, at=rig.at())
    with database.read() as session:
        clerk = reader((Role.CASE_WORKER, "bauamt", None))
        member = reader((Role.CASE_WORKER, None, None), compartments=frozenset({"personal"}))
        closed = session.scalar(
            sa.select(schema.case_file.c.id).where(schema.case_file.c.compartment == "personal")
        )
        glass = Reader(user="x", grants=clerk.grants, opened_files=frozenset({str(closed)}))
        nobody = reader((Role.ADMIN, None, None), compartments=frozenset({"personal"}))
        assert details.files_by_plan_unit(session, clerk) == {"b.1": 1}
        assert details.files_by_plan_unit(session, glass) == {"b.1": 2}
        assert details.files_by_plan_unit(session, member) == {"b.1": 2, "j.1": 1}
        assert details.files_by_plan_unit(session, nobody) == {}
