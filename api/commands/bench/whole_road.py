"""The work of ``registratur bench road``: what a letter's whole road costs, against bare tesseract."""

from __future__ import annotations

import io
import os
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import event

from api import wiring
from api.commands.common import say, tell
from api.commands.service.init import make_home
from api.sample.letters import ACCESS, BUILDING, HERITAGE, OBJECTION
from api.wiring import House
from archive.db import rows
from archive.db.database import Database
from archive.stages import Outcome
from archive.tables import schema
from config import logs
from config.errors import UsageError
from config.settings import load
from ingest.actors import SERVICE
from ingest.doors.intake import Arrival
from ingest.queue.fair_queueing import Kind, Sender
from ingest.upkeep.service_loops import Running
from ocr.synthetic_letters import page, save_image

WALKERS = "dbos-executor"  #: how the names of the threads begin that walk
LOOK_EVERY = 0.3  #: seconds between looks whether all is done
PATIENCE = 1800.0
WARM = 2  #: letters before, for what is loaded once


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadCost:
    """CPU seconds (user and system) of a letter, means; statements and commits of the steps alone."""

    letters: int
    service: float  #: of the service's own process
    children: float  #: of all that it started
    tesseract: float  #: ``tesseract PICTURE OUT -l deu pdf txt``, one process a picture
    statements: float
    commits: float

    @property
    def ratio(self) -> float:
        return (self.service + self.children) / self.tesseract


@dataclass(slots=True)
class _Spent:
    service: float = 0.0
    children: float = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        service, children = _own(), _of_children()
        yield
        self.service += _own() - service
        self.children += _of_children() - children


def run(paths: Sequence[Path], *, letters: int, turns: int, as_json: bool) -> None:
    """Measure and tell."""
    logs.set_up("error", json_lines=False)
    with tempfile.TemporaryDirectory(prefix="registratur-bench-") as name:
        room = Path(name)
        pictures = tuple(paths) or _letters(room, range(letters))
        if len(pictures) < turns:
            raise UsageError("So viele Durchgänge wie Bilder gibt es höchstens.")
        make_home(room / "home", with_sample=True, environment={})
        with wiring.house(load(room / "home", environment={})) as house:
            cost = _measured(
                house, pictures, _letters(room, range(letters, letters + WARM)), room, turns
            )
    if as_json:
        fields = {each: getattr(cost, each) for each in RoadCost.__slots__}
        say({**{each: round(value, 4) for each, value in fields.items()}, "ratio": cost.ratio})
        return
    tell(
        f"{cost.letters} Briefe, je Brief: {cost.service + cost.children:.3f} CPU-s "
        f"(Dienst {cost.service:.3f}, Kinder {cost.children:.3f}), tesseract allein "
        f"{cost.tesseract:.3f}; x {cost.ratio:.2f}\n"
        f"Anweisungen an die Datenbank je Brief: {cost.statements:.0f}, davon festgeschrieben in "
        f"{cost.commits:.1f} Vorgängen"
    )


@contextmanager
def counted(database: Database) -> Iterator[Counter[str]]:
    """``statements`` and ``commits`` of the threads that walk, by the record's connections."""
    found: Counter[str] = Counter()

    def sent(_c: Any, _k: Any, text: str, _p: Any, _x: Any, _m: bool) -> None:
        if _walks() and not text.startswith("BEGIN"):
            found["statements"] += 1

    def committed(_connection: Any) -> None:
        if _walks():
            found["commits"] += 1

    heard: list[tuple[Any, str, Callable[..., None]]] = [
        (database.writer, "before_cursor_execute", sent),
        (database.reader, "before_cursor_execute", sent),
        (database.writer, "commit", committed),
    ]
    for each in heard:
        event.listen(*each)
    try:
        yield found
    finally:
        for each in heard:
            event.remove(*each)


def _walks() -> bool:
    return threading.current_thread().name.startswith(WALKERS)


def _measured(
    house: House, pictures: Sequence[Path], warm: Sequence[Path], room: Path, turns: int
) -> RoadCost:
    """Some letters by the road, the same ones by tesseract, and so on in turns: what else the
    machine does meets both."""
    road, bare = _Spent(), _Spent()
    running = house.running()
    running.start(watch=False)
    try:
        _walk(house, running, warm)
        with counted(house.engines.database) as found:
            for turn in range(turns):
                some = pictures[turn::turns]
                with road.counting():
                    _walk(house, running, some)
                with bare.counting():
                    _tesseract(some, room)
        _demand_archived(house, len(pictures) + len(warm))
    finally:
        running.stop()
    count = len(pictures)
    return RoadCost(
        letters=count,
        service=road.service / count,
        children=road.children / count,
        tesseract=bare.children / count,
        statements=found["statements"] / count,
        commits=found["commits"] / count,
    )


def _walk(house: House, running: Running, pictures: Sequence[Path]) -> None:
    """All of them into custody, and on until each is in its file and in the index."""
    for picture in pictures:
        arrival = Arrival(
            source=os.fsencode(picture.name),
            stream="mailroom",
            by=SERVICE,
            sender=Sender(Kind.COMMAND, "bench"),
        )
        house.intake.take(arrival, io.BytesIO(picture.read_bytes()))
    limit = time.monotonic() + PATIENCE
    while not running.is_idle():
        if time.monotonic() > limit:
            raise UsageError(f"Nach {PATIENCE:.0f} s nicht fertig; mit weniger Briefen messen.")
        time.sleep(LOOK_EVERY)


def _demand_archived(house: House, count: int) -> None:
    """What is held or a duplicate has not gone the whole road."""
    with house.engines.database.read() as session:
        archived = rows.count(
            session, schema.item, (schema.item.c.outcome == Outcome.ARCHIVED.value,)
        )
    if archived != count:
        raise UsageError(f"Von {count} Briefen sind {archived} archiviert; nur solche messen.")


def _tesseract(pictures: Sequence[Path], room: Path) -> None:
    for picture in pictures:
        subprocess.run(
            ["tesseract", str(picture), str(room / "bare"), "-l", "deu", "pdf", "txt"],
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            capture_output=True,
            check=True,
        )


def _letters(room: Path, seeds: range) -> tuple[Path, ...]:
    """Synthetic ones, each of other bytes."""
    kinds = (BUILDING, OBJECTION, HERITAGE, ACCESS)
    made = []
    for seed in seeds:
        made.append(room / f"brief{seed}.jpg")
        save_image(page(kinds[seed % len(kinds)], seed=seed), made[-1])
    return tuple(made)


def _own() -> float:
    times = os.times()
    return times.user + times.system


def _of_children() -> float:
    """Of those that have ended, and of all that live."""
    times = os.times()
    total = times.children_user + times.children_system
    for child in psutil.Process().children(recursive=True):
        try:
            spent = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system + spent.children_user + spent.children_system
    return total
