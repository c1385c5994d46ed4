"""Killed at any place, the service loses nothing, doubles nothing and goes on."""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.home import Home, small_scan
from tests.accounts import slow_writer
from tests.postgres import ENGINES, new_database

PLACES = (  # a function, and whether the group dies before or after the call
    "ingest.doors.hot_folder.claims:Place.note:before",
    "ingest.doors.hot_folder.claims:Place.note:after",
    "ingest.doors.hot_folder.claims:Place.bring_in:after",
    "ingest.doors.hot_folder.hot_folder:HotFolder._claim:after",
    "archive.store.objects_folder:FolderStore.put:after",
    "ingest.doors.intake:Intake.take:before",
    "ingest.doors.intake:Intake.take:after",
    "ingest.doors.hot_folder.custody:Keeping._is_in_custody:after",
    "ingest.doors.hot_folder.custody:Keeping._remove_source:before",
    "ingest.doors.hot_folder.claims:Place.remove:after",
    "ingest.doors.hot_folder.claims:Place.forget:before",
    "ingest.doors.hot_folder.custody:Keeping._remove_source:after",
    "ingest.road.step_execution:Walk._try:after",
    "ingest.road.step_execution:Walk._commit:after",
    "ingest.road.step_execution:Walk._taken:after",
    "search.engines.tantivy.index_tantivy:TantivyIndex.apply:after",
    "archive.intake.documents:mark_indexed:before",
)
STEPS = 8  #: of an item's and its document's road together
A_HANDFUL = (
    "ingest.doors.hot_folder.claims:Place.bring_in:after:1",
    "ingest.doors.intake:Intake.take:after:1",
    "ingest.road.step_execution:Walk._try:after:4",
    "ingest.road.step_execution:Walk._commit:after:7",
    "archive.intake.documents:mark_indexed:before:1",
)


def every_place() -> list[str]:
    """Each place; those of the road once for each of its steps, those of the store for each put."""
    counts = {"Walk": range(1, STEPS + 1), "FolderStore": range(1, 7)}
    return [
        f"{place}:{count}"
        for place in PLACES
        for count in next((c for key, c in counts.items() if key in place), range(1, 2))
    ]


def die_at(home: Home, places: tuple[str, ...] | list[str]) -> None:
    for number, place in enumerate(places, start=len(home.dropped)):
        home.start(deadly=place)
        home.drop(f"scan_{number}.jpg", small_scan(number))
        assert home.died(), (place, home.log())


@contextmanager
def a_slow_scanner(home: Home, number: int) -> Iterator[None]:
    """A writer of another account keeps one handle open as long as this block lasts, and the
    service has no way to ask whether it does. Nothing where we cannot act as two accounts."""
    if os.geteuid() != 0:
        yield
        return
    home.is_root = False
    folder, name, content = home.path / "hot" / "mailroom", f"slow_{number}.jpg", small_scan(number)
    folder.chmod(0o777)
    home.dropped[name] = hashlib.sha256(content).hexdigest()
    with slow_writer(folder, name, content):
        yield


@pytest.fixture(params=ENGINES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    """A home on the embedded database, or on a real PostgreSQL."""
    if request.param == "sqlite":
        yield Home.make(tmp_path / "home")
        return
    with new_database() as url:
        yield Home.make(tmp_path / "home", REGISTRATUR_DATABASE__URL=url)


def test_dying_at_a_handful_of_places(home: Home) -> None:
    with a_slow_scanner(home, 1000):
        die_at(home, A_HANDFUL)
        home.start()
    home.wait_until_done()
    seconds = home.stop()
    assert seconds < 10
    home.start()  # tidies what the last crash left
    home.wait_until_done()
    home.stop()
    home.check_whole()


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_dying_at_every_place(tmp_path: Path) -> None:
    home = Home.make(tmp_path / "home")
    with a_slow_scanner(home, 1000):
        die_at(home, every_place())
        home.start()
    home.wait_until_done(600)
    home.stop()
    home.start()
    home.wait_until_done()
    home.stop()
    home.check_whole()


@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_moments_while_files_drop_in(tmp_path: Path, seed: int) -> None:
    kills_at_random(Home.make(tmp_path / "home"), random.Random(seed), kills=90)


def kills_at_random(home: Home, chance: random.Random, *, kills: int) -> None:
    done = 0
    while done < kills:
        with a_slow_scanner(home, 1000 + done):
            for number in range(done, min(done + 10, kills)):
                drop_and_kill(home, chance, number)
        done += 10
    home.start()
    home.wait_until_done(1200)
    home.stop()
    home.start()
    home.wait_until_done()
    home.stop()
    home.check_whole()


def drop_and_kill(home: Home, chance: random.Random, number: int) -> None:
    home.start()
    moment = time.monotonic() + chance.uniform(0.5, 9.0)
    while time.monotonic() < moment:
        count = sum(name.startswith("scan_") for name in home.dropped)
        if count < number + 2:
            stream = chance.choice(["mailroom", "legacy"])
            home.drop(f"scan_{count}.jpg", small_scan(count), stream=stream)
        time.sleep(chance.uniform(0.05, 0.8))
    home.kill()
