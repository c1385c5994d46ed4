"""Killed while many files are taken into custody together, the door loses and doubles none."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.commands.service.init import make_home
from archive.audit.trail import check_chain
from archive.db.database import Database
from archive.evidence.replay import replay_all
from archive.intake import object_references
from archive.store.objects_folder import FolderStore
from archive.tables import schema
from ingest.doors.hot_folder.file_groups import MOST_FILES
from tests.acceptance.dying_door import left

ROOT = Path(__file__).resolve().parents[2]
#: A function of the way into custody, whether the process dies before or after a call of it, and
#: whether it is called once for each file (else for each group).
PLACES = (
    ("ingest.doors.hot_folder.claims:Place._write:after", True),  # between the notes
    ("ingest.doors.hot_folder.claims:Place.note:before", False),
    ("ingest.doors.hot_folder.claims:Place.note:after", False),  # all noted, none moved
    ("ingest.doors.hot_folder.claims:Place.bring_in:before", True),
    ("ingest.doors.hot_folder.claims:Place.bring_in:after", True),  # some moved
    ("ingest.doors.hot_folder.hot_folder:HotFolder._claim:after", False),
    ("ingest.doors.hot_folder.custody:Keeping.admit:before", False),
    ("archive.store.objects_folder:FolderStore._draft:after", True),
    ("archive.store.objects_folder:FolderStore._publish:before", True),
    ("archive.store.objects_folder:FolderStore._publish:after", True),  # some have their names
    (
        "archive.store.objects_folder:FolderStore._store:after",
        False,
    ),  # all stored, nothing recorded
    ("archive.intake.items:open_items:after", False),
    ("ingest.queue.work_queue:DbosQueue.enqueue:after", False),  # before the commit
    ("ingest.doors.intake:Intake.take_together:after", False),  # after the commit
    ("ingest.doors.hot_folder.custody:Keeping._is_in_custody:after", True),
    ("ingest.doors.hot_folder.custody:Keeping._look_again:before", True),
    ("ingest.doors.hot_folder.custody:Keeping._remove_source:before", True),
    ("ingest.doors.hot_folder.claims:Place.remove:before", True),
    (
        "ingest.doors.hot_folder.claims:Place.forget:before",
        True,
    ),  # the file is gone, its note is not
    ("ingest.doors.hot_folder.custody:Keeping._remove_source:after", True),  # some are let go of
)


@dataclass(slots=True)
class Deaths:
    """A home whose door is killed again and again."""

    home: Path
    chance: random.Random
    door: subprocess.Popen[str]
    dropped: dict[str, str] = field(default_factory=dict)  #: SHA-256 to name
    killed: Counter[str] = field(default_factory=Counter)

    def drop(self, count: int) -> None:
        """So many small files, some of them in a folder of their own."""
        folder = self.home / "hot" / "legacy"
        for _ in range(count):
            number = len(self.dropped)
            name = f"a_{number}.jpg" if number % 9 else f"kiste_{number}/a_{number}.jpg"
            content = b"\xff\xd8\xff" + f"{number} ".encode() * (1 + number % 50) + b"\xff\xd9"
            self.dropped[hashlib.sha256(content).hexdigest()] = name
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)

    def live(self, place: str = "", after: float | None = None) -> bool:
        """One life of the door; whether it was killed."""
        assert self.door.stdin is not None and self.door.stdout is not None
        self.door.stdin.write(json.dumps({"place": place, "after": after}) + "\n")
        self.door.stdin.flush()
        answer = self.door.stdout.readline()
        assert answer, "the door failed for another reason"
        killed = bool(json.loads(answer))
        self.killed[place or "any moment"] += killed
        return killed

    def die_at(self, place: str, *, for_each_file: bool) -> None:
        files = self.chance.randint(1, 70)
        self.drop(files)
        calls = files if for_each_file else 1 + (files > MOST_FILES)
        self.live(f"{place}:{self.chance.randint(1, calls)}")

    def die_at_any_moment(self) -> None:
        self.drop(self.chance.randint(1, 70))
        self.live(after=self.chance.uniform(0.1, 1.5))

    def check_whole(self) -> None:
        """Each file is one item, on the road once, with its bytes and its events; nothing is left."""
        assert not self.live()
        assert not left(self.home)
        database = Database(f"sqlite:///{self.home / 'registratur.db'}")
        try:
            self._check_record(database)
        finally:
            database.close()

    def _check_record(self, database: Database) -> None:
        item = schema.item
        with database.read() as session:
            found = session.execute(sa.select(item.c.id, item.c.sha256, item.c.source)).all()
            assert {each.sha256: each.source for each in found} == self.dropped
            assert len(found) == len(self.dropped)
            walks = "SELECT workflow_uuid, priority FROM workflow_status WHERE name = 'item'"
            queued = session.execute(sa.text(walks)).all()
            assert sorted(each.id for each in found) == sorted(each[0] for each in queued)
            assert len({each[1] for each in queued}) == len(queued), (
                "each stands at a turn of its own"
            )
            assert check_chain(session).ok
            assert replay_all(session) == ()
            wanted = object_references.referenced(session)
        store = FolderStore(self.home / "objects")
        assert all(store.check(address) == "ok" for address in self.dropped)
        with database.read() as session:
            store.sweep(lambda asked: asked & object_references.referenced(session))
        assert set(store.addresses()) == wanted == set(self.dropped)


@contextmanager
def deaths(home: Path, seed: int) -> Iterator[Deaths]:
    make_home(home, with_sample=True, environment={})
    with subprocess.Popen(
        [sys.executable, "-m", "tests.acceptance.dying_door", str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as door:
        assert door.stdin is not None
        yield Deaths(home, random.Random(seed), door)
        door.stdin.close()


def test_dying_at_a_handful_of_places_of_a_group(tmp_path: Path) -> None:
    with deaths(tmp_path / "home", seed=1) as home:
        for place, for_each_file in home.chance.sample(PLACES, 6):
            home.die_at(place, for_each_file=for_each_file)
        assert home.killed.total() >= 4
        home.check_whole()


@pytest.mark.campaign
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(2, 7))
def test_dying_a_hundred_times_while_groups_are_taken(tmp_path: Path, seed: int) -> None:
    with deaths(tmp_path / "home", seed) as home:
        while home.killed.total() < 100:
            place, for_each_file = home.chance.choice(PLACES)
            home.die_at(place, for_each_file=for_each_file)
            if home.chance.random() < 0.2:
                home.die_at_any_moment()
        home.check_whole()
        print(f"seed {seed}: {len(home.dropped)} files, killed {dict(home.killed)}")
