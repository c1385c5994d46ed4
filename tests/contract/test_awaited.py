"""Which of the items that somebody waits for have come to an end, on every database."""

from __future__ import annotations

import sqlalchemy as sa

from archive.db import rows
from archive.db.database import Database
from archive.intake import documents
from archive.intake.ended_items import ended
from tests.contract.rig import PERSON, Rig


def test_ended_are_those_with_an_outcome_whose_documents_are_found(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("walking")
        rig.hold(rig.item("held"))
        unfound, found, changed = (rig.filed(name) for name in ("unfound", "found", "changed"))
        for name in (found, changed):
            revision = documents.load_document(session, name).revision
            documents.mark_indexed(session, [(name, revision)])
        documents.correct_metadata(session, changed, {"title": "Neu"}, by=PERSON, at=rig.at())
        rig.filed("of somebody else")
        names = {"walking", "held", "unfound", "found", "changed", "unknown"}
        assert ended(session, names) == {"held", "found"}
        documents.mark_indexed(
            session, [(unfound, documents.load_document(session, unfound).revision)]
        )
        assert ended(session, names) == {"held", "found", "unfound"}
        assert ended(session, ()) == frozenset()


def test_thousands_are_asked_for_in_a_few_statements(database: Database) -> None:
    with database.write() as session:
        Rig(session).county()
        Rig(session).hold(Rig(session).item("i"))
        asked: list[str] = []
        sa.event.listen(
            session.connection(), "before_cursor_execute", lambda *told: asked.append(told[2])
        )
        assert ended(session, [*(f"x{number}" for number in range(3 * rows.CHUNK)), "i"]) == {"i"}
        assert len(asked) == 4
