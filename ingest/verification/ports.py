"""What ``verify`` looks at: the record, what it refers to, and the evidence for it.

A house has all of it (``ingest/engines.py``); a command that only verifies builds no more than this.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from archive.db.database import Database
    from archive.evidence.anchors import Anchors
    from archive.store.objects import ObjectStore
    from config.clock import Clock
    from ingest.ports.working_files import Scratch
    from search.index import Index


class Judged(Protocol):
    """``Engines`` or ``Evidence``."""

    @property
    def database(self) -> Database: ...

    @property
    def objects(self) -> ObjectStore: ...

    @property
    def index(self) -> Index: ...

    @property
    def anchors(self) -> Anchors: ...

    @property
    def scratch(self) -> Scratch: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def version(self) -> str:
        """Of the program."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Of one home; ``home`` is its folder."""

    home: Path
    database: Database
    objects: ObjectStore
    index: Index
    anchors: Anchors
    scratch: Scratch
    clock: Clock
    version: str
