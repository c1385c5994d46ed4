"""Rights that take two: asked for, confirmed, refused, over, or judged where they acted at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, check_chain
from archive.db.database import Database
from archive.evidence.replay import replay_all
from archive.model import Grant, Reader, Role
from archive.people import accounts, grant_lists, grant_requests, sign_in
from archive.people.grant_records import GrantRequest, Kind, State, Wanted
from archive.people.grant_requests import Given, Terms
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound, UsageError
from tests.contract.rig import START

BY = Actor(user="init")
TERMS = Terms(second_person=True, request_for=timedelta(days=14), link_for=timedelta(hours=24))
CLERK = Grant(role=Role.CASE_WORKER, department="bauamt")
MORE = Grant(role=Role.QA_INSPECTOR, department="bauamt")
ROLE = Wanted(kind=Kind.ROLE, user="clerk", grant=MORE)
MEMBER = Wanted(kind=Kind.MEMBERSHIP, user="clerk", compartment="personal", purpose="Vertretung")
LINK = Wanted(kind=Kind.LINK, user="clerk")
WANTED = pytest.mark.parametrize("wanted", [ROLE, MEMBER, LINK], ids=lambda each: each.kind.value)
PEOPLE = {
    "anna": Grant(role=Role.ADMIN),
    "bert": Grant(role=Role.ADMIN),
    "cora": Grant(role=Role.ADMIN, department="bauamt"),
    "clerk": CLERK,
    "revision": Grant(role=Role.AUDITOR),
    "rpa-bau": Grant(role=Role.AUDITOR, department="bauamt"),
}


@pytest.fixture
def office(database: Database) -> Iterator[Database]:
    """With two administrators of the whole house, and one of bauamt."""
    with database.write() as session:
        for unit in ("bauamt", "jugendamt"):
            accounts.add_unit(session, unit, unit, by=BY, at=START)
        for user, grant in PEOPLE.items():
            accounts.add_user(session, user, user, by=BY, at=START)
            accounts.grant_role(session, user, grant, by=BY, at=START)
    yield database


def who(session: Session, user: str) -> Reader:
    return accounts.reader(session, user, at=START)


def give(session: Session, user: str, wanted: Wanted, *, terms: Terms = TERMS) -> Given:
    return grant_requests.give(session, who(session, user), wanted, terms, at=START)


def confirm(session: Session, user: str, request: str | None, *, days: int = 0) -> Given:
    at = START + timedelta(days=days)
    return grant_requests.confirm(session, who(session, user), request or "-", TERMS, at=at)


def alone(session: Session) -> None:
    """One administrator of all is left; hers of bauamt covers only what lies there."""
    accounts.revoke_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
    accounts.revoke_role(session, "cora", PEOPLE["cora"], by=BY, at=START)


def acts(session: Session, wanted: Wanted, given_: Given) -> bool:
    """Whether the right is there."""
    if wanted.kind is Kind.LINK:
        return given_.link is not None
    found = accounts.reader(session, wanted.user)
    return MORE in found.grants or "personal" in found.compartments


def events(session: Session, user: str) -> list[tuple[str, str, dict[str, Any]]]:
    table = schema.audit_event
    query = sa.select(table).where(table.c.object_id == user).order_by(table.c.seq)
    return [(row.action, row.actor, json.loads(row.detail)) for row in session.execute(query)]


def one(session: Session) -> GrantRequest:
    (found,) = grant_lists.latest(session, who(session, "revision"), at=START)
    return found


# ------------------------------------------------------------------ two people
@WANTED
def test_it_acts_when_a_second_administrator_confirms(
    office: Database, tmp_path: Path, wanted: Wanted
) -> None:
    with office.write() as session:
        asked = give(session, "anna", wanted)
        assert asked.waiting is not None and not acts(session, wanted, asked)
        assert grant_lists.unnoticed_count(session, who(session, "clerk")) == 0
        with pytest.raises(Conflict, match="schon beantragt"):
            give(session, "bert", wanted)
        done = confirm(session, "bert", asked.waiting)
        assert acts(session, wanted, done)
        if done.link is not None:
            assert sign_in.use_link(session, done.link, at=START) == "clerk"
    with office.read() as session:
        found, told = one(session), events(session, "clerk")
        assert (found.state, found.requested_by, found.decided_by) == (
            State.CONFIRMED, "anna", "bert",
        )  # fmt: skip
        steps = [(action, actor) for action, actor, _ in told if action != "AUTH_OK"]
        given_ = "LINK_ISSUED" if wanted.kind is Kind.LINK else "ROLE_GRANTED"
        assert steps[2:] == [
            ("GRANT_REQUESTED", "anna"), ("GRANT_CONFIRMED", "bert"), (given_, "bert"),
        ]  # fmt: skip
        named = {detail.get("request") for action, _, detail in told[2:] if action != "AUTH_OK"}
        assert named == {found.id}
        assert grant_lists.unnoticed_count(session, who(session, "clerk")) == 1
        assert grant_lists.to_review(session, who(session, "revision")) == ()
        assert check_chain(session).ok and replay_all(session) == ()


@WANTED
def test_nobody_confirms_their_own_and_no_other_role_does(office: Database, wanted: Wanted) -> None:
    with office.write() as session:
        request = give(session, "anna", wanted).waiting
        with pytest.raises(Forbidden):
            confirm(session, "anna", request)
        for user in ("clerk", "revision", "rpa-bau"):
            with pytest.raises(NotFound):
                confirm(session, user, request)
        operator = grant_requests.operator("operator:root")
        grant_requests.confirm(session, operator, request or "", TERMS, at=START)
        for user in ("bert", "anna"):
            with pytest.raises(Conflict, match="schon entschieden"):
                confirm(session, user, request)


def test_whom_it_is_for_does_not_confirm_it(office: Database) -> None:
    for wanted in (
        Wanted(kind=Kind.ROLE, user="bert", grant=CLERK),
        Wanted(kind=Kind.LINK, user="bert"),
    ):
        with office.write() as session:
            request = give(session, "anna", wanted).waiting
            assert request is not None  # two are there, though nobody but the operator is left
            with pytest.raises(Forbidden):
                confirm(session, "bert", request)
            with pytest.raises(Forbidden):
                grant_requests.refuse(session, who(session, "bert"), request, remark="x", at=START)


def test_a_request_is_refused_with_a_remark_or_taken_back(office: Database) -> None:
    with office.write() as session:
        first = give(session, "anna", ROLE).waiting or ""
        with pytest.raises(UsageError):
            grant_requests.refuse(session, who(session, "bert"), first, remark=" ", at=START)
        grant_requests.refuse(session, who(session, "bert"), first, remark="nein", at=START)
        second = give(session, "anna", ROLE).waiting or ""
        grant_requests.refuse(session, who(session, "anna"), second, remark="", at=START)
        found = grant_lists.latest(session, who(session, "revision"), at=START)
        assert {each.id: each.state for each in found} == {
            first: State.REFUSED, second: State.WITHDRAWN,
        }  # fmt: skip
        assert accounts.grants_of(session, "clerk") == {CLERK}
        assert grant_lists.of_reader(session, who(session, "clerk")) == ()
        told = [action for action, _, _ in events(session, "clerk")]
        assert told[2:] == [
            "GRANT_REQUESTED",
            "GRANT_REFUSED",
            "GRANT_REQUESTED",
            "GRANT_WITHDRAWN",
        ]


def test_a_request_that_nobody_confirms_is_over(office: Database) -> None:
    with office.write() as session:
        request = give(session, "anna", ROLE).waiting
        with pytest.raises(Conflict, match="verfallen"):
            confirm(session, "bert", request, days=14)
        later = START + timedelta(days=14)
        assert grant_lists.open_requests(session, who(session, "bert"), at=later) == ()
        (shown,) = grant_lists.latest(session, who(session, "revision"), at=later)
        assert shown.state is State.EXPIRED and one(session).state is State.REQUESTED
        assert grant_requests.expire(session, at=later - timedelta(seconds=1)) == 0
        assert grant_requests.expire(session, at=later) == 1
        assert one(session).state is State.EXPIRED
        assert events(session, "clerk")[-1][:2] == ("GRANT_EXPIRED", "service")
        again = grant_requests.give(session, who(session, "anna"), ROLE, TERMS, at=later)
        assert again.waiting not in (None, request)


def test_what_has_changed_since_is_not_confirmed(office: Database) -> None:
    with office.write() as session:
        request = give(session, "anna", ROLE).waiting
        accounts.disable_user(session, "anna", by=BY, at=START)
        with pytest.raises(Conflict, match="darf das nicht mehr"):
            confirm(session, "bert", request)
        accounts.enable_user(session, "anna", by=BY, at=START)
        beyond = Grant(role=Role.CASE_WORKER, department="jugendamt")
        accounts.grant_role(session, "clerk", beyond, by=BY, at=START)
        with pytest.raises(Conflict, match="geändert"):
            confirm(session, "bert", request)
        with pytest.raises(NotFound):  # and it is no longer within bauamt
            confirm(session, "cora", request)


def test_an_administrator_of_the_department_is_a_second_person_there(office: Database) -> None:
    with office.write() as session:
        accounts.revoke_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
        request = give(session, "cora", ROLE).waiting
        assert confirm(session, "anna", request).waiting is None
        assert MORE in accounts.grants_of(session, "clerk")
        # For the house there is one administrator alone, whatever there is in departments.
        with pytest.raises(Forbidden, match="Zuständigkeit"):
            give(session, "cora", MEMBER)
        assert give(session, "anna", MEMBER).waiting is None
        with pytest.raises(NotFound):  # who is in a closed compartment is the house's affair
            give(session, "cora", LINK)


# ------------------------------------------------------------------ at once
@pytest.mark.parametrize(
    ("wanted", "why"),
    [(ROLE, "alone"), (MEMBER, "alone"), (LINK, "alone"), (LINK, "setting"), (ROLE, "operator")],
    ids=lambda each: each if isinstance(each, str) else each.kind.value,
)
def test_what_acts_at_once_is_told_and_judged(office: Database, wanted: Wanted, why: str) -> None:
    with office.write() as session:
        reader = who(session, "anna")
        terms = replace(TERMS, second_person=why != "setting")
        if why == "alone":
            alone(session)
        if why == "operator":
            reader = grant_requests.operator("operator:root")
        done = grant_requests.give(session, reader, wanted, terms, at=START)
        assert done.waiting is None and acts(session, wanted, done)
        clerk, request = who(session, "clerk"), one(session)
        assert request.state is State.UNREVIEWED
        assert [each.id for each in grant_lists.of_reader(session, clerk)] == [request.id]
        assert grant_requests.notice(session, clerk, at=START) == 1
        assert grant_requests.notice(session, clerk, at=START) == 0
        assert grant_lists.unnoticed_count(session, clerk) == 0
        for user in ("anna", "clerk") if why != "operator" else ("clerk",):
            with pytest.raises(NotFound):  # neither who gave it nor who has it
                grant_requests.review(
                    session, who(session, user), request.id, justified=True, remark="", at=START
                )
        judge = who(session, "revision")
        with pytest.raises(UsageError):
            grant_requests.review(session, judge, request.id, justified=False, remark="", at=START)
        grant_requests.review(
            session, judge, request.id, justified=False, remark="unnötig", at=START
        )
        assert one(session).state is State.UNJUSTIFIED
        assert not acts(session, wanted, Given())  # and it ended with that
        if done.link is not None:
            with pytest.raises(sign_in.NotSignedIn):
                sign_in.use_link(session, done.link, at=START)
        with pytest.raises(Conflict):
            grant_requests.review(session, judge, request.id, justified=True, remark="", at=START)


@pytest.mark.parametrize("how", ["closed", "taken", "both"])
def test_nobody_becomes_the_only_administrator_by_removing_the_other(
    office: Database, how: str
) -> None:
    anna = Actor(user="anna")
    with office.write() as session:
        accounts.revoke_role(session, "cora", PEOPLE["cora"], by=BY, at=START)
        if how != "taken":
            accounts.disable_user(session, "bert", by=anna, at=START)
        if how != "closed":
            accounts.revoke_role(session, "bert", PEOPLE["bert"], by=anna, at=START)
        asked = give(session, "anna", ROLE)
        assert asked.waiting is not None
        assert MORE not in accounts.grants_of(session, "clerk")
        operator = grant_requests.operator("operator:root")  # who can be asked, whoever left
        grant_requests.confirm(session, operator, asked.waiting, TERMS, at=START)
        assert MORE in accounts.grants_of(session, "clerk")
        later = START + timedelta(days=14)  # and in the end there is one administrator
        done = grant_requests.give(session, who(session, "anna"), MEMBER, TERMS, at=later)
        assert done.waiting is None


def test_a_puppet_that_removes_the_other_is_the_one_who_made_it(office: Database) -> None:
    """Nobody becomes the only administrator by an account of their own making either."""
    admin = Grant(role=Role.ADMIN)
    puppet = Actor(user="clerk")
    with office.write() as session:
        for user in ("bert", "cora"):
            accounts.revoke_role(session, user, PEOPLE[user], by=BY, at=START)
        made = give(session, "anna", Wanted(kind=Kind.ROLE, user="clerk", grant=admin))
        assert made.waiting is None  # anna is alone
        accounts.grant_role(session, "bert", admin, by=BY, at=START)
        accounts.disable_user(session, "bert", by=puppet, at=START)
        accounts.revoke_role(session, "clerk", admin, by=puppet, at=START)
        assert give(session, "anna", ROLE).waiting is not None


def test_what_is_there_already_asks_nobody(office: Database) -> None:
    with office.write() as session:
        held = Wanted(kind=Kind.ROLE, user="clerk", grant=CLERK)
        assert give(session, "anna", held) == Given()
        own = give(session, "anna", Wanted(kind=Kind.LINK, user="anna"))
        assert own.link is not None
        assert grant_lists.latest(session, who(session, "revision"), at=START) == ()
        with pytest.raises(Forbidden):
            give(session, "anna", Wanted(kind=Kind.ROLE, user="anna", grant=CLERK))


# ------------------------------------------------------------------ who sees it
GRANTS = st.frozensets(
    st.builds(
        Grant,
        role=st.sampled_from((Role.ADMIN, Role.AUDITOR, Role.CASE_WORKER)),
        department=st.sampled_from((None, "bauamt", "jugendamt")),
        stream=st.sampled_from((None, None, "mailroom")),
    ),
    max_size=2,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(grants=GRANTS, user=st.sampled_from(("anna", "clerk", "x")))
def test_the_lists_show_what_may_be_decided(
    office: Database, grants: frozenset[Grant], user: str
) -> None:
    with office.write() as session:
        if not grant_lists.latest(session, who(session, "revision"), at=START):
            give(session, "anna", ROLE)
            give(session, "bert", MEMBER)
            give(session, "anna", LINK, terms=replace(TERMS, second_person=False))
            house = Wanted(kind=Kind.ROLE, user="rpa-bau", grant=Grant(role=Role.QA_INSPECTOR))
            give(session, "bert", house, terms=replace(TERMS, second_person=False))
    with office.read() as session:
        reader = Reader(user=user, grants=grants)
        everything = grant_lists.latest(session, who(session, "revision"), at=START)
        assert len(everything) == 4

        def holds(one: GrantRequest, *roles: Role) -> bool:
            return any(
                grant.role in roles
                and grant.department in (None, one.scope_department)
                and grant.stream in (None, one.scope_stream)
                for grant in grants
            )

        others = [each for each in everything if user not in (each.requested_by, each.user_id)]
        waiting = [each for each in everything if each.state is State.REQUESTED]
        judged = [each for each in others if each.state is State.UNREVIEWED]
        shown = grant_lists.open_requests(session, reader, at=START)
        reviews = grant_lists.to_review(session, reader)
        assert {each.id for each in shown} == {e.id for e in waiting if holds(e, Role.ADMIN)}
        assert {each.id for each in reviews} == {
            each.id
            for each in judged
            if holds(each, Role.AUDITOR)  # there is one for each
        }
        to_do = [each for each in shown if each in others]
        assert grant_lists.to_do_count(session, reader, at=START) == len(to_do) + len(reviews)


# ------------------------------------------------------------------ what the database refuses
PAST: tuple[dict[str, Any], ...] = (
    {"state": "confirmed"},
    {"state": "confirmed", "decided_by": "anna"},
    {"state": "confirmed", "decided_by": "clerk"},
    {"state": "justified", "decided_by": "bert"},
    {"user_id": "bert"},
    {"role": "admin"},
    {"department": None},
    {"scope_department": None},
    {"requested_by": "bert"},
    {"expires_at": START + timedelta(days=99)},
    {"state": "given"},
)


def test_the_database_refuses_what_goes_past_the_second_person(office: Database) -> None:
    table = schema.grant_request
    with office.write() as session:
        give(session, "anna", ROLE)
        for change in PAST:
            with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
                session.execute(sa.update(table).values(**change))
        with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
            session.execute(sa.delete(table))
        confirm(session, "bert", one(session).id)
        for change in ({"state": "requested"}, {"decided_by": "cora"}):
            with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
                session.execute(sa.update(table).values(**change))


# ------------------------------------------------------------------ what ends with a password
def test_a_closed_account_opens_no_glass_when_it_is_open_again(office: Database) -> None:
    with office.write() as session:
        session.execute(
            sa.text(
                "INSERT INTO plan_unit (code, title, department, disposal_code, protection_need,"
                " retention_start, mark_pattern, retired) VALUES ('1', 'x', 'bauamt', 'B', 'NORMAL',"
                " 'CLOSED_DATE', '{code}/{number}/{year}', false)"
            )
        )
        file = {
            "id": "f1", "file_mark": "1/1/2026", "subject": "x", "plan_unit": "1", "state": "OPEN",
            "department": "bauamt", "compartment": "personal", "opened_on": START.date(),
        }  # fmt: skip
        session.execute(sa.insert(schema.case_file).values(**file))
        glass = {
            "id": "g1", "user_id": "clerk", "file_id": "f1", "reason": "Gefahr", "opened_at": START,
            "ends_at": START + timedelta(hours=8),
        }  # fmt: skip
        session.execute(sa.insert(schema.break_glass).values(**glass))
        later = START + timedelta(minutes=5)
        assert accounts.reader(session, "clerk", at=later).opened_files == {"f1"}
        accounts.disable_user(session, "clerk", by=BY, at=later)
        accounts.enable_user(session, "clerk", by=BY, at=later)
        assert accounts.reader(session, "clerk", at=later).opened_files == frozenset()
