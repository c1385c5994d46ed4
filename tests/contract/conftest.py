"""The engines that the same tests run against."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.database import Database, migrate

POSTGRES = "REGISTRATUR_TEST_POSTGRES"
ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.services))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    place = tmp_path_factory.mktemp("template") / "record.db"
    migrate(f"sqlite:///{place}")
    return place


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The name of a migrated PostgreSQL database to copy from."""
    server = _server()
    name = f"registratur_template_{uuid.uuid4().hex[:8]}"
    _administer(server, f'CREATE DATABASE "{name}"')
    migrate(_named(server, name))
    yield name
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'record.db'}"
        return
    server = _server()
    name = f"registratur_empty_{uuid.uuid4().hex[:8]}"
    _administer(server, f'CREATE DATABASE "{name}"')
    yield _named(server, name)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


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
    server = _server()
    template = request.getfixturevalue("postgres_template")
    name = f"registratur_test_{uuid.uuid4().hex[:8]}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    opened = Database(_named(server, name))
    yield opened
    opened.close()
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _server() -> str:
    server = os.environ.get(POSTGRES)
    if not server:
        pytest.skip(f"{POSTGRES} names no PostgreSQL server")
    return server


def _named(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
