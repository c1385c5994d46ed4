"""Administrators and auditors: people, roles, departments, the trail."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa
from fastapi.testclient import TestClient

from archive.people import accounts, administration_scope
from archive.search import outbox
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
USERS = "/api/v1/users"


def test_accounts_and_roles_over_http(house: House, calls: Calls) -> None:
    client = calls("verwaltung")
    new = {"id": "neu", "display_name": "Neu"}
    assert client.post(USERS, json=new).status_code == 204
    assert client.post(USERS, json=new).status_code == 409
    assert client.post(USERS, json={"id": "Böse Namen", "display_name": "x"}).status_code == 422
    role = {"role": "auditor", "department": "bauamt"}
    assert client.post(f"{USERS}/neu/roles", json=role).status_code == 204
    assert (
        client.post(f"{USERS}/neu/roles", json={"role": "admin", "everywhere": True}).status_code
        == 409
    )
    assert client.post(f"{USERS}/keiner/roles", json=role).status_code == 404
    assert client.post(f"{USERS}/verwaltung/roles", json=role).status_code == 403
    assert client.post(f"{USERS}/neu/roles/revoke", json=role).status_code == 204
    assert client.post(f"{USERS}/neu/roles/revoke", json=role).status_code == 404
    assert client.post(f"{USERS}/neu/disable").status_code == 204
    listed = {user["id"]: user for user in client.get(USERS).json()["items"]}
    assert listed["neu"]["disabled"] and listed["neu"]["grants"] == []


def test_only_administrators_administer(calls: Calls, sits: Sits) -> None:
    for user in ("bauamt", "poststelle", "registratur", "revision", "niemand"):
        client = calls(user)
        assert client.get(USERS).status_code == 403
        assert client.post(USERS, json={"id": "x", "display_name": "x"}).status_code == 403
        role = {"role": "admin", "everywhere": True}
        assert client.post(f"{USERS}/niemand/roles", json=role).status_code == 403
    person = sits("bauamt")
    assert person.get("/verwaltung").status_code == 403
    token = csrf_of(person.get("/konto").text)
    for place in ("personen", "personen/niemand/rollen", "personen/niemand/link", "abteilungen"):
        fields = {"csrf": token, "role": "admin", "department": "*"}
        fields |= {"user": "x", "name": "x", "unit": "x"}
        assert person.post(f"/verwaltung/{place}", data=fields).status_code == 403


def test_administering_on_the_page(house: House, sits: Sits) -> None:
    client = sits("verwaltung")
    token = csrf_of(client.get("/verwaltung").text)

    def post(place: str, **fields: str) -> int:
        return int(client.post(f"/verwaltung/{place}", data={"csrf": token, **fields}).status_code)

    assert post("abteilungen", unit="sozialamt", name="Sozialamt") == 303
    assert post("personen", user="clara", name="Clara C.") == 303
    assert post("personen/clara/rollen", role="case_worker", department="sozialamt") == 303
    assert post("personen/clara/rollen", role="kaiser") == 422
    page = client.get("/verwaltung").text
    assert "Clara C." in page and "Sachbearbeitung · Sozialamt" in page
    linked = client.post("/verwaltung/personen/clara/link", data={"csrf": token}).text
    address = linked.split("/anmelden/link/")[1].split("<")[0]
    assert address not in client.get("/verwaltung").text  # shown once
    assert post("personen/clara/rollen/entziehen", role="case_worker", department="sozialamt")
    assert post("personen/clara/sperren") == 303
    assert post("personen/verwaltung/sperren") == 422
    assert client.post(f"/anmelden/link/{address}").status_code == 401
    assert post("personen/clara/entsperren") == 303
    with house.database.read() as session:
        assert accounts.reader(session, "clara").grants == frozenset()


# ------------------------------------------------------------------ the index
SECRET = "Inobhutnahme Lindenweg"
REFUSED = "/api/v1/index/refused"


def refuse(house: House) -> str:
    """A document that the index does not take; its words are in what the engine says."""
    document = house.file(SECRET, department="jugendamt", sender="Rosalinde Quast")
    with house.database.write() as session:
        (row,) = outbox.pending(session, 10)
        for _ in range(outbox.ATTEMPTS):
            text = f"cannot take {SECRET} from Quast in field [title]: '{SECRET}'"
            outbox.failed(session, row.seq, text, at=house.clock())
    return document


def test_administrators_see_what_the_index_refused_and_no_content(
    house: House, calls: Calls, sits: Sits
) -> None:
    client, browser = calls("verwaltung"), sits("verwaltung")
    assert client.get(REFUSED).json() == {"items": [], "total": 0}
    assert client.post(f"{REFUSED}/retry").json() == {"retried": 0}
    document = refuse(house)
    answer = client.get(REFUSED)
    (one,) = answer.json()["items"]
    assert (one["document_id"], one["attempts"]) == (document, outbox.ATTEMPTS)
    assert one["why"] == "cannot take … … from … in field [title] …"
    page = browser.get("/verwaltung").text
    assert document in page and "cannot take" in page and "Nochmals versuchen" in page
    for text in (answer.text, page):
        assert not any(word in text for word in (*SECRET.split(), "Quast"))
    assert client.get(f"/api/v1/documents/{document}").status_code == 404  # knowing is not reading


def test_what_the_index_refused_is_tried_again(house: House, calls: Calls, sits: Sits) -> None:
    document, browser = refuse(house), sits("verwaltung")
    house.index()
    assert calls("jugendamt").get("/api/v1/search?q=Lindenweg").json()["total"] == 0
    token = csrf_of(browser.get("/verwaltung").text)
    place = "/verwaltung/suchindex/nochmals"
    assert browser.post(place).status_code == 403  # without the form's token
    assert browser.post(place, data={"csrf": token}).status_code == 303
    page = browser.get("/verwaltung").text
    assert "Der Suchindex versucht eine Änderung nochmals." in page and document not in page
    house.index()
    assert calls("jugendamt").get("/api/v1/search?q=Lindenweg").json()["total"] == 1
    (event,) = calls("revision").get("/api/v1/audit?action=INDEX_RETRIED").json()["items"]
    assert (event["actor"], event["detail"]) == ("verwaltung", {"changes": 1})


def test_only_administrators_see_what_the_index_refused(
    house: House, calls: Calls, sits: Sits
) -> None:
    document = refuse(house)
    for user in ("bauamt", "jugendamt", "registratur", "revision", "poststelle", "niemand"):
        client, browser = calls(user), sits(user)
        token = csrf_of(browser.get("/konto").text)
        answers = [
            client.get(REFUSED),
            client.post(f"{REFUSED}/retry"),
            browser.post("/verwaltung/suchindex/nochmals", data={"csrf": token}),
        ]
        assert [each.status_code for each in answers] == [403] * 3
        assert all(document not in each.text for each in answers)
    with house.database.read() as session:
        assert outbox.dead_count(session) == 1


# ------------------------------------------------------------------ the trail
def test_the_auditor_reads_and_checks_the_trail(house: House, sits: Sits, calls: Calls) -> None:
    document = house.file()
    client = sits("revision")
    page = client.get("/revision").text
    assert "In die Akte gelegt" in page and document in page
    only = client.get(f"/revision?kennung={document}&aktion=FILED").text
    assert only.count("<tr>") == 2
    assert "Kein Ereignis" in client.get("/revision?seit=2027-01-01").text
    assert client.get("/revision?seit=gestern&weiter=").status_code in (200, 422)
    token = csrf_of(page)
    checked = client.post("/revision/pruefen", data={"csrf": token}).text
    assert "Die Kette ist unversehrt" in checked
    assert calls("revision").get("/api/v1/audit/chain").json()["ok"] is True


def test_a_broken_chain_is_told_with_its_place(house: House, sits: Sits) -> None:
    with house.database.writer.begin() as connection:
        for name in connection.scalars(
            sa.text(
                "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit_event'"
            )
        ).all():
            connection.execute(sa.text(f'DROP TRIGGER "{name}"'))
        connection.execute(sa.text("UPDATE audit_event SET reason='anders' WHERE seq=7"))
    client = sits("revision")
    token = csrf_of(client.get("/revision").text)
    checked = client.post("/revision/pruefen", data={"csrf": token}).text
    assert "gebrochen bei Ereignis 7" in checked and "wurde verändert" in checked


def test_the_trail_is_for_auditors(calls: Calls, sits: Sits) -> None:
    for user in ("bauamt", "verwaltung", "poststelle"):
        assert calls(user).get("/api/v1/audit").status_code == 403
        assert sits(user).get("/revision").status_code == 403
    assert calls("revision").get("/api/v1/audit?limit=3").json()["next_cursor"]


def test_what_each_person_is_led_to(sits: Sits) -> None:
    rooms = {
        "poststelle": ["/eingang", "/klaeren"],
        "bauamt": [
            "/eingang",
            "/sichtpruefung",
            "/suche",
            "/akten",
            "/zuordnen",
            "/wiedervorlagen",
            "/notzugriff",
        ],
        "registratur": [
            "/eingang",
            "/suche",
            "/akten",
            "/wiedervorlagen",
            "/notzugriff",
            "/aktenplan",
        ],
        "revision": ["/eingang", "/suche", "/notzugriff", "/pseudonyme", "/revision", "/rechte"],
        "verwaltung": ["/verwaltung", "/rechte"],
        "niemand": [],
    }
    for user, wanted in rooms.items():
        client = sits(user)
        start = client.get("/").headers["location"]
        assert start == (wanted[0] if wanted else "/konto")
        menu = client.get(start).text.split("<nav")[1].split("</nav>")[0]
        assert [part.split('"')[0] for part in menu.split('href="')[1:]] == wanted


def test_accounts_are_shown_in_pages_and_found_by_name(house: House, sits: Sits) -> None:
    with house.database.write() as session:
        for number in range(administration_scope.AT_ONCE + 5):
            accounts.add_user(session, f"z{number:03}", f"Zahl {number}", by=BY, at=house.clock())
        known = {user.id for user in accounts.users(session)}
    client = sits("verwaltung")
    shown: list[str] = []
    place = "/verwaltung"
    while place:
        page = client.get(place).text
        shown += re.findall(r'action="/verwaltung/personen/([^/"]+)/link"', page)
        found = re.search(r'href="(/verwaltung\?[^"]+weiter=[^"]+)"', page)
        place = found[1].replace("&amp;", "&") if found else ""
    assert shown == sorted(known)
    page = client.get("/verwaltung?wer=zahl 07").text
    assert "z007" not in page  # „Zahl 7“
    page = client.get("/verwaltung?wer=Zahl 53").text
    assert re.findall(r'action="/verwaltung/personen/([^/"]+)/link"', page) == ["z053"]
    assert "Kein Konto passt" in client.get("/verwaltung?wer=niemand sonst").text
    assert client.get("/verwaltung?weiter=x").status_code in (400, 422)
