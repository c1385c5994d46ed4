"""A connection to fill a new record with, at the speed of the disk's cache."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection

from archive.bench.samples import Samples, walk
from archive.bench.traces import Recorder
from archive.db.database import Database, migrate

BEGINS = datetime(2026, 1, 7, 11, 0, tzinfo=UTC)  #: noon, so that a day is the same everywhere
_CACHE_KIB = 1_000_000


@contextmanager
def quick_connection(url: str) -> Iterator[Connection]:
    """Nothing of it survives a crash: for a record that is thrown away then."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _unsafe)
    try:
        with engine.connect() as connection:
            yield connection
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    finally:
        engine.dispose()


def _unsafe(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def samples() -> Samples:
    """The walked samples of this release, from a record that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="registratur-bench.") as place:
        url = f"sqlite:///{Path(place) / 'samples.db'}"
        migrate(url)
        database = Database(url)
        try:
            return walk(Recorder(database, BEGINS))
        finally:
            database.close()
