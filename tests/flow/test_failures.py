"""The three kinds of failure: the input's holds, a part that is away is waited for, ours holds too."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from api.wiring import House
from archive.efile import closing
from archive.intake import documents
from archive.model import Grant, Reader, Role
from archive.people import accounts
from archive.stages import Outcome, Stage
from archive.tables import schema
from config.errors import HoldReason
from ingest.acts.road import held
from ingest.acts.road.quality import PageLook, RecordLook
from ingest.engines import Engines
from ingest.errors import MalwareScannerAway
from ingest.ports.malware import Verdict
from ingest.road import filing
from ingest.road.step_outcome import Change
from ingest.upkeep.sweep import sweep
from ingest.verification.objects import judge_these
from signing.report.interface import SignatureReport
from tests.acceptance.home import small_scan
from tests.acting import seated
from tests.child_jobs import job
from tests.flow.conftest import TEST, Flow, built_house


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with built_house(tmp_path_factory.mktemp("failures") / "home", {}) as built:
        yield built


@pytest.fixture
def flow(built: House) -> Iterator[Flow]:
    """The house of this module, that a test starts by itself with a broken part in it."""
    flow = Flow(built)
    yield flow
    flow.stop()


@pytest.fixture
def new_flow(tmp_path: Path) -> Iterator[Flow]:
    """A house of the test's own, in which no file has been opened yet."""
    with built_house(tmp_path / "home", {}) as built:
        flow = Flow(built)
        yield flow
        flow.stop()


@dataclass
class AwayScanner:
    """A scanner that does not answer the first times."""

    away: int
    name: str = "away"

    def scan(self, path: Path, *, subject: str) -> tuple[Verdict, str]:
        self.away -= 1
        if self.away >= 0:
            raise MalwareScannerAway(f"{subject}: clamd antwortet nicht")
        return Verdict.CLEAN, ""


@dataclass
class FindingScanner:
    name: str = "finding"

    def scan(self, path: Path, *, subject: str) -> tuple[Verdict, str]:
        return Verdict.FOUND, "Test.Eicar"


class BuggyVerifier:
    def verify(self, path: Path, **words: Any) -> SignatureReport:
        raise ZeroDivisionError("a bug of ours")


def test_a_part_that_is_away_is_waited_for_and_never_holds(flow: Flow) -> None:
    scanner = AwayScanner(away=2)
    flow.start(lambda engines: replace(engines, malware=scanner))
    item_id = flow.take(small_scan(1))
    waiting = flow.wait(item_id, until=lambda item: item.waiting_for is not None)
    assert waiting.outcome is None
    assert "clamd" in (waiting.waiting_for or "")
    done = flow.wait(item_id)
    assert done.outcome is Outcome.ARCHIVED
    assert done.waiting_for is None


def test_malware_holds(flow: Flow) -> None:
    flow.start(lambda engines: replace(engines, malware=FindingScanner()))
    item = flow.wait(flow.take(small_scan(2)))
    assert item.held_reason is HoldReason.MALWARE


def test_our_own_fault_holds_with_an_id_and_can_be_tried_again(flow: Flow) -> None:
    good = flow.engines.verifier
    flow.start(lambda engines: replace(engines, verifier=BuggyVerifier()))  # type: ignore[arg-type]
    item = flow.wait(flow.take(small_scan(3)))
    assert item.held_reason is HoldReason.INTERNAL
    assert (item.held_text or "").startswith("Interner Fehler e")
    assert "Error" not in (item.held_text or "")  # that is for the log
    flow.stop()
    flow.start(lambda engines: replace(engines, verifier=good))
    held.Retry(object_id=item.id, reason="behoben").perform(
        flow.engines, seated(flow.reader("poststelle"))
    )
    again = flow.wait(item.id)
    assert again.outcome is Outcome.ARCHIVED
    assert again.attempt == 2


def test_three_deaths_of_its_own_child_hold(flow: Flow) -> None:
    def broken(engines: Engines) -> Engines:
        class Deadly:
            def scan(self, path: Path, *, subject: str) -> tuple[Verdict, str]:
                engines.workshop.run(
                    job("tests.unit.config.jobs:crash"), seconds=20, subject=subject, priority=0
                )
                raise AssertionError("the child should have died")

            name = "deadly"

        return replace(engines, malware=Deadly())

    flow.start(broken)
    item = flow.wait(flow.take(small_scan(4)))
    assert item.held_reason is HoldReason.CHILD_DIED


def test_what_takes_more_than_is_allowed_is_held_at_the_first_try(flow: Flow) -> None:
    tries: list[str] = []

    def broken(engines: Engines) -> Engines:
        class Endless:
            def scan(self, path: Path, *, subject: str) -> tuple[Verdict, str]:
                tries.append(subject)
                engines.workshop.run(
                    job("tests.unit.config.jobs:compute_for_ever"), seconds=1, subject=subject
                )
                raise AssertionError("the job does not end by itself")

            name = "endless"

        return replace(engines, malware=Endless())

    flow.start(broken)
    item = flow.wait(flow.take(small_scan(7)))
    assert item.held_reason is HoldReason.OVER_LIMIT
    assert "Rechenzeit" in (item.held_text or "") and len(tries) == 1


def test_an_item_without_a_walk_walks_again(flow: Flow) -> None:
    """As after a database that was put back: the record stands, its work is gone."""
    item_id = flow.take(small_scan(5))
    with flow.engines.database.write() as session:
        session.execute(sa.text("DELETE FROM workflow_status"))
    assert sweep(flow.engines) == (item_id,)
    flow.start()
    assert flow.wait(item_id).outcome is Outcome.ARCHIVED


def test_what_cannot_be_mended_is_held(flow: Flow) -> None:
    item_id = flow.take(small_scan(6))
    with flow.engines.database.write() as session:
        session.execute(sa.text("DELETE FROM workflow_status"))
        session.execute(
            sa.update(schema.item).where(schema.item.c.id == item_id).values(attempt=20)
        )
    sweep(flow.engines)
    assert flow.item(item_id).held_reason is HoldReason.INTERNAL


def test_nobody_on_duty_holds_before_the_note(flow: Flow) -> None:
    stream = flow.engines.settings.streams["mailroom"].model_copy(update={"person": None})
    settings = flow.engines.settings.model_copy(
        update={"streams": {**flow.engines.settings.streams, "mailroom": stream}}
    )
    flow.start(lambda engines: replace(engines, settings=settings))
    item = flow.wait(flow.take(small_scan(7)))
    document = flow.document(item.documents[0])
    assert document.held_reason is HoldReason.NO_PERSON
    assert document.held_from is Stage.PRESERVED


def test_quality_control_before_the_seal_waits_for_a_person(flow: Flow) -> None:
    procedure = flow.engines.settings.procedures["standard"].model_copy(
        update={"qa": "before_seal"}
    )
    settings = flow.engines.settings.model_copy(update={"procedures": {"standard": procedure}})
    flow.start(lambda engines: replace(engines, settings=settings))
    item = flow.wait(flow.take(small_scan(8)))
    assert item.outcome is Outcome.AWAITING_QA
    time.sleep(0.3)
    (document,) = item.documents
    assert flow.document(document).stage is Stage.AWAITING_QA
    flow.engines.scratch.clear(document)  # as after a restore: what the steps made is made again
    inspector = Reader(user="pruefung", grants=frozenset({Grant(role=Role.QA_INSPECTOR)}))
    RecordLook(document_id=document, looks=(PageLook(page=1, ok=True),)).perform(
        flow.engines, seated(inspector)
    )
    done = flow.wait(item.id, until=lambda item: item.outcome is Outcome.ARCHIVED)
    assert done.outcome is Outcome.ARCHIVED
    assert all(judged.ok for judged in judge_these(flow.engines, [document]))


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[Engines, str], None]) -> None:
    """Between the decision where a document goes and filing it there, once: ``act``."""
    original = filing.file
    done: list[str] = []

    def file_then_act(engines: Engines, document_id: str) -> Change:
        change = original(engines, document_id)
        if not done:
            done.append(document_id)
            act(engines, document_id)
        return change

    monkeypatch.setattr("ingest.pipeline.file", file_then_act)


def opened(flow: Flow) -> tuple[list[str], int]:
    """File marks and the number of cases."""
    with flow.engines.database.read() as session:
        marks = session.execute(sa.select(schema.case_file.c.file_mark)).scalars().all()
        cases = session.execute(sa.select(sa.func.count()).select_from(schema.case)).scalar_one()
    return list(marks), cases


def test_a_file_that_is_closed_meanwhile_is_not_filed_into(
    new_flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = new_flow
    flow.start()
    first = flow.wait(flow.take(small_scan(9)))
    taken = flow.document(first.documents[0])
    flow.stop()

    def close(engines: Engines, _: str) -> None:
        assert taken.case_id is not None
        with engines.database.write() as session:
            clerk = accounts.reader(session, "bauamt")
            closing.finalise_document(session, clerk, taken.id, at=engines.clock())
            closing.close_case(session, clerk, taken.case_id, at=engines.clock())

    meanwhile(monkeypatch, close)
    flow.start()
    item = flow.wait(flow.take(small_scan(10)))
    assert item.outcome is Outcome.ARCHIVED, item
    assert flow.document(item.documents[0]).case_id != taken.case_id


def test_a_document_held_before_filing_leaves_no_empty_file(
    new_flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = new_flow

    def hold(engines: Engines, document_id: str) -> None:
        with engines.database.write() as session:
            documents.hold_document(
                session, document_id, HoldReason.CLARIFICATION, "Frage", by=TEST, at=engines.clock()
            )

    before = opened(flow)
    meanwhile(monkeypatch, hold)
    flow.start()
    item = flow.wait(flow.take(small_scan(11)))
    assert item.outcome is Outcome.HELD
    assert opened(flow) == before
    held.Retry(object_id=item.documents[0], reason="geklärt").perform(
        flow.engines, seated(flow.reader("poststelle"))
    )
    done = flow.wait(item.id, until=lambda item: item.outcome is Outcome.ARCHIVED)
    assert flow.document(done.documents[0]).file_mark == "63.1/1/2026"  # no number was used up


def test_a_document_given_away_before_filing_is_decided_anew(
    new_flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = new_flow

    def give(engines: Engines, document_id: str) -> None:
        item_id = flow.document(document_id).item_id
        held.Redirect(item_id=item_id, department="jugendamt", reason="gehört dorthin").perform(
            engines, seated(flow.reader("poststelle"))
        )

    meanwhile(monkeypatch, give)
    flow.start()
    item = flow.wait(flow.take(small_scan(12)))
    document = flow.document(item.documents[0])
    assert (document.department, document.stage) == ("jugendamt", Stage.FILED)
    assert [mark.split("/")[0] for mark in opened(flow)[0]] == ["51.1"]
