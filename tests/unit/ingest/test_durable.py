"""What the durable engine reads back from the database runs no code."""

from __future__ import annotations

import base64
import os
import pickle
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos._serialization import DBOSDefaultSerializer, deserialize_args, deserialize_value

import ingest.queue.work_queue  # noqa: F401 - it is what guards the engine
from archive.db.database import Database
from ingest.queue.work_queue import attempt_of, engine_options, workflow_id
from ingest.road.step_execution import Result


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self._mark}",)


def test_arguments_and_results_of_the_road_come_back() -> None:
    kept = DBOSDefaultSerializer.serialize({"args": ("i123",), "kwargs": {}})
    assert deserialize_args(kept, "py_pickle", DBOSDefaultSerializer)["args"] == ("i123",)
    for result in (*Result, True, None, "text"):
        kept = DBOSDefaultSerializer.serialize(result)
        assert deserialize_value(kept, "py_pickle", DBOSDefaultSerializer) == result


def test_the_engines_bookkeeping_waits_for_no_disk_and_the_record_does(tmp_path: Path) -> None:
    """NORMAL (1): whole after a power failure, but perhaps without its last commits. FULL (2)."""
    url = f"sqlite:///{tmp_path / 'registratur.db'}"
    database = Database(url)
    engine = sa.create_engine(url, **(engine_options(url) or {}))
    for each, expected in ((database.writer, 2), (engine, 1)):
        with each.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == expected
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()
    database.close()
    assert engine_options("postgresql+psycopg://localhost/x") is None


def test_a_forged_argument_runs_no_code(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    forged = base64.b64encode(pickle.dumps({"args": (_Hostile(mark),), "kwargs": {}})).decode()
    with pytest.raises(pickle.UnpicklingError):
        deserialize_args(forged, "py_pickle", DBOSDefaultSerializer)
    assert not mark.exists()


@pytest.mark.parametrize("attempt", [1, 2, 20])
def test_a_walk_knows_its_attempt_by_its_id(attempt: int) -> None:
    assert attempt_of(workflow_id("i01a2", attempt)) == attempt


@pytest.mark.parametrize("other", [None, "", "i01a2~x"])
def test_an_id_of_no_walk_is_no_attempt(other: str | None) -> None:
    with pytest.raises(ValueError):
        attempt_of(other)
