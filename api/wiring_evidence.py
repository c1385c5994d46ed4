"""The composition root's part for who verifies: what is kept, and the evidence for it.

``api/wiring.py`` builds the whole house on it. It stands alone because a command that only verifies
must not import recognition and the durable engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from api.wiring_reading import index_of, objects_of
from archive.db.database import Database
from archive.evidence.anchors import Anchors, open_key
from config.clock import Clock, now
from config.settings import Settings
from ingest.ports.working_files import Scratch
from ingest.verification.ports import Evidence
from search.german.analysis import load_analyser

ANCHOR_KEY = "secrets/anchor.key"


@contextmanager
def evidence(settings: Settings, *, clock: Clock = now) -> Iterator[Evidence]:
    """What is verified, for the time of one command.

    Raises:
        ConfigError: a setting names something that is not there.
    """
    database = Database(settings.database_url)
    index = index_of(settings, load_analyser(kept_in=settings.home / "cache"))
    try:
        yield Evidence(
            home=settings.home,
            database=database,
            objects=objects_of(settings),
            index=index,
            anchors=anchors_of(settings),
            scratch=Scratch(settings.home / "work"),
            clock=clock,
            version=version("registratur"),
        )
    finally:
        index.close()
        database.close()


def anchors_of(settings: Settings) -> Anchors:
    """The anchors of this home; their key is made with the first of them."""
    folder = settings.at_home(settings.evidence.anchor, "anchors")
    return Anchors(folder, open_key(settings.home / ANCHOR_KEY))
