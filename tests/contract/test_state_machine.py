"""Random commands in random order: the record never holds a state that cannot be."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive.audit.trail import check_chain
from archive.db.database import Database, migrate
from archive.errors import StillWalking
from archive.intake import documents, items, sources, supplements
from archive.intake.supplements import Kept
from archive.model import Finding
from archive.search import outbox
from archive.stages import (
    DOCUMENT_ROAD,
    DOCUMENT_TRANSITIONS,
    ITEM_ROAD,
    ITEM_TRANSITIONS,
    TERMINAL,
    Outcome,
    Stage,
    outcome_of,
)
from archive.tables import schema
from config.errors import Conflict, HoldReason, UsageError
from tests.contract.rig import DOCUMENT_STEPS, ITEM_STEPS, MACHINE, PERSON, Rig

STAGES = st.sampled_from(tuple(Stage))
CONTENTS = st.sampled_from((b"one", b"two"))


class Record(RuleBasedStateMachine):
    """Every rule is one transaction; whatever a person or the road may try in whatever order."""

    names = Bundle("names")
    template: Path

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name) / "record.db"
        shutil.copyfile(self.template, place)
        self.database = Database(f"sqlite:///{place}")
        self.count = 0
        self.ticks = 0
        self.stages: dict[str, Stage] = {}
        self.ends: dict[str, Outcome] = {}
        self.doing(Rig.county)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            self.folder.cleanup()

    def doing(self, work: Callable[[Rig], Any]) -> bool:
        """Whether it was done; a refusal must leave no trace."""
        before = self.events()
        try:
            with self.database.write() as session:
                rig = Rig(session, ticks=self.ticks)
                work(rig)
                self.ticks = rig.ticks
        except (Conflict, StillWalking, UsageError):
            assert self.events() == before
            return False
        return True

    def events(self) -> int:
        with self.database.read() as session:
            return int(session.execute(sa.select(schema.audit_head.c.seq)).scalar_one())

    # -------------------------------------------------------------- commands
    @precondition(lambda self: self.count < 3)
    @rule(target=names, content=CONTENTS, steps=st.sampled_from((3, 0, 1)))
    def receive(self, content: bytes, steps: int) -> str:
        self.count += 1
        name = f"i{self.count}"
        assert self.doing(lambda rig: rig.item(name, content))
        if steps:
            self.walk(name, 2, steps)
        return name

    @rule(name=names, parts=st.sampled_from((1, 2)), steps=st.sampled_from((3, 1, 2)))
    def walk(self, name: str, parts: int, steps: int) -> None:
        def step(rig: Rig) -> None:
            item = items.load_item(rig.session, name)
            if item.stage in ITEM_STEPS:
                items.add_findings(
                    rig.session, name, None, [Finding(code=item.stage, text="made by the step")]
                )
                rig.walk_item(name, ITEM_STEPS[item.stage], parts=parts)

        for _ in range(steps):
            self.doing(step)

    @rule(name=names, position=st.sampled_from((0, 1)), steps=st.sampled_from((5, 3, 1)))
    def walk_document(self, name: str, position: int, steps: int) -> None:
        def step(rig: Rig) -> None:
            document = self.document(rig, name, position)
            if document is not None and document.stage in DOCUMENT_STEPS:
                items.add_findings(
                    rig.session,
                    name,
                    document.id,
                    [Finding(code=document.stage, text="made by the step")],
                )
                rig.walk_document(document.id, DOCUMENT_STEPS[document.stage])

        for _ in range(steps):
            self.doing(step)

    @rule(name=names, begins=STAGES, ends=STAGES)
    def jump(self, name: str, begins: Stage, ends: Stage) -> None:
        """Nobody should ask for this; where it may not be, somebody must refuse."""

        def step(rig: Rig) -> None:
            stage = items.load_item(rig.session, name).stage
            special = {Stage.HELD, Stage.REJECTED, Stage.DUPLICATE, Stage.SEPARATED}
            if stage is begins and ((begins, ends) in ITEM_TRANSITIONS or begins is ends):
                return
            if ends in special:
                return
            items.advance_item(
                rig.session, name, begins, ends, by=MACHINE, at=rig.at(), action="JUMP"
            )

        before = self.stage(name)
        try:
            done = self.doing(step)
        except sa.exc.DBAPIError:
            done = False
        assert not done or self.stage(name) is before

    @rule(name=names)
    def hold(self, name: str) -> None:
        self.doing(lambda rig: rig.hold(name))

    @rule(name=names, to=st.sampled_from(ITEM_ROAD))
    def release(self, name: str, to: Stage) -> None:
        self.doing(
            lambda rig: items.release_item(
                rig.session, name, to=to, reason="x", by=PERSON, at=rig.at()
            )
        )

    @rule(name=names, content=st.sampled_from((b"later", b"one", b"")))
    def supply(self, name: str, content: bytes) -> None:
        given = Kept(
            sha256=hashlib.sha256(content).hexdigest(), size=len(content), file_name="neu.pdf"
        )
        self.doing(
            lambda rig: supplements.supply(
                rig.session, name, given, reason="x", by=PERSON, at=rig.at()
            )
        )

    @rule(name=names)
    def reject(self, name: str) -> None:
        self.doing(
            lambda rig: items.reject_item(rig.session, name, reason="x", by=PERSON, at=rig.at())
        )

    @rule(name=names)
    def check_for_duplicates(self, name: str) -> None:
        def step(rig: Rig) -> None:
            item = items.load_item(rig.session, name)
            found = items.find_duplicate(
                rig.session,
                item.sha256,
                department=item.department,
                compartment=item.compartment,
                not_item=name,
            )
            if found is not None and item.stage is Stage.RECEIVED:
                items.mark_duplicate(rig.session, name, found, by=MACHINE, at=rig.at())

        self.doing(step)

    @rule(name=names, position=st.integers(0, 1))
    def hold_document(self, name: str, position: int) -> None:
        def step(rig: Rig) -> None:
            document = self.document(rig, name, position)
            if document is not None:
                documents.hold_document(
                    rig.session, document.id, HoldReason.EMPTY, "x", by=MACHINE, at=rig.at()
                )

        self.doing(step)

    @rule(name=names, position=st.integers(0, 1), to=st.sampled_from(DOCUMENT_ROAD))
    def release_document(self, name: str, position: int, to: Stage) -> None:
        def step(rig: Rig) -> None:
            document = self.document(rig, name, position)
            if document is not None:
                documents.release_document(
                    rig.session, document.id, to=to, reason="x", by=PERSON, at=rig.at()
                )

        self.doing(step)

    @rule(name=names, position=st.integers(0, 1), result=st.sampled_from(("passed", "failed")))
    def quality(self, name: str, position: int, result: str) -> None:
        def step(rig: Rig) -> None:
            document = self.document(rig, name, position)
            if document is None:
                return
            if document.stage is Stage.NOTED:
                documents.advance_document(
                    rig.session,
                    document.id,
                    Stage.NOTED,
                    Stage.AWAITING_QA,
                    by=MACHINE,
                    at=rig.at(),
                    action="QA_SELECTED",
                )
            documents.record_qa(
                rig.session,
                document.id,
                result=result,
                pages=[],
                note_sha256=None,
                by=PERSON,
                at=rig.at(),
            )
            if result == "passed" and document.stage is not Stage.FILED:
                documents.release_document(
                    rig.session, document.id, to=Stage.NOTED, reason="x", by=PERSON, at=rig.at()
                )

        self.doing(step)

    @rule(name=names, department=st.sampled_from(("bauamt", "jugendamt")))
    def redirect(self, name: str, department: str) -> None:
        self.doing(
            lambda rig: items.redirect_item(
                rig.session, name, department, by=PERSON, at=rig.at(), reason="x"
            )
        )

    @rule(name=names, position=st.integers(0, 1), title=st.text(max_size=20))
    def correct(self, name: str, position: int, title: str) -> None:
        def step(rig: Rig) -> None:
            document = self.document(rig, name, position)
            if document is not None:
                documents.correct_metadata(
                    rig.session, document.id, {"title": title}, by=PERSON, at=rig.at()
                )

        self.doing(step)

    # -------------------------------------------------------------- what is always true
    @invariant()
    def every_item_is_possible(self) -> None:
        if not self.count:
            return
        with self.database.read() as session:
            for number in range(1, self.count + 1):
                item = items.load_item(session, f"i{number}")
                parts = documents.documents_of(session, item.id)
                stages = tuple(part.stage for part in parts)
                assert item.outcome is outcome_of(item.stage, stages)
                files = sources.sources(session, item)
                assert files.reads in files.files
                assert files.original.sha256 == item.sha256
                assert bool(parts) == (item.stage is Stage.SEPARATED)
                assert all(part.department == item.department for part in parts)
                self.possible_move(item.id, item.stage, ITEM_TRANSITIONS)
                self.possible_findings(item, ITEM_ROAD)
                for part in parts:
                    self.possible_move(part.id, part.stage, DOCUMENT_TRANSITIONS)
                    self.possible_findings(part, DOCUMENT_ROAD)
                    assert (part.stage is Stage.FILED) == (part.file_mark is not None)
                if item.id in self.ends:
                    assert item.outcome is self.ends[item.id]
                if item.stage in TERMINAL:
                    assert item.outcome is not None
                    self.ends[item.id] = item.outcome

    @invariant()
    def the_trail_and_the_outbox_are_whole(self) -> None:
        if not self.count:
            return
        with self.database.read() as session:
            assert check_chain(session).ok
            shown = {row.document_id for row in outbox.pending(session, 1000)}
            table = schema.document
            filed = sa.select(table.c.id).where(table.c.stage == Stage.FILED.value)
            assert shown == set(session.execute(filed).scalars())

    def possible_move(
        self, name: str, stage: Stage, transitions: frozenset[tuple[Stage, Stage]]
    ) -> None:
        before = self.stages.get(name, stage)
        if before is not stage:
            # A rule may take several steps at once.
            reached = {before}
            for _ in range(5):
                reached |= {ends for begins, ends in transitions if begins in reached}
            assert stage in reached
        self.stages[name] = stage

    def possible_findings(self, thing: Any, road: tuple[Stage, ...]) -> None:
        """One finding of each step that was taken, none of a step that will be taken again."""
        stage = thing.held_from if thing.stage is Stage.HELD else thing.stage
        if stage not in road:
            return
        codes = [each.code for each in thing.findings if each.code != supplements.SUPPLIED]
        assert len(codes) == len(set(codes))
        assert all(road.index(Stage(code)) < road.index(stage) for code in codes)

    def stage(self, name: str) -> Stage:
        with self.database.read() as session:
            return items.load_item(session, name).stage

    @staticmethod
    def document(rig: Rig, name: str, position: int) -> Any:
        parts = documents.documents_of(rig.session, name)
        return parts[position] if position < len(parts) else None


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("machine") / "record.db"
    migrate(f"sqlite:///{place}")
    return place


@pytest.mark.parametrize("examples", [12, pytest.param(2000, marks=pytest.mark.campaign)])
def test_the_record_never_holds_an_impossible_state(template: Path, examples: int) -> None:
    Record.template = template
    run_state_machine_as_test(
        Record,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
