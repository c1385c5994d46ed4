"""A foreign department's reader gets the same answers whether or not a document exists."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import events
from api.auth import Caller
from archive import people
from archive.model import Finding, Item
from config.errors import HoldReason
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
SECRET = "Inobhutnahme"
LISTS = (
    "/api/v1/items",
    "/api/v1/items?limit=1",
    "/api/v1/items?outcome=held",
    "/api/v1/held",
    "/api/v1/documents",
    "/api/v1/documents?qa=pending",
    "/api/v1/files",
    "/api/v1/files?plan_unit=51.1",
    "/api/v1/search?q=Antrag",
    f"/api/v1/search?q={SECRET}",
    "/api/v1/search?q=",
    "/api/v1/search?q=Antrag&sort=newest&limit=1",
    "/api/v1/search/words?prefix=inob",
    "/api/v1/units",
    "/api/v1/me",
)
PAGES = (
    "/eingang?zeit=alle",
    "/eingang/liste?zeit=alle",
    "/klaeren",
    "/suche?q=Antrag",
    f"/suche?q={SECRET}",
    "/akten",
    "/akten?plan=51.1",
    "/konto",
)


@pytest.fixture
def mine(house: House) -> str:
    """What the reader of bauamt has of their own."""
    document = house.file(pages=("Antrag auf Baugenehmigung",))
    held = house.receive("kaputt.pdf")
    house.hold(held, HoldReason.UNREADABLE, "nicht lesbar")
    house.index()
    return document


def hide(house: House) -> dict[str, str]:
    """Something of every kind in the other department, and in a compartment of bauamt's own."""
    finding = Finding(code="x", text=SECRET)
    found = {
        "filed": house.file(
            f"{SECRET} Antrag",
            source="geheim.pdf",
            department="jugendamt",
            pages=(f"Antrag {SECRET} {SECRET}", "Antrag"),
            findings=(finding,),
        ),
        "closed": house.file(
            f"{SECRET} Antrag", source="personal.pdf", compartment="personal", pages=(SECRET,)
        ),
        "item": house.receive("weg.pdf", department="jugendamt"),
        "held": house.receive("geheim-kaputt.pdf", department="jugendamt"),
    }
    house.hold(found["held"], HoldReason.ENCRYPTED, SECRET)
    found["walking"] = house.separate(house.receive("geht.pdf", department="jugendamt"))
    house.index()
    return found


def answers(client: TestClient, places: tuple[str, ...]) -> dict[str, tuple[int, bytes]]:
    return {place: (got.status_code, got.content) for place in places if (got := client.get(place))}


@contextmanager
def unchanged(client: TestClient, places: tuple[str, ...]) -> Iterator[None]:
    before = answers(client, places)
    assert {status for status, _ in before.values()} == {200}
    yield
    for place, answer in answers(client, places).items():
        assert answer == before[place], place


def test_lists_counts_and_search_stay_the_same(house: House, calls: Calls, mine: str) -> None:
    with unchanged(calls("bauamt"), LISTS):
        hide(house)


def test_pages_stay_the_same(house: House, sits: Sits, mine: str) -> None:
    with unchanged(sits("bauamt"), (*PAGES, f"/dokumente/{mine}")):
        hide(house)


def test_a_foreign_auditor_of_a_department_sees_no_more(
    house: House, calls: Calls, mine: str
) -> None:
    from archive.model import Grant, Role
    from tests.unit.api.building import BY

    with house.database.write() as session:
        people.add_user(session, "rpa-bau", "Prüfung Bauamt", by=BY, at=house.clock())
        grant = Grant(role=Role.AUDITOR, department="bauamt")
        people.grant_role(session, "rpa-bau", grant, by=BY, at=house.clock())
    client = calls("rpa-bau")
    before = client.get("/api/v1/audit?limit=500").json()["items"]
    hide(house)
    after = client.get("/api/v1/audit?limit=500").json()["items"]
    compartment = [line for line in after if line not in before]
    assert before and all(SECRET not in str(line) for line in after)
    assert all(line["detail"] == {} and line["reason"] is None for line in compartment)
    assert client.get("/api/v1/audit/chain").status_code == 403


def test_what_is_foreign_is_not_there(house: House, calls: Calls, sits: Sits, mine: str) -> None:
    hidden = hide(house)
    program, person = calls("bauamt"), sits("bauamt")
    token = csrf_of(person.get("/eingang").text)
    for name, there in hidden.items():
        absent = there[0] + "0" * (len(there) - 1)
        for place in _readings(there[0]):
            answer = program.get(place.format(there))
            assert answer.status_code == 404, (name, place)
            assert _same(answer, program.get(place.format(absent))), place
        for method, place, body in _changes(there[0]):
            answer = program.request(method, place.format(there), json=body)
            assert answer.status_code == 404, (name, place, answer.text)
            assert _same(answer, program.request(method, place.format(absent), json=body)), place
        for place in _pages(there[0]):
            answer = person.get(place.format(there))
            assert answer.status_code == 404, (name, place)
            assert _same(answer, person.get(place.format(absent))), place
        for place, fields in _forms(there[0]):
            answer = person.post(place.format(there), data={"csrf": token, **fields})
            assert answer.status_code == 404, (name, place, answer.text)
            gone = person.post(place.format(absent), data={"csrf": token, **fields})
            assert _same(answer, gone), place


def _same(one: object, other: object) -> bool:
    """Body and headers alike, but for the request's own id."""
    pairs = []
    for answer in (one, other):
        assert isinstance(answer, type(one))
        headers = dict(answer.headers)  # type: ignore[attr-defined]
        headers.pop("x-correlation-id")
        pairs.append((answer.content, headers))  # type: ignore[attr-defined]
    return pairs[0] == pairs[1]


def _readings(kind: str) -> tuple[str, ...]:
    if kind == "d":
        tails = ("", "/pages/1", "/pages/99", "/text", "/original", "/rendition", "/reports")
        return tuple(f"/api/v1/documents/{{}}{tail}" for tail in (*tails, "/history"))
    return tuple(f"/api/v1/items/{{}}{tail}" for tail in ("", "/history", "/pages/1"))


def _changes(kind: str) -> tuple[tuple[str, str, dict[str, object]], ...]:
    shared: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("POST", "/api/v1/held/{}/retry", {"reason": "weil"}),
        ("POST", "/api/v1/held/{}/reject", {"reason": "weil"}),
    )
    if kind == "d":
        return (
            *shared,
            ("PATCH", "/api/v1/documents/{}", {"revision": 1, "title": "x"}),
            ("POST", "/api/v1/documents/{}/qa", {"pages": [{"page": 1, "ok": True}]}),
        )
    return (
        *shared,
        ("POST", "/api/v1/held/{}/password", {"password": "x"}),
        ("POST", "/api/v1/held/{}/redirect", {"department": "bauamt", "reason": "weil"}),
    )


def _pages(kind: str) -> tuple[str, ...]:
    if kind == "d":
        tails = ("", "?ansicht=verlauf", "/original", "/fassung", "/drucken")
        return tuple(f"/dokumente/{{}}{tail}" for tail in tails)
    return ("/eingaenge/{}",)


def _forms(kind: str) -> tuple[tuple[str, dict[str, str]], ...]:
    shared = tuple((f"/klaeren/{{}}/{way}", {"reason": "weil"}) for way in ("nochmals", "ablehnen"))
    if kind == "d":
        facts = {"revision": "1", "received_on": "2026-03-02"}
        return (
            *shared,
            ("/dokumente/{}/angaben", facts),
            ("/dokumente/{}/pruefung", {"ok-1": "ja"}),
            ("/dokumente/{}/pruefen", {}),
        )
    return (
        *shared,
        ("/klaeren/{}/kennwort", {"password": "x"}),
        ("/klaeren/{}/abteilung", {"department": "bauamt", "reason": "weil"}),
    )


def test_files_of_another_department_are_not_there(house: House, calls: Calls, mine: str) -> None:
    hidden = hide(house)
    theirs = calls("jugendamt").get(f"/api/v1/documents/{hidden['filed']}").json()["file_id"]
    client = calls("bauamt")
    for place in ("/api/v1/files/{}", "/api/v1/cases?file_id={}"):
        answer = client.get(place.format(theirs))
        assert answer.status_code == 404
        assert _same(answer, client.get(place.format("f" + "0" * 32)))


def test_metrics_for_everyone_do_not_count_documents(
    house: House, app: FastAPI, calls: Calls
) -> None:
    hide(house)
    assert "registratur_items" not in TestClient(app).get("/metrics").text
    assert calls("bauamt").get("/metrics").status_code == 403
    assert 'registratur_items{outcome="held"} 1.0' in calls("verwaltung").get("/metrics").text


def test_the_administrator_sees_no_content(house: House, calls: Calls, mine: str) -> None:
    hide(house)
    client = calls("verwaltung")
    for place in LISTS[:9]:
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


def test_news_tell_nothing_of_others(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "EVERY", 0.0)
    monkeypatch.setattr(events, "BEAT_EVERY", 4)

    def look(user: str, act: Callable[[], object]) -> list[tuple[str, ...]]:
        with house.database.read() as session:
            caller = Caller(reader=people.reader(session, user), csrf=None)

        async def listen() -> list[tuple[str, ...]]:
            heard: list[tuple[str, ...]] = []
            async for changed in events.news(house.service, caller, lambda: caller):
                heard.append(tuple(_said(item) for item in changed))
                if len(heard) == 1:
                    act()
                if len(heard) == 4:
                    return heard
            raise AssertionError("the stream ended")

        return asyncio.run(listen())

    assert look("bauamt", lambda: hide(house)) == [(), (), (), ()]
    heard = look("bauamt", lambda: house.receive("neu.pdf"))
    assert [said for batch in heard for said in batch] == ["neu.pdf received"]
    assert any("geheim.pdf" in said for said in sum(look("jugendamt", lambda: hide(house)), ()))


def _said(item: Item) -> str:
    return f"{item.source} {item.stage}"
