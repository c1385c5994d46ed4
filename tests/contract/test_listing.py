"""What readers are shown, and that nothing foreign changes any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append
from archive.db.database import Database
from archive.intake import documents, items
from archive.model import Finding, Page, Reader, Role
from archive.stages import Outcome, Stage
from archive.views import listing
from config.errors import HoldReason, NotFound, UsageError
from tests.contract.rig import MACHINE, PERSON, START, Rig, reader

BAUAMT = reader((Role.CASE_WORKER, "bauamt", None))
JUGENDAMT = reader((Role.CASE_WORKER, "jugendamt", None))
POSTSTELLE = reader((Role.MAIL_CLERK, None, "mailroom"), (Role.SCAN_SUPERVISOR, None, "mailroom"))
REGISTRATUR = reader((Role.RECORDS_MANAGER, None, None))
REVISION = reader((Role.AUDITOR, None, None))
VERWALTUNG = reader((Role.ADMIN, None, None))


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        yield rig


def ids(page: Page[Any]) -> list[str]:
    return [thing.id for thing in page.items]


def leaf(ask: Callable[..., Page[Any]], session: Session, who: Reader, **filters: Any) -> list[str]:
    """All pages, one row each."""
    found: list[str] = []
    cursor = None
    while True:
        page = ask(session, who, cursor=cursor, limit=1, **filters)
        assert len(page.items) <= 1
        found += ids(page)
        cursor = page.next_cursor
        if cursor is None:
            return found


def a_busy_day(rig: Rig, department: str, prefix: str, compartment: str | None = None) -> None:
    """One of everything that can become of an item."""
    where = {"department": department, "compartment": compartment}
    rig.filed(f"{prefix}filed", title="Erika Mustermann", **where)  # type: ignore[arg-type]
    rig.item(f"{prefix}walks", **where)  # type: ignore[arg-type]
    rig.walk_item(f"{prefix}walks", Stage.CHECKED)
    rig.hold(rig.item(f"{prefix}held", **where))  # type: ignore[arg-type]
    rig.item(f"{prefix}part", **where)  # type: ignore[arg-type]
    one, two = rig.walk_item(f"{prefix}part", parts=2)
    rig.walk_document(one)
    documents.hold_document(rig.session, two, HoldReason.NO_PERSON, "x", by=MACHINE, at=rig.at())
    items.add_findings(rig.session, f"{prefix}part", two, [Finding(code="x", text="y")])


# ------------------------------------------------------------------ lists
def test_items_newest_first_page_by_page(rig: Rig) -> None:
    for name in ("b", "a", "c"):
        rig.item(name, at=START)  # at one instant
    rig.item("d")
    rig.walk_item("d", Stage.CHECKED)
    page = listing.items(rig.session, BAUAMT)
    assert (ids(page), page.total, page.next_cursor) == (["d", "c", "b", "a"], 4, None)
    assert leaf(listing.items, rig.session, BAUAMT) == ["d", "c", "b", "a"]
    assert ids(listing.items(rig.session, BAUAMT, stage=Stage.CHECKED)) == ["d"]
    assert ids(listing.items(rig.session, BAUAMT, outcome=Outcome.HELD)) == []
    rig.hold("a")
    held = listing.items(rig.session, BAUAMT, outcome=Outcome.HELD)
    assert (ids(held), held.total) == (["a"], 1)
    assert ids(listing.items(rig.session, BAUAMT, stream="legacy")) == []
    assert ids(listing.items(rig.session, BAUAMT, since=rig.at())) == []
    assert len(listing.items(rig.session, BAUAMT, limit=0).items) == 1


def test_a_new_item_does_not_disturb_the_next_page(rig: Rig) -> None:
    for name in ("a", "b", "c"):
        rig.item(name)
    first = listing.items(rig.session, BAUAMT, limit=2)
    rig.item("d")
    second = listing.items(rig.session, BAUAMT, limit=2, cursor=first.next_cursor)
    assert ids(first) + ids(second) == ["c", "b", "a"]


@pytest.mark.parametrize(
    "cursor", ["", "!", "bm9wZQ", "W10", "WzEuNV0", "WyJ4IiwgInkiXQ", "WyIyMDI2IiwgMV0", "\x00ü"]
)
def test_a_forged_cursor_is_refused(rig: Rig, cursor: str) -> None:
    for ask in (listing.items, listing.documents_for, listing.files_for, listing.audit_page):
        with pytest.raises(UsageError):
            ask(rig.session, REVISION, cursor=cursor)


def test_counts(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "")
    counts = listing.counts(rig.session, BAUAMT)
    assert counts["outcome"] == {"archived": 1, "held": 2, "walking": 1}
    assert counts["stage"] == {"checked": 1, "held": 1, "separated": 2}
    assert counts == listing.operator_counts(rig.session)
    assert listing.counts(rig.session, BAUAMT, since=rig.at()) == {"outcome": {}, "stage": {}}


def test_documents_and_files_of_a_department(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "b")
    a_busy_day(rig, "jugendamt", "j")
    rig.case("bauamt", "personal")
    page = listing.documents_for(rig.session, BAUAMT)
    assert (sorted(ids(page)), page.total) == (["bfiled-1", "bpart-1"], 2)
    assert sorted(leaf(listing.documents_for, rig.session, BAUAMT)) == ["bfiled-1", "bpart-1"]
    (file,) = listing.files_for(rig.session, BAUAMT).items
    assert file.file_mark == "b.1/1/2026"
    assert listing.file_for(rig.session, BAUAMT, file.id) == file
    (case,) = listing.cases_for(rig.session, BAUAMT, file.id)
    in_case = listing.documents_for(rig.session, BAUAMT, case_id=case.id, file_id=file.id)
    assert in_case.total == 2
    assert listing.documents_for(rig.session, BAUAMT, qa="passed").total == 0
    assert len(leaf(listing.files_for, rig.session, REGISTRATUR)) == 2
    assert listing.files_for(rig.session, REGISTRATUR, plan_unit="j.1").total == 1
    for who in (JUGENDAMT, POSTSTELLE, REVISION, VERWALTUNG):
        with pytest.raises(NotFound):
            listing.file_for(rig.session, who, file.id)
        with pytest.raises(NotFound):
            listing.cases_for(rig.session, who, file.id)


def test_what_there_is_to_settle(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "b")
    a_busy_day(rig, "jugendamt", "j")
    rig.hold(rig.item("legacy", stream="legacy"))
    rig.item("qa")
    (waiting,) = rig.walk_item("qa")
    rig.walk_document(waiting, Stage.NOTED)
    documents.advance_document(
        rig.session,
        waiting,
        Stage.NOTED,
        Stage.AWAITING_QA,
        by=MACHINE,
        at=rig.at(),
        action="QA_SELECTED",
    )
    mine = listing.to_settle(rig.session, POSTSTELLE)
    assert [item.id for item in mine.items] == ["bheld", "jheld"]
    assert [part.id for part in mine.documents] == ["bpart-2", "jpart-2"]
    inspector = listing.to_settle(rig.session, reader((Role.QA_INSPECTOR, None, None)))
    assert (inspector.items, [part.id for part in inspector.documents]) == ((), [waiting])
    for who in (BAUAMT, REGISTRATUR, REVISION, VERWALTUNG):
        assert listing.to_settle(rig.session, who) == listing.ToSettle(items=(), documents=())


# ------------------------------------------------------------------ single objects
def test_a_foreign_object_and_none_are_the_same(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "")
    asks: list[tuple[Callable[[Session, Reader, str], Any], str]] = [
        (listing.item_for, "filed"),
        (listing.document_for, "filed-1"),
        (listing.history, "filed-1"),
        (listing.history, "filed"),
    ]
    for ask, name in asks:
        assert ask(rig.session, BAUAMT, name)
        with pytest.raises(NotFound) as foreign:
            ask(rig.session, JUGENDAMT, name)
        with pytest.raises(NotFound) as absent:
            ask(rig.session, JUGENDAMT, "absent")
        assert str(foreign.value) == str(absent.value).replace("absent", name)


def test_words_are_for_those_who_may_read(rig: Rig) -> None:
    document = rig.filed("i", title="Erika Mustermann")
    documents.correct_metadata(
        rig.session,
        document,
        {"sender": "E. M.", "letter_date": date(2026, 1, 1)},
        by=PERSON,
        at=rig.at(),
    )
    assert listing.document_for(rig.session, BAUAMT, document).title == "Erika Mustermann"
    seen = listing.document_for(rig.session, REVISION, document)
    assert (seen.title, seen.sender, seen.letter_date) == (None, None, None)
    assert seen.stage is Stage.FILED
    for who in (POSTSTELLE, VERWALTUNG):
        with pytest.raises(NotFound):
            listing.document_for(rig.session, who, document)
    assert [line.action for line in listing.history(rig.session, REVISION, document)][-1] == (
        "METADATA_CHANGED"
    )


def test_the_mailroom_reads_what_it_has_to_settle(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    documents.advance_document(
        rig.session,
        document,
        Stage.SEPARATED,
        Stage.RECOGNISED,
        by=MACHINE,
        at=rig.at(),
        action="OCR_DONE",
        values={"title": "Antrag"},
    )
    assert listing.document_for(rig.session, POSTSTELLE, document).title is None
    rig.hold("i")
    assert listing.document_for(rig.session, POSTSTELLE, document).title == "Antrag"
    assert listing.document_for(rig.session, BAUAMT, document).title is None


def test_history_is_told_in_order(rig: Rig) -> None:
    rig.item("i")
    rig.hold("i", HoldReason.MALWARE)
    items.reject_item(rig.session, "i", reason="Virus", by=PERSON, at=rig.at())
    told = listing.history(rig.session, BAUAMT, "i")
    assert [line.action for line in told] == ["RECEIPT_REGISTERED", "MALWARE_FOUND", "REJECTED"]
    assert (told[-1].actor, told[-1].reason) == ("poststelle", "Virus")
    assert told[1].detail["reason"] == "malware"
    rig.item("j")
    (document,) = rig.walk_item("j")
    whole = listing.operator_history(rig.session, "j")
    assert "DOCUMENT_OPENED" in [line.action for line in whole]
    assert document in listing.item_for(rig.session, BAUAMT, "j").documents


# ------------------------------------------------------------------ nothing foreign shows
def answers(session: Session, who: Reader) -> list[Any]:
    """All that a reader can be told, cursors and orders included."""
    held = listing.to_settle(session, who)
    pages: list[Any] = []
    for ask in (listing.items, listing.documents_for, listing.files_for):
        cursor = None
        while True:
            page = ask(session, who, cursor=cursor, limit=2)
            pages.append(page)
            cursor = page.next_cursor
            if cursor is None:
                break
    return [pages, held, listing.counts(session, who)]


@pytest.mark.parametrize(
    ("who", "department", "compartment"),
    [
        (BAUAMT, "jugendamt", None),
        (BAUAMT, "bauamt", "personal"),
        (REGISTRATUR, "bauamt", "personal"),
        (REVISION, "bauamt", "personal"),
        (POSTSTELLE, "bauamt", "personal"),
        (replace(BAUAMT, compartments=frozenset({"personal"})), "jugendamt", "personal"),
        (VERWALTUNG, "bauamt", None),
        (reader(), "bauamt", None),
    ],
)
def test_answers_are_the_same_with_and_without_what_is_foreign(
    rig: Rig, who: Reader, department: str, compartment: str | None
) -> None:
    rig.case("bauamt")
    a_busy_day(rig, "bauamt", "own")
    before = answers(rig.session, who)
    a_busy_day(rig, department, "foreign", compartment)
    assert answers(rig.session, who) == before


# ------------------------------------------------------------------ the trail
def test_the_trail_is_for_auditors(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "b")
    page = listing.audit_page(rig.session, REVISION, limit=2)
    assert page.items[0].seq == page.items[1].seq + 1
    following = listing.audit_page(rig.session, REVISION, limit=2, cursor=page.next_cursor)
    assert following.items[0].seq == page.items[1].seq - 1
    filed = listing.audit_page(rig.session, REVISION, action="FILED").items
    assert {line.object_id for line in filed} == {"bfiled-1", "bpart-1"}
    assert listing.audit_page(rig.session, REVISION, actor="poststelle").items
    assert listing.audit_page(rig.session, REVISION, object_id="bheld").items
    assert not listing.audit_page(rig.session, REVISION, since=rig.at()).items
    for who in (BAUAMT, POSTSTELLE, REGISTRATUR, VERWALTUNG, reader()):
        assert listing.audit_page(rig.session, who).items == ()


def test_an_auditor_of_one_department_gets_its_part(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "b")
    a_busy_day(rig, "jugendamt", "j")
    append(
        rig.session,
        at=rig.at(),
        by=Actor(user="verwaltung"),
        action="ROLE_GRANTED",
        object_type="user",
        object_id="u",
    )
    mixed = reader((Role.AUDITOR, "jugendamt", None), (Role.CASE_WORKER, "bauamt", None))
    lines = listing.audit_page(rig.session, mixed, limit=500).items
    assert lines
    assert {line.correlation_id for line in lines} == {"jfiled", "jwalks", "jheld", "jpart"}


def test_what_is_closed_stays_covered_in_the_trail(rig: Rig) -> None:
    rig.hold(rig.item("i", compartment="personal"))
    items.reject_item(rig.session, "i", reason="Krankenakte", by=PERSON, at=rig.at())
    (line,) = listing.audit_page(rig.session, REVISION, action="REJECTED").items
    assert (line.reason, line.detail) == (None, {})
    member = replace(REVISION, compartments=frozenset({"personal"}))
    (line,) = listing.audit_page(rig.session, member, action="REJECTED").items
    assert line.reason == "Krankenakte"


# ------------------------------------------------------------------ the operator
def test_the_operator_sees_every_item(rig: Rig) -> None:
    a_busy_day(rig, "bauamt", "b")
    a_busy_day(rig, "jugendamt", "j", "personal")
    found = listing.operator_items(rig.session)
    assert len(found) == 8
    assert found[0].id == "jpart"
    assert len(listing.operator_items(rig.session, limit=3)) == 3
    assert listing.operator_items(rig.session, since=rig.at()) == ()
    assert all(item.source.endswith(".pdf") for item in found)


def test_more_rows_than_a_statement_takes_values(rig: Rig) -> None:
    for number in range(600):
        rig.item(f"i{number:04}")
    (document,) = rig.walk_item("i0300")
    items.add_findings(rig.session, "i0300", None, [Finding(code="x", text="y")])
    found = {item.id: item for item in listing.operator_items(rig.session)}
    assert len(found) == 600
    assert (found["i0300"].documents, len(found["i0300"].findings)) == ((document,), 1)
    assert len(listing.items(rig.session, BAUAMT, limit=10_000).items) == listing.LARGEST
