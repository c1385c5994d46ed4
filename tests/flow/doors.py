"""A hot folder over a real house, looked at moments that the test names; and another account."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.wiring import House
from archive import schema
from config.clock import now
from ingest.hotfolder import HotFolder
from ingest.obstacles import Obstacles

SETTLE, FOREIGN, UNFINISHED, KEEP, DOUBTFUL = 1.0, 20.0, 60.0, 60.0, 600.0
NOBODY = 65_534


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came into custody by the door under test."""

    id: str
    source: bytes
    content: bytes
    stage: str


@dataclass(slots=True)
class Door:
    """One hot folder. ``look(seconds)`` lets that much time pass and looks once."""

    house: House
    root: Path
    home: Path  #: for the claims alone; each test has its own
    words: dict[str, Any] = field(default_factory=dict)  #: of the stream's settings
    moment: float = 1000.0
    before: set[str] = field(default_factory=set)
    obstacles: Obstacles = field(default_factory=lambda: Obstacles(now))
    door: HotFolder = field(init=False)

    def __post_init__(self) -> None:
        self.before = {arrived.id for arrived in self._all()}
        self.restart()

    def restart(self) -> None:
        """As after a stop of the service: nothing is remembered but what lies on the disk."""
        settings = self.house.settings
        words = {"folder": str(self.root), **self.words}
        stream = settings.streams["mailroom"].model_copy(update=words)
        times = settings.intake.model_copy(
            update={
                "settle_seconds": SETTLE,
                "foreign_seconds": FOREIGN,
                "unfinished_seconds": UNFINISHED,
                "keep_seconds": KEEP,
                "doubtful_seconds": DOUBTFUL,
            }
        )
        changes = {"home": self.home, "streams": {"mailroom": stream}, "intake": times}
        house = replace(
            self.house,
            settings=settings.model_copy(update=changes),
            obstacles=self.obstacles,
        )
        (self.door,) = house.doors()
        self.door.prepare()

    def look(self, seconds: float = 0.0) -> int:
        self.moment += seconds
        return self.door.look(self.moment)

    def pass_by(self, seconds: float, *, every: float = SETTLE / 2) -> int:
        """Look again and again, as the service does."""
        end, taken = self.moment + seconds, 0
        while self.moment < end:
            taken += self.look(every)
        return taken

    def arrived(self) -> list[Arrived]:
        """In the order of their custody."""
        return [one for one in self._all() if one.id not in self.before]

    def contents(self) -> list[bytes]:
        return [one.content for one in self.arrived()]

    def told(self) -> dict[str, str]:
        """The obstacles: path below the hot folder to text."""
        root = f"{self.root}/"
        return {each.path.removeprefix(root): each.text for each in self.obstacles.all()}

    def left(self) -> list[str]:
        """What lies in the hot folder."""
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))

    def claims(self) -> list[str]:
        """What is claimed: records and files."""
        return sorted(path.name for path in (self.home / "claims").rglob("*") if path.is_file())

    def _all(self) -> list[Arrived]:
        item = schema.item
        query = sa.select(item).order_by(item.c.received_at, item.c.id)
        with self.house.engines.database.read() as session:
            rows = session.execute(query).mappings().all()
        objects = self.house.engines.objects
        return [
            Arrived(
                row["id"],
                row["source_bytes"],
                objects.path(row["sha256"]).read_bytes(),
                row["stage"],
            )
            for row in rows
        ]


class OtherAccount:
    """A process of another account; it does what it is told, and keeps its handles open."""

    def __init__(self, uid: int = NOBODY) -> None:
        context = multiprocessing.get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._pipe, uid), daemon=True)
        self._process.start()
        theirs.close()

    def do(self, name: str, *words: Any) -> Any:
        """One of ``open NAME PATH [MODE]``, ``write NAME BYTES``, ``close NAME``, ``shut``, or a
        function of ``os``. Raises what it raised."""
        self._pipe.send((name, words))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def end(self) -> None:
        self._pipe.close()
        self._process.join(10)


def _serve(pipe: Connection, other_end: Connection, uid: int) -> None:
    other_end.close()  # else its closing would never be seen here
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.umask(0)
    files: dict[str, Any] = {}
    while True:
        try:
            name, words = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(_answer(files, name, words))
        except OSError as error:
            pipe.send(OSError(error.errno, error.strerror))


def _answer(files: dict[str, Any], name: str, words: tuple[Any, ...]) -> Any:
    if name == "open":
        key, path, *mode = words
        files[key] = open(path, mode[0] if mode else "wb", buffering=0)  # noqa: PTH123, SIM115
        return None
    if name == "write":
        files[words[0]].write(words[1])
        return os.fstat(files[words[0]].fileno()).st_nlink
    if name == "close":
        files.pop(words[0]).close()
        return None
    return getattr(os, name)(*words)


@contextmanager
def other_account(uid: int = NOBODY) -> Iterator[OtherAccount]:
    account = OtherAccount(uid)
    try:
        yield account
    finally:
        account.end()


CAP_SYS_PTRACE, CAP_LEASE = 19, 28  #: capabilities(7)


@contextmanager
def without(*capabilities: int) -> Iterator[None]:
    """This thread without some of root's powers, as a service of its own account is."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this thread
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then their upper halves
    assert libc.capget(header, data) == 0
    before = data[0]
    data[0] = before & ~sum(1 << capability for capability in capabilities)
    assert libc.capset(header, data) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        data[0] = before
        assert libc.capset(header, data) == 0


def before_the_rename(monkeypatch: Any, act: Callable[[], None]) -> None:
    """Have ``act`` done once in the moment between the look and the rename."""
    from ingest.doors.claims import Place

    rename = Place.bring_in
    acts = [act]

    def bring_in(self: Place, folder: int, name: str, claim_id: str) -> None:
        while acts:
            acts.pop()()
        rename(self, folder, name, claim_id)

    monkeypatch.setattr(Place, "bring_in", bring_in)
