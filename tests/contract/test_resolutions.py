"""Resolved pseudonyms: each is judged once, by another person, and the trail holds it all."""

from __future__ import annotations

import pytest

from archive.audit.trail import Actor, check_chain
from archive.db.database import Database
from archive.model import Grant, Reader, Role
from archive.people import accounts, pseudonym_resolutions
from config.errors import Conflict, NotFound, UsageError
from tests.contract.rig import START

ADMIN = Actor(user="verwaltung")


def who(user: str, role: Role, department: str | None = None) -> Reader:
    return Reader(user=user, grants=frozenset({Grant(role=role, department=department)}))


DSB, OTHER = who("dsb", Role.PRIVACY_RESOLVER), who("vertretung", Role.PRIVACY_RESOLVER)
AUDITOR = who("revision", Role.AUDITOR)
LONG = "Person " + "x" * 150  #: longer than the trail's name of an object


def test_another_person_judges_it_once(database: Database) -> None:
    with database.write() as session:
        for pseudonym in ("Person 1", LONG):
            accounts.add_person(session, pseudonym, "Erika", by=ADMIN, at=START)
            accounts.resolve_person(session, DSB, pseudonym, reason="Gericht", at=START)
        first, second = pseudonym_resolutions.to_review(session, AUDITOR)
        assert (first.pseudonym, first.user_id, first.reason) == ("Person 1", "dsb", "Gericht")
        assert second.pseudonym == LONG[:80]
        assert pseudonym_resolutions.to_review(session, OTHER) == (first, second)
        partly = who("rpa", Role.AUDITOR, "bauamt")
        for stranger in (DSB, partly, who("anna", Role.CASE_WORKER), who("max", Role.ADMIN)):
            assert pseudonym_resolutions.to_review(session, stranger) == ()
            with pytest.raises(NotFound):
                pseudonym_resolutions.acknowledge(
                    session, stranger, first.id, justified=True, remark="", at=START
                )
        with pytest.raises(UsageError):
            pseudonym_resolutions.acknowledge(
                session, AUDITOR, first.id, justified=False, remark=" ", at=START
            )
        pseudonym_resolutions.acknowledge(
            session, AUDITOR, first.id, justified=False, remark="Neugier", at=START
        )
        with pytest.raises(Conflict, match="revision"):
            pseudonym_resolutions.acknowledge(
                session, OTHER, first.id, justified=True, remark="", at=START
            )
        assert pseudonym_resolutions.to_review(session, OTHER) == (second,)
        newest, oldest = pseudonym_resolutions.of_reader(session, DSB)
        assert newest == second
        assert (oldest.seen_by, oldest.justified, oldest.remark) == ("revision", False, "Neugier")
        assert check_chain(session).ok
