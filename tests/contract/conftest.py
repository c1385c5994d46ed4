"""The engines that the same tests run against."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.db.database import Database, migrate
from tests.postgres import ENGINES, new_database, server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    place = tmp_path_factory.mktemp("template") / "record.db"
    migrate(f"sqlite:///{place}")
    return place


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy from."""
    with new_database() as url:
        migrate(url)
        name = sa.make_url(url).database
        assert name is not None
        yield name


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    with new_database() as url:
        yield url


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty record."""
    if request.param == "sqlite":
        place = tmp_path / "record.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), place)
        opened = Database(f"sqlite:///{place}")
        yield opened
        opened.close()
        return
    server()  # skips where there is none, before a template is made
    with new_database(request.getfixturevalue("postgres_template")) as url:
        opened = Database(url)
        yield opened
        opened.close()
