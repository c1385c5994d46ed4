"""Filing opens what it needs in its own transaction: one file, one case, no mark used up."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from archive.audit.trail import check_chain
from archive.db.database import Database
from archive.efile import closing, files, filing
from archive.efile.filing import Place
from archive.intake import documents, items
from archive.model import Role
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict, HoldReason
from tests.contract.rig import MACHINE, PERSON, START, Rig, reader

CLERK = reader((Role.CASE_WORKER, "bauamt", None))
PLACE = Place(
    department="bauamt",
    compartment=None,
    plan_unit="b.1",
    subject="Posteingang Poststelle",
    month="Eingang 11/2026",
    by_stream=True,
)


def sealed(database: Database, *names: str) -> list[str]:
    """Documents that only have to be filed, in a county without any file."""
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        made = []
        for name in names:
            rig.item(name)
            (document,) = rig.walk_item(name)
            made.append(rig.walk_document(document, Stage.SEALED))
        return made


def opened(database: Database) -> tuple[list[str], list[str], list[int]]:
    """File marks, titles of cases, and the last numbers given."""
    file, case, counter = schema.case_file, schema.case, schema.file_counter
    with database.read() as session:
        return (
            list(session.execute(sa.select(file.c.file_mark)).scalars()),
            list(session.execute(sa.select(case.c.title)).scalars()),
            list(session.execute(sa.select(counter.c.last)).scalars()),
        )


def test_the_first_letters_of_a_month_open_one_file_and_one_case(database: Database) -> None:
    names = [f"i{number}" for number in range(6)]
    parts = sealed(database, *names)
    gate = threading.Barrier(len(parts))
    errors: list[BaseException] = []

    def file(document: str) -> None:
        gate.wait()
        try:
            with database.write() as session:
                filing.file_in_place(session, document, PLACE, by=MACHINE, at=START)
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=file, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert opened(database) == (["b.1/1/2026"], ["Eingang 11/2026"], [1])
    with database.read() as session:
        found = {documents.load_document(session, part).case_id for part in parts}
        assert len(found) == 1 and check_chain(session).ok


@pytest.mark.parametrize("way", ["held", "redirected", "rolled back"])
def test_what_is_not_filed_opens_nothing(database: Database, way: str) -> None:
    (part,) = sealed(database, "i")
    with database.write() as session:
        if way == "held":
            documents.hold_document(
                session, part, HoldReason.CLARIFICATION, "x", by=MACHINE, at=START
            )
        elif way == "redirected":
            items.redirect_item(session, "i", "jugendamt", by=PERSON, at=START, reason="x")
    place = replace(PLACE, compartment="zu") if way == "rolled back" else PLACE
    with pytest.raises(Conflict), database.write() as session:
        filing.file_in_place(session, part, place, by=MACHINE, at=START)
    assert opened(database) == ([], [], [])


def test_a_file_that_was_closed_since_takes_nothing(database: Database) -> None:
    (part,) = sealed(database, "i")
    with database.write() as session:
        entry = files.open_file(session, "b.1", "bauamt", "Bau", by=PERSON, at=START)
        closing.close_file(session, CLERK, entry.id, at=START)
    place = Place(department="bauamt", compartment=None, file_id=entry.id, month="Eingang 11/2026")
    with pytest.raises(Conflict), database.write() as session:
        filing.file_in_place(session, part, place, by=MACHINE, at=START)
    with database.read() as session:
        assert documents.load_document(session, part).stage is Stage.SEALED


def test_a_file_with_one_open_case_takes_it_there(database: Database) -> None:
    (part,) = sealed(database, "i")
    with database.write() as session:
        entry = files.open_file(session, "b.1", "bauamt", "Bau", by=PERSON, at=START)
        case = files.open_case(session, entry.id, "Antrag", by=PERSON, at=START)
        place = Place(department="bauamt", compartment=None, file_id=entry.id, month="Eingang")
        filing.file_in_place(session, part, place, by=MACHINE, at=START)
        assert documents.load_document(session, part).case_id == case.id
