"""What holds around every answer: the right host, HEAD, sign-in before reading, the document's own dates."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.http.allowed_hosts import Hosts
from api.http.event_streams import Streams
from api.http.problems import TooMany
from archive.store import objects_folder
from archive.store.objects_folder import FolderStore
from config.settings import Web
from tests.unit.api.building import House, build, close
from tests.unit.api.conftest import Calls, csrf_of
from tests.unit.api.leak_kit import endpoints

Sits = Callable[[str], TestClient]


# ------------------------------------------------------------------ host
PUBLIC = Web(public_url="https://akten.kreis.example")


@pytest.mark.parametrize(
    ("web", "host", "fits"),
    [
        (PUBLIC, "akten.kreis.example", True),
        (PUBLIC, "AKTEN.Kreis.Example.", True),
        (PUBLIC, "localhost", True),
        (PUBLIC, "127.0.0.1", True),
        (PUBLIC, "[::1]", True),
        (PUBLIC, "evil.example", False),
        (PUBLIC, "akten.kreis.example.evil.example", False),
        (PUBLIC, "10.0.0.5", False),
        (Web(host="10.0.0.5", plain_http=True), "10.0.0.5", True),
        (Web(host="0.0.0.0", plain_http=True), "10.0.0.5", True),
        (Web(host="0.0.0.0", plain_http=True), "evil.example", False),
        (Web(host="0.0.0.0", public_url="https://a.example"), "10.0.0.5", False),
    ],
)
def test_only_our_own_names_fit(web: Web, host: str, fits: bool) -> None:
    assert Hosts(web).fits(host) is fits


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("testserver", 200),
        ("testserver:8420", 200),
        ("127.0.0.1:1", 200),
        ("evil.example", 421),
        ("testserver@evil.example", 400),
        ("testserver/evil.example", 400),
        ("testserver, evil.example", 400),
        ("testserver:http", 400),
        ("", 400),
    ],
)
def test_a_foreign_host_is_answered_by_nobody(app: FastAPI, given: str, status: int) -> None:
    client = TestClient(app)
    for place in ("/healthz", "/anmelden", "/static/style.css", "/api/v1/openapi.json"):
        answer = client.get(place, headers={"Host": given})
        if place.startswith("/static"):
            assert (answer.status_code >= 400) is (status >= 400) or answer.status_code == 404
        else:
            assert answer.status_code == status, place
        assert "evil" not in answer.text and "evil" not in str(answer.headers)


def test_a_host_must_be_named_once(app: FastAPI) -> None:
    for headers in ([], [(b"host", b"testserver"), (b"host", b"evil.example")]):
        assert asyncio.run(_status(app, headers)) == 400


async def _status(app: FastAPI, headers: list[tuple[bytes, bytes]]) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/healthz", "raw_path": b"/healthz", "query_string": b"",
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("x", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return int(sent[0]["status"])


# ------------------------------------------------------------------ HEAD
def test_every_get_has_its_head(house: House, app: FastAPI, sits: Sits) -> None:
    """Same status, same headers, no content; of files nothing is handed out."""
    document = house.file()
    client = sits("bauamt")
    ids = {"document_id": document, "file_id": house.file_id(document), "number": "1"}
    asked = 0
    for each in endpoints(app):
        if each.method != "GET" or each.path in ("/api/v1/events", "/eingang/live", "/metrics"):
            continue
        place = each.path
        for name in each.params:
            place = place.replace(f"{{{name}}}", ids.get(name, "x"))
        head, got = client.head(place), client.get(place)
        assert (head.status_code, head.content) == (got.status_code, b""), place
        if not got.headers.get("content-type", "").startswith("text/html"):  # which bear a token
            assert _kept(head.headers) == _kept(got.headers), place
        asked += got.status_code == 200
    assert asked > 20
    assert client.head("/api/v1/held/x/retry").status_code == 405


def _kept(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name != "x-correlation-id"}


def test_head_hands_nothing_out(house: House, calls: Calls) -> None:
    document, client = house.file(), calls("bauamt")
    for tail in ("original", "rendition"):
        assert (
            int(client.head(f"/api/v1/documents/{document}/{tail}").headers["content-length"]) > 0
        )
    history = client.get(f"/api/v1/documents/{document}/history").json()["items"]
    assert "EXPORTED" not in {line["action"] for line in history}
    client.get(f"/api/v1/documents/{document}/original")
    history = client.get(f"/api/v1/documents/{document}/history").json()["items"]
    assert "EXPORTED" in {line["action"] for line in history}


def test_head_of_an_event_stream_ends(app: FastAPI, calls: Calls, sits: Sits) -> None:
    assert calls("bauamt").head("/api/v1/events").status_code == 200
    assert sits("bauamt").head("/eingang/live").status_code == 200
    assert app.state.streams._open == {}


# ------------------------------------------------------------------ sign-in before reading
class Untouched(Exception):
    """The body was asked for."""


@pytest.mark.parametrize(
    "authorization", [None, b"Bearer rgt_nichts", b"Basic YTpi", b"Bearer \xff"]
)
def test_nothing_of_a_body_is_read_from_who_is_not_signed_in(
    app: FastAPI, authorization: bytes | None
) -> None:
    """Every change of the interface, and every page but the two forms of sign-in itself."""
    open_forms = ("/anmelden", "/anmelden/link/{token}")
    changes = [each for each in endpoints(app) if each.method not in ("GET", "OPTIONS")]
    assert len(changes) > 60
    for each in changes:
        if each.path in open_forms:
            continue
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        headers.append((b"content-length", b"104857600"))
        if authorization is not None:
            headers.append((b"authorization", authorization))
        status = asyncio.run(_unread(app, each.method, each.path, headers))
        assert status in (303, 401, 403), (each, status)


async def _unread(app: FastAPI, method: str, path: str, headers: list[tuple[bytes, bytes]]) -> int:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        raise Untouched(path)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1), "server": ("x", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return int(sent[0]["status"])


def test_a_form_before_sign_in_is_small(app: FastAPI) -> None:
    answer = TestClient(app).post("/anmelden", data={"name": "x" * 20_000, "password": "y"})
    assert answer.status_code == 413


def test_what_is_announced_too_large_is_refused_unread(app: FastAPI, calls: Calls) -> None:
    token = calls("bauamt").headers["Authorization"].encode()
    headers = [
        (b"host", b"testserver"), (b"authorization", token), (b"content-length", b"104857600"),
        (b"content-type", b"application/json"),
    ]  # fmt: skip
    assert asyncio.run(_unread(app, "POST", "/api/v1/files", headers)) == 413


# ------------------------------------------------------------------ event streams
def test_a_person_has_some_event_streams_and_no_more() -> None:
    streams = Streams(most=2)
    with streams.opened("bauamt"), streams.opened("jugendamt"):
        with streams.opened("bauamt"), pytest.raises(TooMany), streams.opened("bauamt"):
            raise AssertionError("a third one")
        with streams.opened("bauamt"):
            pass


def test_one_stream_too_many_is_a_problem(app: FastAPI, calls: Calls, sits: Sits) -> None:
    app.state.streams = Streams(most=0)
    answer = calls("bauamt").get("/api/v1/events")
    assert (answer.status_code, answer.json()["type"]) == (429, "urn:registratur:problem:too-many")
    assert sits("bauamt").get("/eingang/live").status_code == 429


# ------------------------------------------------------------------ what dates a download
def test_a_download_is_dated_by_its_document_alone(house: House, calls: Calls) -> None:
    """Two departments hold the same bytes: neither can see that the other does."""
    content = house.file(department="jugendamt", title="A")
    with_same = house.service.objects
    first = _original(house, content)
    os.utime(with_same.path(first), (1_000_000_000, 1_000_000_000))
    house.clock.move(days=3)
    data = with_same.path(first).read_bytes()
    other = house.file(department="bauamt", title="B", content=data)
    assert _original(house, other) == first
    os.utime(with_same.path(first), (1_000_000_000, 1_000_000_000))
    answers = {}
    for user, document in (("jugendamt", content), ("bauamt", other)):
        for tail in ("original", f"files/{first}"):
            answers[user, tail] = calls(user).get(f"/api/v1/documents/{document}/{tail}")
    tags = {answer.headers["etag"] for answer in answers.values()}
    assert len(tags) == 2 and all(answer.content == data for answer in answers.values())
    for (user, _), answer in answers.items():
        dated = parsedate_to_datetime(answer.headers["last-modified"])
        earlier = house.clock.now - dated
        assert (
            timedelta(0) <= earlier < timedelta(days=1)
            if user == "bauamt"
            else earlier > timedelta(2)
        )


def test_a_download_goes_on_where_it_stopped(house: House, calls: Calls) -> None:
    document, client = house.file(), calls("bauamt")
    place = f"/api/v1/documents/{document}/original"
    whole = client.get(place)
    for validator in (whole.headers["etag"], whole.headers["last-modified"]):
        part = client.get(place, headers={"Range": "bytes=5-", "If-Range": validator})
        assert (part.status_code, part.content) == (206, whole.content[5:])
    again = client.get(place, headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (again.status_code, again.content) == (200, whole.content)


def _original(house: House, document: str) -> str:
    from archive.intake import documents, items

    with house.database.read() as session:
        item = documents.load_document(session, document).item_id
        return items.load_item(session, item).sha256


def test_putting_what_is_there_already_is_the_same_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever brings a file in cannot tell by the time whether somebody holds it."""
    done: list[str] = []

    def noted(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            done.append(name)
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    store = FolderStore(tmp_path / "store")
    for owner, names in (
        (os, ("link", "utime", "fsync", "open", "write", "fchmod", "mkdir", "unlink")),
        (objects_folder, ("hash_of_file",)),
    ):
        for name in names:
            noted(owner, name)
    source = tmp_path / "letter"
    source.write_bytes(b"x" * 3_000_000)
    work = []
    for _ in range(3):
        done.clear()
        store.put(source)
        work.append([name for name in done if name != "mkdir"])
    assert work[0] == work[1] == work[2] and work[0].count("hash_of_file") == 2


def test_plain_metrics_are_a_setting(tmp_path: Path) -> None:
    house = build(tmp_path / "open", open_metrics=True)
    client = TestClient(create_app(house.service))
    answer = client.get("/metrics")
    assert answer.status_code == 200 and "registratur_items" not in answer.text
    close(house)


def test_a_page_form_wants_its_token_still(sits: Sits) -> None:
    client = sits("bauamt")
    assert client.post("/akten", data={"csrf": "x", "plan_unit": "63.1"}).status_code == 403
    csrf = csrf_of(client.get("/konto").text)
    answer = client.post("/akten", data={"csrf": csrf, "plan_unit": "63.1", "subject": "x"})
    assert answer.status_code == 303
