"""File plan and filing rules through the faces: looked at first, taken in by the whole house's registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from archive.model import Grant, Role
from archive.people import accounts
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
API = "/api/v1"
CSV = {"Content-Type": "text/csv"}
PLAN = (
    "kennzeichen;titel;uebergeordnet;abteilung;jahre\n11;Personal;;bauamt;30\n63;Bauen;;bauamt;10\n"
)
WRONG = "kennzeichen;titel;jahre\n11;Personal;30\n12;;zehn\n"
RULES = "art;wert;abteilung;aktenplan;betreff\nAbsender;Finanzamt*;bauamt;63.1;Steuersachen\n"


def test_the_plan_with_counts_of_ones_own(house: House, calls: Calls) -> None:
    house.file()
    house.file("Hilfeplan", department="jugendamt")
    units = calls("bauamt").get(f"{API}/plan").json()["items"]
    assert {unit["code"]: unit["files"] for unit in units if unit["files"]} == {"63.1": 1}
    assert {unit["code"] for unit in units} == {"51", "51.1", "63", "63.1", "63.2"}


def test_a_table_is_looked_at_then_taken_in(calls: Calls) -> None:
    client = calls("registratur")
    looked = client.post(f"{API}/plan?check=true", content=PLAN, headers=CSV).json()
    assert (looked["added"], looked["changed"], looked["done"]) == (["11"], ["63"], False)
    assert len(client.get(f"{API}/plan").json()["items"]) == 5
    wrong = client.post(f"{API}/plan", content=WRONG, headers=CSV).json()
    assert not wrong["done"] and {error["line"] for error in wrong["errors"]} == {3}
    assert client.post(f"{API}/plan", content=PLAN, headers=CSV).json()["done"]
    assert len(client.get(f"{API}/plan").json()["items"]) == 6
    assert client.post(f"{API}/plan", content=PLAN).status_code == 415
    broken = client.post(f"{API}/plan", content=b"a\x00;\xff", headers=CSV).json()
    assert not broken["done"] and broken["errors"]


def test_rules_are_replaced(calls: Calls) -> None:
    client = calls("registratur")
    assert client.get(f"{API}/filing-rules").json() == {"items": []}
    assert not client.post(f"{API}/filing-rules?check=1", content=RULES, headers=CSV).json()["done"]
    made = client.post(f"{API}/filing-rules", content=RULES, headers=CSV).json()
    assert made["done"] and made["items"] == client.get(f"{API}/filing-rules").json()["items"]
    wrong = RULES.replace("63.1", "99")
    assert client.post(f"{API}/filing-rules", content=wrong, headers=CSV).json()["errors"]


@pytest.mark.parametrize("user", ["bauamt", "verwaltung", "revision", "registratur-bau"])
def test_nobody_else_takes_a_plan_in(house: House, calls: Calls, sits: Sits, user: str) -> None:
    with house.database.write() as session:
        accounts.add_user(session, "registratur-bau", "Registratur Bau", by=BY, at=house.clock())
        grant = Grant(role=Role.RECORDS_MANAGER, department="bauamt")
        accounts.grant_role(session, "registratur-bau", grant, by=BY, at=house.clock())
    client = calls(user)
    for place, table in (("plan", PLAN), ("filing-rules", RULES)):
        for check in ("false", "true"):
            place_ = f"{API}/{place}?check={check}"
            assert client.post(place_, content=table, headers=CSV).status_code == 403
    assert client.get(f"{API}/filing-rules").status_code == 403
    person = sits(user)
    assert person.get("/aktenplan").status_code == 403
    token = csrf_of(person.get("/konto").text)
    upload = {"file": ("plan.csv", PLAN.encode(), "text/csv")}
    fields = {"csrf": token, "was": "plan"}
    looked = person.post("/aktenplan/vorschau", data=fields, files=upload)
    assert looked.status_code == 403
    assert person.post("/aktenplan/uebernehmen", data={**fields, "tabelle": ""}).status_code == 403


def test_the_page_shows_first_and_takes_in_then(house: House, sits: Sits, calls: Calls) -> None:
    person = sits("registratur")
    token = csrf_of(person.get("/aktenplan").text)

    def look(table: str, what: str = "plan", token: str = token) -> Any:
        return person.post(
            "/aktenplan/vorschau",
            data={"csrf": token, "was": what},
            files={"file": ("tabelle.csv", table.encode(), "text/csv")},
        )

    wrong = look(WRONG)
    assert "Fehler; nichts wird übernommen" in wrong.text
    assert 'name="tabelle"' not in wrong.text
    assert look(PLAN, token="x").status_code == 403
    assert look(PLAN, what="x").status_code == 422
    page = look(PLAN).text
    assert "1: 11" in page and "1: 63" in page
    table = page.split('name="tabelle" value="')[1].split('"')[0]
    assert len(calls("bauamt").get(f"{API}/plan").json()["items"]) == 5
    fields = {"csrf": token, "was": "plan", "tabelle": table}
    done = person.post("/aktenplan/uebernehmen", data=fields)
    assert done.status_code == 303
    assert "1 neu, 1 geändert" in person.get("/aktenplan").text
    broken = person.post("/aktenplan/uebernehmen", data={**fields, "tabelle": "ä"})
    assert broken.status_code == 422
    rules = look(RULES, "regeln").text
    assert "treten an die Stelle" in rules
    table = rules.split('name="tabelle" value="')[1].split('"')[0]
    fields = {"csrf": token, "was": "regeln", "tabelle": table}
    assert person.post("/aktenplan/uebernehmen", data=fields).status_code == 303
    assert "Steuersachen" in person.get("/aktenplan").text
