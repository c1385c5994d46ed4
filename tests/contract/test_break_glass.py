"""Break-glass: one file, one person, a reason, an end, and a second person who looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from archive.audit.trail import Actor, check_chain
from archive.db.database import Database
from archive.efile import files
from archive.intake import documents
from archive.model import CaseFile, Grant, Reader, Role
from archive.people import accounts, break_glass, sign_in
from archive.tables import schema
from archive.views import listing
from config.errors import Conflict, NotFound, UsageError
from tests.contract.rig import START, Rig, reader

ADMIN = Actor(user="verwaltung")
REASON = "Kindeswohl, Bereitschaft am Sonntag"
HOUR = timedelta(hours=1)
AUDITOR = Reader(user="revision", grants=reader((Role.AUDITOR, None, None)).grants)


class Night(Rig):
    """A closed file of the jugendamt, and somebody of that office who is no member."""

    document: str
    folder: CaseFile

    def fall(self) -> None:
        self.county()
        self.document = self.filed("i", department="jugendamt", compartment="schutz")
        found = documents.load_document(self.session, self.document)
        assert found.file_id is not None
        self.folder = files.load_file(self.session, found.file_id)
        for user in ("eva", "max"):
            accounts.add_user(self.session, user, user, by=ADMIN, at=START)
            grant = Grant(role=Role.CASE_WORKER, department="jugendamt")
            accounts.grant_role(self.session, user, grant, by=ADMIN, at=START)
        accounts.join_compartment(
            self.session, "max", "schutz", by=ADMIN, at=START, purpose="Kinderschutz"
        )

    def reader(self, user: str, at: datetime | None = START) -> Reader:
        return accounts.reader(self.session, user, at=at)

    def open(self, who: Reader, mark: str | None = None) -> break_glass.Glass | None:
        return break_glass.open_file(
            self.session, who, mark or self.folder.file_mark, reason=REASON, length=HOUR, at=START
        )

    def reads(self, who: Reader) -> bool:
        found = [each.id for each in listing.documents_for(self.session, who).items]
        opened = [each.id for each in listing.files_for(self.session, who).items]
        assert (found == [self.document]) == (opened == [self.folder.id])
        try:
            document = listing.document_for(self.session, who, self.document)
            listing.item_for(self.session, who, document.item_id)
        except NotFound:
            assert not found
            return False
        assert found
        return True


@pytest.fixture
def night(database: Database) -> Iterator[Night]:
    with database.write() as session:
        made = Night(session)
        made.fall()
        yield made
        assert check_chain(session).ok


def test_it_opens_one_file_for_a_while(night: Night) -> None:
    other = night.filed("j", department="jugendamt", compartment="andere")
    eva = night.reader("eva")
    assert not night.reads(eva)
    glass = night.open(eva, " j.1 / schutz-1 / 2026 ")
    assert glass is not None and glass.ends_at == START + HOUR
    assert night.reads(night.reader("eva"))
    with pytest.raises(NotFound):
        listing.document_for(night.session, night.reader("eva"), other)
    assert not night.reads(night.reader("eva", START + HOUR))  # over
    assert not night.reads(night.reader("eva", START - HOUR))
    assert not night.reads(night.reader("eva", None))  # nobody said what time it is
    (open_now,) = break_glass.of_reader(night.session, eva, at=START)
    assert open_now == glass
    break_glass.end(night.session, eva, glass.id, at=START + HOUR / 2)
    assert not night.reads(night.reader("eva", START + HOUR / 2))
    with pytest.raises(NotFound):
        break_glass.end(night.session, night.reader("max"), glass.id, at=START)


def test_a_program_breaks_no_glass(night: Night) -> None:
    night.open(night.reader("eva"))
    token = sign_in.new_token(
        night.session, "eva", None, "x", timedelta(days=1), by=ADMIN, at=START
    )
    secret = getattr(token, "secret", token)
    assert not night.reads(sign_in.token_reader(night.session, str(secret), at=START))


@pytest.mark.parametrize(
    ("role", "department"),
    [
        (Role.CASE_WORKER, "bauamt"),
        (Role.ADMIN, None),
        (Role.AUDITOR, None),
        (Role.MAIL_CLERK, None),
    ],
)
def test_others_are_told_that_there_is_none(
    night: Night, role: Role, department: str | None
) -> None:
    stranger = replace(reader((role, department, None)), user="eva")
    foreign, none = night.open(stranger), night.open(stranger, "j.1/999/2026")
    assert foreign is None and none is None
    event = schema.audit_event
    query = sa.select(event.c.outcome, event.c.object_id, event.c.detail)
    tries = night.session.execute(query.where(event.c.action == "BREAK_GLASS")).all()
    assert tries == [("refused", "-", "{}")] * 2  # alike, and both in the trail


def test_a_member_needs_none_and_a_reason_is_needed(night: Night) -> None:
    assert night.open(night.reader("max")) is None
    eva = night.reader("eva")
    for reason, length in (("kurz", HOUR), (REASON, timedelta(hours=9)), (REASON, timedelta(0))):
        with pytest.raises(UsageError):
            break_glass.open_file(
                night.session, eva, night.folder.file_mark, reason=reason, length=length, at=START
            )


def test_a_second_person_looks_at_it(night: Night) -> None:
    glass = night.open(night.reader("eva"))
    assert glass is not None
    for who in (night.reader("max"), AUDITOR):
        assert [each.id for each in break_glass.to_review(night.session, who)] == [glass.id]

    def judge(who: Reader, *, justified: bool = True, remark: str = "") -> None:
        break_glass.acknowledge(
            night.session, who, glass.id, justified=justified, remark=remark, at=START
        )

    eva = night.reader("eva")
    own = replace(eva, grants=eva.grants | AUDITOR.grants)
    for who in (eva, own, reader((Role.CASE_WORKER, "bauamt", None))):
        assert break_glass.to_review(night.session, who) == ()
        with pytest.raises(NotFound):
            judge(who)
    with pytest.raises(UsageError):
        judge(AUDITOR, justified=False)
    judge(AUDITOR, justified=False, remark="kein Notfall")
    assert not night.reads(night.reader("eva"))  # ended at once
    assert break_glass.to_review(night.session, AUDITOR) == ()
    with pytest.raises(Conflict, match="revision"):
        judge(night.reader("max"))


def test_reading_through_it_is_in_the_trail(night: Night) -> None:
    night.open(night.reader("eva"))
    document = documents.load_document(night.session, night.document)
    for user in ("eva", "max"):
        break_glass.note_reading(night.session, night.reader(user), document, at=START)
    event = schema.audit_event
    query = sa.select(event.c.actor).where(event.c.action == "READ")
    assert night.session.execute(query).scalars().all() == ["eva"]


@pytest.mark.parametrize(
    "change",
    [
        "ends_at = '2030-01-01 00:00:00'",
        "reason = 'x'",
        "user_id = 'max'",
        "seen_by = 'eva'",
    ],
)
def test_the_database_itself_refuses(database: Database, change: str) -> None:
    with database.write() as session:
        night = Night(session)
        night.fall()
        assert night.open(night.reader("eva"))
    for statement in (f"UPDATE break_glass SET {change}", "DELETE FROM break_glass"):
        with pytest.raises(sa.exc.DBAPIError), database.write() as session:
            session.execute(sa.text(statement))
