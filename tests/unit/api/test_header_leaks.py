"""No header of a refusal tells of what lies behind it: hidden, absent and forbidden alike."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from archive.intake import documents, items
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls

TELLING = {"etag", "last-modified", "content-disposition", "accept-ranges", "content-range"}
FILES = ("original", "rendition", "files/{sha256}", "pages/1", "text", "reports", "history")
PAGES = ("original", "fassung", "dateien/{sha256}", "drucken")
ABSENT = "d" + "0" * 32


def asked(
    client: TestClient, place: str, validator: str, dated: str
) -> list[tuple[int, Any, bytes]]:
    """The answers to a plain request, its HEAD, a part of it, and conditions that would hold."""
    kinds: tuple[tuple[str, dict[str, str]], ...] = (
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"Range": "bytes=0-9"}),
        ("GET", {"Range": "bytes=999999999-"}),
        ("GET", {"Range": "bytes=0-9", "If-Range": validator}),
        ("GET", {"If-None-Match": validator}),
        ("GET", {"If-Match": '"x"'}),
        ("GET", {"If-Modified-Since": dated}),
        ("GET", {"If-Unmodified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"}),
    )
    got = []
    for method, headers in kinds:
        answer = client.request(method, place, headers=headers, follow_redirects=False)
        told = {name: value for name, value in answer.headers.items() if name != "x-correlation-id"}
        got.append((answer.status_code, told, answer.content))
    return got


@pytest.fixture
def held_by_others(house: House) -> dict[str, str]:
    """A large and a small document of the other department, with the address of each."""
    found = {}
    for pages in (("eins",), tuple(f"Seite {number}" for number in range(6))):
        document = house.file(department="jugendamt", pages=pages, title="geheim")
        with house.database.read() as session:
            item = documents.load_document(session, document).item_id
            found[document] = items.load_item(session, item).sha256
    return found


def test_headers_tell_nothing_of_foreign_files(
    house: House, app: FastAPI, calls: Calls, held_by_others: dict[str, str]
) -> None:
    own = calls("jugendamt")
    document, sha256 = next(iter(held_by_others.items()))
    whole = own.get(f"/api/v1/documents/{document}/original")
    validator, dated = whole.headers["etag"], whole.headers["last-modified"]
    for user in ("bauamt", "verwaltung"):
        client = calls(user)
        for tail in FILES:
            place = "/api/v1/documents/{id}/" + tail.replace("{sha256}", sha256)
            gone = asked(client, place.replace("{id}", ABSENT), validator, dated)
            assert {status for status, _, _ in gone} == {404}
            assert all(TELLING.isdisjoint(headers) for _, headers, _ in gone)
            for each in held_by_others:
                assert asked(client, place.replace("{id}", each), validator, dated) == gone, place


def test_headers_of_what_is_forbidden_tell_no_size(
    house: House, calls: Calls, held_by_others: dict[str, str]
) -> None:
    """An auditor knows that there is a document, not what its files are like."""
    own, auditor = calls("jugendamt"), calls("revision")
    for tail in ("original", "rendition", "pages/1", "text"):
        answers = []
        for document in held_by_others:
            whole = own.get(f"/api/v1/documents/{document}/original")
            answers.append(
                asked(
                    auditor,
                    f"/api/v1/documents/{document}/{tail}",
                    whole.headers["etag"],
                    whole.headers["last-modified"],
                )
            )
        assert {status for status, _, _ in answers[0]} == {403}
        assert all(TELLING.isdisjoint(headers) for _, headers, _ in answers[0])
        assert answers[0] == answers[1], tail


def test_headers_of_pages_tell_nothing_either(
    house: House, app: FastAPI, held_by_others: dict[str, str]
) -> None:
    client = TestClient(app, follow_redirects=False)
    assert client.post(f"/anmelden/link/{house.link('bauamt')}").status_code == 303
    sha256 = next(iter(held_by_others.values()))
    for tail in PAGES:
        place = "/dokumente/{id}/" + tail.replace("{sha256}", sha256)
        gone = [_bare(each) for each in asked(client, place.replace("{id}", ABSENT), '"x"', "x")]
        for document in held_by_others:
            there = asked(client, place.replace("{id}", document), '"x"', "x")
            assert [_bare(each) for each in there] == gone, place
            assert all(TELLING.isdisjoint(headers) for _, headers, _ in there)


def _bare(answer: tuple[int, Any, bytes]) -> tuple[int, Any]:
    return answer[0], answer[1]
