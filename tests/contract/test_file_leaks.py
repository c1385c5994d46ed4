"""Files that somebody may not see change nothing that they get: no row, count, order or number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import Actor
from archive.db.database import Database
from archive.desk import follow_ups
from archive.efile import change_history, closing, files
from archive.efile.files_named_in_text import open_files_named
from archive.model import CaseFile, Grant, Reader, Role
from archive.people import accounts, break_glass
from archive.views import details, file_details, listing
from config.errors import Conflict, NotFound
from tests.contract.rig import PERSON, START, Rig

ADMIN = Actor(user="verwaltung")
PLACES = [
    (department, closed)
    for department in ("bauamt", "jugendamt")
    for closed in (None, "personal", "schutz")
]
READERS = st.builds(
    Reader,
    user=st.just("anna"),
    grants=st.frozensets(
        st.builds(
            Grant,
            role=st.sampled_from(Role),
            department=st.sampled_from((None, "bauamt", "jugendamt")),
        ),
        max_size=3,
    ),
    compartments=st.frozensets(st.sampled_from(("personal", "schutz")), max_size=2),
)


def one_of_everything(rig: Rig, number: int, department: str, closed: str | None) -> CaseFile:
    """A file with a part, a case, a document, a follow-up, a history and a broken glass."""
    unit = f"{department[0]}.1"
    file = files.open_file(
        rig.session, unit, department, "x", by=PERSON, at=rig.at(), compartment=closed
    )
    files.open_sub_file(rig.session, file.id, "Band", by=PERSON, at=rig.at())
    rig.cases[department, closed] = files.open_case(
        rig.session, file.id, "Vorgang", by=PERSON, at=rig.at()
    ).id
    rig.filed(f"i{number}", department=department, compartment=closed, title="Titel")
    grant = Grant(role=Role.CASE_WORKER, department=department)
    clerk = Reader(
        user="max", grants=frozenset({grant}), compartments=frozenset({"personal", "schutz"})
    )
    closing.finalise_file(rig.session, clerk, file.id, at=rig.at())
    follow_ups.add(
        rig.session, clerk, file.id, due=date(2026, 12, number % 28 + 1), reason="x", at=rig.at()
    )
    if closed is not None:
        nobody = Reader(user="max", grants=frozenset({grant}))
        opened = break_glass.open_file(
            rig.session, nobody, file.file_mark, reason="Prüfung bei Nacht",
            length=timedelta(hours=1), at=rig.at(),
        )  # fmt: skip
        assert opened is not None
    return file


def answers(session: Session, reader: Reader, known: list[CaseFile]) -> list[Any]:
    """All that the archive says to a reader about files, and about these ones in particular."""
    found: list[Any] = [
        listing.files_for(session, reader, limit=2),
        listing.files_for(session, reader, plan_unit="b.1"),
        listing.documents_for(session, reader, limit=2),
        details.files_by_plan_unit(session, reader),
        follow_ups.to_do(session, reader, until=date(2030, 1, 1)),
        follow_ups.to_do(session, reader, until=date(2030, 1, 1), mine=True),
        follow_ups.due_count(session, reader, until=date(2030, 1, 1)),
        file_details.to_place(session, reader),
        file_details.files_of(session, reader, [file.id for file in known]),
        break_glass.to_review(session, reader),
        break_glass.to_review_count(session, reader),
        break_glass.of_reader(session, reader, at=START),
        listing.items(session, reader, limit=2),
        listing.to_settle(session, reader),
    ]
    for file in known:
        found += [
            follow_ups.of_file(session, reader, file.id),
            details.sub_files_of(session, reader, file.id),
            listing.documents_for(session, reader, file_id=file.id),
            file_details.documents_by_case(session, reader, file.id),
            file_details.open_work(session, reader, file.id),
        ]
        try:
            found.append(file_details.file_by_mark(session, reader, file.file_mark))
        except (NotFound, Conflict) as error:
            found.append(type(error))
        for ask in (listing.file_for, listing.cases_for, change_history.of_file):
            try:
                found.append(ask(session, reader, file.id))
            except NotFound as error:
                found.append(str(error).replace(file.id, ""))
        marks = open_files_named(
            session,
            [each.file_mark for each in known],
            department=file.department,
            compartment=file.compartment,
        )
        found.append(marks if access.may_read_file(reader, file) else None)
    return found


def next_marks(rig: Rig, reader: Reader) -> list[str]:
    """The marks of the files that this reader would begin now, in the plain series."""
    found = []
    for department, closed in PLACES:
        if access.may_open_file(reader, department, closed):
            unit = f"{department[0]}.1"
            begun = files.open_file(
                rig.session, unit, department, "x", by=PERSON, at=START, compartment=closed
            )
            found.append(begun.file_mark)
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    reader=READERS,
    seen=st.lists(st.sampled_from(PLACES), max_size=3),
    hidden=st.lists(st.sampled_from(PLACES), min_size=1, max_size=3),
)
def test_hidden_files_change_no_answer(
    database: Database,
    reader: Reader,
    seen: list[tuple[str, str | None]],
    hidden: list[tuple[str, str | None]],
) -> None:
    with database.writer.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            rig = Rig(session)
            rig.county()
            accounts.add_user(session, "max", "Max", by=ADMIN, at=START)
            known = [one_of_everything(rig, number, *place) for number, place in enumerate(seen)]
            before = answers(session, reader, known)
            kept = session.begin_nested()
            marks = next_marks(rig, reader)
            kept.rollback()
            for number, (department, closed) in enumerate(hidden, start=50):
                place = files_hidden_from(reader, department, closed)
                if place:
                    one_of_everything(rig, number, department, closed)
            assert answers(session, reader, known) == before
            assert next_marks(rig, reader) == marks
        transaction.rollback()


def files_hidden_from(reader: Reader, department: str, closed: str | None) -> bool:
    """Whether this reader may see nothing that comes from there: neither content nor items."""
    file = CaseFile(
        id="f", file_mark="m", subject="x", plan_unit="p", department=department,
        compartment=closed, state="OPEN", opened_on=START.date(),
    )  # fmt: skip
    sees_item = (closed is None or closed in reader.compartments) and any(
        grant.department in (None, department) for grant in reader.grants
    )
    judges = access.may_review_glass(reader, file)
    return not access.may_read_file(reader, file) and not sees_item and not judges


def test_a_hidden_file_is_named_by_nothing(database: Database) -> None:
    """Neither its mark, nor its case, nor a document of its own department that suggests it."""
    clerk = Reader(user="x", grants=frozenset({Grant(role=Role.CASE_WORKER, department="bauamt")}))
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        accounts.add_user(session, "max", "Max", by=ADMIN, at=START)
        file = one_of_everything(rig, 1, "bauamt", "personal")
        case = rig.cases["bauamt", "personal"]
        with pytest.raises(NotFound):
            file_details.file_by_mark(session, clerk, file.file_mark)
        with pytest.raises(NotFound):
            details.case_for(session, clerk, case)
        assert file_details.places_of(session, clerk, [case]) == {}
        assert file_details.open_work(session, clerk, file.id) == file_details.OpenWork(
            not_final=0, follow_ups=0
        )
        member = replace(clerk, compartments=frozenset({"personal"}))
        assert file_details.file_by_mark(session, member, file.file_mark).id == file.id
        assert details.case_for(session, member, case).file_id == file.id
        assert file_details.places_of(session, member, [case])[case][0].id == file.id
        assert file_details.open_work(session, member, file.id).follow_ups == 1
        rig.session.rollback()


def test_the_property_is_not_empty() -> None:
    clerk = Reader(user="x", grants=frozenset({Grant(role=Role.CASE_WORKER, department="bauamt")}))
    assert files_hidden_from(clerk, "jugendamt", None)
    assert files_hidden_from(clerk, "bauamt", "personal")
    assert not files_hidden_from(clerk, "bauamt", None)
