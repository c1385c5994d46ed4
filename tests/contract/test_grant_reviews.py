"""Who judges afterwards what acted at once, who confirms, and what ends with what was not justified."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.db.database import Database
from archive.model import Grant, Role
from archive.people import (
    accounts,
    four_eyes,
    grant_lists,
    grant_requests,
    passwords,
    pseudonym_resolutions,
    sign_in,
)
from archive.people.grant_records import Kind, Wanted
from config.errors import Forbidden, NotFound
from tests.contract.rig import START
from tests.contract.test_grant_requests import (
    BY,
    LINK,
    MORE,
    PEOPLE,
    ROLE,
    TERMS,
    alone,
    confirm,
    events,
    give,
    office,
    one,
    who,
)

__all__ = ["office"]  # the fixture
GOOD = "Drei Birnen am Zaun"
AUDITORS = ("revision", "rpa-bau")


def make_admin(session: Session, by: str, user: str) -> str | None:
    """An account of ``by``'s making that becomes an administrator, if it can at once."""
    accounts.add_user(session, user, user, by=Actor(user=by), at=START)
    return give(
        session, by, Wanted(kind=Kind.ROLE, user=user, grant=Grant(role=Role.ADMIN))
    ).waiting


def judges(session: Session, request: str) -> set[str]:
    """Who is shown it, and may: the list and the act say the same."""
    found = set()
    for user in accounts.users(session):
        if user.disabled:
            continue
        reader = who(session, user.id)
        shown = request in {each.id for each in grant_lists.to_review(session, reader)}
        trial = session.begin_nested()
        try:
            grant_requests.review(session, reader, request, justified=True, remark="", at=START)
        except (NotFound, Forbidden):
            assert not shown, user.id
        else:
            assert shown, user.id
            found.add(user.id)
        trial.rollback()
    return found


def at_once(session: Session, user: str, wanted: Wanted) -> str:
    """The line of what somebody who is alone gave."""
    assert give(session, user, wanted).waiting is None
    (found,) = (
        each.id
        for each in grant_lists.latest(session, grant_requests.operator("operator:x"), at=START)
        if each.wanted == wanted
    )
    return found


# ------------------------------------------------------------------ who judges
def test_auditors_judge_where_there_are_any_and_else_administrators(office: Database) -> None:
    with office.write() as session:
        alone(session)
        request = at_once(session, "anna", ROLE)  # within bauamt
        accounts.grant_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
        accounts.grant_role(session, "cora", PEOPLE["cora"], by=BY, at=START)
        assert judges(session, request) == {"revision", "rpa-bau"}
        accounts.disable_user(session, "rpa-bau", by=BY, at=START)
        assert judges(session, request) == {"revision"}
        accounts.disable_user(session, "revision", by=BY, at=START)
        assert judges(session, request) == {"bert", "cora"}
        elsewhere = Grant(role=Role.AUDITOR, department="jugendamt")
        accounts.add_user(session, "rpa-jugend", "x", by=BY, at=START)
        accounts.grant_role(session, "rpa-jugend", elsewhere, by=BY, at=START)
        assert judges(session, request) == {"bert", "cora"}  # that one is no auditor of bauamt


def test_an_auditor_does_not_judge_their_own_but_another_one_or_an_administrator(
    office: Database,
) -> None:
    with office.write() as session:
        alone(session)
        request = at_once(session, "anna", Wanted(kind=Kind.LINK, user="revision"))
        accounts.grant_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
        assert judges(session, request) == {"bert"}  # rpa-bau is none for the house


def test_whom_the_giver_made_an_administrator_does_not_judge_it(office: Database) -> None:
    """Neither directly nor through others, nor when the one between is none any more."""
    with office.write() as session:
        alone(session)
        for user in AUDITORS:
            accounts.disable_user(session, user, by=BY, at=START)
        first = at_once(session, "anna", ROLE)
        assert make_admin(session, "anna", "zwei") is None
        accounts.add_user(session, "drei", "drei", by=BY, at=START)
        admin = Grant(role=Role.ADMIN)
        accounts.grant_role(session, "drei", admin, by=Actor(user="zwei"), at=START)
        assert judges(session, first) == set()
        accounts.revoke_role(session, "zwei", admin, by=BY, at=START)
        assert judges(session, first) == set()
        accounts.grant_role(session, "bert", admin, by=BY, at=START)
        assert judges(session, first) == {"bert"}


@pytest.mark.parametrize("how", ["role", "link"])
def test_an_auditor_of_the_givers_making_judges_once_somebody_else_has_looked(
    office: Database, how: str
) -> None:
    """A sole administrator made the account's role, or could have signed in as it."""
    with office.write() as session:
        alone(session)
        for user in AUDITORS:
            accounts.disable_user(session, user, by=BY, at=START)
        accounts.add_user(session, "judge-1", "x", by=Actor(user="anna"), at=START)
        auditor = Grant(role=Role.AUDITOR)
        if how == "role":
            made = at_once(session, "anna", Wanted(kind=Kind.ROLE, user="judge-1", grant=auditor))
        else:
            accounts.grant_role(session, "judge-1", auditor, by=BY, at=START)
            made = at_once(session, "anna", Wanted(kind=Kind.LINK, user="judge-1"))
        given = at_once(session, "anna", ROLE)
        judge = who(session, "judge-1")
        assert judges(session, given) == judges(session, made) == set()
        assert "allein von anna" in (four_eyes.standing(session, judge) or "")
        with pytest.raises(Forbidden, match="registratur user review"):
            grant_requests.review(session, judge, given, justified=True, remark="", at=START)
        # It stands in nobody's way either: an administrator judges as where there is no auditor.
        with session.begin_nested() as trial:
            accounts.grant_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
            assert judges(session, given) == judges(session, made) == {"bert"}
            trial.rollback()
        operator = grant_requests.operator("operator:root")
        grant_requests.review(session, operator, made, justified=True, remark="", at=START)
        assert four_eyes.standing(session, judge) is None
        assert judges(session, given) == {"judge-1"}


# ------------------------------------------------------------------ who confirms
@pytest.mark.parametrize(("asks", "confirms"), [("anna", "zwei"), ("zwei", "anna")])
def test_a_second_administrator_of_ones_own_making_counts_once_it_was_judged(
    office: Database, asks: str, confirms: str
) -> None:
    with office.write() as session:
        alone(session)
        assert make_admin(session, "anna", "zwei") is None
        made = one(session).id
        request = give(session, asks, ROLE).waiting
        assert request is not None
        with pytest.raises(Forbidden, match="nachträglich geprüft"):
            confirm(session, confirms, request)
        with session.begin_nested() as trial:  # the operator may in the meantime
            operator = grant_requests.operator("operator:root")
            grant_requests.confirm(session, operator, request, TERMS, at=START)
            trial.rollback()
        judge = who(session, "revision")
        grant_requests.review(session, judge, made, justified=True, remark="", at=START)
        confirm(session, confirms, request)


def test_two_accounts_of_one_hand_are_not_two_people(office: Database) -> None:
    """Each made within a scope for which there was nobody else: neither made the other."""
    with office.write() as session:
        alone(session)
        local = Grant(role=Role.ADMIN, department="bauamt")
        for user, grant in (("eins", local), ("zwei", Grant(role=Role.ADMIN))):
            accounts.add_user(session, user, user, by=Actor(user="anna"), at=START)
            at_once(session, "anna", Wanted(kind=Kind.ROLE, user=user, grant=grant))
        request = give(session, "eins", ROLE).waiting
        with pytest.raises(Forbidden, match="allein von anna"):
            confirm(session, "zwei", request)


def test_nobody_confirms_what_may_be_for_themselves(office: Database) -> None:
    with office.write() as session:
        alone(session)
        assert make_admin(session, "anna", "zwei") is None
        accounts.grant_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
        request = give(session, "bert", Wanted(kind=Kind.ROLE, user="anna", grant=MORE)).waiting
        with pytest.raises(Forbidden, match="Sie sind hier noch keine zweite Person"):
            confirm(session, "zwei", request)


def test_a_role_from_before_such_lines_ties_until_it_is_given_anew(office: Database) -> None:
    admin = Grant(role=Role.ADMIN)
    with office.write() as session:
        alone(session)
        accounts.add_user(session, "zwei", "zwei", by=BY, at=START)
        accounts.grant_role(session, "zwei", admin, by=Actor(user="anna"), at=START)
        request = give(session, "anna", ROLE).waiting
        with pytest.raises(Forbidden, match="nachträglich geprüft"):
            confirm(session, "zwei", request)
        accounts.revoke_role(session, "zwei", admin, by=BY, at=START)
        operator = grant_requests.operator("operator:root")
        wanted = Wanted(kind=Kind.ROLE, user="zwei", grant=admin)
        grant_requests.give(session, operator, wanted, TERMS, at=START)
        confirm(session, "zwei", request)


@pytest.mark.parametrize("tied", [True, False])
def test_glasses_and_pseudonyms_are_judged_by_a_second_person_too(
    office: Database, tied: bool
) -> None:
    with office.write() as session:
        alone(session)
        accounts.add_person(session, "Person 1", "Erika Beispiel", by=BY, at=START)
        resolver = Grant(role=Role.PRIVACY_RESOLVER)
        accounts.add_user(session, "loeser", "x", by=BY, at=START)
        given = at_once(session, "anna", Wanted(kind=Kind.ROLE, user="loeser", grant=resolver))
        at_once(session, "anna", Wanted(kind=Kind.LINK, user="revision"))
        if not tied:
            operator = grant_requests.operator("operator:root")
            grant_requests.review(session, operator, given, justified=True, remark="", at=START)
        asking, judge = who(session, "loeser"), who(session, "revision")
        accounts.resolve_person(session, asking, "Person 1", reason="Gericht", at=START)
        found = pseudonym_resolutions.to_review(session, judge)
        assert (
            len(found)
            == pseudonym_resolutions.to_review_count(session, judge)
            == (0 if tied else 1)
        )
        assert four_eyes.are_two(session, "loeser", "revision") is not tied


# ------------------------------------------------------------------ what ends
@pytest.mark.parametrize("since", [True, False], ids=["since", "before"])
def test_a_link_that_was_not_justified_leaves_no_way_in(office: Database, since: bool) -> None:
    """Neither by a password set with it; one from before was the person's own and stays."""
    later, clerk = START + timedelta(minutes=5), Actor(user="clerk")
    with office.write() as session:
        alone(session)
        if not since:
            passwords.set_password(session, "clerk", GOOD, by=clerk, at=START - timedelta(days=1))
        done = give(session, "anna", LINK)
        assert done.link is not None
        sign_in.use_link(session, done.link, at=START)
        if since:
            passwords.set_password(session, "clerk", GOOD, by=clerk, at=later)
        hour = timedelta(hours=1)
        opened = sign_in.open_session(session, "clerk", longest=hour, at=later)
        request, judge = one(session).id, who(session, "revision")
        grant_requests.review(session, judge, request, justified=False, remark="x", at=later)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=hour, at=later)
        action, _, told = events(session, "clerk")[-1]
        assert action == "GRANT_REVIEWED"
        assert told == {
            "request": request, "given_by": "anna", "justified": False,
            "links": 0, "sessions": 1, "tokens": 0, "password": since,
        }  # fmt: skip
    if since:
        with pytest.raises(sign_in.NotSignedIn):
            passwords.check_password(office.write, "clerk", GOOD, clock=lambda: later)
    else:
        found = passwords.check_password(office.write, "clerk", GOOD, clock=lambda: later)
        assert found == "clerk"
