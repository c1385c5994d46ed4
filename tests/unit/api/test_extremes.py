"""Values at the ends of the calendar, of numbers and of text are refused or taken, never an error of ours."""

from __future__ import annotations

import base64
import inspect
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from archive.model import Grant, Role
from archive.people import accounts
from config.errors import HoldReason
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.leak_kit import CHANGES, ELSEWHERE, Body, Endpoint, endpoints, token_of

Sits = Callable[[str], TestClient]


def cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


TIMES = (
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999-23:59", "0000-12-31T23:00:00Z", "10000-01-01T00:00:00Z",
    "2026-03-29T02:30:00", "2026-10-25T02:30:00", "2016-12-31T23:59:60Z", "2026-01-01T24:00:00Z",
    "1893-04-01T00:00:00", "2026-01-01T00:00:00+99:99", "2026-W53-7T00:00:00Z",
)  # fmt: skip
DATES = ("0001-01-01", "9999-12-31", "9996-02-29", "0000-00-00", "2026-02-30", "10000-01-01")
NUMBERS = (
    "0", "-1", "2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809",
    "1" + "0" * 30, "9" * 400, "9" * 5000, "1e400", "1e10", "NaN", "Infinity", "٣", "²", "½", "０",
    "0x10", "1_000",
)  # fmt: skip
TEXTS = ("", " ", "ä" * 79, "\u202e", "\ud7ff\ue000", "\U0010ffff", "%", "'", "x" * 20_000)
KEYS: tuple[tuple[Any, ...], ...] = (
    (0,),
    (-1,),
    (2**31,),
    (2**63,),
    (2**63 - 1,),
    (-(2**64),),
    (10**400,),
    (1e400,),
    (True,),
    (None,),
    ("x",),
    (),
    (1, 2),
    (TIMES[0], "x"),
    (TIMES[2], "x"),
    (TIMES[5], "x"),
    (TIMES[3], "x"),
    ("9999-12-31T00:00:00", "x"),
    (DATES[1], "x"),
    ([], {}),
    (0, 2**62, 0, "x"),
    (0, 2**70, -1, "x"),
)
CURSORS = (*(cursor(*key) for key in KEYS), "A", "====", "bm9uc2Vuc2U", "W10", "-_" * 100)
VALUES = (*TIMES, *DATES, *NUMBERS, *TEXTS, *CURSORS)
QUERIES = (
    "cursor",
    "weiter",
    "ab",
    "kennung",
    "person",
    "vorgang",
    "zeit",
    "stand",
    "weg",
    "plan",
    "seit",
    "von",
    "bis",
    "aktion",
    "wer",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = build(tmp_path_factory.mktemp("extremes") / "home")
    yield built
    close(built)


@pytest.fixture(scope="module")
def app(house: House) -> FastAPI:
    return create_app(house.service)


@pytest.fixture(scope="module")
def sits(house: House, app: FastAPI) -> Sits:
    def browser(user: str) -> TestClient:
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        assert client.post(f"/anmelden/link/{house.link(user)}").status_code == 303
        return client

    return browser


@pytest.fixture(scope="module")
def everything(house: House) -> dict[str, str]:
    """One of what a path may name, for somebody who may do everything."""
    document = house.file()
    held = house.receive("kaputt.pdf")
    house.hold(held, HoldReason.UNREADABLE, "nicht lesbar")
    house.index()
    with house.database.write() as session:
        accounts.add_user(session, "alles", "Alles", by=BY, at=house.clock())
        for role in set(Role) - {Role.AUDITOR}:
            accounts.grant_role(session, "alles", Grant(role=role), by=BY, at=house.clock())
    return {
        "document_id": document, "file_id": house.file_id(document), "item_id": held,
        "object_id": held, "user": "niemand", "number": "1",
    }  # fmt: skip


def names(app: FastAPI) -> dict[tuple[str, str], tuple[str, ...]]:
    """The parameters of each route's function beside what the framework gives it."""
    given = {"request", "response", "service", "caller", "form", "body", "fields", "posted"}
    found = {}

    def walk(prefix: str, routes: Any) -> None:
        for route in routes:
            inner = getattr(route, "original_router", None)
            if inner is not None:
                walk(prefix + route.include_context.prefix, inner.routes)
            elif getattr(route, "methods", None) and hasattr(route, "endpoint"):
                own = tuple(set(inspect.signature(route.endpoint).parameters) - given)
                for method in route.methods:
                    found[method, prefix + route.path] = own

    walk("", app.routes)
    return found


def place_of(each: Endpoint, known: dict[str, str], **other: str) -> str:
    path = each.path
    for name in each.params:
        path = path.replace(f"{{{name}}}", {**known, **other}.get(name, "x"))
    return path


def reasonable(status: int) -> bool:
    return status < 500 or status == 503


Try = tuple[str, str, dict[str, Any]]


def readings(app: FastAPI, known: dict[str, str]) -> Iterator[Try]:
    own = names(app)
    for each in endpoints(app):
        if each.method != "GET" or each.path in ("/api/v1/events", "/eingang/live"):
            continue
        for name in each.params:
            for value in VALUES:
                if value.strip(" .") and "/" not in value and len(value) < 2000:
                    path = place_of(each, known, **{name: value})
                    yield "GET", path.replace("%", "%25"), {}
        for name in {*own.get(each.key, ()), *QUERIES} - set(each.params):
            for value in VALUES:
                yield "GET", place_of(each, known), {"params": {name: value[:6000], **_asked(each)}}


def _asked(each: Endpoint) -> dict[str, str]:
    return {"q": "Antrag"} if each.path == "/api/v1/search" else {}


def changes(app: FastAPI, known: dict[str, str], csrf: str) -> Iterator[Try]:
    known_paths = {each.key: each for each in endpoints(app)}
    for key, body in CHANGES.items():
        each = known_paths.get(key)
        if each is None or key in ELSEWHERE or body.file or body.text is not None:
            continue
        place = place_of(each, known)
        for name in body.form or body.json or {}:
            for value in VALUES:
                yield key[0], place, _sent(body, name, value, csrf)
    days = {"csrf": csrf, "label": "x", "role": "", "days": ""}
    for value in VALUES:
        yield "POST", "/konto/token", {"data": {**days, "days": value}}


def _sent(body: Body, name: str, value: str, csrf: str) -> dict[str, Any]:
    headers = {"X-CSRF-Token": csrf}
    if body.form is not None:
        return {"data": {"csrf": csrf, **body.form, name: value}, "headers": headers}
    number = value.lstrip("-").isdecimal() and len(value) < 4000
    wire = {**(body.json or {}), name: int(value) if number else value}
    return {"content": json.dumps(wire), "headers": {**headers, "Content-Type": "application/json"}}


@pytest.mark.parametrize(
    "share",
    [pytest.param(0.002, id="some"), pytest.param(1.0, id="all", marks=pytest.mark.campaign)],
)
def test_no_value_is_an_error_of_ours(
    app: FastAPI, everything: dict[str, str], sits: Sits, share: float
) -> None:
    client, auditor, chance = sits("alles"), sits("revision"), random.Random(11)
    csrf = token_of(client)
    tries = [*readings(app, everything), *changes(app, everything, csrf)]
    assert len(tries) > 5000
    chosen = [each for each in tries if share == 1 or chance.random() < share]
    wrong: dict[tuple[str, str], tuple[int, str]] = {}
    for method, place, sent in chosen:
        asks = auditor if place.startswith(("/api/v1/audit", "/revision")) else client
        answer = asks.request(method, place, **sent)
        if not reasonable(answer.status_code):
            wrong[method, place] = (answer.status_code, str(sent)[:150])
    assert wrong == {}


def test_a_time_is_taken_or_refused(everything: dict[str, str], sits: Sits) -> None:
    for user, place in (("alles", "/api/v1/items"), ("revision", "/api/v1/audit")):
        client = sits(user)
        got = {value: client.get(place, params={"since": value}).status_code for value in TIMES}
        assert set(got.values()) == {200, 422}, got
        assert got[TIMES[0]] == got[TIMES[3]] == 200 and got[TIMES[2]] == got[TIMES[5]] == 422


def test_a_cursor_is_ours_or_refused(everything: dict[str, str], sits: Sits) -> None:
    client, auditor = sits("alles"), sits("revision")
    for place in ("items", "audit", "documents", "files", "search?q=Antrag"):
        asks, joined = (auditor if place == "audit" else client), "&" if "?" in place else "?"
        for value in CURSORS:
            answer = asks.get(f"/api/v1/{place}{joined}cursor={value}")
            assert answer.status_code in (200, 422), (place, value)
