"""An archive with everything that ``verify`` looks at, small and quickly made."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from archive.db.database import Database
from archive.evidence.anchors import Anchors, open_key
from archive.intake import items
from archive.model import RenditionRole
from archive.stages import Stage
from archive.store.objects import Fixity
from archive.store.objects_folder import FolderStore
from archive.tables import schema
from ingest.ports.working_files import Scratch
from ingest.verification.ports import Evidence
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.german.analysis import Analyser
from tests.contract.rig import MACHINE, START, Rig, rendition

ITEMS_THERE = 14
SAME = b"a letter that came twice"


class Counting(FolderStore):
    """A store that remembers what it was asked to hash; ``dies_at`` that many it fails."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, fsync=False)
        self.hashed: Counter[str] = Counter()
        self.dies_at: int | None = None
        self._counting = threading.Lock()

    def check(self, sha256: str) -> Fixity:
        with self._counting:
            self.hashed[sha256] += 1
            if self.dies_at is not None and self.hashed.total() >= self.dies_at:
                raise Killed
        return super().check(sha256)


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Office:
    """An archive with everything that ``verify`` looks at."""

    evidence: Evidence
    store: Counting
    originals: dict[str, str] = field(default_factory=dict)

    def run(self, statement: str) -> None:
        """As somebody would who owns the database."""
        engine = sa.create_engine(self.evidence.database.url)
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET session_replication_role = replica")
                connection.exec_driver_sql(statement)
            else:
                guards = connection.exec_driver_sql(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                ).all()
                for name, _ in guards:
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
                connection.exec_driver_sql(statement)
                for _, text in guards:
                    connection.exec_driver_sql(text)
        engine.dispose()

    def damage(self, sha256: str) -> None:
        place = self.store.path(sha256)
        place.chmod(0o640)
        place.write_bytes(b"rotten")


def opened(database: Database, home: Path, analyser: Analyser) -> Iterator[Office]:
    store = Counting(home / "objects")
    anchors = Anchors(home / "anchors", open_key(home / "anchor.key"))
    index = TantivyIndex(home / "index", analyser)
    evidence = Evidence(
        home=home, database=database, objects=store, index=index, anchors=anchors,
        scratch=Scratch(home / "work"), clock=lambda: START + timedelta(days=1), version="1",
    )  # fmt: skip
    with database.read() as session:
        query = sa.select(schema.item.c.id, schema.item.c.sha256)
        originals = {row.id: row.sha256 for row in session.execute(query)}
    yield Office(evidence, store, originals)
    index.close()


def fill(database: Database, home: Path) -> None:
    """Filed documents in two departments, some of the same file, one of them a
    duplicate, and some that are held."""
    home.mkdir(exist_ok=True)
    store = FolderStore(home / "objects", fsync=False)
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for number in range(ITEMS_THERE):
            name = f"i{number:02}"
            content = SAME if number % 5 == 0 else f"original {number}".encode()
            rig.item(name, content, department=("bauamt", "jugendamt")[number % 2])
            store.put(io.BytesIO(content))
            if number % 4 == 3:
                rig.hold(name)
                continue
            if name == "i10":
                items.mark_duplicate(session, name, "i00-1", by=MACHINE, at=rig.at())
                continue
            (document,) = rig.walk_item(name)
            rig.walk_document(document, Stage.SEALED)
            for role in (RenditionRole.SCAN_PRODUCT, RenditionRole.TEXT):
                made = f"{role} {number}".encode()
                items.add_rendition(session, name, document, rendition(made, role), at=rig.at())
                store.put(io.BytesIO(made))
            rig.walk_document(document)
    anchors = Anchors(home / "anchors", open_key(home / "anchor.key"))
    with database.read() as session:
        anchors.write(session, START)
