"""Settling what is held, over HTTP and on the page. What settling does: tests/unit/ingest."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from archive import documents, items
from archive.stages import Stage
from config.errors import HoldReason
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]


@pytest.fixture
def held(house: House) -> str:
    item = house.receive("kaputt.pdf")
    house.hold(item, HoldReason.UNREADABLE, "Seite 3 fehlt.")
    return item


def stage(house: House, item: str) -> Stage:
    with house.database.read() as session:
        return items.load_item(session, item).stage


def test_the_mailroom_sees_what_to_settle(held: str, calls: Calls) -> None:
    found = calls("poststelle").get("/api/v1/held").json()
    assert [item["id"] for item in found["items"]] == [held]
    assert found["items"][0]["reason"] == "Seite 3 fehlt."
    assert calls("bauamt").get("/api/v1/held").json() == {"items": [], "documents": []}


def test_retry_sets_it_on_its_road_again(house: House, held: str, calls: Calls) -> None:
    client = calls("poststelle")
    assert client.post(f"/api/v1/held/{held}/retry", json={"reason": ""}).status_code == 422
    answer = client.post(f"/api/v1/held/{held}/retry", json={"reason": "neu eingelesen"})
    assert answer.status_code == 204 and answer.content == b""
    assert stage(house, held) is Stage.RECEIVED
    assert house.queue.work == [("item", held, 2)]
    again = client.post(f"/api/v1/held/{held}/retry", json={"reason": "nochmals"})
    assert again.status_code == 409 or again.status_code == 403
    history = client.get(f"/api/v1/items/{held}/history").json()["items"]
    assert history[-1]["reason"] == "neu eingelesen" and history[-1]["actor"] == "poststelle"


def test_reject_wants_a_reason(house: House, held: str, calls: Calls) -> None:
    client = calls("poststelle")
    assert client.post(f"/api/v1/held/{held}/reject", json={"reason": " "}).status_code == 422
    assert stage(house, held) is Stage.HELD
    done = client.post(f"/api/v1/held/{held}/reject", json={"reason": "Werbung"})
    assert done.status_code == 204 and stage(house, held) is Stage.REJECTED


def test_a_clerk_may_look_at_the_item_but_not_settle_it(held: str, calls: Calls) -> None:
    client = calls("bauamt")
    assert client.get(f"/api/v1/items/{held}").status_code == 200
    assert client.post(f"/api/v1/held/{held}/retry", json={"reason": "x"}).status_code == 403
    assert client.get(f"/api/v1/items/{held}/pages/1").status_code == 403


def test_redirect_to_the_right_department(house: House, held: str, calls: Calls) -> None:
    client = calls("poststelle")
    place = f"/api/v1/held/{held}/redirect"
    assert client.post(place, json={"department": "x", "reason": "weil"}).status_code == 404
    assert client.post(place, json={"department": "jugendamt", "reason": "falsch"}).is_success
    assert calls("bauamt").get(f"/api/v1/items/{held}").status_code == 404
    assert calls("jugendamt").get(f"/api/v1/items/{held}").status_code == 200


def test_a_file_is_given_for_one_that_cannot_be_read(house: House, held: str, calls: Calls) -> None:
    client = calls("poststelle")
    place, file = f"/api/v1/held/{held}/file", {"file": ("neu.pdf", b"%PDF-neu")}
    assert client.post(place, files=file).status_code == 422
    assert client.post(place, files=file, data={"reason": "neu gescannt"}).status_code == 204
    with house.database.read() as session:
        item = items.load_item(session, held)
    assert item.working_copy is not None and item.working_copy != item.sha256
    assert house.service.objects.path(item.working_copy).read_bytes() == b"%PDF-neu"


def test_pages_of_malware_are_not_shown(house: House, calls: Calls) -> None:
    fine, bad = house.receive("a.pdf"), house.receive("b.pdf")
    house.hold(fine, HoldReason.CLARIFICATION, "?")
    house.hold(bad, HoldReason.MALWARE, "Eicar")
    client = calls("poststelle")
    assert client.get(f"/api/v1/items/{fine}/pages/1").content[:4] == b"\x89PNG"
    assert client.get(f"/api/v1/items/{bad}/pages/1").status_code == 403


def test_the_page_says_why_and_what_to_do(house: House, held: str, sits: Sits) -> None:
    locked = house.receive("rechnung.pdf")
    house.hold(locked, HoldReason.ENCRYPTED, "verschlüsselt")
    part = house.separate(house.receive("stapel.pdf"))
    with house.database.write() as session:
        documents.hold_document(
            session, part, HoldReason.NO_PERSON, "niemand", by=BY, at=house.clock()
        )
    page = sits("poststelle").get("/klaeren").text
    assert page.count("<article") == 3
    assert "Die Datei lässt sich nicht lesen." in page and "Seite 3 fehlt." in page
    assert page.count("Kennwort der Datei") == 1
    assert f"/klaeren/{part}/nochmals" in page and f"/klaeren/{part}/datei" not in page


@pytest.mark.parametrize(
    ("way", "fields", "ends"),
    [
        ("nochmals", {}, Stage.RECEIVED),
        ("nochmals", {"reason": "geklärt"}, Stage.RECEIVED),
        ("ablehnen", {"reason": "Werbung"}, Stage.REJECTED),
        ("ablehnen", {"reason": ""}, Stage.HELD),
        ("abteilung", {"department": "jugendamt", "reason": "dort"}, Stage.HELD),
    ],
)
def test_the_ways_out_on_the_page(
    house: House, held: str, sits: Sits, way: str, fields: dict[str, str], ends: Stage
) -> None:
    client = sits("poststelle")
    token = csrf_of(client.get("/klaeren").text)
    answer = client.post(f"/klaeren/{held}/{way}", data={"csrf": token, **fields})
    assert answer.status_code == (422 if fields.get("reason") == "" else 303)
    assert stage(house, held) is ends


def test_handing_in_a_file_on_the_page(house: House, held: str, sits: Sits) -> None:
    client = sits("poststelle")
    token = csrf_of(client.get("/klaeren").text)
    answer = client.post(
        f"/klaeren/{held}/datei",
        data={"csrf": token, "reason": "neu"},
        files={"file": ("neu.pdf", b"x")},
    )
    assert answer.status_code == 303 and stage(house, held) is Stage.RECEIVED
