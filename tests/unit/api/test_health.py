"""Is it alive, can it work, how much did it do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from search.index import Health, IndexState
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls


def test_ready_when_all_parts_are(app: FastAPI) -> None:
    client = TestClient(app)
    assert client.get("/healthz").json()["ok"] is True
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert [part["part"] for part in answer.json()["parts"]] == ["database", "objects", "index"]


def test_an_index_away_is_named_and_keeps_nobody_from_the_rest(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    health = house.service.index.health()

    def ill() -> Health:
        return replace(health, state=IndexState.AWAY)

    monkeypatch.setattr(house.service.index, "health", ill)
    answer = TestClient(app).get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)
    assert [part["ok"] for part in answer.json()["parts"]] == [True, True, False]


def test_without_the_record_nothing_is_ready(
    house: House, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> bool:
        raise OSError("Stale file handle")

    monkeypatch.setattr(house.service.objects, "has", away)
    answer = TestClient(app).get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert [part["ok"] for part in answer.json()["parts"]] == [True, False, True]


def test_requests_are_counted_by_route_never_by_path(app: FastAPI, calls: Calls) -> None:
    client = calls("bauamt")
    client.get("/api/v1/items/i-geheim")
    client.get("/wp-login.php")
    text = calls("verwaltung").get("/metrics").text
    assert 'route="routes.items.get_item",status="404"' in text
    assert 'route="other",status="404"' in text and "geheim" not in text and "wp-" not in text
