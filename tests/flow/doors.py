"""A hot folder over a real house, looked at moments that the test names; and another account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from api.wiring import House
from archive.tables import schema
from config.clock import now
from ingest.doors.blocked_files import Obstacles
from ingest.doors.hot_folder.hot_folder import HotFolder

SETTLE, FOREIGN, UNFINISHED, KEEP, DOUBTFUL = 1.0, 20.0, 60.0, 60.0, 600.0


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


def before_the_rename(monkeypatch: Any, act: Callable[[], None]) -> None:
    """Have ``act`` done once in the moment between the look and the rename."""
    from ingest.doors.hot_folder.claims import Place

    rename = Place.bring_in
    acts = [act]

    def bring_in(self: Place, folder: int, name: str, claim_id: str) -> None:
        while acts:
            acts.pop()()
        rename(self, folder, name, claim_id)

    monkeypatch.setattr(Place, "bring_in", bring_in)
