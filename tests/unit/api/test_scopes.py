"""Administrators and auditors of a part of the house: what they see, change, give, and what not.

One house for all tests of this file; each puts back what it changes.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from api.app import create_app
from api.http.auth import Caller
from archive.audit.trail import Actor
from archive.model import WHOLE, Grant, Reader, Role, Scope, joined
from archive.people import accounts, compartments, grant_records, sign_in
from archive.people.grant_records import Kind, State, Wanted
from archive.views import listing
from archive.views.confidential import all_compartments
from archive.views.index import refusals
from archive.views.people import people_of
from archive.views.rights import rights
from config.errors import Conflict, Forbidden, NotFound
from ingest.acts.act import Act as ActOnRecord
from ingest.acts.people.accounts import AddUnit, AddUser, DisableUser, EnableUser, RevokeToken
from ingest.acts.people.confidential import RemoveMember
from ingest.acts.people.rights import AdmitMember, GiveLink, GrantRole, JudgeRequest, RevokeRole
from ingest.acts.road.upkeep import RetryRefused
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.conftest import csrf_of

R = TypeVar("R")
Act = Callable[["Stage"], object]
BAU, JUGEND = (Scope(department=name, stream=None) for name in ("bauamt", "jugendamt"))
POST, LEGACY = (Scope(department=None, stream=name) for name in ("mailroom", "legacy"))
BAU_POST = Scope(department="bauamt", stream="mailroom")
SCOPES = {"global": WHOLE, "own": BAU, "other": JUGEND, "stream": POST, "other stream": LEGACY}
ALL = {"global"}
COUNTER = itertools.count()


@dataclass(frozen=True)
class Stage:
    house: House
    caller: Caller

    def does(self, act: ActOnRecord[R]) -> R:
        return act.perform(self.house.service, self.caller.acting)

    def sees(self, view: Callable[[Session, Reader], object]) -> object:
        with self.house.database.read() as session:
            return view(session, self.caller.reader)


def caller_of(role: Role, scope: Scope) -> Caller:
    """Somebody new each time: what one did to other administrators is not held against the next."""
    grant = Grant(role=role, department=scope.department, stream=scope.stream)
    return Caller(reader=Reader(user=f"fragt{next(COUNTER)}", grants=frozenset({grant})), csrf="x")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """``bauamt``: a clerk of bauamt; ``scannt``: of bauamt's mailroom stream; ``beide``: a clerk of
    two departments; ``niemand``: without a role; ``geheim``: a clerk of bauamt
    who is let into a closed compartment."""
    house = build(tmp_path_factory.mktemp("scopes") / "home")
    with house.database.write() as session:
        at = house.clock()
        for user in ("scannt", "beide", "geheim"):
            accounts.add_user(session, user, user, by=BY, at=at)
        grants = [
            ("scannt", Grant(role=Role.MAIL_CLERK, department="bauamt", stream="mailroom")),
            ("beide", Grant(role=Role.CASE_WORKER, department="bauamt")),
            ("beide", Grant(role=Role.CASE_WORKER, department="jugendamt")),
            ("geheim", Grant(role=Role.CASE_WORKER, department="bauamt")),
        ]
        for user, grant in grants:
            accounts.grant_role(session, user, grant, by=BY, at=at)
        accounts.join_compartment(session, "geheim", "personal", purpose="Amt", by=BY, at=at)
    yield house
    close(house)


# ------------------------------------------------------------------ acts
def lists(user: str) -> Act:
    def act(stage: Stage) -> None:
        with stage.house.database.read() as session:
            shown = {each.id for each in people_of(session, stage.caller.reader)}
        if user not in shown:
            raise NotFound(user)

    return act


def closes(user: str) -> Act:
    def act(stage: Stage) -> None:
        stage.does(DisableUser(user=user))
        stage.does(EnableUser(user=user))

    return act


def opens(user: str) -> Act:
    return lambda stage: stage.does(EnableUser(user=user))


def links(user: str) -> Act:
    return lambda stage: stage.does(GiveLink(user=user))


def gives(user: str, grant: Grant) -> Act:
    def act(stage: Stage) -> None:
        assert stage.does(GrantRole(user=user, grant=grant)).waiting is None
        stage.does(RevokeRole(user=user, grant=grant))

    return act


def takes(user: str, grant: Grant) -> Act:
    def act(stage: Stage) -> None:
        stage.does(RevokeRole(user=user, grant=grant))
        with stage.house.database.write() as session:
            accounts.grant_role(session, user, grant, by=BY, at=stage.house.clock())

    return act


def revokes_token(user: str) -> Act:
    def act(stage: Stage) -> None:
        stage.house.token(user)
        with stage.house.database.read() as session:
            (entry, *_) = sign_in.tokens(session, user)
        stage.does(RevokeToken(entry=entry.id))

    return act


def adds_user(stage: Stage) -> None:
    stage.does(AddUser(user=f"neu{next(COUNTER)}", name="Neu"))


def adds_unit(stage: Stage) -> None:
    stage.does(AddUnit(unit=f"amt{next(COUNTER)}", name="Amt"))


def lets_in(stage: Stage) -> None:
    with stage.house.database.write() as session:
        compartments.ensure(session, "personal", within=None)
    stage.does(AdmitMember(compartment="personal", user="bauamt", purpose="Vertretung"))
    stage.does(RemoveMember(compartment="personal", user="bauamt"))


def requested(user: str, grant: Grant) -> Callable[[Stage], str]:
    def make(stage: Stage) -> str:
        wanted = Wanted(kind=Kind.ROLE, user=user, grant=grant)
        with stage.house.database.write() as session:
            held = accounts.grants_of(session, user)
            return grant_records.insert(
                session, wanted, joined([grant.scope, *(each.scope for each in held)]),
                State.UNREVIEWED, by=BY, at=stage.house.clock(), expires_at=None,
            )  # fmt: skip

    return make


def reviews(user: str, grant: Grant) -> Act:
    def act(stage: Stage) -> None:
        request = requested(user, grant)(stage)
        with stage.house.database.read() as session:
            found = rights(session, stage.caller.reader, at=stage.house.clock())
        shown = {each.id for each in found.reviews}
        try:
            stage.does(JudgeRequest(request=request, justified=True, remark=""))
        except NotFound:
            assert request not in shown
            raise
        assert request in shown

    return act


def sees_trail_of(department: str, stream: str) -> Act:
    def act(stage: Stage) -> None:
        item = stage.house.receive(department=department, stream=stream)
        stage.caller.demand_somewhere(Role.AUDITOR)
        with stage.house.database.read() as session:
            page = listing.audit_page(session, stage.caller.reader, object_id=item)
        if not page.items:
            raise NotFound(item)

    return act


def sees_trail_of_people(stage: Stage) -> None:
    stage.caller.demand_somewhere(Role.AUDITOR)
    with stage.house.database.read() as session:
        page = listing.audit_page(session, stage.caller.reader, action="ROLE_GRANTED")
    if not page.items:
        raise NotFound("-")


CLERK = Grant(role=Role.CASE_WORKER, department="bauamt")
MORE = Grant(role=Role.QA_INSPECTOR, department="bauamt")
BEYOND = Grant(role=Role.QA_INSPECTOR, department="jugendamt")
EVERYWHERE = Grant(role=Role.QA_INSPECTOR)
AT_DOOR = Grant(role=Role.SCAN_OPERATOR, department="bauamt", stream="mailroom")
ADMIN, AUDITOR = Role.ADMIN, Role.AUDITOR
OWN, DOOR = {"global", "own"}, {"global", "own", "stream"}
ACTS: dict[str, tuple[Act, dict[Role, set[str]]]] = {
    "list a clerk": (lists("bauamt"), {ADMIN: OWN}),
    "list one of the mailroom": (lists("scannt"), {ADMIN: DOOR}),
    "list one of two departments": (lists("beide"), {ADMIN: ALL}),
    "list one without a role": (lists("niemand"), {ADMIN: ALL}),
    "list one let into a compartment": (lists("geheim"), {ADMIN: ALL}),
    "list an administrator of all": (lists("verwaltung"), {ADMIN: ALL}),
    "close and open an account": (closes("bauamt"), {ADMIN: OWN}),
    "close the account of an administrator of all": (closes("verwaltung"), {ADMIN: ALL}),
    "open an account": (opens("scannt"), {ADMIN: DOOR}),
    "close and open that of one let into a compartment": (closes("geheim"), {ADMIN: ALL}),
    "open that of one of two departments": (opens("beide"), {ADMIN: ALL}),
    "issue a link": (links("bauamt"), {ADMIN: OWN}),
    "issue one for one let into a compartment": (links("geheim"), {ADMIN: ALL}),
    "issue one for an administrator of all": (links("verwaltung"), {ADMIN: ALL}),
    "issue one for an auditor of all": (links("revision"), {ADMIN: ALL}),
    "revoke a token": (revokes_token("bauamt"), {ADMIN: OWN}),
    "give a role there": (gives("bauamt", MORE), {ADMIN: OWN}),
    "give one elsewhere": (gives("bauamt", BEYOND), {ADMIN: ALL}),
    "give one for all": (gives("bauamt", EVERYWHERE), {ADMIN: ALL}),
    "give a clerk a role at the door": (gives("bauamt", AT_DOOR), {ADMIN: OWN}),
    "give one at the door": (gives("scannt", AT_DOOR), {ADMIN: DOOR}),
    "give a stranger a role there": (gives("jugendamt", MORE), {ADMIN: ALL}),
    "give one without a role a role there": (gives("niemand", MORE), {ADMIN: ALL}),
    "take a role": (takes("bauamt", CLERK), {ADMIN: OWN}),
    "give one let into a compartment a role there": (gives("geheim", MORE), {ADMIN: ALL}),
    "revoke a token of one let into a compartment": (revokes_token("geheim"), {ADMIN: ALL}),
    "take one of two": (takes("beide", CLERK), {ADMIN: ALL}),
    "open a new account": (adds_user, {ADMIN: ALL}),
    "open a department": (adds_unit, {ADMIN: ALL}),
    "let into a compartment": (lets_in, {ADMIN: ALL}),
    "list compartments": (
        lambda stage: stage.sees(all_compartments),
        {ADMIN: ALL, AUDITOR: ALL},
    ),
    "see what the index refused": (
        lambda stage: stage.sees(refusals),
        {ADMIN: ALL},
    ),
    "let the index try again": (
        lambda stage: stage.does(RetryRefused()),
        {ADMIN: ALL},
    ),
    "judge a role that was given there": (
        reviews("bauamt", MORE),
        {AUDITOR: OWN},
    ),
    "judge one given beyond": (reviews("bauamt", BEYOND), {AUDITOR: ALL}),
    "judge one given at the door": (reviews("scannt", AT_DOOR), {AUDITOR: DOOR}),
    "read the trail of an item": (sees_trail_of("bauamt", "mailroom"), {AUDITOR: DOOR}),
    "read that of people": (sees_trail_of_people, {AUDITOR: ALL}),
}


@pytest.fixture(scope="module")
def app(shared: House) -> FastAPI:
    return create_app(shared.service)


@pytest.mark.parametrize("name", ACTS)
def test_a_role_acts_as_far_as_its_scope(shared: House, name: str) -> None:
    act, expected = ACTS[name]
    found: dict[Role, set[str]] = {}
    for role in (ADMIN, AUDITOR, Role.RECORDS_MANAGER, Role.CASE_WORKER, Role.MAIL_CLERK):
        for scope_name, scope in SCOPES.items():
            try:
                act(Stage(shared, caller_of(role, scope)))
            except (Forbidden, NotFound):
                continue
            found.setdefault(role, set()).add(scope_name)
    assert found == expected


def test_a_right_is_not_asked_for_without_its_scope() -> None:
    for check in (Caller.demand, Caller.may):
        within = inspect.signature(check).parameters["within"]
        assert within.default is inspect.Parameter.empty
        assert within.kind is inspect.Parameter.KEYWORD_ONLY
    fields = inspect.signature(Scope).parameters
    assert all(fields[name].default is inspect.Parameter.empty for name in ("department", "stream"))


def test_names_of_roles_decide_nothing() -> None:
    """``Reader.roles`` forgets the scope: it is for showing, and for narrowing one's own token."""
    root = Path(__file__).resolve().parents[3]
    users = {
        str(path.relative_to(root))
        for room in ("api", "archive", "ingest", "search")
        for path in (root / room).rglob("*.py")
        if ".roles()" in path.read_text(encoding="utf-8")
    }
    assert users == {"api/web/people/account.py", "archive/people/sign_in.py"}


def test_somebody_outside_and_nobody_give_one_answer(shared: House) -> None:
    stage = Stage(shared, caller_of(ADMIN, BAU))
    acts: list[Callable[[str], object]] = [
        lambda user: stage.does(DisableUser(user=user)),
        lambda user: stage.does(EnableUser(user=user)),
        lambda user: stage.does(GiveLink(user=user)),
        lambda user: stage.does(GrantRole(user=user, grant=MORE)),
        lambda user: stage.does(RevokeRole(user=user, grant=CLERK)),
    ]
    for act in acts:
        said = set()
        for user in ("jugendamt", "verwaltung", "niemalsda"):
            with pytest.raises(NotFound) as caught:
                act(user)
            said.add(str(caught.value).replace(user, "…"))
        assert len(said) == 1


@pytest.mark.parametrize("closer", ["verwaltung", "operator:root", "abt-zwei", "abt-eins"])
@pytest.mark.parametrize("grant", [CLERK, Grant(role=ADMIN, department="bauamt")])
def test_what_was_closed_above_is_opened_above(shared: House, closer: str, grant: Grant) -> None:
    """Of two administrators of a department, neither brings back alone what the house closed."""
    user, at = f"zu{next(COUNTER)}", shared.clock()
    mine = Grant(role=ADMIN, department="bauamt")
    with shared.database.write() as session:
        for name in ("abt-eins", "abt-zwei"):
            if name not in {each.id for each in accounts.users(session)}:
                accounts.add_user(session, name, name, by=BY, at=at)
            accounts.grant_role(session, name, mine, by=BY, at=at)
        accounts.add_user(session, user, user, by=BY, at=at)
        accounts.grant_role(session, user, grant, by=BY, at=at)
        accounts.disable_user(session, user, by=Actor(user=closer), at=at)
    caller = Caller(reader=Reader(user="abt-eins", grants=frozenset({mine})), csrf="x")
    if grant == CLERK and closer.startswith("abt-"):
        Stage(shared, caller).does(EnableUser(user=user))
    else:
        with pytest.raises(Forbidden, match="ganze Haus"):
            Stage(shared, caller).does(EnableUser(user=user))
    Stage(shared, caller_of(ADMIN, WHOLE)).does(EnableUser(user=user))
    with shared.database.write() as session:
        accounts.disable_user(session, user, by=BY, at=at)
        for name, held in ((user, grant), ("abt-eins", mine), ("abt-zwei", mine)):
            accounts.revoke_role(session, name, held, by=BY, at=at)


def test_an_auditor_of_one_department_sees_no_evidence_of_another_by_another_role(
    shared: House,
) -> None:
    """Auditor there, mailroom here: what one role lets know, the other does not open."""
    walking = shared.separate(shared.receive(department="bauamt"))
    grants = {Grant(role=AUDITOR, department="jugendamt"), Grant(role=Role.MAIL_CLERK)}
    caller = Caller(reader=Reader(user="x", grants=frozenset(grants)), csrf="x")
    from api.content import document_access

    assert not document_access.view(shared.service, caller, walking).evidence
    own = shared.separate(shared.receive(department="jugendamt"))
    assert document_access.view(shared.service, caller, own).evidence


def test_the_pages_of_an_administrator_of_one_department(shared: House, app: FastAPI) -> None:
    with shared.database.write() as session:
        accounts.add_user(session, "verw-bau", "Verwaltung Bauamt", by=BY, at=shared.clock())
        grant = Grant(role=ADMIN, department="bauamt")
        accounts.grant_role(session, "verw-bau", grant, by=BY, at=shared.clock())
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    client.post(f"/anmelden/link/{shared.link('verw-bau')}")
    page = client.get("/verwaltung").text
    for foreign in (
        "jugendamt",
        "niemand",
        "beide",
        "geheim",
        "revision",
        "auf dem Weg",
        "Suchindex",
    ):
        assert foreign not in page, foreign
    assert "bauamt" in page and "scannt" in page and "Alle Abteilungen" not in page
    assert client.get("/verwaltung/bereiche").status_code == 403
    assert client.get("/rechte").status_code == 200
    token = shared.token("verw-bau")
    programs = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    assert programs.get("/metrics").status_code == 403
    assert programs.get("/api/v1/index/refused").status_code == 403
    # One's own account and the whole house: the page and the interface say the same.
    fields = {"csrf": csrf_of(page)}
    assert client.post("/verwaltung/personen/verw-bau/sperren", data=fields).status_code == 422
    own = programs.post("/api/v1/users/verw-bau/disable")
    assert (own.status_code, "eigene Konto" in own.json()["detail"]) == (422, True)
    given = {"role": "case_worker", "everywhere": True}
    assert programs.post("/api/v1/users/bauamt/roles", json=given).status_code == 403
    with shared.database.write() as session:
        accounts.revoke_role(session, "verw-bau", grant, by=BY, at=shared.clock())


@pytest.mark.parametrize(
    "body", [{}, {"everywhere": False}, {"department": "bauamt", "everywhere": True}]
)
def test_no_role_is_given_for_all_by_leaving_words_out(
    shared: House, app: FastAPI, body: dict[str, object]
) -> None:
    token = shared.token("verwaltung")
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    sent = client.post("/api/v1/users/niemand/roles", json={"role": "case_worker", **body})
    assert sent.status_code == 422
    with shared.database.read() as session:
        assert accounts.grants_of(session, "niemand") == frozenset()


def test_a_pseudonym_resolver_is_one_of_the_whole_house(shared: House) -> None:
    caller = caller_of(ADMIN, WHOLE)
    narrow = Grant(role=Role.PRIVACY_RESOLVER, department="bauamt")
    with pytest.raises(Exception, match="ganze Haus"):
        Stage(shared, caller).does(GrantRole(user="bauamt", grant=narrow))
    with shared.database.write() as session:
        reader = Reader(user="x", grants=frozenset({narrow}))
        with pytest.raises(Forbidden):
            accounts.resolve_person(
                session, reader, "Beispielperson 1", reason="x", at=shared.clock()
            )
    with pytest.raises(Conflict):  # admin and auditor never meet, whatever their scopes
        beyond = Grant(role=AUDITOR, department="bauamt")
        Stage(shared, caller).does(GrantRole(user="verwaltung", grant=beyond))
