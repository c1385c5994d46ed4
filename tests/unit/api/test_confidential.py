"""Break-glass, compartments and pseudonyms through the faces: reason, second person, trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from archive.audit import trail
from archive.model import Grant, Role
from archive.people import accounts
from archive.tables import schema
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of
from tests.unit.api.test_glass import closed_document, mark_of
from tests.unit.api.worlds import REASON

Sits = Callable[[str], TestClient]
API = "/api/v1"


def events(house: House, action: str) -> list[tuple[str, str, str | None]]:
    table = schema.audit_event
    query = sa.select(table.c.actor, table.c.outcome, table.c.reason).where(
        table.c.action == action
    )
    with house.database.read() as session:
        assert trail.check_chain(session).ok
        return [tuple(row) for row in session.execute(query.order_by(table.c.seq))]


def asks(client: TestClient) -> Callable[..., Any]:
    """Calls of a person in a session, with its token."""
    token = csrf_of(client.get("/konto").text)

    def call(place: str, **body: object) -> Any:
        return client.post(API + place, json=body, headers={"X-CSRF-Token": token})

    return call


# ------------------------------------------------------------------ break-glass
def test_a_closed_file_is_opened_read_and_judged(house: House, sits: Sits) -> None:
    document = closed_document(house)
    person = sits("bauamt")
    page = person.get("/notzugriff").text
    fields = {"csrf": csrf_of(page), "file_mark": mark_of(house, document), "minutes": "30"}
    assert person.post("/notzugriff", data={**fields, "reason": "kurz"}).status_code == 422
    opened = person.post("/notzugriff", data={**fields, "reason": REASON})
    assert opened.status_code == 303, opened.text
    file = person.get(opened.headers["location"]).text
    assert "zum Lesen geöffnet" in file and "Akte als PDF/A" not in file
    assert "Vorgang anlegen" not in file
    assert person.get(f"/dokumente/{document}").status_code == 200
    assert mark_of(house, document) in person.get("/notzugriff").text

    assert "Nichts zu prüfen" in person.get("/notzugriff").text  # not one's own
    auditor = sits("revision")
    seen = auditor.get("/notzugriff").text
    assert REASON in seen and "1 Dokument gelesen" in seen and document in seen
    target = "/notzugriff/" + seen.split('action="/notzugriff/')[1].split('"')[0]
    verdict = {"csrf": csrf_of(seen), "justified": "nein", "remark": ""}
    assert auditor.post(target, data=verdict).status_code == 422
    assert auditor.post(target, data={"csrf": csrf_of(seen)}).status_code == 422
    assert auditor.post(target, data={**verdict, "remark": "kein Notfall"}).status_code == 303
    assert auditor.post(target, data={**verdict, "justified": "ja"}).status_code == 409
    assert person.get(f"/dokumente/{document}").status_code == 404  # it ended at once
    assert events(house, "BREAK_GLASS_SEEN") == [("revision", "ok", "kein Notfall")]


def test_one_closes_it_oneself(house: House, sits: Sits) -> None:
    document, person = closed_document(house), sits("bauamt")
    call = asks(person)
    made = call("/break-glass", file_mark=mark_of(house, document), reason=REASON, minutes=30)
    assert made.status_code == 201, made.text
    glass = made.json()["id"]
    assert [each["id"] for each in person.get(f"{API}/break-glass").json()["items"]] == [glass]
    assert asks(sits("jugendamt"))(f"/break-glass/{glass}/end").status_code == 404
    assert call(f"/break-glass/{glass}/end").status_code == 204
    assert person.get(f"{API}/break-glass").json() == {"items": []}
    reviews = sits("revision").get(f"{API}/break-glass/reviews").json()["items"]
    assert [(each["access"]["id"], each["readings"]) for each in reviews] == [(glass, [])]
    judged = asks(sits("revision"))(f"/break-glass/{glass}/review", justified=True)
    assert judged.status_code == 204


def test_a_refused_try_is_in_the_trail_and_tells_nothing(house: House, sits: Sits) -> None:
    mark = mark_of(house, closed_document(house))
    stranger = asks(sits("jugendamt"))
    there = stranger("/break-glass", file_mark=mark, reason=REASON, minutes=30)
    absent = stranger("/break-glass", file_mark="63.1/999/2026", reason=REASON, minutes=30)
    assert there.status_code == absent.status_code == 404
    assert there.content == absent.content
    assert events(house, "BREAK_GLASS") == [("jugendamt", "refused", REASON)] * 2


def test_a_program_opens_nothing(house: House, calls: Calls) -> None:
    body = {"file_mark": mark_of(house, closed_document(house)), "reason": REASON, "minutes": 30}
    assert calls("bauamt").post(f"{API}/break-glass", json=body).status_code == 403
    body = {"pseudonym": "Beispielperson 1", "reason": "x"}
    assert calls("bauamt").post(f"{API}/pseudonyms/resolve", json=body).status_code == 403


# ------------------------------------------------------------------ compartments
def test_membership_needs_an_administrator_and_a_purpose(
    house: House, sits: Sits, calls: Calls
) -> None:
    document = closed_document(house)
    with house.database.write() as session:
        accounts.join_compartment(
            session, "registratur", "personal", by=BY, at=house.clock(), purpose="Aussonderung"
        )
    admin = sits("verwaltung")
    page = admin.get("/verwaltung/bereiche").text
    assert "Aussonderung" in page
    place, token = "/verwaltung/bereiche/personal/mitglieder", csrf_of(page)
    fields = {"csrf": token, "user": "bauamt", "purpose": "  "}
    assert admin.post(place, data=fields).status_code == 422
    fields["purpose"] = "Personalsachbearbeitung"
    assert admin.post(place, data=fields).status_code == 303
    assert calls("bauamt").get(f"{API}/documents/{document}").status_code == 200
    assert admin.post(place, data={**fields, "user": "verwaltung"}).status_code == 403
    elsewhere = "/verwaltung/bereiche/nirgends/mitglieder"
    assert admin.post(elsewhere, data=fields).status_code == 404
    program = calls("verwaltung")
    (one,) = program.get(f"{API}/compartments").json()["items"]
    assert {member["user"]: member["purpose"] for member in one["members"]} == {
        "registratur": "Aussonderung",
        "bauamt": "Personalsachbearbeitung",
    }
    assert admin.post(f"{place}/bauamt/entfernen", data={"csrf": token}).status_code == 303
    assert calls("bauamt").get(f"{API}/documents/{document}").status_code == 404
    gone = program.post(f"{API}/compartments/personal/members/bauamt/remove")
    assert gone.status_code == 404
    joined = {"user": "bauamt", "purpose": "Vertretung"}
    there = program.post(f"{API}/compartments/personal/members", json=joined)
    assert there.status_code == 204


@pytest.mark.parametrize("user", ["bauamt", "registratur", "poststelle", "revision"])
def test_nobody_else_lets_in(house: House, sits: Sits, calls: Calls, user: str) -> None:
    closed_document(house)
    body = {"user": "jugendamt", "purpose": "x"}
    there = calls(user).post(f"{API}/compartments/personal/members", json=body)
    assert there.status_code == 403
    listed = 200 if user == "revision" else 403
    assert sits(user).get("/verwaltung/bereiche").status_code == listed
    assert calls(user).get(f"{API}/compartments").status_code == listed


# ------------------------------------------------------------------ pseudonyms
@pytest.fixture
def resolvers(house: House) -> None:
    with house.database.write() as session:
        for user in ("dsb", "vertretung"):
            accounts.add_user(session, user, user, by=BY, at=house.clock())
            grant = Grant(role=Role.PRIVACY_RESOLVER)
            accounts.grant_role(session, user, grant, by=BY, at=house.clock())


def test_a_pseudonym_is_resolved_and_looked_at(house: House, sits: Sits, resolvers: None) -> None:
    person = sits("dsb")
    page = person.get("/pseudonyme").text
    assert "Erika Beispiel" not in page
    fields = {"csrf": csrf_of(page), "pseudonym": "Beispielperson 1", "reason": ""}
    assert person.post("/pseudonyme", data=fields).status_code == 422
    fields["reason"] = "Beweisbeschluss 3 K 112/26"
    told = person.post("/pseudonyme", data=fields)
    assert told.status_code == 200 and "Erika Beispiel" in told.text
    again = person.get("/pseudonyme").text
    assert "Erika Beispiel" not in again and "noch nicht" in again
    assert "Nichts zu prüfen" in again
    assert events(house, "PSEUDONYM_RESOLVED") == [("dsb", "ok", "Beweisbeschluss 3 K 112/26")]
    for second in ("vertretung", "revision"):
        assert "Beweisbeschluss 3 K 112/26" in sits(second).get("/pseudonyme").text
    auditor = sits("revision")
    (one,) = auditor.get(f"{API}/pseudonyms/reviews").json()["items"]
    assert "Erika" not in str(one)
    place = f"/pseudonyms/resolutions/{one['id']}/review"
    assert asks(person)(place, justified=True).status_code == 404  # not one's own
    assert asks(sits("bauamt"))(place, justified=True).status_code == 404
    assert asks(auditor)(place, justified=False).status_code == 422
    assert asks(auditor)(place, justified=True).status_code == 204
    assert asks(sits("vertretung"))(place, justified=True).status_code == 409
    assert auditor.get(f"{API}/pseudonyms/reviews").json() == {"items": []}
    (mine,) = person.get(f"{API}/pseudonyms/resolutions").json()["items"]
    assert (mine["seen_by"], mine["justified"]) == ("revision", True)
    assert "gerechtfertigt" in person.get("/pseudonyme").text


def test_others_resolve_nothing(house: House, sits: Sits, resolvers: None) -> None:
    body = {"pseudonym": "Beispielperson 1", "reason": "Neugier"}
    for user in ("verwaltung", "revision", "bauamt"):
        assert asks(sits(user))("/pseudonyms/resolve", **body).status_code == 403
    body["pseudonym"] = "Gibtsnicht"
    assert asks(sits("dsb"))("/pseudonyms/resolve", **body).status_code == 404
    assert events(house, "PSEUDONYM_RESOLVED") == []
    assert sits("bauamt").get("/pseudonyme").status_code == 403
