"""The index is away: search says so with what waits, nothing is lost, and it catches up by itself."""

from __future__ import annotations

import pytest

from archive.search import outbox
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.errors import IndexUnavailable
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls


def away(_: TantivyIndex) -> None:
    raise IndexUnavailable("Elasticsearch (http://127.0.0.1:9) ist nicht erreichbar: refused")


def test_search_says_what_waits_and_catches_up(
    house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = calls("bauamt")
    client.post("/api/v1/searches", json={"question": "Wohngeld"})
    with monkeypatch.context() as patch:
        patch.setattr(TantivyIndex, "_ready", away)
        mine = [house.file(f"Mein {number}", pages=("Wohngeld",)) for number in range(3)]
        house.file("Fremd", pages=("Wohngeld",), department="jugendamt")
        with pytest.raises(IndexUnavailable):
            house.index()
        for place in ("/api/v1/search?q=Wohngeld", "/api/v1/search/words?prefix=wohn"):
            answer = client.get(place)
            assert answer.status_code == 503
            assert "3 Ihrer Dokumente" in answer.json()["detail"]  # and nobody else's
        assert client.get("/api/v1/documents").json()["total"] == 3  # lists need no index
        with house.database.read() as session:
            assert outbox.dead(session) == () and outbox.lag(session) >= 4
    house.index()
    found = client.get("/api/v1/search?q=Wohngeld").json()
    assert sorted(hit["id"] for hit in found["hits"]) == sorted(mine)
    assert client.get("/api/v1/searches").json()["items"][0]["new"] == 3
    with house.database.read() as session:
        assert outbox.lag(session) == 0
