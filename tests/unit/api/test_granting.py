"""Two people give a right: on the pages, in the interface, on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api.app import create_app
from api.commands.records.user import user
from archive.model import Grant, Role
from archive.people import accounts
from config.errors import Conflict
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.conftest import csrf_of

ROLE = {"role": "qa_inspector", "department": "bauamt"}


@dataclass(frozen=True)
class Office:
    house: House
    app: FastAPI


class Browser:
    """Somebody before a page."""

    def __init__(self, office: Office, name: str) -> None:
        self.client = TestClient(office.app, follow_redirects=False, raise_server_exceptions=False)
        assert self.client.post(f"/anmelden/link/{office.house.link(name)}").status_code == 303
        self.token = csrf_of(self.client.get("/konto").text)

    def page(self, place: str) -> str:
        return str(self.client.get(place).text)

    def send(self, place: str, **fields: str) -> int:
        return int(self.client.post(place, data={"csrf": self.token, **fields}).status_code)

    def call(self, place: str, **body: object) -> tuple[int, dict[str, object]]:
        headers = {"X-CSRF-Token": self.token}
        got = self.client.post(f"/api/v1{place}", json=body, headers=headers)
        return got.status_code, got.json() if got.content else {}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """With a second administrator."""
    house = build(tmp_path_factory.mktemp("granting") / "home")
    with house.database.write() as session:
        accounts.add_user(session, "zweite", "Zweite", by=BY, at=house.clock())
        accounts.grant_role(session, "zweite", Grant(role=Role.ADMIN), by=BY, at=house.clock())
    yield Office(house, create_app(house.service))
    close(house)


def grants(office: Office, name: str) -> set[str]:
    with office.house.database.read() as session:
        return {grant.role.value for grant in accounts.grants_of(session, name)}


def test_a_role_on_the_pages_takes_two_and_is_told(shared: Office) -> None:
    first, second, clerk = (Browser(shared, name) for name in ("verwaltung", "zweite", "bauamt"))
    place = "/verwaltung/personen/bauamt/rollen"
    assert first.send(place, role="qa_inspector") == 422  # wofür?
    assert first.send(place, **ROLE) == 303
    assert "zweite Verwaltungsperson" in first.page("/verwaltung")
    assert grants(shared, "bauamt") == {"case_worker"}
    assert "Zurückziehen" in first.page("/rechte") and "Bestätigen" not in first.page("/rechte")
    assert "Ihnen wurden Rechte" not in clerk.page("/eingang")
    page = second.page("/rechte")
    assert "Qualitätssicherung (Bauamt)" in page
    (request,) = {part.split("/")[0] for part in page.split('action="/rechte/')[1:]}
    assert '<span class="count">1' in second.page("/verwaltung")
    assert clerk.send(f"/rechte/{request}/bestaetigen") == 403
    assert first.send(f"/rechte/{request}/bestaetigen") == 403
    assert second.send(f"/rechte/{request}/bestaetigen") == 303
    assert second.send(f"/rechte/{request}/bestaetigen") == 409
    assert grants(shared, "bauamt") == {"case_worker", "qa_inspector"}
    assert "Ihnen wurden Rechte" in clerk.page("/eingang")
    told = clerk.page("/konto")
    assert "Qualitätssicherung (Bauamt)" in told and "von verwaltung" in told and "zweite" in told
    assert clerk.send("/konto/rechte/gesehen") == 303
    assert "Ihnen wurden Rechte" not in clerk.page("/eingang")
    page = Browser(shared, "revision").page("/rechte")
    assert "bestätigt" in page and "Nichts zu bestätigen" not in page  # not theirs to say


def test_a_link_for_somebody_else_takes_two(shared: Office) -> None:
    first, second = Browser(shared, "verwaltung"), Browser(shared, "zweite")
    assert first.send("/verwaltung/personen/jugendamt/link") == 303
    assert "/anmelden/link/" not in first.page("/verwaltung")
    (request,) = {
        part.split("/")[0] for part in second.page("/rechte").split('action="/rechte/')[1:]
    }
    shown = second.client.post(f"/rechte/{request}/bestaetigen", data={"csrf": second.token}).text
    secret = shown.split("/anmelden/link/")[1].split("<")[0]
    assert secret not in second.page("/rechte") + first.page("/rechte")  # told once
    assert first.client.post(f"/anmelden/link/{secret}").status_code == 303
    own = first.client  # one's own link takes nobody else
    assert own.get("/konto").status_code == 200


def test_the_interface_says_what_waits_and_takes_no_program_as_second_person(
    shared: Office,
) -> None:
    first, second = Browser(shared, "verwaltung"), Browser(shared, "zweite")
    role = {"role": "delivery_manager", "everywhere": True}
    status, answer = first.call("/users/registratur/roles", **role)
    assert status == 202
    request = answer["request"]
    program = TestClient(
        shared.app, headers={"Authorization": f"Bearer {shared.house.token('zweite')}"}
    )
    for act in ("confirm", "refuse", "review"):
        body = {"justified": True} if act == "review" else {"remark": "x"}
        assert program.post(f"/api/v1/grant-requests/{request}/{act}", json=body).status_code == 403
    (open_,) = program.get("/api/v1/grant-requests").json()["open"]
    assert (open_["id"], open_["state"], open_["department"]) == (request, "requested", None)
    assert second.call(f"/grant-requests/{request}/refuse", remark="")[0] == 422
    assert second.call(f"/grant-requests/{request}/refuse", remark="nein")[0] == 204
    assert second.call(f"/grant-requests/{request}/confirm")[0] == 409
    assert grants(shared, "registratur") == {"records_manager"}


def test_what_acted_at_once_is_judged_by_the_auditor(shared: Office) -> None:
    with shared.house.database.write() as session:
        accounts.disable_user(session, "zweite", by=BY, at=shared.house.clock())
    first, judge = Browser(shared, "verwaltung"), Browser(shared, "revision")
    assert first.send("/verwaltung/personen/niemand/rollen", **ROLE) == 303
    assert grants(shared, "niemand") == {"qa_inspector"}
    page = judge.page("/rechte")
    (request,) = {part.split("/")[0] for part in page.split('action="/rechte/')[1:]}
    assert first.send(f"/rechte/{request}/pruefen", justified="ja") == 404
    assert judge.send(f"/rechte/{request}/pruefen") == 422
    assert judge.send(f"/rechte/{request}/pruefen", justified="nein", remark="wozu") == 303
    assert grants(shared, "niemand") == set()
    with shared.house.database.write() as session:
        accounts.enable_user(session, "zweite", by=BY, at=shared.house.clock())


def test_a_second_account_of_ones_own_is_told_why_it_confirms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the administrator nor the auditor whom a sole administrator made; then the operator
    judges."""
    house = build(tmp_path / "home")
    office = Office(house, create_app(house.service))
    with house.database.write() as session:
        accounts.disable_user(session, "revision", by=BY, at=house.clock())
    first = Browser(office, "verwaltung")
    for name, role in (("ich-3", "auditor"), ("ich-2", "admin")):
        assert first.send("/verwaltung/personen", user=name, name=name) == 303
        place = f"/verwaltung/personen/{name}/rollen"
        assert first.send(place, role=role, department="*") == 303
        assert grants(office, name) == {role}
    own, auditor = Browser(office, "ich-2"), Browser(office, "ich-3")
    assert first.send("/verwaltung/personen/bauamt/rollen", **ROLE) == 303
    page, judging = own.page("/rechte"), auditor.page("/rechte")
    assert "bestaetigen" not in page and "noch keine zweite Person" in page
    assert '<span class="count">' not in page  # nothing in the menu that cannot be done
    assert "pruefen" not in judging and "allein von verwaltung" in judging
    monkeypatch.setenv("REGISTRATUR_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("api.commands.records.user.now", house.clock)
    monkeypatch.setattr("config.clock.now", house.clock)
    runner = CliRunner()
    lines = json.loads(runner.invoke(user, ["requests", "--json"]).stdout)
    (waiting,) = lines["open"]
    assert own.send(f"/rechte/{waiting['id']}/bestaetigen") == 403
    for each in lines["latest"]:
        if each["state"] == "unreviewed":
            assert auditor.send(f"/rechte/{each['id']}/pruefen", justified="ja") == 403
            assert runner.invoke(user, ["review", each["id"]]).exit_code == 2  # how?
            done = runner.invoke(user, ["review", each["id"], "--justified"])
            assert done.exit_code == 0, done.exception
    assert own.send(f"/rechte/{waiting['id']}/bestaetigen") == 303
    assert grants(office, "bauamt") == {"case_worker", "qa_inspector"}
    assert "allein" not in auditor.page("/rechte")
    close(house)


def test_the_command_line_gives_lists_and_confirms(
    shared: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a home with the database of the house; in this process, since a start takes seconds."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "registratur.toml").write_text(
        f'database.url = "{shared.house.database.writer.url}"\n', encoding="utf-8"
    )
    monkeypatch.setenv("REGISTRATUR_HOME", str(home))
    monkeypatch.setenv("SUDO_USER", "root")
    monkeypatch.setattr("api.commands.records.user.now", shared.house.clock)
    monkeypatch.setattr("config.clock.now", shared.house.clock)
    runner = CliRunner()

    def run(*words: str) -> Result:
        return runner.invoke(user, words)

    role = ("role", "jugendamt", "qa_inspector")
    for words in (role, (*role, "--department", "jugendamt", "--all")):
        assert "--all" in str(run(*words).exception)
    assert run(*role, "--department", "jugendamt").exit_code == 0
    assert "qa_inspector" in grants(shared, "jugendamt")
    status, asked = Browser(shared, "verwaltung").call("/users/jugendamt/roles", **ROLE)
    assert status == 202
    found = json.loads(run("requests", "--json").stdout)
    assert [each["id"] for each in found["open"]] == [asked["request"]]
    at_once = next(e for e in found["latest"] if e["requested_by"] == "operator:root")
    assert at_once["state"] == "unreviewed"
    told = run("requests").stdout
    assert "verwaltung für jugendamt: Qualitätssicherung (bauamt)" in told
    assert run("refuse", str(asked["request"]), "--remark", "nein").exit_code == 0
    assert isinstance(run("confirm", str(asked["request"])).exception, Conflict)
    _, again = Browser(shared, "verwaltung").call("/users/jugendamt/roles", **ROLE)
    assert run("confirm", str(again["request"])).exit_code == 0
    with shared.house.database.read() as session:
        assert Grant(role=Role.QA_INSPECTOR, department="bauamt") in accounts.grants_of(
            session, "jugendamt"
        )
