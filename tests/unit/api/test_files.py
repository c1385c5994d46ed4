"""Work on files through the faces: begun, filed into, closed, opened again, followed up, handed out."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.content.bound_download import AT_ONCE
from archive.model import Finding, Grant, Role
from archive.people import accounts
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
FILES, API = "/akten", "/api/v1"


NOTHING: dict[str, object] = {"items": [], "next_cursor": None}


def begin(client: TestClient, subject: str = "Lindenweg 4", **more: str) -> str:
    answer = client.post(
        f"{API}/files", json={"plan_unit": "63.1", "subject": subject, **more}
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{API}/files/{answer.json()['id']}"
    return str(answer.json()["id"])


# ------------------------------------------------------------------ a file's life
def test_a_file_from_begin_to_zda_and_back(house: House, calls: Calls) -> None:
    clerk, manager = calls("bauamt"), calls("registratur")
    file = begin(clerk)
    place = f"{API}/files/{file}"
    case = clerk.post(f"{place}/cases", json={"title": "Bauantrag"}).json()
    assert (case["number"], case["state"]) == (1, "OPEN")
    assert clerk.get(f"{API}/cases/{case['id']}").json() == case
    document = house.file()
    moved = {"file_id": file, "reason": "gehört hierher"}
    assert clerk.post(f"{API}/documents/{document}/refile", json=moved).status_code == 204
    assert clerk.get(f"{API}/documents/{document}").json()["case_id"] == case["id"]
    noted = clerk.post(f"{place}/follow-ups", json={"due": "2026-03-05", "reason": "Gutachten?"})
    assert noted.status_code == 201, noted.text
    hindered = clerk.post(f"{place}/close")
    assert hindered.status_code == 409 and "schlussgezeichnet" in hindered.json()["detail"]
    assert clerk.post(f"{place}/finalise").json() == {"documents": 1}
    assert clerk.post(f"{place}/close").status_code == 409  # the follow-up is open
    assert clerk.post(f"{API}/follow-ups/{noted.json()['id']}/done").status_code == 204
    closed = clerk.post(f"{place}/close").json()
    assert (closed["state"], closed["closed_on"]) == ("CLOSED", "2026-03-02")
    assert closed["retention_end"] == "2056-03-02"
    assert clerk.get(f"{API}/cases/{case['id']}").json()["state"] == "CLOSED"
    assert clerk.post(f"{place}/reopen", json={"reason": "doch"}).status_code == 403
    assert manager.post(f"{place}/retention", json={"reason": "Plan"}).status_code == 200
    opened = manager.post(f"{place}/reopen", json={"reason": "Widerspruch ging ein"}).json()
    assert (opened["state"], opened["retention_end"]) == ("OPEN", None)
    assert clerk.post(f"{API}/cases/{case['id']}/reopen", json={"reason": "ja"}).status_code == 204
    history = clerk.get(f"{place}/history").json()["items"]
    assert "Widerspruch ging ein" in [change["remark"] for change in history]


def test_parts_of_a_file(calls: Calls) -> None:
    clerk = calls("bauamt")
    place = f"{API}/files/{begin(clerk)}"
    part = clerk.post(f"{place}/parts", json={"title": "Band 1"}).json()
    inside = {"title": "Vorgang im Band", "sub_file_id": part["id"]}
    case = clerk.post(f"{place}/cases", json=inside).json()
    assert case["sub_file_id"] == part["id"]
    assert clerk.post(f"{API}/parts/{part['id']}/close").status_code == 204
    assert clerk.get(f"{place}/parts").json()["items"][0]["state"] == "CLOSED"
    assert clerk.post(f"{place}/cases", json=inside).status_code == 409
    assert clerk.post(f"{API}/parts/{part['id']}/reopen", json={"reason": "x"}).status_code == 204
    assert clerk.post(f"{API}/cases/{case['id']}/close").status_code == 409  # closed with the part


@pytest.mark.parametrize(
    ("user", "body", "status"),
    [
        ("bauamt", {"plan_unit": "63.1", "subject": "   "}, 422),
        ("bauamt", {"plan_unit": "99", "subject": "x"}, 404),
        ("bauamt", {"plan_unit": "51.1", "subject": "x"}, 403),
        ("bauamt", {"plan_unit": "63.1", "subject": "x", "department": "jugendamt"}, 403),
        ("bauamt", {"plan_unit": "63.1", "subject": "x", "department": "mondamt"}, 403),
        ("registratur", {"plan_unit": "63.1", "subject": "x"}, 403),
        ("verwaltung", {"plan_unit": "63.1", "subject": "x"}, 403),
    ],
)
def test_who_begins_no_file(calls: Calls, user: str, body: dict[str, object], status: int) -> None:
    assert calls(user).post(f"{API}/files", json=body).status_code == status


def test_a_department_that_does_not_exist(house: House, calls: Calls) -> None:
    with house.database.write() as session:
        accounts.add_user(session, "ueberall", "Überall", by=BY, at=house.clock())
        accounts.grant_role(
            session, "ueberall", Grant(role=Role.CASE_WORKER), by=BY, at=house.clock()
        )
    body = {"plan_unit": "63.1", "subject": "x", "department": "mondamt"}
    assert calls("ueberall").post(f"{API}/files", json=body).status_code == 404


def test_readers_of_other_roles_change_nothing(house: House, calls: Calls) -> None:
    file = house.file_id(house.file())
    manager = calls("registratur")
    for tail, body in (
        ("cases", {"title": "x"}),
        ("parts", {"title": "x"}),
        ("follow-ups", {"due": "2026-03-09", "reason": "x"}),
        ("close", None),
        ("finalise", None),
    ):
        assert manager.post(f"{API}/files/{file}/{tail}", json=body).status_code == 403, tail


# ------------------------------------------------------------------ follow-ups
def test_follow_ups_of_the_day(house: House, calls: Calls) -> None:
    clerk = calls("bauamt")
    place = f"{API}/files/{begin(clerk)}/follow-ups"
    made = [
        clerk.post(place, json={"due": due, "reason": due, **more}).json()
        for due, more in (
            ("2026-03-01", {}),
            ("2026-03-02", {"for_user": "registratur"}),
            ("2026-03-20", {}),
        )
    ]
    lists = f"{API}/follow-ups"

    def due(**query: object) -> list[str]:
        return [each["due"] for each in clerk.get(lists, params=query).json()["items"]]

    assert due() == ["2026-03-01", "2026-03-02"]
    assert due(mine=True) == ["2026-03-01"]
    assert due(until="2026-12-31") == ["2026-03-01", "2026-03-02", "2026-03-20"]
    moved = clerk.post(f"{lists}/{made[0]['id']}/move", json={"due": "2026-04-01"})
    assert moved.status_code == 204 and due() == ["2026-03-02"]
    assert clerk.post(f"{lists}/{made[0]['id']}/move", json={}).status_code == 422
    assert clerk.post(f"{lists}/{made[1]['id']}/done").status_code == 204
    assert clerk.post(f"{lists}/{made[1]['id']}/done").status_code == 409
    assert calls("jugendamt").get(lists, params={"until": "2030-01-01"}).json() == {"items": []}


# ------------------------------------------------------------------ filing by hand
def test_what_names_another_file_is_asked_for(house: House, calls: Calls, sits: Sits) -> None:
    clerk = calls("bauamt")
    other = begin(clerk)
    named = Finding(
        code="filing.suggested",
        text="Seite 1 nennt das Aktenzeichen (62 %).",
        page=1,
        detail={"file_id": other, "confidence": 0.62},
    )
    document = house.file(findings=(named,))
    (found,) = clerk.get(f"{API}/to-place").json()["items"]
    assert found["document_id"] == document
    assert [one["file_id"] for one in found["suggested"]] == [other]
    person = sits("bauamt")
    page = person.get("/zuordnen").text
    assert "62 % sicher" in page and "Lindenweg 4" in page
    fields = {"csrf": csrf_of(page), "file_id": other, "reason": "Zeichen", "von": "zuordnen"}
    done = person.post(f"/dokumente/{document}/umlegen", data=fields)
    assert (done.status_code, done.headers["location"]) == (303, "/zuordnen")
    assert clerk.get(f"{API}/to-place").json() == NOTHING
    past = person.get(f"/dokumente/{document}?ansicht=verlauf").text
    assert "Umgelegt" in past and "63.1/1/2026, Vorgang 1" in past and "Zeichen" in past


def test_moving_by_a_typed_mark(house: House, sits: Sits, calls: Calls) -> None:
    clerk, person = calls("bauamt"), sits("bauamt")
    other, document = begin(clerk), house.file()
    mark = clerk.get(f"{API}/files/{other}").json()["file_mark"]
    token = csrf_of(person.get(f"/dokumente/{document}").text)
    place = f"/dokumente/{document}/umlegen"

    def move(mark: str, reason: str = "falsch abgelegt") -> int:
        data = {"csrf": token, "file_mark": mark, "reason": reason}
        return int(person.post(place, data=data).status_code)

    assert move("63.1/99/2026") == 404
    assert move("") == 422
    assert move(mark, reason="  ") == 422
    assert move(mark.replace("/", " / ")) == 303
    assert clerk.get(f"{API}/documents/{document}").json()["file_id"] == other


def test_signed_off_is_settled(house: House, calls: Calls) -> None:
    clerk = calls("bauamt")
    named = Finding(code="filing.suggested", text="x", page=1, detail={"file_id": begin(clerk)})
    document = house.file(findings=(named,))
    assert len(clerk.get(f"{API}/to-place").json()["items"]) == 1
    assert clerk.post(f"{API}/documents/{document}/finalise").status_code == 204
    again = clerk.post(f"{API}/documents/{document}/finalise")
    assert again.status_code == 409 and "schon schlussgezeichnet" in again.json()["detail"]
    assert clerk.get(f"{API}/to-place").json() == NOTHING
    assert calls("registratur").post(f"{API}/documents/{document}/finalise").status_code == 403


# ------------------------------------------------------------------ handing out
def test_a_file_as_one_pdf(house: House, calls: Calls, sits: Sits) -> None:
    document = house.file(pages=("Eins", "Zwei"))
    file = house.file_id(document)
    answer = calls("bauamt").post(f"{API}/files/{file}/export")
    assert answer.status_code == 200, answer.text
    assert 'filename="63.1-1-2026.pdf"' in answer.headers["content-disposition"]
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert len(pdf.pages) >= 3
    person = sits("bauamt")
    token = csrf_of(person.get(f"/akten/{file}").text)
    again = person.post(f"/akten/{file}/ausgabe", data={"csrf": token})
    assert again.content[:5] == b"%PDF-"
    assert list(house.service.uploads.iterdir()) == []


def test_only_some_are_bound_at_a_time(house: House, calls: Calls) -> None:
    client = calls("bauamt")
    file = house.file_id(house.file())
    turns = client.app.state.bindings  # type: ignore[attr-defined]
    while turns.acquire(blocking=False):
        pass
    assert client.post(f"{API}/files/{file}/export").status_code == 503
    turns.release()
    assert client.post(f"{API}/files/{file}/export").status_code == 200


def test_a_disk_that_refuses_takes_no_turn_away(house: House, calls: Calls) -> None:
    client = calls("bauamt")
    file = house.file_id(house.file())
    uploads = house.service.uploads
    uploads.touch()  # no folder can be made there
    for _ in range(AT_ONCE + 1):
        assert client.post(f"{API}/files/{file}/export").status_code == 500
    uploads.unlink()
    assert client.post(f"{API}/files/{file}/export").status_code == 200


def test_nothing_lies_about_when_the_answer_begins(house: House, calls: Calls) -> None:
    file = house.file_id(house.file())
    client = calls("bauamt")
    app, seen = client.app, []

    async def watching(scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            seen.append((message["type"], list(house.service.uploads.iterdir())))
            await send(message)

        await app(scope, receive, noted)

    client._transport.app = watching
    assert client.post(f"{API}/files/{file}/export").content[:5] == b"%PDF-"
    assert seen[0] == ("http.response.start", [])


# ------------------------------------------------------------------ pages
def test_the_pages_of_a_file(house: House, sits: Sits) -> None:
    person = sits("bauamt")
    plan = person.get("/akten?plan=63.1").text
    made = person.post(
        "/akten", data={"csrf": csrf_of(plan), "plan_unit": "63.1", "subject": "Wiesenweg <b>"}
    )
    place = made.headers["location"]
    page = person.get(place).text
    assert "Wiesenweg &lt;b&gt;" in page and "ist angelegt" in page
    token = csrf_of(page)

    def post(tail: str, **fields: str) -> str:
        answer = person.post(tail, data={"csrf": token, **fields})
        assert answer.status_code == 303, (tail, answer.text)
        return str(answer.headers["location"])

    part = post(f"{place}/teilakten", title="Band 1")
    sub = person.get(part).text.split("/teilakten/")[1].split("/")[0]
    case = post(f"{place}/vorgaenge", title="Anhörung", sub_file=sub)
    assert "Anhörung" in person.get(case).text
    post(f"{case}/wiedervorlagen", due="2026-03-02", reason="Antwort da?", **{"for": "mich"})
    assert "Antwort da?" in person.get("/wiedervorlagen").text
    assert "1 Wiedervorlage erledigen" in person.get(place).text
    follow_up = person.get(case).text.split("/wiedervorlagen/")[1].split("/")[0]
    where = post(f"/wiedervorlagen/{follow_up}/verlegen", due="2026-03-04", von=case)
    assert where == case
    assert post(f"/wiedervorlagen/{follow_up}/erledigt", von="//evil.example") == "/wiedervorlagen"
    post(f"{case}/schliessen")
    post(f"{case}/oeffnen", reason="noch ein Schreiben")
    post(f"{place}/teilakten/{sub}/schliessen")
    post(f"{place}/teilakten/{sub}/oeffnen", reason="doch")
    post(f"{place}/wiedervorlagen", due="2026-03-09", reason="x")
    late = person.get(f"{place}?ansicht=wiedervorlagen").text
    again = late.split('action="/wiedervorlagen/')[1].split("/")[0]
    post(f"/wiedervorlagen/{again}/erledigt")
    post(f"{place}/schlusszeichnen")
    post(f"{place}/zda")
    closed = person.get(place).text
    assert "abgeschlossen (zdA)" in closed and "Vorgang anlegen" not in closed
    assert "noch ein Schreiben" in person.get(f"{place}?ansicht=verlauf").text
    manager = sits("registratur")
    theirs = csrf_of(manager.get(place).text)
    for tail in ("frist", "oeffnen"):
        answer = manager.post(f"{place}/{tail}", data={"csrf": theirs, "reason": "Widerspruch"})
        assert answer.status_code == 303, answer.text


def test_a_form_without_its_token_changes_nothing(house: House, sits: Sits) -> None:
    person, document = sits("bauamt"), house.file()
    file = house.file_id(document)
    for place in (
        "/akten", f"/akten/{file}/zda", f"/akten/{file}/vorgaenge", f"/akten/{file}/ausgabe",
        f"/dokumente/{document}/umlegen", f"/dokumente/{document}/schlusszeichnen",
    ):  # fmt: skip
        assert person.post(place, data={"reason": "x"}).status_code == 403, place
