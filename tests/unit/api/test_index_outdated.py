"""A new version lays the index out otherwise: it is built anew while everything else goes on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from archive.model import Document
from archive.search import outbox
from ingest.engines import Engines
from ingest.errors import Stopping
from ingest.index import rebuilding
from ingest.index.projection import entry_of
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.errors import IndexOutdated
from search.index import Entry
from tests.unit.api.building import House, analyser
from tests.unit.api.conftest import Calls

ALL = 4
SEARCH = "/api/v1/search?q=Wohngeld"


@pytest.fixture
def house(house: House) -> Iterator[House]:
    """With documents in an index that an earlier version wrote."""
    for number in range(ALL):
        house.file(f"Alt {number}", pages=("Wohngeld",))
    house.index()
    house.service.index.close()
    root = house.service.settings.home / "index"
    for path in root.glob("*/generation.json"):
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "layout": 1}))
    index = TantivyIndex(root, analyser())
    service = house.service
    house.service = replace(
        service,
        engines=replace(service.engines, index=index),
        searching=replace(service.searching, index=index),
    )
    yield house


class Gate:
    """Holds the rebuild before a document, until it is opened."""

    def __init__(self, before: int) -> None:
        self.loaded: list[str] = []
        self.before = before
        self.reached, self.opened = threading.Event(), threading.Event()

    def entry_of(self, engines: Engines, document: Document, *, with_text: bool = True) -> Entry:
        if len(self.loaded) == self.before:
            self.reached.set()
            assert self.opened.wait(60)
        self.loaded.append(document.id)
        return entry_of(engines, document, with_text=with_text)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate(before=2)
    monkeypatch.setattr(rebuilding, "entry_of", gate.entry_of)
    return gate


def test_search_says_how_far_it_is_and_all_else_goes_on(
    house: House, calls: Calls, gate: Gate
) -> None:
    client = calls("bauamt")
    before = client.get(SEARCH)  # it has not begun yet
    assert before.status_code == 503
    assert "muss neu aufgebaut werden" in before.json()["detail"]
    building = threading.Thread(target=rebuilding.keep_whole, args=[house.service.engines])
    building.start()
    assert gate.reached.wait(60)
    for place in (SEARCH, "/api/v1/search/words?prefix=wohn"):
        answer = client.get(place)
        assert answer.status_code == 503
        assert "wird neu aufgebaut (50 % sind geschafft)" in answer.json()["detail"]
        assert "Dokumente" not in answer.json()["detail"]  # no figure of the whole house
    admin = calls("verwaltung")
    assert "registratur_outbox_lag 0.0" in admin.get("/metrics").text
    meanwhile = house.file("Meanwhile", pages=("Wohngeld",))
    with pytest.raises(IndexOutdated):
        house.index()
    upload = {"file": ("neu.txt", b"x", "text/plain")}
    sent = {"stream": "mailroom", "department": "bauamt"}
    assert calls("poststelle").post("/api/v1/items", files=upload, data=sent).status_code == 201
    assert client.get("/api/v1/documents").json()["total"] == ALL + 1
    assert client.get(f"/api/v1/documents/{meanwhile}").status_code == 200
    with house.database.read() as session:
        assert outbox.lag(session) == 1 and outbox.dead(session) == ()
    gate.opened.set()
    building.join()
    assert client.get(SEARCH).json()["total"] >= ALL
    house.index()
    assert client.get(SEARCH).json()["total"] == ALL + 1
    assert house.service.engines.renewal.progress is None
    with house.database.read() as session:
        assert outbox.lag(session) == 0


def test_on_the_pages(house: House, sits: Calls, gate: Gate) -> None:
    building = threading.Thread(target=rebuilding.keep_whole, args=[house.service.engines])
    building.start()
    assert gate.reached.wait(60)
    answer = sits("bauamt").get("/suche?q=Wohngeld")
    assert answer.status_code == 503 and "50 % sind geschafft" in answer.text
    assert sits("bauamt").get("/suche").status_code == 200
    page = sits("verwaltung").get("/verwaltung").text
    assert "2 von 4 Dokumenten" in page and "registratur reindex" not in page
    gate.opened.set()
    building.join()
    assert "Der Suchindex ist bereit." in sits("verwaltung").get("/verwaltung").text


def test_a_stop_ends_it_at_the_next_document_and_a_start_goes_on(
    house: House, calls: Calls, gate: Gate
) -> None:
    engines = house.service.engines
    told: list[BaseException] = []

    def build() -> None:
        with pytest.raises(Stopping) as raised:
            rebuilding.keep_whole(engines)
        told.append(raised.value)

    building = threading.Thread(target=build)
    building.start()
    assert gate.reached.wait(60)
    engines.stopping.set()
    gate.opened.set()
    building.join(60)
    assert told and len(gate.loaded) == 3
    assert engines.renewal.progress is None
    assert calls("bauamt").get(SEARCH).status_code == 503
    engines.stopping.clear()
    rebuilding.keep_whole(engines)
    assert calls("bauamt").get(SEARCH).json()["total"] == ALL
