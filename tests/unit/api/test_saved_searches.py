"""Saved searches through the faces: noted when indexed, marked until seen, nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from fastapi.testclient import TestClient

from archive.desk import saved_searches
from archive.intake import documents, items
from archive.model import Grant, Role
from archive.people import accounts
from archive.search import findable, outbox
from ingest.index.alerts import Alert, matching
from ingest.index.rebuilding import rebuild
from search.errors import IndexFault
from search.index import Hits, Index
from search.query.parser import Query
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import Calls, csrf_of


def test_new_documents_are_noted(house: House, calls: Calls) -> None:
    house.file("Alt", pages=("Antrag auf Wohngeld",))
    house.index()
    client = calls("bauamt")
    answer = client.post("/api/v1/searches", json={"question": "Wohngeld"})
    assert answer.status_code == 201, answer.text
    place = answer.headers["location"]
    assert client.get(place).json()["new"] == 0  # what was there before is no news
    document = house.file("Neu", pages=("Leer", "Ein Wohngeldbescheid"))
    house.file("Anderes", pages=("Kein Treffer",))
    house.file("Fremd", pages=("Wohngeld",), department="jugendamt")
    house.index()
    (listed,) = client.get("/api/v1/searches").json()["items"]
    assert listed["new"] == 1
    (hit,) = client.get(f"{place}/hits").json()["items"]
    assert (hit["document_id"], hit["title"], hit["new"]) == (document, "Neu", True)
    assert client.post(f"{place}/looked").status_code == 204
    assert client.get(place).json()["new"] == 0
    assert client.get(f"{place}/hits").json()["items"][0]["new"] is False
    assert client.delete(place).status_code == 204
    assert client.get(place).status_code == 404


def test_what_could_be_found_before_is_no_news_when_indexed_anew(
    house: House, calls: Calls
) -> None:
    first = house.file("Alt", pages=("Wohngeld",))
    named = house.file("Ohne das Wort", pages=("Leer",))
    house.index()
    client = calls("bauamt")
    place = client.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
    for document, title in ((first, "Alt, berichtigt"), (named, "Wohngeld, berichtigt")):
        change = {"title": title, "revision": 1}
        assert client.patch(f"/api/v1/documents/{document}", json=change).status_code == 200
    house.index()
    assert client.get(place).json()["new"] == 0
    assert client.get("/api/v1/search?q=Wohngeld").json()["total"] == 2
    assert client.get(f"{place}/hits").json()["items"] == []


def test_a_rebuild_is_no_news_and_loses_none(house: House, calls: Calls) -> None:
    for number in range(3):
        house.file(f"Alt {number}", pages=("Wohngeld",))
    house.index()
    client = calls("bauamt")
    place = client.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
    meanwhile: list[str] = []

    def filed_meanwhile(done: int) -> None:
        if not meanwhile:
            meanwhile.append(house.file("Meanwhile", pages=("Wohngeld",)))

    rebuild(house.service.engines, keep=False, progress=filed_meanwhile)
    with house.database.write() as session:
        for document in findable.findable(session):  # as after a promotion that all had changed in
            outbox.add(session, document, 1)
    house.index()
    assert [
        each["document_id"] for each in client.get(f"{place}/hits").json()["items"]
    ] == meanwhile
    assert client.get(place).json()["new"] == 1
    client.post(f"{place}/looked")
    with house.database.write() as session:
        outbox.add(session, meanwhile[0], 1)
    house.index()
    assert client.get(place).json()["new"] == 0


def test_what_the_index_takes_late_is_news_all_the_same(house: House, calls: Calls) -> None:
    """Filed before somebody looked, found after it: they could not have seen it."""
    client = calls("bauamt")
    place = client.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
    house.file("Spät", pages=("Wohngeld",))
    client.post(f"{place}/looked")
    house.index()
    assert client.get(place).json()["new"] == 1


def test_given_to_another_department_it_is_news_there(house: House, calls: Calls) -> None:
    client, other = calls("bauamt"), calls("jugendamt")
    document = house.file("Verirrt", pages=("Wohngeld",))
    house.index()
    places = [
        each.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
        for each in (client, other)
    ]
    with house.database.write() as session:
        item_id = documents.load_document(session, document).item_id
        items.redirect_item(
            session, item_id, "jugendamt", by=BY, at=house.clock(), reason="verirrt"
        )
        documents.mark_indexed(session, [(document, 1)])  # the batch that was under way
    house.index()
    assert client.get(places[0]).json()["new"] == 0
    assert other.get(places[1]).json()["new"] == 1


def test_evaluated_within_the_rights_of_the_moment(house: House, calls: Calls) -> None:
    client = calls("bauamt")
    place = client.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
    document = house.file("Erst sichtbar", pages=("Wohngeld",))
    house.index()
    assert client.get(place).json()["new"] == 1
    grant = Grant(role=Role.CASE_WORKER, department="bauamt", stream=None)
    with house.database.write() as session:
        accounts.revoke_role(session, "bauamt", grant, by=BY, at=house.clock())
    assert client.get(place).json()["new"] == 0
    assert document not in client.get(f"{place}/hits").text
    house.file("Ohne Recht", pages=("Wohngeld",))
    house.index()  # at this moment there is no right: it is not noted, also not for later
    with house.database.write() as session:
        accounts.grant_role(session, "bauamt", grant, by=BY, at=house.clock())
    assert [hit["title"] for hit in client.get(f"{place}/hits").json()["items"]] == [
        "Erst sichtbar"
    ]


def test_answers_do_not_tell_of_foreign_documents_or_searches(house: House, calls: Calls) -> None:
    mine, other = calls("bauamt"), calls("jugendamt")
    place = mine.post("/api/v1/searches", json={"question": "Wohngeld"}).headers["location"]
    before = [mine.get(path).content for path in ("/api/v1/searches", place, f"{place}/hits")]
    house.file("Fremd", pages=("Wohngeld",), department="jugendamt")
    house.file("Zu", pages=("Wohngeld",), compartment="personal")
    house.index()
    assert before == [
        mine.get(path).content for path in ("/api/v1/searches", place, f"{place}/hits")
    ]
    foreign = other.post("/api/v1/searches", json={"question": "x"}).headers["location"]
    nowhere = "/api/v1/searches/q_nowhere"
    for method, rest in (("GET", ""), ("GET", "/hits"), ("POST", "/looked"), ("DELETE", "")):
        answers = [mine.request(method, at + rest) for at in (foreign, nowhere)]
        names = [at.rpartition("/")[2] for at in (foreign, nowhere)]
        assert [each.status_code for each in answers] == [404, 404]
        texts = [a.text.replace(n, "…") for a, n in zip(answers, names, strict=True)]
        assert texts[0] == texts[1]
    assert other.get(foreign).status_code == 200


class Refusing:
    """The real index, but for one question."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def search(self, query: Query, **options: Any) -> Hits:
        if query.text == "zuviel":
            raise IndexFault("abgelehnt")
        return self.index.search(query, **options)


def test_a_question_that_the_engine_refuses_stops_no_other(house: House, calls: Calls) -> None:
    client = calls("bauamt")
    for question in ("zuviel", "Wohngeld"):
        client.post("/api/v1/searches", json={"question": question})
    document = house.file("Neu", pages=("Wohngeld",))
    house.index()
    engine = Refusing(house.service.index)
    with house.database.read() as session:
        kept = saved_searches.all_kept(session)
    wohngeld = next(each.id for each in kept if each.question == "Wohngeld")
    found = matching(house.database, cast(Index, engine), [document])
    assert found == (Alert(wohngeld, (document,)),)


def test_on_the_page(house: House, sits: Callable[[str], TestClient]) -> None:
    browser = sits("bauamt")
    page = browser.get("/suche", params={"q": "Wohngeld"}).text
    assert "Diese Suche merken" in page and "Gemerkte Suchen" not in page
    token = csrf_of(page)
    answer = browser.post("/suche/merken", data={"csrf": token, "q": "Wohngeld"})
    assert answer.status_code == 303
    house.file("Neuer Antrag", pages=("Wohngeld",))
    house.index()
    page = browser.get("/suche").text
    assert "1 neuer Treffer" in page
    target = page.split('href="/suche?gemerkt=', 1)[1].split('"', 1)[0]
    fresh = browser.get(f"/suche?gemerkt={target}").text
    assert "Neuer Antrag" in fresh and ">neu<" in fresh
    assert "1 neuer Treffer" in browser.get("/suche").text  # looking at a page changes nothing
    browser.post(f"/suche/gemerkt/{target}", data={"csrf": token})
    assert "nichts Neues" in browser.get("/suche").text
    assert "Diese Suche merken" not in browser.get("/suche", params={"q": "Wohngeld"}).text
    assert browser.post(f"/suche/vergessen/{target}", data={}).status_code == 403
    browser.post(f"/suche/vergessen/{target}", data={"csrf": token})
    assert "Gemerkte Suchen" not in browser.get("/suche").text
