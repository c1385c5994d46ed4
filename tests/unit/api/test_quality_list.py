"""The work list of quality assurance: an order that holds, next and previous, a place that is kept."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from archive import access
from archive.db import rows
from archive.efile import closing
from archive.intake import documents
from archive.model import Grant, Reader, Role
from archive.people import accounts
from archive.views import quality_work
from tests.unit.api.building import BY, House
from tests.unit.api.conftest import csrf_of

Visits = Callable[[str], TestClient]


@pytest.fixture(scope="module")
def list_of_three(home: House) -> list[str]:
    return sorted(home.file(f"Brief {number}", pages=("Eins",)) for number in (1, 2, 3))


def check_page(document: str) -> str:
    return f"/dokumente/{document}?ansicht=pruefung&von=liste"


def links(page: str) -> dict[str, str]:
    """``prev`` and ``next`` of a page: the document that each leads to."""
    found = re.findall(
        r'rel="(prev|next)" data-key="[^"]+" aria-keyshortcuts="[^"]+" href="/dokumente/([^?"]+)\?',
        page,
    )
    return dict(found)


def reader_of(home: House, user: str) -> Reader:
    with home.database.read() as session:
        return accounts.reader(session, user)


def test_the_list_leads_through_its_documents_and_back(
    home: House, visits: Visits, list_of_three: list[str]
) -> None:
    first, second, third = list_of_three
    client = visits("bauamt")
    page = client.get("/sichtpruefung").text
    assert re.findall(r'<tr id="d-([^"]+)"', page) == list_of_three
    assert links(client.get(check_page(first)).text) == {"next": second}
    assert links(client.get(check_page(second)).text) == {"prev": first, "next": third}
    assert links(client.get(check_page(third)).text) == {"prev": second}
    middle = client.get(check_page(second)).text
    assert "Nr. 2 von 3" in middle
    back = re.search(r'href="(/sichtpruefung[^"]+)" data-key="KeyL"', middle)
    assert back and back[1].endswith(f"#d-{second}")
    listed = client.get(back[1].split("#")[0].replace("&amp;", "&")).text
    assert f'<tr id="d-{second}" class="marked">' in listed


def test_a_result_leads_on_to_the_next_one_and_keeps_the_place(
    home: House, visits: Visits, list_of_three: list[str]
) -> None:
    _, second, third = list_of_three
    client = visits("bauamt")
    page = client.get(check_page(second)).text
    sent = {"csrf": csrf_of(page), "von": "liste", "ok-1": "ja"}
    answer = client.post(f"/dokumente/{second}/pruefung", data=sent)
    assert answer.headers["location"] == check_page(third)
    after = client.get(check_page(third)).text
    assert "„Brief" in after and "Sichtprüfung bestanden" in after
    assert "Nr. 2 von 2" in after  # the badge and the list have gone down together
    settled = client.get(check_page(second)).text  # by the browser's own way back
    assert "Hier ist nichts mehr zu tun" in settled and links(settled)["next"] == third
    assert second not in client.get("/sichtpruefung").text
    sent = {"csrf": csrf_of(after), "von": "liste", "ok-1": "nein", "remark-1": "schief"}
    answer = client.post(f"/dokumente/{third}/pruefung", data=sent)
    assert answer.headers["location"].startswith("/sichtpruefung?")  # it was the last
    failed = client.get("/sichtpruefung?stand=failed").text
    assert third in failed and third not in client.get("/sichtpruefung").text


def test_without_the_list_the_document_is_shown_again(home: House, visits: Visits) -> None:
    document = home.file("Einzeln", pages=("Eins",))
    client = visits("bauamt")
    page = client.get(f"/dokumente/{document}?ansicht=pruefung").text
    assert "Zur Liste" not in page
    sent = {"csrf": csrf_of(page), "ok-1": "ja"}
    answer = client.post(f"/dokumente/{document}/pruefung", data=sent)
    assert answer.headers["location"] == f"/dokumente/{document}"


@pytest.mark.parametrize(
    "query",
    [
        "?ab=0",
        "?ab=2026-13-01~d",
        "?ab=2026-01-01~",
        "?ab=~d",
        "?bis=x",
        "?bis=2026-01-01~d",
        "?ab=9999-12-31~d",
        "?stand=x",
        "?bei=x",
    ],
)
def test_strange_places_show_a_list(visits: Visits, query: str) -> None:
    assert visits("bauamt").get(f"/sichtpruefung{query}").status_code == 200


def test_the_list_holds_what_its_reader_may_check_and_nothing_else(home: House) -> None:
    mine = home.file("Meins")
    foreign = home.file("Fremd", department="jugendamt")
    closed = home.file("Verschlossen", compartment="personal")
    ids = (mine, foreign, closed)
    with home.database.read() as session:
        loaded = {each: documents.load_document(session, each) for each in ids}
        for role in Role:
            for department in (None, "bauamt", "jugendamt"):
                for compartments in (frozenset[str](), frozenset({"personal"})):
                    grant = Grant(role=role, department=department)
                    reader = Reader(user="x", grants=frozenset({grant}), compartments=compartments)
                    work = quality_work.to_check(session, reader, limit=500)
                    listed = {each.id for each in work.documents}
                    assert work.total == len(listed)
                    assert work.total == quality_work.to_check_count(session, reader)
                    for each, document in loaded.items():
                        may = access.may_check_quality(reader, document)
                        may = may and access.may_read_document(reader, document)
                        assert (each in listed) is may, (role, department, each)


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_the_list_is_leafed_through_by_key_to_and_fro(home: House, at_once: int) -> None:
    for number in range(3):
        home.file(f"Blatt {number}")
    reader = reader_of(home, "bauamt")
    with home.database.read() as session:
        whole = [each.id for each in quality_work.to_check(session, reader, limit=500).documents]
        found: list[str] = []
        begin = None
        while True:
            work = quality_work.to_check(session, reader, begin=begin, limit=at_once)
            assert work.first == len(found) + 1 and work.total == len(whole)
            found += [each.id for each in work.documents]
            if work.following is None:
                break
            begin = work.following
        assert found == whole
        back: list[str] = [each.id for each in work.documents]
        while work.before is not None:
            work = quality_work.to_check(session, reader, end=work.before, limit=at_once)
            back = [each.id for each in work.documents] + back
        assert back == whole and work.first == 1


def test_places_beyond_what_is_counted_are_kept_without_a_number(
    home: House, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = sorted(home.file(f"Weit hinten {number}", pages=("Eins",)) for number in range(3))
    monkeypatch.setattr(rows, "COUNTED", 1)
    reader = reader_of(home, "bauamt")
    with home.database.read() as session:
        last = documents.load_document(session, ids[-1])
        place = quality_work.place_of(session, reader, last)
        assert (place.number, place.total, place.listed) == (None, 2, True)
        work = quality_work.to_check(session, reader, begin=quality_work.place_mark(last))
        assert work.first is None and work.before is not None
    assert "Eines von" in visits("bauamt").get(check_page(ids[-1])).text


def test_what_lies_in_a_closed_case_is_not_to_be_checked(home: House) -> None:
    document = home.file("Wird geschlossen", department="jugendamt")
    reader = reader_of(home, "jugendamt")
    with home.database.write() as session:
        found = documents.load_document(session, document)
        assert found.file_id and found.case_id
        closing.finalise_file(session, reader, found.file_id, at=home.clock())
        closing.close_case(session, reader, found.case_id, at=home.clock())
        listed = quality_work.to_check(session, reader).documents
    assert document not in {each.id for each in listed}


def test_an_inspector_finds_what_waits_before_the_seal(home: House, visits: Visits) -> None:
    with home.database.write() as session:
        accounts.add_user(session, "qs", "QS", by=BY, at=home.clock())
        accounts.grant_role(session, "qs", Grant(role=Role.QA_INSPECTOR), by=BY, at=home.clock())
    document = home.wait_for_check(home.receive("vor-dem-siegel.pdf"))
    page = visits("qs").get("/sichtpruefung").text
    assert re.findall(r'<tr id="d-([^"]+)"', page) == [document]
    shown = visits("qs").get(check_page(document))
    assert shown.status_code == 200 and "Seite 1" in shown.text
