"""Errors become answers that say what to do and nothing of the inside."""

from __future__ import annotations

import errno
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http.problems import TooLarge, UnsupportedBody, problem_of
from archive.errors import BrokenObject, MissingObject
from archive.people.passwords import Locked
from archive.people.sign_in import NotSignedIn
from config.errors import (
    ChildDeath,
    ConfigError,
    Conflict,
    Forbidden,
    HoldReason,
    InputError,
    NotFound,
    ServiceError,
    Unavailable,
    UsageError,
)
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls, csrf_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotSignedIn("x"), 401),
        (Locked("x", 30), 429),
        (Forbidden("x"), 403),
        (NotFound("x"), 404),
        (MissingObject("x"), 404),
        (Conflict("x"), 409),
        (TooLarge("x"), 413),
        (UnsupportedBody("x"), 415),
        (UsageError("x"), 422),
        (InputError(HoldReason.ENCRYPTED, "x"), 422),
        (ChildDeath("x"), 422),
        (Unavailable("x"), 503),
        (BrokenObject("x"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (OSError(errno.ENOTDIR, "Not a directory"), 500),
        (ConfigError("x"), 500),
        (ServiceError("x"), 500),
        (ValueError("x"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    assert problem_of(error, "r1").status == status


def test_not_found_never_says_what_or_why() -> None:
    one, other = NotFound("Das Dokument d1 gibt es nicht."), MissingObject("weg: /srv/objects/ab")
    assert problem_of(one, "r1") == problem_of(other, "r2")


def test_a_full_disk_is_told_without_its_paths() -> None:
    told = problem_of(OSError(errno.ENOSPC, "No space left on device", "/srv/uploads"), "r1")
    assert "/srv" not in told.detail and told.headers["Retry-After"] == "60"


def test_a_pause_is_told_in_seconds() -> None:
    assert problem_of(Locked("x", 30), "r1").headers["Retry-After"] == "30"


def test_what_nobody_expected_is_told_by_its_number_alone(
    house: House, app: FastAPI, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object, **__: object) -> None:
        raise RuntimeError("secret: /srv/registratur/objects")

    monkeypatch.setattr("archive.views.listing.items", burst)
    answer = calls("bauamt").get("/api/v1/items", headers={"X-Correlation-ID": "meine-1"})
    assert answer.status_code == 500 and "secret" not in answer.text
    assert answer.json()["correlation_id"] == "meine-1"
    assert answer.headers["x-correlation-id"] == "meine-1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("given", ["a b", "x" * 81, "ä", "<script>"])
def test_a_strange_request_id_is_replaced(app: FastAPI, given: str) -> None:
    headers = {"X-Correlation-ID": given.encode()}
    got = TestClient(app).get("/healthz", headers=headers).headers["x-correlation-id"]
    assert got.startswith("r") and got != given


def test_pages_get_a_page(app: FastAPI) -> None:
    answer = TestClient(app).get("/nirgends/<b>")
    assert answer.status_code == 404 and answer.headers["content-type"].startswith("text/html")
    assert "<b>" not in answer.text.split("</head>")[1].split("<main")[1]


def test_a_wrong_method_is_a_problem_too(calls: Calls) -> None:
    answer = calls("bauamt").delete("/api/v1/items")
    assert answer.status_code == 405 and answer.headers["allow"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_bad_values_are_named(calls: Calls) -> None:
    answer = calls("bauamt").get("/api/v1/items", params={"limit": "viele"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.limit"


def test_a_large_body_is_not_read(calls: Calls) -> None:
    body = b'{"reason": "' + b"x" * 5_000_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    answer = calls("bauamt").post("/api/v1/held/x/retry", content=body, headers=headers)
    assert answer.status_code == 413


def test_nul_is_refused_wherever_it_stands(calls: Calls, sits: Callable[[str], TestClient]) -> None:
    """PostgreSQL would refuse it in the midst of a query."""
    client, person = calls("bauamt"), sits("bauamt")
    for place in ("/api/v1/files/f%00", "/api/v1/search?q=a%00b", "/api/v1/documents?file_id=%00"):
        answer = client.get(place)
        assert answer.status_code == 400, place
        assert answer.headers["content-type"] == "application/problem+json"
    body = {"plan_unit": "63.1\x00", "subject": "x"}
    assert client.post("/api/v1/files", json=body).status_code == 422
    assert person.get("/akten?plan=%00").status_code == 400
    fields = {"csrf": csrf_of(person.get("/konto").text), "plan_unit": "\x00", "subject": "x"}
    assert person.post("/akten", data=fields).status_code == 422
