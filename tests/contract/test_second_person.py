"""Whatever is asked for, given, confirmed and judged: nobody is their own second person."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.db.database import Database
from archive.model import Grant, Reader, Role
from archive.people import accounts, grant_lists, grant_requests
from archive.people.grant_records import GrantRequest, Kind, State, Wanted
from config.errors import Forbidden, NotFound, ServiceError
from tests.contract.rig import START
from tests.contract.test_grant_requests import BY, PEOPLE, TERMS, office, who
from tests.contract.test_grant_reviews import AUDITORS

__all__ = ["office"]  # the fixture


class _Again(Exception):
    """Takes an example's changes back."""


NAMES = ("anna", "bert", "c", "d")
GIVEN = (Role.ADMIN, Role.AUDITOR, Role.CASE_WORKER, None)  #: None: a link
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("give", "give", "decide", "decide", "decide", "close", "open")),
        st.sampled_from((*NAMES, "operator:root")),
        st.sampled_from(NAMES),
        st.sampled_from(GIVEN),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=14,
)
UNDECIDED = (State.REQUESTED, State.UNREVIEWED)
Edges = set[tuple[str, str, str]]  #: giver, user, line


def reach(edges: Edges, person: str) -> set[str]:
    """All accounts that one person may hold: their own, and what was given from those alone."""
    held, left = {person}, [person]
    while left:
        one = left.pop()
        new = {user for giver, user, _ in edges if giver == one} - held
        held |= new
        left += new
    return held


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, sole=st.booleans())
@example(  # an administrator of one's own making confirms
    steps=[
        ("give", "anna", "c", Role.ADMIN, 0),
        ("give", "anna", "bert", None, 0),
        ("decide", "c", "anna", None, 0),
    ],
    sole=True,
)
@example(  # an auditor of one's own making judges; and one whom that one's giver made
    steps=[
        ("give", "anna", "c", Role.AUDITOR, 0),
        ("give", "anna", "d", Role.CASE_WORKER, 0),
        ("decide", "c", "anna", None, 1),
        ("give", "anna", "bert", Role.ADMIN, 0),
        ("decide", "c", "anna", None, 0),
        ("decide", "bert", "anna", None, 1),
    ],
    sole=True,
)
@example(  # by way of another one
    steps=[
        ("give", "anna", "bert", Role.CASE_WORKER, 0),
        ("give", "anna", "c", Role.ADMIN, 0),
        ("close", "operator:root", "anna", None, 0),
        ("give", "c", "d", Role.AUDITOR, 0),
        ("open", "operator:root", "anna", None, 0),
        ("decide", "d", "anna", None, 0),
    ],
    sole=True,
)
@example(  # by a link alone
    steps=[
        ("give", "operator:root", "c", Role.ADMIN, 0), ("give", "operator:root", "d", Role.AUDITOR, 0),
        ("close", "operator:root", "c", None, 0), ("give", "anna", "d", None, 0),
        ("give", "anna", "bert", Role.CASE_WORKER, 0), ("decide", "d", "anna", None, 0),
        ("decide", "d", "anna", None, 1),
    ],
    sole=True,
)  # fmt: skip
def test_whatever_is_done_no_person_is_their_own_second_one(
    office: Database, steps: list[Any], sole: bool
) -> None:
    """Each account may belong to whoever alone gave it something that nobody else has judged."""
    with contextlib.suppress(_Again), office.write() as session:
        for user in ("cora", "clerk", *AUDITORS):
            accounts.disable_user(session, user, by=BY, at=START)
        for user in ("c", "d"):
            accounts.add_user(session, user, user, by=BY, at=START)
        if sole:
            accounts.revoke_role(session, "bert", PEOPLE["bert"], by=BY, at=START)
        edges: Edges = set()
        for step, actor, user, role, number in steps:
            take(session, edges, step, actor, user, role, number)
        raise _Again


def reader_of(session: Session, name: str) -> Reader:
    if name.startswith("operator:"):
        return grant_requests.operator(name)
    return who(session, name)


def take(
    session: Session, edges: Edges, step: str, by: str, user: str, role: Role | None, number: int
) -> None:
    """One step of the property: what may not be done is refused and leaves nothing."""
    before = {each.id: each for each in lines_of(session)}
    undecided = [each for each in before.values() if each.state in UNDECIDED]
    try:
        with session.begin_nested():
            reader = reader_of(session, by)
            if step == "give":
                grant = None if role is None else Grant(role=role)
                kind = Kind.LINK if role is None else Kind.ROLE
                wanted = Wanted(kind=kind, user=user, grant=grant)
                grant_requests.give(session, reader, wanted, TERMS, at=START)
            elif step == "close":
                accounts.disable_user(session, user, by=Actor(user=by), at=START)
            elif step == "open":
                accounts.enable_user(session, user, by=Actor(user=by), at=START)
            elif undecided:
                decide(session, reader, undecided[number % len(undecided)])
    except ServiceError:
        return
    for line in lines_of(session):
        was = before.get(line.id)
        if was == line:
            continue
        if line.state is State.UNREVIEWED and not line.requested_by.startswith("operator:"):
            edges.add((line.requested_by, line.user_id, line.id))
        if line.state in (State.CONFIRMED, State.JUSTIFIED, State.UNJUSTIFIED):
            assert line.decided_by is not None
            for person in NAMES:
                held = reach(edges, person)
                assert not {line.requested_by, line.decided_by} <= held, (line, edges)
                assert not (line.user_id == person and line.decided_by in held), (line, edges)
            edges -= {edge for edge in edges if edge[2] == line.id}


def lines_of(session: Session) -> list[GrantRequest]:
    """In an order that does not change from one run to the next."""
    found = grant_lists.latest(session, grant_requests.operator("operator:x"), at=START)
    return sorted(found, key=lambda one: (one.requested_by, one.user_id, str(one.wanted)))


def decide(session: Session, reader: Reader, line: GrantRequest) -> None:
    """Confirm or judge it. What the lists offer is what may be done."""
    if line.state is State.REQUESTED:
        shown = line.id in {e.id for e in grant_lists.open_requests(session, reader, at=START)}
        offered = shown and grant_requests.obstacle(session, reader, line) is None
        act: Callable[[], object] = partial(
            grant_requests.confirm, session, reader, line.id, TERMS, at=START
        )
    else:
        offered = line.id in {each.id for each in grant_lists.to_review(session, reader)}
        act = partial(
            grant_requests.review, session, reader, line.id, justified=True, remark="", at=START
        )
    try:
        act()
    except (Forbidden, NotFound):
        assert not offered, line
        raise
    assert offered, line
