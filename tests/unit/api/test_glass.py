"""Break-glass before the faces: what it opens is for reading alone, and every reading is in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from archive.model import Finding
from archive.people import accounts, break_glass
from archive.tables import schema
from tests.unit.api.building import House
from tests.unit.api.conftest import csrf_of
from tests.unit.api.leak_kit import ELSEWHERE, ask, endpoints, filled, token_of
from tests.unit.api.worlds import REASON, settle

Sits = Callable[[str], TestClient]


def closed_document(house: House) -> str:
    """A document of a file that is closed to all of bauamt."""
    other = Finding(
        code="filing.suggested", text="Seite 1 nennt 63.1/9/2026", detail={"file_id": "f1"}
    )
    return house.file("Abmahnung", source="personal.pdf", compartment="personal", findings=(other,))


def file_of(house: House, document_id: str) -> str:
    table = schema.document
    query = sa.select(table.c.file_id).where(table.c.id == document_id)
    with house.database.read() as session:
        return str(session.execute(query).scalar_one())


def mark_of(house: House, document_id: str) -> str:
    table = schema.case_file
    query = sa.select(table.c.file_mark).where(table.c.id == file_of(house, document_id))
    with house.database.read() as session:
        return str(session.execute(query).scalar_one())


def break_it(house: House, document_id: str, user: str = "bauamt") -> str:
    with house.database.write() as session:
        reader = accounts.reader(session, user, at=house.clock())
        glass = break_glass.open_file(
            session, reader, mark_of(house, document_id), reason=REASON,
            length=timedelta(hours=1), at=house.clock(),
        )  # fmt: skip
    assert glass is not None
    return glass.id


def readings(house: House, document_id: str) -> int:
    event = schema.audit_event
    query = sa.select(sa.func.count()).where(
        event.c.action == "READ", event.c.object_id == document_id, event.c.actor == "bauamt"
    )
    with house.database.read() as session:
        return int(session.execute(query).scalar_one())


@pytest.mark.parametrize(
    "place",
    [
        "/dokumente/{}",
        "/dokumente/{}?ansicht=text",
        "/dokumente/{}?ansicht=nachweise",
        "/dokumente/{}?ansicht=verlauf",
        "/dokumente/{}/drucken",
        "/dokumente/{}/original",
        "/dokumente/{}/fassung",
        "/api/v1/documents/{}",
        "/api/v1/documents/{}/pages/1",
        "/api/v1/documents/{}/text",
        "/api/v1/documents/{}/original",
        "/api/v1/documents/{}/rendition",
        "/api/v1/documents/{}/reports",
        "/api/v1/documents/{}/history",
    ],
)
def test_every_opening_is_noted_once(house: House, sits: Sits, place: str) -> None:
    document, person = closed_document(house), sits("bauamt")
    assert person.get(place.format(document)).status_code == 404
    break_it(house, document)
    assert readings(house, document) == 0
    assert person.get(place.format(document)).status_code == 200
    assert readings(house, document) == 1


def test_what_is_read_by_right_is_not_noted(house: House, sits: Sits) -> None:
    mine, closed = house.file(), closed_document(house)
    break_it(house, closed)
    person = sits("bauamt")
    assert person.get(f"/dokumente/{mine}").status_code == 200
    auditor = sits("revision")
    assert auditor.get(f"/dokumente/{mine}?ansicht=nachweise").status_code == 200
    assert readings(house, mine) == 0


def test_nothing_is_changed_through_it(house: House, sits: Sits) -> None:
    document, person = closed_document(house), sits("bauamt")
    break_it(house, document)
    page = person.get(f"/dokumente/{document}").text
    assert "Angaben berichtigen" not in page
    token = csrf_of(page)
    facts = {"csrf": token, "revision": "6", "title": "Lob", "received_on": "2026-03-02"}
    assert person.post(f"/dokumente/{document}/angaben", data=facts).status_code == 403
    revision = person.get(f"/api/v1/documents/{document}").json()["revision"]
    patch = person.patch(
        f"/api/v1/documents/{document}",
        json={"revision": revision, "title": "Lob"},
        headers={"X-CSRF-Token": token},
    )
    assert patch.status_code == 403


def test_it_opens_one_file_and_names_no_other(house: House, sits: Sits) -> None:
    document, person = closed_document(house), sits("bauamt")
    break_it(house, document)
    for place in (f"/dokumente/{document}", f"/api/v1/documents/{document}", "/api/v1/documents"):
        assert "63.1/9/2026" not in person.get(place).text, place


def test_no_change_at_all_goes_through_it(house: House, app: FastAPI, sits: Sits) -> None:
    """Every route that changes something, asked for what a broken glass shows: none does it."""
    world = settle(house, "bauamt", "personal")
    table = schema.case_file
    with house.database.write() as session:
        reader = accounts.reader(session, "bauamt", at=house.clock())
        for mark in session.scalars(
            sa.select(table.c.file_mark).where(table.c.compartment == "personal")
        ):
            assert break_glass.open_file(
                session, reader, mark, reason=REASON, length=timedelta(hours=1), at=house.clock()
            )
    client = sits("bauamt")
    token = token_of(client)
    assert client.get(f"/akten/{world.ids['file']}").status_code == 200
    assert client.get(f"/dokumente/{world.ids['document']}").status_code == 200
    looked_at_again = ("POST", "/dokumente/{document_id}/pruefen")  # compares hashes, keeps nothing
    through = [
        (each.key, answer.status)
        for each in endpoints(app)
        if each.method != "GET"
        and each.names_objects
        and each.key not in ELSEWHERE
        and each.key != looked_at_again
        for place in filled(each, world)
        if (answer := ask(client, each, place, world, token)).status not in (403, 404, 409, 422)
    ]
    assert through == []
