"""Settling what is held, over HTTP and on the page. What settling does: tests/unit/ingest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from archive.intake import documents, items
from archive.people import accounts
from archive.stages import Stage
from config.errors import HoldReason
from ingest.acts.efile.export_document import ExportDocument
from ingest.queue.fair_queueing import Kind, Sender
from tests.acting import seated
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
    nothing: dict[str, object] = {"items": [], "documents": [], "next_cursor": None}
    assert calls("bauamt").get("/api/v1/held").json() == nothing


def test_what_is_to_settle_comes_in_pages(house: House, calls: Calls) -> None:
    waiting = [house.receive(f"kaputt{number}.pdf") for number in range(3)]
    for item in waiting:
        house.hold(item, HoldReason.UNREADABLE, "Seite 3 fehlt.")
    client = calls("poststelle")
    first = client.get("/api/v1/held?limit=2").json()
    rest = client.get("/api/v1/held", params={"cursor": first["next_cursor"], "limit": 2}).json()
    assert [item["id"] for page in (first, rest) for item in page["items"]] == waiting
    assert rest["next_cursor"] is None
    assert client.get("/api/v1/held?cursor=x").status_code == 422


def test_retry_sets_it_on_its_road_again(house: House, held: str, calls: Calls) -> None:
    client = calls("poststelle")
    assert client.post(f"/api/v1/held/{held}/retry", json={"reason": ""}).status_code == 422
    answer = client.post(f"/api/v1/held/{held}/retry", json={"reason": "neu eingelesen"})
    assert answer.status_code == 204 and answer.content == b""
    assert stage(house, held) is Stage.RECEIVED
    assert house.queue.work == [("item", held, 2)]
    assert house.queue.senders == [Sender(Kind.PERSON, "poststelle")]
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
    told = client.get(f"/api/v1/items/{held}").json()
    assert (told["sha256"], told["reads"]) == (item.sha256, item.working_copy)
    (event,) = [
        each
        for each in client.get(f"/api/v1/items/{held}/history").json()["items"]
        if each["action"] == "SUPPLEMENT_RECEIVED"
    ]
    assert (event["reason"], event["detail"]["sha256"]) == ("neu gescannt", item.working_copy)


def supplied(house: House, held: str, calls: Calls, content: bytes) -> str:
    """A document made of a file that was handed in for one that could not be read."""
    file = {"file": ("neu <b>gescannt.pdf", content)}
    answer = calls("poststelle").post(
        f"/api/v1/held/{held}/file", files=file, data={"reason": "neu gescannt"}
    )
    assert answer.status_code == 204
    return house.file_item(held)


def test_both_files_are_shown_and_handed_out_as_what_they_are(
    house: House, held: str, calls: Calls, sits: Sits
) -> None:
    document = supplied(house, held, calls, b"%PDF-neu")
    client = calls("bauamt")
    kept = {
        each["role"]: each
        for each in client.get(f"/api/v1/documents/{document}").json()["renditions"]
    }
    supplement = kept["supplement"]
    assert (supplement["supplied_by"], supplement["reason"]) == ("poststelle", "neu gescannt")
    for role in ("original", "supplement"):
        place = f"/api/v1/documents/{document}/files/{kept[role]['sha256']}"
        answer = client.get(place)
        assert hashlib.sha256(answer.content).hexdigest() == kept[role]["sha256"]
    assert client.get(f"/api/v1/documents/{document}/original").content != b"%PDF-neu"
    foreign = f"/api/v1/documents/{document}/files/{'0' * 64}"
    assert client.get(foreign).status_code == 404
    assert client.get(f"/api/v1/documents/{document}/files/nichts").status_code == 422
    browser = sits("bauamt")
    page = browser.get(f"/dokumente/{document}").text
    assert "nachgereicht von poststelle" in page and "Grund: neu gescannt" in page
    assert "daraus entsteht die Lesefassung" in page and supplement["sha256"] in page
    assert "neu &lt;b&gt;gescannt" in page and "<b>gescannt" not in page
    taken = browser.get(f"/dokumente/{document}/dateien/{supplement['sha256']}")
    assert taken.content == b"%PDF-neu"
    history = client.get(f"/api/v1/documents/{document}/history").json()["items"]
    assert [each["action"] for each in history].count("EXPORTED") == 4
    for page in (sits("poststelle").get(f"/eingaenge/{held}").text,):
        assert "nachgereicht von poststelle" in page and supplement["sha256"] in page


def test_what_carries_malware_is_kept_and_not_handed_out(
    house: House, calls: Calls, sits: Sits
) -> None:
    item = house.receive("virus.pdf")
    house.hold(item, HoldReason.MALWARE, "Eicar gefunden.")
    document = supplied(house, item, calls, b"%PDF-sauber")
    client = calls("bauamt")
    assert client.get(f"/api/v1/documents/{document}/original").status_code == 403
    with house.database.read() as session:
        found = items.load_item(session, item)
    for sha256, status in ((found.sha256, 403), (found.working_copy, 200)):
        place = f"/api/v1/documents/{document}/files/{sha256}"
        assert client.get(place).status_code == status
    page = sits("bauamt").get(f"/dokumente/{document}").text
    assert "Schadsoftware" in page and f"dateien/{found.sha256}" not in page


def test_the_export_lists_every_file_as_what_it_is(
    house: House, held: str, calls: Calls, tmp_path: Path
) -> None:
    document = supplied(house, held, calls, b"%PDF-neu")
    with house.database.read() as session:
        reader = accounts.reader(session, "bauamt")
    ExportDocument(document_id=document, to=tmp_path / "raus").perform(
        house.service.engines, seated(reader)
    )
    listed = json.loads((tmp_path / "raus" / "inhalt.json").read_text("utf-8"))
    files = {each["role"]: each for each in listed["files"]}
    assert listed["made_from"] == {
        "role": "supplement",
        "sha256": files["supplement"]["sha256"],
    }
    assert files["supplement"]["reason"] == "neu gescannt"
    for each in listed["files"]:
        data = (tmp_path / "raus" / each["name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == each["sha256"]
    told = json.loads((tmp_path / "raus" / "verlauf.json").read_text("utf-8"))
    assert {"RECEIPT_REGISTERED", "SUPPLEMENT_RECEIVED", "FILED"} <= {e["action"] for e in told}


def test_the_export_leaves_malware_in_custody(house: House, calls: Calls, tmp_path: Path) -> None:
    item = house.receive("virus.pdf")
    house.hold(item, HoldReason.MALWARE, "Eicar gefunden.")
    document = supplied(house, item, calls, b"%PDF-sauber")
    with house.database.read() as session:
        reader = accounts.reader(session, "bauamt")
    ExportDocument(document_id=document, to=tmp_path / "raus").perform(
        house.service.engines, seated(reader)
    )
    listed = json.loads((tmp_path / "raus" / "inhalt.json").read_text("utf-8"))
    assert [each["role"] for each in listed["files"] if each["name"] is None] == ["original"]
    assert not list((tmp_path / "raus").glob("original-*"))


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
