"""Roles of a part of the house: what lies outside of it gives the answers of what is not there.

The routes of administrators, auditors and lists by default; every route in the campaign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from archive.model import Grant, Role
from archive.people import accounts
from tests.unit.api.building import BY, House
from tests.unit.api.leak_kit import (
    ELSEWHERE,
    READINGS,
    TAKING,
    VIEWS,
    Answer,
    Endpoint,
    ask,
    endpoints,
    filled,
    token_of,
)
from tests.unit.api.worlds import SECRET, World, settle

Sits = Callable[[str], TestClient]
SCOPED: dict[str, tuple[Grant, ...]] = {
    "verw-bau": (Grant(role=Role.ADMIN, department="bauamt"),),
    "rpa-bau": (
        Grant(role=Role.AUDITOR, department="bauamt"),
        Grant(role=Role.DELIVERY_MANAGER, department="bauamt"),
    ),
    "reg-bau": (
        Grant(role=Role.RECORDS_MANAGER, department="bauamt"),
        Grant(role=Role.QA_INSPECTOR, department="bauamt"),
        Grant(role=Role.MAIL_CLERK, department="bauamt"),
    ),
    "post-alt": (
        Grant(role=Role.ADMIN, stream="legacy"),
        Grant(role=Role.SCAN_SUPERVISOR, stream="legacy"),
        Grant(role=Role.CASE_WORKER, stream="legacy"),
    ),
}
HIDDEN = ("jugendamt", None)  #: it came by the mailroom's stream
ROOMS = (
    "/verwaltung",
    "/rechte",
    "/revision",
    "/pseudonyme",
    "/notzugriff",
    "/eingang",
    "/klaeren",
)
CALLS = ("audit", "users", "grant-requests", "items", "held", "break-glass", "pseudonyms")
PARTS = ("{user}", "{entry}", "{request_id}", "/reports", "/history")
EVERYTHING = pytest.mark.parametrize(
    "everything", [False, pytest.param(True, marks=pytest.mark.campaign)]
)


@pytest.fixture
def clients(house: House, sits: Sits, request: pytest.FixtureRequest) -> dict[str, TestClient]:
    """Administrator and auditor of one department; in the campaign the others too."""
    with house.database.write() as session:
        for user, grants in SCOPED.items():
            accounts.add_user(session, user, user, by=BY, at=house.clock())
            for grant in grants:
                accounts.grant_role(session, user, grant, by=BY, at=house.clock())
    everything = getattr(request.node, "callspec", None) and request.getfixturevalue("everything")
    return {user: sits(user) for user in (SCOPED if everything else ("verw-bau", "rpa-bau"))}


def chosen(app: FastAPI, everything: bool) -> list[Endpoint]:
    found = [each for each in endpoints(app) if each.key not in ELSEWHERE]
    calls = tuple(f"/api/v1/{name}" for name in CALLS)
    if everything:
        return found
    return [
        each
        for each in found
        if each.path.startswith((*ROOMS, *calls)) or any(part in each.path for part in PARTS)
    ]


def readings(routes: list[Endpoint]) -> Iterator[tuple[Endpoint, str]]:
    for each in routes:
        if each.method == "GET" and not each.names_objects:
            for query in READINGS[each.path]:
                yield each, each.path + query


@EVERYTHING
def test_what_lies_outside_changes_no_list_page_or_figure(
    house: House, app: FastAPI, clients: dict[str, TestClient], everything: bool
) -> None:
    own = settle(house, "bauamt", None, named="Lindenweg", resolved=False)
    world = own.absent()
    asked = list(readings(chosen(app, everything)))
    tokens = {user: token_of(client) for user, client in clients.items()}

    def answers() -> dict[tuple[str, str], Answer]:
        return {
            (user, place): ask(client, each, place, world, tokens[user])
            for user, client in clients.items()
            for each, place in asked
        }

    before = answers()
    assert any(got.status == 200 for got in before.values())
    settle(house, *HIDDEN)
    after = answers()
    assert [key for key, got in after.items() if got != before[key]] == []
    assert [key for key, got in after.items() if SECRET.encode() in got.content
            and f"q={SECRET}" not in key[1]] == []  # fmt: skip


@EVERYTHING
def test_what_lies_outside_answers_as_what_is_not_there(
    house: House, app: FastAPI, clients: dict[str, TestClient], everything: bool
) -> None:
    world = settle(house, *HIDDEN)
    absent: World = world.absent()
    for user, client in clients.items():
        token = token_of(client)
        for each in chosen(app, everything):
            if not each.names_objects or each.path.endswith(TAKING):
                continue
            pairs = zip(filled(each, world), filled(each, absent), strict=True)
            for there, gone in pairs:
                for query in ("", *VIEWS.get(each.path, ())):
                    one = ask(client, each, there + query, world, token)
                    other = ask(client, each, gone + query, absent, token)
                    assert one == other, (user, each, there)
                    assert one.status in (403, 404), (user, each, one)


def test_those_inside_are_seen(house: House, clients: dict[str, TestClient]) -> None:
    """The same roles see what is theirs: the answers above are not all empty."""
    own = settle(house, "bauamt", None, named="Lindenweg", resolved=False)
    admin, auditor = clients["verw-bau"], clients["rpa-bau"]
    assert ">bauamt" in admin.get("/verwaltung").text
    assert own.ids["request"] in admin.get("/rechte").text
    assert own.ids["item"] in auditor.get("/revision").text
