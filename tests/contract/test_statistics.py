"""What the planner knows: gathered where it says something, and nothing else is changed by it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.audit.trail import check_chain
from archive.db import planner_statistics
from archive.db.database import Database
from archive.evidence.database_definition import definition_faults
from archive.evidence.replay import replay_all
from tests.contract.rig import Rig


def known(database: Database) -> set[str]:
    """Tables of which SQLite has statistics."""
    with database.reader.connect() as connection:
        if not sa.inspect(connection).has_table("sqlite_stat1"):
            return set()
        return set(connection.exec_driver_sql("SELECT tbl FROM sqlite_stat1").scalars())


def filled(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for number in range(3):
            rig.filed(f"i{number}")


def test_they_are_gathered_and_nothing_else_is_changed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(database)
    monkeypatch.setattr(planner_statistics, "ENOUGH", 1)
    sqlite = database.writer.dialect.name == "sqlite"
    assert planner_statistics.gather(database) is sqlite
    if sqlite:
        assert {"item", "document", "audit_event"} <= known(database)
    assert definition_faults(database) == ()
    with database.read() as session:
        assert check_chain(session).ok
        assert replay_all(session) == ()


def test_of_little_nothing_is_gathered(database: Database) -> None:
    """Statistics of three rows would have a table of thousands read as a whole."""
    filled(database)
    assert planner_statistics.gather(database) is False
    if database.writer.dialect.name == "sqlite":
        assert known(database) == set()


def test_a_server_that_gathers_nothing_is_seen(database: Database) -> None:
    assert planner_statistics.gathers_itself(database)  # as servers come
    if database.writer.dialect.name == "postgresql":
        with database.reader.connect() as connection:
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        with database.writer.begin() as connection:
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET track_counts = off')
        database.close()
        assert not planner_statistics.gathers_itself(database)
