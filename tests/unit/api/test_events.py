"""Server-sent events over a real connection."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from api.http import live_events
from archive.intake import items
from archive.people import accounts
from config.errors import HoldReason
from tests.unit.api.building import BY, House, serving


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_events, "EVERY", 0.02)
    monkeypatch.setattr(live_events, "BEAT_EVERY", 0.1)


@contextmanager
def listening(address: str, token: str) -> Iterator[Iterator[tuple[str, dict[str, object]]]]:
    """The events as they come; signs of life are events without data."""

    def parts(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
        name = ""
        for line in lines:
            if line.startswith(":"):
                yield "life", {}
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))

    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"{address}/api/v1/events", headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield parts(answer.iter_lines())


def test_what_happens_is_told(house: House) -> None:
    with serving(house) as address, listening(address, house.token("poststelle")) as heard:
        assert next(heard)[0] == "ready"  # from here on nothing is missed
        item = house.receive("brief.pdf")
        told = [data for name, data in _until(heard, "item", 1) if name == "item"]
        assert told[0]["id"] == item and told[0]["stage"] == "received"
        house.hold(item, HoldReason.EMPTY, "leer\nzeile")
        told = [data for name, data in _until(heard, "item", 1) if name == "item"]
        assert told[0]["outcome"] == "held" and told[0]["reason"] == "leer\nzeile"


def test_the_page_looks_anew_when_it_begins_to_listen(house: House) -> None:
    with serving(house) as address, httpx.Client(base_url=address, timeout=20) as person:
        assert person.post(f"/anmelden/link/{house.link('poststelle')}").status_code == 303
        shown = person.get("/eingang").text
        house.receive("dazwischen.pdf")
        with person.stream("GET", "/eingang/live") as answer:
            assert next(answer.iter_lines()) == "event: changed"
        assert "dazwischen" not in shown and "dazwischen" in person.get("/eingang/liste").text


def test_waiting_is_told_though_it_leaves_no_event(house: House) -> None:
    item = house.receive("brief.pdf")
    with serving(house) as address, listening(address, house.token("poststelle")) as heard:
        next(heard)
        with house.database.write() as session:
            items.set_waiting(session, item, "den Virenscanner")
        told = [data for name, data in _until(heard, "item", 1) if name == "item"]
        assert told[0]["waiting_for"] == "den Virenscanner"


def test_who_is_disabled_hears_no_more(house: House) -> None:
    with serving(house) as address, listening(address, house.token("poststelle")) as heard:
        next(heard)
        with house.database.write() as session:
            accounts.disable_user(session, "poststelle", by=BY, at=house.clock())
        house.receive("danach.pdf")
        assert all(name != "item" for name, _ in heard)  # and the stream ends


def _until(
    heard: Iterator[tuple[str, dict[str, object]]], name: str, times: int
) -> Iterator[tuple[str, dict[str, object]]]:
    for event in heard:
        yield event
        times -= event[0] == name
        if not times:
            return


def test_who_goes_leaves_nothing_behind(house: House) -> None:
    def listeners() -> float:
        headers = {"Authorization": f"Bearer {token}"}
        text = httpx.get(f"{address}/metrics", headers=headers, timeout=20).text
        found = re.search(r"^registratur_event_listeners (\S+)$", text, re.MULTILINE)
        assert found, text
        return float(found.group(1))

    token = house.token("verwaltung")
    with serving(house) as address:
        with listening(address, house.token("poststelle")) as heard:
            assert next(heard)[0] == "ready"
            assert listeners() == 1
        until = time.monotonic() + 60
        while listeners():  # news of the end come with the next thing that is sent
            house.receive("danach.pdf")
            assert time.monotonic() < until
