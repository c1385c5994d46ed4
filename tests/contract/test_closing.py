"""zdA and back: the guards, in words and in the database, retention, history, follow-ups."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from archive.audit.trail import Actor, check_chain
from archive.db.database import Database
from archive.desk import follow_ups
from archive.efile import change_history, closing, files, filing
from archive.file_plan.plan_import import import_plan
from archive.intake import documents
from archive.model import CaseFile, Reader, Role
from archive.people import accounts
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound, UsageError
from tests.contract.rig import PERSON, START, Rig, reader

CLERK = reader((Role.CASE_WORKER, "bauamt", None))
MANAGER = Reader(user="registratur", grants=reader((Role.RECORDS_MANAGER, None, None)).grants)
FOREIGN = reader((Role.CASE_WORKER, "jugendamt", None))


@dataclass
class Desk(Rig):
    """A file with a document in its case."""

    document: str = ""
    case_id: str = ""
    file_id: str = ""

    def lay(self) -> None:
        self.county()
        self.document = self.filed("i")
        found = documents.load_document(self.session, self.document)
        assert found.case_id is not None and found.file_id is not None
        self.case_id, self.file_id = found.case_id, found.file_id

    def folder(self) -> CaseFile:
        return files.load_file(self.session, self.file_id)

    def close(self) -> CaseFile:
        closing.finalise_file(self.session, CLERK, self.file_id, at=self.at())
        return closing.close_file(self.session, CLERK, self.file_id, at=self.at())

    def set_state(self, state: str) -> None:
        """As the jobs of disposal do it."""
        table = schema.case_file
        self.session.execute(sa.update(table).where(table.c.id == self.file_id).values(state=state))


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with database.write() as session:
        made = Desk(session)
        made.lay()
        yield made
        assert check_chain(session).ok


def test_a_file_is_closed_when_all_in_it_is_done(desk: Desk) -> None:
    with pytest.raises(Conflict, match="1 Dokumente"):
        closing.close_file(desk.session, CLERK, desk.file_id, at=desk.at())
    closing.finalise_document(desk.session, CLERK, desk.document, at=desk.at())
    assert documents.load_document(desk.session, desk.document).record_state == "FINAL"
    tell = follow_ups.add(
        desk.session, CLERK, desk.file_id, due=date(2026, 12, 1), reason="Antwort?", at=desk.at()
    )
    with pytest.raises(Conflict, match="Wiedervorlagen"):
        closing.close_file(desk.session, CLERK, desk.file_id, at=desk.at())
    follow_ups.done(desk.session, CLERK, tell.id, at=desk.at())
    closed = closing.close_file(desk.session, CLERK, desk.file_id, at=desk.at())
    assert (closed.state, closed.closed_on) == ("CLOSED", date(2026, 11, 22))
    assert closed.retention_end == date(2036, 11, 22)  # 10 years, CLOSED_DATE
    assert files.case_of(desk.session, desk.case_id).state == "CLOSED"
    changes = change_history.of_file(desk.session, CLERK, desk.file_id)
    assert {(each.object_type, each.field) for each in changes} >= {
        ("document", "record_state"),
        ("case", "state"),
        ("file", "state"),
        ("file", "retention_end"),
    }


Deed = Callable[[Desk, Reader], object]
CLERKS: tuple[Deed, ...] = (
    lambda d, r: closing.finalise_document(d.session, r, d.document, at=START),
    lambda d, r: closing.finalise_file(d.session, r, d.file_id, at=START),
    lambda d, r: closing.close_file(d.session, r, d.file_id, at=START),
    lambda d, r: closing.close_case(d.session, r, d.case_id, at=START),
    lambda d, r: follow_ups.add(
        d.session, r, d.file_id, due=START.date(), reason="x", at=START
    ),
)  # fmt: skip
MANAGERS: tuple[Deed, ...] = (
    lambda d, r: closing.reopen_file(d.session, r, d.file_id, reason="Nachtrag", at=START),
    lambda d, r: closing.recompute_retention(d.session, r, d.file_id, reason="x", at=START),
)


@pytest.mark.parametrize("deed", [*CLERKS, *MANAGERS])
def test_who_may_not_see_it_is_told_that_there_is_none(desk: Desk, deed: Deed) -> None:
    for stranger in (FOREIGN, reader(), reader((Role.ADMIN, None, None))):
        with pytest.raises(NotFound):
            deed(desk, stranger)


def test_clerks_work_and_records_managers_open_again(desk: Desk) -> None:
    for deed in CLERKS:
        with pytest.raises(Forbidden):
            deed(desk, MANAGER)
    desk.close()
    for deed in MANAGERS:
        with pytest.raises(Forbidden):
            deed(desk, CLERK)


def test_a_file_opens_again_with_a_reason(desk: Desk) -> None:
    desk.close()

    def reopen(who: Reader = MANAGER, reason: str = "Widerspruch eingegangen") -> CaseFile:
        return closing.reopen_file(desk.session, who, desk.file_id, reason=reason, at=desk.at())

    with pytest.raises(UsageError):
        reopen(reason=" ")
    both = Reader(user=CLERK.user, grants=MANAGER.grants)
    with pytest.raises(Forbidden, match="nicht selbst"):
        reopen(both)
    opened = reopen()
    assert (opened.state, opened.closed_on, opened.retention_end) == ("OPEN", None, None)
    with pytest.raises(Conflict):
        reopen()
    reason = [each.remark for each in change_history.of_file(desk.session, MANAGER, desk.file_id)]
    assert "Widerspruch eingegangen" in reason
    # The case stays closed until a clerk opens it; nothing is filed there before.
    with pytest.raises(Conflict, match="geschlossenen"):
        filing.refile_document(
            desk.session, desk.document, case_id=desk.case_id, reason="x", by=PERSON, at=desk.at()
        )
    closing.reopen_case(desk.session, CLERK, desk.case_id, reason="Nachtrag", at=desk.at())
    desk.filed("j")
    # A new zdA, a new end.
    desk.ticks += int(timedelta(days=40).total_seconds())
    assert desk.close().retention_end == date(2037, 1, 1)


@pytest.mark.parametrize("state", ["DUE_FOR_DISPOSAL", "OFFERED", "APPRAISED", "TRANSFERRED"])
def test_what_was_offered_stays_closed(desk: Desk, state: str) -> None:
    desk.close()
    for step in ("DUE_FOR_DISPOSAL", "OFFERED", "APPRAISED", "TRANSFERRED"):
        desk.set_state(step)
        if step == state:
            break
    if state == "DUE_FOR_DISPOSAL":
        opened = closing.reopen_file(desk.session, MANAGER, desk.file_id, reason="x", at=desk.at())
        assert opened.state == "OPEN"
        return
    with pytest.raises(Conflict):
        closing.reopen_file(desk.session, MANAGER, desk.file_id, reason="x", at=desk.at())


def test_an_end_of_retention_changes_by_order_alone(desk: Desk) -> None:
    desk.close()
    text = "kennzeichen;titel;abteilung;jahre;fristbeginn\nb.1;Bau;bauamt;30;END_OF_CALENDAR_YEAR\n"
    assert import_plan(desk.session, text.encode(), by=PERSON, at=desk.at()).done
    assert desk.folder().retention_end == date(2036, 11, 22)
    found = closing.recompute_retention(
        desk.session, MANAGER, desk.file_id, reason="neue Fristen", at=desk.at()
    )
    assert found.retention_end == date(2056, 12, 31)
    last = change_history.of_file(desk.session, MANAGER, desk.file_id)[-1]
    assert last.remark == "neue Fristen"
    permanent = text.replace(";30;", ";dauernd;")
    import_plan(desk.session, permanent.encode(), by=PERSON, at=desk.at())
    kept = closing.recompute_retention(
        desk.session, MANAGER, desk.file_id, reason="dauernd", at=desk.at()
    )
    assert (kept.state, kept.retention_end) == ("CLOSED", None)


def test_parts_and_their_cases(desk: Desk) -> None:
    part = files.open_sub_file(desk.session, desk.file_id, "Band 1", by=PERSON, at=desk.at())
    case = files.open_case(
        desk.session, desk.file_id, "Vorgang", by=PERSON, at=desk.at(), sub_file_id=part.id
    )
    assert (part.number, case.number, case.sub_file_id) == (1, 2, part.id)
    closing.close_sub_file(desk.session, CLERK, part.id, at=desk.at())
    assert files.case_of(desk.session, case.id).state == "CLOSED"
    with pytest.raises(Conflict, match="nicht offen"):
        closing.reopen_case(desk.session, CLERK, case.id, reason="x", at=desk.at())
    with pytest.raises(Conflict, match="nicht mehr offen"):
        files.open_case(
            desk.session, desk.file_id, "x", by=PERSON, at=desk.at(), sub_file_id=part.id
        )
    with pytest.raises(NotFound):
        files.open_case(desk.session, desk.file_id, "x", by=PERSON, at=START, sub_file_id="t0")
    closing.reopen_sub_file(desk.session, CLERK, part.id, reason="x", at=desk.at())
    closing.reopen_case(desk.session, CLERK, case.id, reason="x", at=desk.at())
    assert desk.close().state == "CLOSED"


def test_follow_ups_are_listed_for_those_who_read_the_file(desk: Desk) -> None:
    by = Actor(user="verwaltung")
    accounts.add_user(desk.session, "anna", "Anna", by=by, at=START)

    def add(due: date, user: str | None = None) -> str:
        return follow_ups.add(
            desk.session, CLERK, desk.file_id, due=due, reason="nachsehen", at=desk.at(),
            case_id=desk.case_id, for_user=user,
        ).id  # fmt: skip

    def listed(who: Reader, until: date, *, mine: bool = False) -> list[str]:
        return [each.id for each in follow_ups.to_do(desk.session, who, until=until, mine=mine)]

    late, soon, other = (
        add(date(2027, 5, 1)),
        add(date(2026, 12, 1)),
        add(date(2026, 12, 2), "anna"),
    )
    assert listed(CLERK, date(2027, 1, 1)) == [soon, other]
    assert listed(CLERK, date(2027, 6, 1), mine=True) == [soon, late]
    assert listed(FOREIGN, date(2030, 1, 1)) == []
    assert follow_ups.of_file(desk.session, FOREIGN, desk.file_id) == ()
    for wrong in ("w0", soon):
        with pytest.raises(NotFound, match=wrong):
            follow_ups.done(desk.session, FOREIGN, wrong, at=desk.at())
    follow_ups.move(desk.session, CLERK, late, due=date(2026, 11, 30), at=desk.at())
    other_file = files.open_file(desk.session, "b.1", "bauamt", "Zweite", by=PERSON, at=desk.at())
    follow_ups.move(desk.session, CLERK, late, file_id=other_file.id, at=desk.at())
    for each in (soon, other):
        follow_ups.done(desk.session, CLERK, each, at=desk.at())
    with pytest.raises(Conflict):
        follow_ups.done(desk.session, CLERK, soon, at=desk.at())
    assert desk.close().state == "CLOSED"  # what was moved holds nothing up
    assert listed(CLERK, date(2026, 12, 1)) == [late]


def test_bad_follow_ups(desk: Desk) -> None:
    def add(**words: str) -> object:
        return follow_ups.add(
            desk.session, CLERK, desk.file_id, due=START.date(), at=START,
            **{"reason": "x", **words},
        )  # fmt: skip

    other = files.open_file(desk.session, "b.1", "bauamt", "Zweite", by=PERSON, at=START)
    case = files.open_case(desk.session, other.id, "x", by=PERSON, at=START)
    for words, error in (
        ({"reason": " "}, UsageError),
        ({"for_user": "niemand"}, NotFound),
        ({"case_id": case.id}, NotFound),
        ({"case_id": "c0"}, NotFound),
    ):
        with pytest.raises(error):
            add(**words)


BY_HAND = (
    "UPDATE case_file SET state = 'CLOSED', closed_on = '2026-11-22', closed_by = 'x'",
    "UPDATE case_record SET state = 'CLOSED', closed_on = '2026-11-22'",
    "UPDATE case_file SET state = 'OFFERED'",
    "UPDATE case_file SET state = 'nonsense'",
    "UPDATE case_record SET state = 'OFFERED'",
    "UPDATE document SET record_state = 'WITHDRAWN'",
    "UPDATE document SET case_id = NULL, file_id = NULL",
    "UPDATE case_file SET file_mark = 'x'",
    "DELETE FROM case_file",
)
WHEN_CLOSED = (
    "UPDATE case_file SET state = 'OPEN'",  # with its end of retention
    "UPDATE case_file SET state = 'DELETED'",
    "UPDATE case_record SET state = 'OPEN', closed_on = NULL",
    "UPDATE document SET record_state = 'REGISTERED'",
    "UPDATE record_history SET new = 'x'",
    "DELETE FROM record_history",
    ("INSERT INTO sub_file (id, file_id, number, title, state, opened_on)"
    " SELECT 't', id, 1, 'x', 'OPEN', '2026-11-22' FROM case_file"),
    ("INSERT INTO case_record (id, file_id, number, title, state, opened_on)"
    " SELECT 'c', id, 9, 'x', 'OPEN', '2026-11-22' FROM case_file"),
    ("INSERT INTO follow_up (id, file_id, due, reason, made_by, made_at)"
    " SELECT 'w', id, '2026-11-22', 'x', 'x', '2026-11-22 08:00:00' FROM case_file"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("closed", "statement"),
    [*((False, each) for each in BY_HAND), *((True, each) for each in WHEN_CLOSED)],
)
def test_the_database_itself_refuses(database: Database, closed: bool, statement: str) -> None:
    with database.write() as session:
        desk = Desk(session)
        desk.lay()
        if closed:
            desk.close()
    with pytest.raises(sa.exc.DBAPIError), database.write() as session:
        session.execute(sa.text(statement))


def test_closing_and_filing_at_the_same_time_leave_no_open_document(database: Database) -> None:
    """Whoever comes first wins; the other one is refused in words, never by half."""
    with database.write() as session:
        desk = Desk(session)
        desk.lay()
        case_id, file_id = desk.case_id, desk.file_id
        desk.item("j")
        late = desk.walk_document(desk.walk_item("j")[0], Stage.SEALED)
    refused: list[str] = []
    both = threading.Barrier(2)

    def close() -> None:
        both.wait()
        with database.write() as session:
            closing.finalise_file(session, CLERK, file_id, at=START)
            closing.close_file(session, CLERK, file_id, at=START)

    def file() -> None:
        both.wait()
        with database.write() as session:
            filing.file_document(session, late, case_id=case_id, by=PERSON, at=START)

    def attempt(deed: Callable[[], None]) -> None:
        try:
            deed()
        except Conflict:
            refused.append(deed.__name__)

    threads = [threading.Thread(target=attempt, args=(deed,)) for deed in (close, file)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        found = documents.load_document(session, late)
        state = files.load_file(session, file_id).state
    assert (state, found.stage, refused) in [
        ("CLOSED", Stage.SEALED, ["file"]),
        ("CLOSED", Stage.FILED, []),  # filed first: signed off and closed with the rest
    ]
    assert (found.record_state == "FINAL") == (found.stage is Stage.FILED)


def test_each_document_that_is_signed_off_is_promised_by_its_own_event(database: Database) -> None:
    with database.write() as session:
        desk = Desk(session)
        desk.lay()
        other = desk.filed("j")
        count = closing.finalise_file(session, CLERK, desk.file_id, at=desk.at())
    event = schema.audit_event
    query = sa.select(event.c.object_id, event.c.aggregate, event.c.promises)
    with database.read() as session:
        told = session.execute(query.where(event.c.action == "DOCUMENT_FINALISED")).all()
    documents_of = {desk.document: "item:i", other: "item:j"}
    assert len(told) == count
    for document, aggregate, promises in told:
        assert aggregate == documents_of[document]
        assert document in promises
