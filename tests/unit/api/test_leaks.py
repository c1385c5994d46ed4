"""A foreign department's reader gets the same answers whether or not a document exists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from archive.model import Role
from archive.people import accounts
from config.errors import HoldReason
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls
from tests.unit.api.leak_kit import (
    CHANGES,
    ELSEWHERE,
    KINDS,
    PLAIN,
    READINGS,
    TAKING,
    VIEWS,
    Answer,
    Body,
    Endpoint,
    ask,
    endpoints,
    filled,
    form,
    sent,
    token_of,
)
from tests.unit.api.worlds import SECRET, World, settle

Sits = Callable[[str], TestClient]
LISTS = (
    "/api/v1/items",
    "/api/v1/held",
    "/api/v1/documents",
    "/api/v1/files",
    "/api/v1/search?q=Antrag",
    "/api/v1/to-place",
    "/api/v1/follow-ups?until=2030-01-01",
)
# What is closed to each reader of ``PEOPLE`` here: department and compartment.
OPEN, CLOSED = ("jugendamt", None), (("jugendamt", "schutz"), ("bauamt", "personal"))
HIDDEN: dict[str, tuple[tuple[str, str | None], ...]] = {
    "bauamt": (OPEN, *CLOSED),
    "niemand": (OPEN, *CLOSED),
    "registratur": CLOSED,
    "poststelle": CLOSED,
}
#: 403 for all without the role
GATED = (
    "/verwaltung",
    "/rechte",
    "/api/v1/users",
    "/api/v1/compartments",
    "/api/v1/grant-requests",
    "/api/v1/index",
)
BREAKING = ("/api/v1/break-glass", "/notzugriff")
HELD_PAGES = ("/api/v1/items/{item_id}/pages", "/eingaenge/{item_id}/bild")


@pytest.fixture
def mine(house: House) -> str:
    """What the reader of bauamt has of their own."""
    document = house.file(pages=("Antrag auf Baugenehmigung",))
    held = house.receive("kaputt.pdf")
    house.hold(held, HoldReason.UNREADABLE, "nicht lesbar")
    house.index()
    return document


def hide(house: House) -> dict[str, str]:
    """One of everything in the other department, and in a compartment of bauamt's own."""
    return {
        f"{department} {kind}": value
        for department, compartment in (OPEN, CLOSED[1])
        for kind, value in settle(house, department, compartment).ids.items()
    }


# ------------------------------------------------------------------ every route
def test_every_route_has_its_case(app: FastAPI) -> None:
    """A new route is asked for here before it is asked by anybody else."""
    found = endpoints(app)
    known = {(each.method, each.path) for each in found}
    assert len(known) > 100 and ("GET", "/akten/{file_id}") in known
    missing = [
        each.key
        for each in found
        if each.key not in ELSEWHERE
        and (
            (each.method != "GET" and each.key not in CHANGES)
            or (each.method == "GET" and not each.names_objects and each.path not in READINGS)
            or any(name not in KINDS and name not in PLAIN for name in each.params)
        )
    ]
    assert missing == [], "ohne Fall in leak_kit.py"
    stale = {*CHANGES, *ELSEWHERE, *(("GET", path) for path in (*READINGS, *VIEWS))} - known
    assert stale == set()


@pytest.mark.parametrize("user", list(HIDDEN))
def test_nothing_changes_by_what_is_hidden(
    house: House, app: FastAPI, sits: Sits, user: str
) -> None:
    """Every list, count, page, search and object of one's own: byte for byte the same."""
    own = settle(house, "bauamt", None, named="Lindenweg")
    client = sits(user)
    token = token_of(client)

    def all_answers(world: World, endpoints_: list[Endpoint]) -> dict[str, Answer]:
        got = {}
        for each in endpoints_:
            objects = filled(each, own) if each.names_objects else (each.path,)
            queries = VIEWS.get(each.path, ()) if each.names_objects else READINGS[each.path]
            for place in objects:
                for query in ("", *queries) if each.names_objects else queries:
                    got[place + query] = ask(client, each, place + query, world, token)
        return got

    readings = [each for each in endpoints(app) if each.method == "GET"]
    readings = [each for each in readings if each.key not in ELSEWHERE]
    taking = [each for each in readings if each.path.endswith(TAKING)]
    looking = [each for each in readings if each not in taking]
    taken, before = all_answers(own.absent(), taking), all_answers(own.absent(), looking)
    assert any(answer.status == 200 for answer in before.values())
    for department, compartment in HIDDEN[user]:
        world = settle(house, department, compartment)
        for place, answer in all_answers(world, looking).items():
            assert answer == before[place], (user, place, department, compartment)
            assert SECRET.encode() not in answer.content or f"q={SECRET}" in place
    assert all_answers(world, taking) == taken


@pytest.mark.parametrize("user", list(HIDDEN))
def test_what_is_hidden_answers_as_what_is_not_there(
    house: House, app: FastAPI, sits: Sits, user: str
) -> None:
    """Every route that names an object, and every change: hidden and absent give one answer."""
    client = sits(user)
    token = token_of(client)
    for department, compartment in HIDDEN[user]:
        world = settle(house, department, compartment)
        absent = world.absent()
        for each in endpoints(app):
            if each.key in ELSEWHERE or (each.method == "GET" and not each.names_objects):
                continue
            if each.path in BREAKING and _may_break(house, user, department):
                continue
            pairs = zip(filled(each, world), filled(each, absent), strict=True)
            for there, gone in pairs:
                for query in ("", *VIEWS.get(each.path, ())):
                    one = ask(client, each, there + query, world, token)
                    other = ask(client, each, gone + query, absent, token)
                    if one.status < 300 and not each.names_objects:  # done twice, of one's own
                        assert other.status == one.status
                        assert SECRET.encode() not in one.content
                        continue
                    assert one == other, (user, each, there, department, compartment)
                    expected = {403} if each.path.startswith(GATED) else {404}
                    if each.names_objects:
                        assert one.status in expected, (user, each, there, one)


def test_the_matrix_is_not_empty(house: House, app: FastAPI, sits: Sits) -> None:
    """Whose it is gets it: the identifiers and requests above are right ones."""
    client = sits("jugendamt")
    token, world = token_of(client), settle(house, *OPEN)
    seen = 0
    for each in endpoints(app):
        if each.method != "GET" or not each.names_objects or each.path.startswith(HELD_PAGES):
            continue
        for place in filled(each, world):
            if world.ids["walking"] not in place:
                assert ask(client, each, place, world, token).status == 200, place
                seen += 1
    assert seen > 20
    assert SECRET in client.get("/zuordnen").text and SECRET in client.get("/wiedervorlagen").text


def _may_break(house: House, user: str, department: str) -> bool:
    """Whoever would read it as a member is told by a broken glass that it is there: by design, with
    a reason, in the trail."""
    with house.database.read() as session:
        grants = accounts.reader(session, user).grants
    content = {Role.CASE_WORKER, Role.RECORDS_MANAGER}
    return any(g.role in content and g.department in (None, department) for g in grants)


REFERENCES: tuple[tuple[str, str, Body], ...] = (
    ("/api/v1/documents/{document_id}/refile", "POST", sent(file_id="{file}", reason="x")),
    (
        "/api/v1/documents/{document_id}/refile",
        "POST",
        sent(file_id="{own_file}", case_id="{case}", reason="x"),
    ),
    ("/dokumente/{document_id}/umlegen", "POST", form(file_id="{file}", reason="x")),
    ("/dokumente/{document_id}/umlegen", "POST", form(file_mark="{mark}", reason="x")),
    ("/api/v1/files/{file_id}/cases", "POST", sent(title="x", sub_file_id="{part}")),
    (
        "/api/v1/files/{file_id}/follow-ups",
        "POST",
        sent(due="2026-04-01", reason="x", case_id="{case}"),
    ),
    ("/api/v1/follow-ups/{follow_up_id}/move", "POST", sent(file_id="{file}")),
    ("/akten/{file_id}/vorgaenge", "POST", form(title="x", sub_file="{part}")),
)


@pytest.mark.parametrize(("path", "method", "body"), REFERENCES)
def test_what_is_hidden_cannot_be_named_in_a_change(
    house: House, sits: Sits, path: str, method: str, body: Body
) -> None:
    own = settle(house, "bauamt", None, named="Lindenweg")
    client = sits("bauamt")
    token, endpoint = token_of(client), Endpoint(method, path)
    for place in HIDDEN["bauamt"]:
        world = settle(house, *place)
        absent = world.absent()
        for each in (world, absent):
            each.ids["own_file"] = own.ids["file"]
        (target,) = [place for place in filled(endpoint, own) if own.ids["walking"] not in place]
        one = ask(client, endpoint, target, world, token, body=body)
        assert one == ask(client, endpoint, target, absent, token, body=body)
        assert one.status == 404, one


# ------------------------------------------------------------------ those who see parts
def test_a_foreign_auditor_of_a_department_sees_no_more(
    house: House, calls: Calls, mine: str
) -> None:
    from archive.model import Grant
    from tests.unit.api.building import BY

    with house.database.write() as session:
        accounts.add_user(session, "rpa-bau", "Prüfung Bauamt", by=BY, at=house.clock())
        grant = Grant(role=Role.AUDITOR, department="bauamt")
        accounts.grant_role(session, "rpa-bau", grant, by=BY, at=house.clock())
    client = calls("rpa-bau")
    before = client.get("/api/v1/audit?limit=500").json()["items"]
    hide(house)
    after = client.get("/api/v1/audit?limit=500").json()["items"]
    compartment = [line for line in after if line not in before]
    assert before and all(SECRET not in str(line) for line in after)
    assert all(line["detail"] == {} and line["reason"] is None for line in compartment)
    assert client.get("/api/v1/audit/chain").status_code == 403


def test_metrics_want_a_token_of_who_may_know_all_counts(
    house: House, app: FastAPI, calls: Calls
) -> None:
    hide(house)
    assert TestClient(app).get("/metrics").status_code == 401
    assert calls("bauamt").get("/metrics").status_code == 403
    assert 'registratur_items{outcome="held"} 2.0' in calls("verwaltung").get("/metrics").text


def test_the_administrator_sees_no_content(house: House, calls: Calls, mine: str) -> None:
    hide(house)
    client = calls("verwaltung")
    for place in LISTS:
        body = client.get(place).json()
        assert not body.get("items") and not body.get("total") and not body.get("hits"), place
    assert client.get(f"/api/v1/documents/{mine}").status_code == 404


def test_the_mailroom_sees_no_filed_content(house: House, calls: Calls, mine: str) -> None:
    client = calls("poststelle")
    assert client.get("/api/v1/search?q=Antrag").json()["total"] == 0
    assert client.get(f"/api/v1/documents/{mine}").status_code == 404
    assert client.get("/api/v1/items").json()["total"] == 2


def test_an_auditor_knows_but_does_not_read(house: House, calls: Calls, mine: str) -> None:
    client = calls("revision")
    found = client.get(f"/api/v1/documents/{mine}").json()
    assert found["title"] is None and found["sender"] is None and found["renditions"]
    assert client.get(f"/api/v1/documents/{mine}/reports").status_code == 200
    for tail in ("pages/1", "text", "original", "rendition"):
        assert client.get(f"/api/v1/documents/{mine}/{tail}").status_code == 403
