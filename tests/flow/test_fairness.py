"""One who brings much holds up nobody else: the order in which the real engine walks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.wiring import House
from archive.intake import items
from archive.intake.documents import NewDocument
from archive.model import Item
from archive.stages import Outcome
from archive.tables import schema
from config.errors import HoldReason, InputError, TakesLong
from ingest import pipeline
from ingest.acts.road import held
from ingest.engines import Engines
from ingest.queue.fair_queueing import TURNS, Kind, Sender
from ingest.queue.work_queue import DOCUMENT, ITEM, UNKNOWN, SenderOf
from ingest.road.step_outcome import Change
from ingest.upkeep.service_loops import Running
from tests.acting import seated
from tests.flow.conftest import Flow, built_house

LETTER = Sender(Kind.PERSON, "a")
TABLE = {"sqlite": "workflow_status", "postgresql": "dbos.workflow_status"}


class Road:
    """A road without work: what is walked is noted; a stack has three documents, all are held."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._walked: dict[
            str, tuple[str, str]
        ] = {}  #: by id; what a stop cut off is begun once more
        self.several = threading.Event()
        patch.setattr(pipeline, "check", self.check)
        patch.setattr(pipeline, "verify", lambda engines, item_id: Change(action="VERIFIED"))
        patch.setattr(pipeline, "separate", self.separate)
        patch.setattr(pipeline, "recognise", self.recognise)

    @property
    def walked(self) -> list[tuple[str, str]]:
        return list(self._walked.values())

    def note(self, object_id: str, what: str, item: Item) -> None:
        self._walked.setdefault(object_id, (what, item.source))
        if len(self._walked) >= 5:
            self.several.set()

    def check(self, engines: Engines, item_id: str) -> Change:
        item = load(engines, item_id)
        self.note(item_id, "file", item)
        if "langsam" in item.source and item.attempt == 1:
            raise TakesLong("mehr als erlaubt")
        return Change(action="CHECKED")

    def separate(self, engines: Engines, item_id: str) -> Change:
        count = 3 if "stapel" in load(engines, item_id).source else 1
        return Change(
            action="SPLIT_DONE",
            parts=tuple(
                NewDocument(
                    id=f"d{item_id[1:]}-{number}", position=number, first_page=None,
                    last_page=None, origin="paper", pages=1,
                )
                for number in range(1, count + 1)
            ),
        )  # fmt: skip

    def recognise(self, engines: Engines, document_id: str) -> Change:
        item = load(engines, f"i{document_id[1:].rpartition('-')[0]}")
        self.note(document_id, "document", item)
        raise InputError(HoldReason.UNREADABLE, "nur gezählt")


def load(engines: Engines, item_id: str) -> Item:
    with engines.database.read() as session:
        return items.load_item(session, item_id)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Iterator[House]:
    one_place = {"REGISTRATUR_WORK__DOCUMENTS": "1", **environment}
    with built_house(tmp_path_factory.mktemp("fair") / "home", one_place) as built:
        yield built


@pytest.fixture
def still(house: House) -> Iterator[Flow]:
    """Nothing walks before the test says so."""
    flow = Flow(house)
    yield flow
    flow.stop()


def walk_all(flow: Flow, taken: list[str]) -> None:
    flow.start()
    for item_id in taken:
        assert flow.wait(item_id).outcome is Outcome.HELD
    flow.stop()


@pytest.mark.parametrize("many", [12, pytest.param(40, marks=pytest.mark.campaign)])
def test_one_letter_passes_what_another_brought_before(
    still: Flow, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    road = Road(monkeypatch)
    taken = [
        still.take(b"%d von %d" % (number, many), f"viele-{number:02}.jpg", sender="folder")
        for number in range(many)
    ]
    taken.append(still.take(b"stapel %d" % many, "stapel.jpg", sender="other"))
    taken.append(still.take(b"brief %d" % many, "brief.jpg", sender="person"))
    still.start()
    assert road.several.wait(timeout=300)
    still.stop()  # the order is kept with what waits
    walk_all(still, taken)
    files = [source for what, source in road.walked if what == "file"]
    assert files.index("brief.jpg") <= 4 and files.index("stapel.jpg") <= 4
    assert [name for name in files if name.startswith("viele")] == sorted(
        f"viele-{number:02}.jpg" for number in range(many)
    )
    assert road.walked.index(("document", "brief.jpg")) <= 10
    # Documents come to their end while most files of the same sender still wait.
    early = [what for what, source in road.walked[:18] if source.startswith("viele")]
    assert early.count("document") >= 4 and early.count("file") >= 4
    assert len(road.walked) == 2 * many + 2 + 3 + 1


def test_documents_are_of_the_sender_of_their_file_and_a_retry_of_the_person_who_asks(
    still: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    Road(monkeypatch)
    stack = still.take(b"langsam", "langsamer stapel.jpg", sender="folder")
    walk_all(still, [stack])
    assert flows(still.house, stack) == {"item:command:folder"}  # in the slow queue, too
    with still.engines.database.read() as session:
        assert {row["queue_name"] for row in rows(session, stack)} == {"mailroom", "slow"}
    assert flows(still.house, f"d{stack[1:]}-") == {"document:command:folder"}
    held.Retry(object_id=f"d{stack[1:]}-1", reason="nochmals").perform(
        still.engines, seated(still.reader("poststelle"))
    )
    assert "document:person:poststelle" in flows(still.house, f"d{stack[1:]}-1~2")


def test_a_hot_folder_is_one_sender_with_all_below_it(still: Flow) -> None:
    (door,) = (door for door in still.house.doors() if door.name == "mailroom")
    door.prepare()
    for name in ("brief.jpg", "von a@example.org/brief.jpg", "stapel/1/brief.jpg"):
        (door.root / name).parent.mkdir(parents=True, exist_ok=True)
        (door.root / name).write_bytes(name.encode() + b"\xff\xd9")
    assert sum(door.look(moment) for moment in (1000.0, 1100.0, 1200.0)) == 3
    query = sa.select(schema.item.c.id).where(schema.item.c.received_by == "hotfolder")
    with still.engines.database.read() as session:
        (one, other, third) = session.execute(query).scalars().all()
        for item_id in (one, other, third):
            assert flows_in(session, item_id) == {"item:folder:mailroom"}


def test_work_whose_sender_is_lost_is_enqueued_all_the_same(still: Flow) -> None:
    """What an earlier release enqueued has none, and after a database was put back the walk is gone."""
    queue = still.house.queue
    with still.engines.database.write() as session:
        queue.enqueue(session, ITEM, "iold", attempt=1, priority=0, sender=LETTER)
        session.execute(
            sa.text(
                f"UPDATE {TABLE[session.get_bind().dialect.name]} "
                "SET queue_partition_key = NULL, priority = 1 WHERE workflow_uuid = 'iold'"
            )
        )
        queue.enqueue(
            session, DOCUMENT, "dlost-1", "dlost-2",
            attempt=1, priority=0, sender=SenderOf(ITEM, "iold", 1),
        )  # fmt: skip
        queue.enqueue(
            session, DOCUMENT, "dlost-3",
            attempt=2, priority=0, sender=SenderOf(DOCUMENT, "dnowhere", 1),
        )  # fmt: skip
        assert turns(session, "dlost") == [2, 3, 4]
        assert flows_in(session, "dlost") == {f"{DOCUMENT}:{UNKNOWN}"}
        session.rollback()


def test_streams_go_by_their_rank_before_any_turn(still: Flow) -> None:
    queue = still.house.queue
    with still.engines.database.write() as session:
        for number in range(3):
            for rank in (1, 2, 101, 102):
                queue.enqueue(
                    session, ITEM, f"irank{rank}-{number}",
                    attempt=1, priority=rank, sender=LETTER,
                )  # fmt: skip
        for queued, first, second in (("legacy", 1, 2), ("slow", 101, 102)):
            assert max(priorities(session, f"irank{first}-", queued)) < min(
                priorities(session, f"irank{second}-", queued)
            )
        assert turns(session, "irank1-") == turns(session, "irank102-") == [1, 2, 3]
        session.rollback()


def test_one_statement_finds_the_turns_of_all_documents_of_a_file(still: Flow) -> None:
    said: list[str] = []

    def hear(*told: Any) -> None:
        said.append(told[2].lstrip().upper())

    with still.engines.database.write() as session:
        event.listen(session.connection(), "before_cursor_execute", hear)
        still.house.queue.enqueue(
            session, DOCUMENT, *(f"done-{number}" for number in range(30)),
            attempt=1, priority=5, sender=LETTER,
        )  # fmt: skip
        assert len([text for text in said if text.startswith("SELECT")]) == 1
        assert turns(session, "done-") == list(range(1, 31))
        session.rollback()


class WaitingDoor:
    """A door that is not done with its folder before the others have looked into theirs."""

    def __init__(self, name: str, root: Path, everyone: threading.Barrier) -> None:
        self.name, self.root, self.everyone = name, root, everyone
        self.looked = threading.Event()

    def prepare(self) -> None:
        self.root.mkdir()

    def next_due(self) -> float | None:
        return time.monotonic()

    def look(self) -> int:
        if not self.looked.is_set():
            self.everyone.wait(timeout=60)
            self.looked.set()
        return 0


def test_a_hot_folder_is_emptied_while_another_one_still_is(house: House, tmp_path: Path) -> None:
    everyone = threading.Barrier(2)
    doors = [WaitingDoor(name, tmp_path / name, everyone) for name in ("mailroom", "legacy")]
    running = Running(engines=house.engines, executor="embedded", doors=cast("Any", tuple(doors)))
    running.start(walk=False, index=False)
    try:
        assert all(door.looked.wait(timeout=60) for door in doors)
    finally:
        running.stop()
        house.engines.stopping.clear()


# ------------------------------------------------------------------ what the engine has


def rows(session: Session, prefix: str) -> list[sa.RowMapping]:
    text = (
        "SELECT queue_name, queue_partition_key, priority "
        f"FROM {TABLE[session.get_bind().dialect.name]} "
        "WHERE workflow_uuid LIKE :prefix ORDER BY priority"
    )
    return list(session.execute(sa.text(text), {"prefix": f"{prefix}%"}).mappings())


def flows_in(session: Session, prefix: str) -> set[str]:
    return {row["queue_partition_key"] for row in rows(session, prefix)}


def flows(house: House, prefix: str) -> set[str]:
    with house.engines.database.read() as session:
        return flows_in(session, prefix)


def priorities(session: Session, prefix: str, queue: str) -> list[int]:
    found = rows(session, prefix)
    assert {row["queue_name"] for row in found} == {queue}
    return [row["priority"] for row in found]


def turns(session: Session, prefix: str) -> list[int]:
    return [row["priority"] % TURNS for row in rows(session, prefix)]
