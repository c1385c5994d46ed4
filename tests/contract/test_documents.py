"""Documents on their road into a file, and what may change of them later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from archive.db.database import Database
from archive.efile import files, filing
from archive.intake import documents, items
from archive.intake.documents import NewDocument
from archive.model import RenditionRole
from archive.search import outbox
from archive.stages import Outcome, Stage
from archive.tables import schema
from archive.views import listing
from config.errors import Conflict, HoldReason, NotFound, UsageError
from tests.contract.rig import MACHINE, PERSON, START, Rig, rendition


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        yield rig


def advance(rig: Rig, document: str, begins: Stage, ends: Stage, **values: object) -> None:
    documents.advance_document(
        rig.session,
        document,
        begins,
        ends,
        by=MACHINE,
        at=rig.at(),
        action=ends.upper(),
        values=values,
    )


def test_documents_are_made_once_and_counted_through(rig: Rig) -> None:
    rig.item("i")
    rig.walk_item("i", Stage.VERIFIED)

    def part(position: int) -> NewDocument:
        return NewDocument(
            id=f"d{position}",
            position=position,
            first_page=1,
            last_page=2,
            origin="digital",
            pages=2,
        )

    for wrong in ([], [part(2)], [part(1), part(1)]):
        with pytest.raises(UsageError):
            documents.open_documents(rig.session, "i", wrong, by=MACHINE, at=rig.at())
    documents.open_documents(rig.session, "i", [part(1), part(2)], by=MACHINE, at=rig.at())
    with pytest.raises(Conflict):
        documents.open_documents(rig.session, "i", [part(1)], by=MACHINE, at=rig.at())
    one, two = documents.documents_of(rig.session, "i")
    assert (one.id, two.position, one.stage) == ("d1", 2, Stage.SEPARATED)
    assert (one.first_page, one.last_page, one.origin, one.pages) == (1, 2, "digital", 2)
    assert (one.department, one.stream, one.received_on) == ("bauamt", "mailroom", START.date())
    assert items.load_item(rig.session, "i").documents == ("d1", "d2")


def test_a_step_keeps_what_it_found_out(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    advance(
        rig,
        document,
        Stage.SEPARATED,
        Stage.RECOGNISED,
        title="Antrag " + "x" * 400,
        letter_date=date(2026, 11, 1),
        pages=3,
        qa="pending",
    )
    loaded = documents.load_document(rig.session, document)
    assert loaded.title is not None
    assert len(loaded.title) == 300
    assert (loaded.letter_date, loaded.pages, loaded.qa) == (date(2026, 11, 1), 3, "pending")
    with pytest.raises(UsageError, match="department"):
        advance(rig, document, Stage.RECOGNISED, Stage.PRESERVED, department="jugendamt")
    with pytest.raises(Conflict):
        advance(rig, document, Stage.SEPARATED, Stage.RECOGNISED)
    with pytest.raises(NotFound):
        documents.load_document(rig.session, "x")


def test_filing_is_one_commit_with_its_event_and_the_index(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    rig.walk_document(document, Stage.SEALED)
    items.add_rendition(rig.session, "i", document, rendition(b"scan"), at=rig.at())
    assert outbox.pending(rig.session, 10) == ()
    assert items.load_item(rig.session, "i").outcome is None
    rig.file(document)
    loaded = documents.load_document(rig.session, document)
    assert (loaded.stage, loaded.file_mark) == (Stage.FILED, "b.1/1/2026")
    assert items.load_item(rig.session, "i").outcome is Outcome.ARCHIVED
    (row,) = outbox.pending(rig.session, 10)
    assert (row.document_id, row.revision, row.op) == (document, 1, "upsert")
    event = listing.operator_history(rig.session, document)[-1]
    assert event.action == "FILED"
    scan = rendition(b"scan")
    assert event.detail["renditions"] == [["scan_product", 1, scan.sha256]]
    assert event.detail["retention_years"] == 10


def test_nothing_is_filed_where_it_does_not_belong(rig: Rig) -> None:
    rig.item("i", compartment="personal")
    (document,) = rig.walk_item("i")
    rig.walk_document(document, Stage.SEALED)

    def file(case: str) -> None:
        filing.file_document(rig.session, document, case_id=case, by=MACHINE, at=rig.at())

    for case in (rig.case("bauamt"), rig.case("jugendamt"), rig.case("jugendamt", "personal")):
        with pytest.raises(Conflict, match="gehört nicht"):
            file(case)
    with pytest.raises(NotFound):
        file("c0")
    own = rig.case("bauamt", "personal")
    table = schema.case
    closed = {"state": "CLOSED", "closed_on": START.date()}
    rig.session.execute(sa.update(table).where(table.c.id == own).values(closed))
    with pytest.raises(Conflict, match="nicht mehr offen"):
        file(own)
    opened = {"state": "OPEN", "closed_on": None}
    rig.session.execute(sa.update(table).where(table.c.id == own).values(opened))
    file(own)
    with pytest.raises(Conflict):
        file(own)


def test_hold_release_reject(rig: Rig) -> None:
    rig.item("i")
    one, two = rig.walk_item("i", parts=2)
    rig.walk_document(one, Stage.NOTED)
    hold = documents.hold_document
    for _ in range(2):
        hold(rig.session, one, HoldReason.NO_PERSON, "niemand", by=MACHINE, at=rig.at())
    assert items.load_item(rig.session, "i").outcome is None  # the other one walks
    rig.walk_document(two)
    assert items.load_item(rig.session, "i").outcome is Outcome.HELD
    with pytest.raises(Conflict):
        hold(rig.session, two, HoldReason.NO_PERSON, "x", by=MACHINE, at=rig.at())
    with pytest.raises(Conflict, match="kann nicht auf"):
        documents.release_document(
            rig.session, one, to=Stage.SEALED, reason="x", by=PERSON, at=rig.at()
        )
    loaded = documents.release_document(
        rig.session, one, to=Stage.NOTED, reason="x", by=PERSON, at=rig.at()
    )
    assert (loaded.stage, loaded.attempt, loaded.held_text) == (Stage.NOTED, 2, None)
    with pytest.raises(Conflict):
        documents.reject_document(rig.session, one, reason="x", by=PERSON, at=rig.at())
    hold(rig.session, one, HoldReason.CLARIFICATION, "?", by=PERSON, at=rig.at())
    documents.reject_document(rig.session, one, reason="doppelt", by=PERSON, at=rig.at())
    assert items.load_item(rig.session, "i").outcome is Outcome.ARCHIVED


def test_corrections_are_kept_with_what_was_before(rig: Rig) -> None:
    document = rig.filed("i", title="Alt")
    documents.correct_metadata(
        rig.session,
        document,
        {"title": "Neu", "sender": "Erika", "letter_date": date(2026, 1, 2)},
        by=PERSON,
        at=rig.at(),
        remark="Anruf",
    )
    loaded = documents.load_document(rig.session, document)
    assert (loaded.title, loaded.sender, loaded.revision) == ("Neu", "Erika", 3)
    table = schema.metadata_history
    found = rig.session.execute(sa.select(table.c.field, table.c.old, table.c.new)).all()
    assert ("title", "Alt", "Neu") in [tuple(row) for row in found]
    assert ("letter_date", None, "2026-01-02") in [tuple(row) for row in found]
    event = listing.operator_history(rig.session, document)[-1]
    assert event.detail == {"fields": ["letter_date", "sender", "title"], "revision": 3}
    assert outbox.pending(rig.session, 10)[-1].revision == 3


def test_corrections_that_change_nothing_or_too_much(rig: Rig) -> None:
    document = rig.filed("i", title="Alt")
    correct = documents.correct_metadata
    before = len(listing.operator_history(rig.session, document))
    correct(rig.session, document, {"title": "Alt"}, by=PERSON, at=rig.at())
    assert len(listing.operator_history(rig.session, document)) == before
    with pytest.raises(UsageError, match="stage"):
        correct(rig.session, document, {"stage": "held"}, by=PERSON, at=rig.at())
    with pytest.raises(UsageError, match="Eingangsdatum"):
        correct(rig.session, document, {"received_on": None}, by=PERSON, at=rig.at())


# ------------------------------------------------------------------ quality assurance
def qa(rig: Rig, document: str, result: str) -> None:
    documents.record_qa(
        rig.session,
        document,
        result=result,
        pages=[{"page": 1, "ok": result == "passed", "remark": ""}],
        note_sha256=None,
        by=PERSON,
        at=rig.at(),
    )


def test_qa_before_the_seal(rig: Rig) -> None:
    rig.item("i")
    one, two = rig.walk_item("i", parts=2)
    for document in (one, two):
        rig.walk_document(document, Stage.NOTED)
        with pytest.raises(Conflict):
            qa(rig, document, "passed")
        advance(rig, document, Stage.NOTED, Stage.AWAITING_QA, qa="pending")
    assert items.load_item(rig.session, "i").outcome is Outcome.AWAITING_QA
    with pytest.raises(UsageError):
        qa(rig, one, "perhaps")
    release = documents.release_document
    with pytest.raises(Conflict):
        release(rig.session, one, to=Stage.NOTED, reason="x", by=PERSON, at=rig.at())
    qa(rig, one, "passed")
    qa(rig, two, "failed")
    note = rendition(b"note 2", RenditionRole.TRANSFER_NOTE, version=2)
    items.add_rendition(rig.session, "i", one, note, at=rig.at())
    with pytest.raises(Conflict):
        release(rig.session, one, to=Stage.SEALED, reason="x", by=PERSON, at=rig.at())
    first = release(rig.session, one, to=Stage.NOTED, reason="x", by=PERSON, at=rig.at())
    assert (first.stage, first.qa, first.attempt) == (Stage.NOTED, "passed", 2)
    second = documents.load_document(rig.session, two)
    assert (second.stage, second.qa) == (Stage.HELD, "failed")
    assert second.held_reason is HoldReason.CLARIFICATION
    again = release(rig.session, two, to=Stage.SEPARATED, reason="neu", by=PERSON, at=rig.at())
    assert again.qa is None
    # A later retry keeps what the check made, unless the note itself is made anew.
    hold = documents.hold_document
    hold(rig.session, one, HoldReason.NO_PERSON, "x", by=MACHINE, at=rig.at())
    kept = release(rig.session, one, to=Stage.NOTED, reason="x", by=PERSON, at=rig.at())
    assert (kept.qa, [made.version for made in kept.renditions]) == ("passed", [2])
    hold(rig.session, one, HoldReason.NO_PERSON, "x", by=MACHINE, at=rig.at())
    gone = release(rig.session, one, to=Stage.PRESERVED, reason="x", by=PERSON, at=rig.at())
    assert (gone.qa, gone.renditions) == (None, ())


def test_a_failed_check_may_be_rejected_at_once(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    rig.walk_document(document, Stage.NOTED)
    advance(rig, document, Stage.NOTED, Stage.AWAITING_QA)
    documents.reject_document(rig.session, document, reason="x", by=PERSON, at=rig.at())
    assert items.load_item(rig.session, "i").outcome is Outcome.REJECTED


def test_late_qa_leaves_the_document_in_its_file(rig: Rig) -> None:
    document = rig.filed("i")
    qa(rig, document, "passed")
    note = rendition(b"note 2", RenditionRole.TRANSFER_NOTE, version=2)
    items.add_rendition(rig.session, "i", document, note, at=rig.at())
    loaded = documents.load_document(rig.session, document)
    assert (loaded.stage, loaded.qa, loaded.revision) == (Stage.FILED, "passed", 2)
    assert [made.version for made in loaded.renditions] == [2]
    actions = [entry.action for entry in listing.operator_history(rig.session, document)]
    assert actions[-2:] == ["FILED", "QA_PASSED"]


def test_the_index_never_goes_back(rig: Rig) -> None:
    document = rig.filed("i", title="zweite Fassung")
    documents.mark_indexed(rig.session, [(document, 2)])
    documents.mark_indexed(rig.session, [(document, 1), (document, 9), ("gone", 1)])
    assert documents.load_document(rig.session, document).indexed_revision == 2


# ------------------------------------------------------------------ files
def test_files_are_numbered_by_plan_unit_and_year(rig: Rig) -> None:
    def mark(
        plan_unit: str, department: str = "bauamt", month: int = 1, closed: str | None = None
    ) -> str:
        at = START.replace(month=month, day=31, hour=23, minute=30)
        return files.open_file(
            rig.session, plan_unit, department, "Betreff", by=PERSON, at=at, compartment=closed
        ).file_mark

    assert [mark("b.1"), mark("b.1"), mark("j.1", "jugendamt")] == [
        "b.1/1/2026",
        "b.1/2/2026",
        "j.1/1/2026",
    ]
    assert mark("b.1", month=12) == "b.1/1/2027"  # New Year's Day in Germany
    # What others may not see takes no number from the series that they see.
    assert mark("b.1", closed="personal") == "b.1/personal-1/2026"
    assert mark("b.1", "jugendamt") == "b.1/jugendamt-1/2026"
    assert mark("b.1", "jugendamt", closed="personal") == "b.1/jugendamt-personal-1/2026"
    assert mark("b.1") == "b.1/3/2026"
    with pytest.raises(NotFound):
        mark("nothing")


def test_the_file_of_a_stream_is_opened_once_a_year(rig: Rig) -> None:
    def file(compartment: str | None = None, year: int = 2026) -> str:
        return files.file_for_stream(
            rig.session,
            "b.1",
            "bauamt",
            "Posteingang",
            by=MACHINE,
            at=START.replace(year=year),
            compartment=compartment,
        ).id

    assert file() == file()
    assert len({file(), file("personal"), file(year=2027)}) == 3
    first = files.case_for_stream(rig.session, file(), "Eingang", by=MACHINE, at=START)
    again = files.case_for_stream(rig.session, file(), "Eingang", by=MACHINE, at=START)
    other = files.open_case(rig.session, file(), "Widerspruch", by=PERSON, at=START)
    assert (first, other.number) == (again, 2)
    assert files.load_file(rig.session, file()).subject == "Posteingang"
    with pytest.raises(NotFound):
        files.load_file(rig.session, "f0")
    with pytest.raises(NotFound):
        files.open_case(rig.session, "f0", "x", by=PERSON, at=START)


def test_a_closed_file_takes_no_case(rig: Rig) -> None:
    file = files.open_file(rig.session, "b.1", "bauamt", "x", by=PERSON, at=START)
    closed = {"state": "CLOSED", "closed_on": START.date(), "closed_by": "x"}
    rig.session.execute(sa.update(schema.case_file).values(closed))
    with pytest.raises(Conflict):
        files.open_case(rig.session, file.id, "x", by=PERSON, at=START)


def test_the_plan_is_made_once(rig: Rig) -> None:
    rig.county()
    assert [unit.code for unit in files.plan(rig.session)] == ["b.1", "j.1"]
