"""What the faces need of the house; ``api/wiring.py`` builds it, tests build it smaller."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from archive.db.database import Database
from archive.store.objects import ObjectStore
from config.clock import Clock
from config.settings import Settings
from ingest.doors.blocked_files import Obstacles
from ingest.doors.intake import Intake
from ingest.engines import Engines
from ingest.index.searching import Searching
from search.index import Index


class PageImages(Protocol):
    """Pages as pictures, made in an isolated child."""

    def png(self, path: Path, page: int, *, width: int, subject: str) -> bytes:
        """One page (from 1) of the file as PNG, ``width`` pixels wide.

        Raises NotFound beyond the last page, ChildDeath or InputError where it cannot be shown.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """All that a request may use. One per process."""

    engines: Engines
    intake: Intake
    images: PageImages
    searching: Searching
    obstacles: Obstacles

    @property
    def settings(self) -> Settings:
        return self.engines.settings

    @property
    def database(self) -> Database:
        return self.engines.database

    @property
    def objects(self) -> ObjectStore:
        return self.engines.objects

    @property
    def index(self) -> Index:
        return self.engines.index

    @property
    def clock(self) -> Clock:
        return self.engines.clock

    @property
    def secure(self) -> bool:
        """Whether people reach us by TLS, so that cookies may demand it."""
        return self.settings.public_url.startswith("https:")

    @property
    def uploads(self) -> Path:
        """Where a file lies while it arrives; on the home's disk, so that /tmp cannot fill up."""
        return self.settings.home / "uploads"
