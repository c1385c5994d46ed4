"""One sample house in this process, with the real engines, for the whole of a test module."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api import wiring
from api.commands.service.init import make_home
from api.wiring import House
from archive.audit.trail import Actor
from archive.intake import documents, items
from archive.model import Document, Item, Reader
from archive.people import accounts
from config.settings import load
from ingest.doors.intake import Arrival
from ingest.engines import Engines
from ingest.queue.fair_queueing import Kind, Sender
from ingest.upkeep.service_loops import Running
from tests.postgres import ENGINES, new_database

TEST = Actor(user="test")


@dataclass(slots=True)
class Flow:
    """A house whose road is walked by this process."""

    house: House
    running: Running | None = None

    @property
    def engines(self) -> Engines:
        return self.house.engines

    def start(self, change: Callable[[Engines], Engines] | None = None) -> None:
        """Begin to walk; ``change`` puts other ports in first (a part that is broken)."""
        if change is not None:
            self.house = replace(self.house, engines=change(self.engines))
        self.running = self.house.running()
        self.running.start(watch=False)

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()
            self.running = None
            self.engines.stopping.clear()

    def take(self, content: bytes, name: str = "brief.jpg", **words: str) -> str:
        arrival = Arrival(
            source=name.encode(),
            stream=words.pop("stream", "mailroom"),
            by=TEST,
            sender=Sender(Kind.COMMAND, words.pop("sender", "test")),
            **words,
        )
        return self.house.intake.take(arrival, io.BytesIO(content))

    def item(self, item_id: str) -> Item:
        with self.engines.database.read() as session:
            return items.load_item(session, item_id)

    def document(self, document_id: str) -> Document:
        with self.engines.database.read() as session:
            return documents.load_document(session, document_id)

    def reader(self, user: str) -> Reader:
        with self.engines.database.read() as session:
            return accounts.reader(session, user)

    def wait(
        self, item_id: str, until: Callable[[Item], bool] | None = None, *, seconds: float = 300
    ) -> Item:
        """The item once it has an outcome (or ``until`` holds)."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            item = self.item(item_id)
            if until(item) if until else item.outcome is not None:
                return item
            time.sleep(0.05)
        raise AssertionError(f"did not come to an end: {self.item(item_id)}")

    def wait_for_index(self, *, seconds: float = 300) -> None:
        limit = time.monotonic() + seconds
        assert self.running is not None
        while time.monotonic() < limit:
            if self.running.is_idle():
                return
            time.sleep(0.05)
        raise AssertionError("the index does not catch up")


@pytest.fixture(scope="module", params=ENGINES)
def environment(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings that choose the database: embedded, or a real PostgreSQL."""
    if request.param == "sqlite":
        yield {}
        return
    with new_database() as url:
        yield {"REGISTRATUR_DATABASE__URL": url}


@contextmanager
def built_house(home: Path, environment: dict[str, str]) -> Iterator[House]:
    """A sample house in ``home``."""
    make_home(home, with_sample=True, environment=environment)
    built = wiring.build(load(home, environment=environment))
    yield built
    built.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[House]:
    with built_house(tmp_path_factory.mktemp("flow") / "home", environment) as built:
        yield built


@pytest.fixture(scope="module")
def flow(house: House) -> Iterator[Flow]:
    """A house at work."""
    flow = Flow(house)
    flow.start()
    yield flow
    flow.stop()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return tmp_path
