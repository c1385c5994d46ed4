"""A PostgreSQL database of its own for one test, on the server that scripts/with-services starts."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

POSTGRES = "REGISTRATUR_TEST_POSTGRES"
ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.services))


def server() -> str:
    """The server's address; skips the test where there is none."""
    found = os.environ.get(POSTGRES)
    if not found:
        pytest.skip(f"{POSTGRES} names no PostgreSQL server")
    return found


def named(address: str, name: str) -> str:
    return sa.make_url(address).set(database=name).render_as_string(hide_password=False)


def administer(address: str, statement: str) -> None:
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@contextmanager
def new_database(template: str | None = None) -> Iterator[str]:
    """The address of a fresh database, empty or copied from ``template``; dropped at the end."""
    address = server()
    name = f"registratur_{uuid.uuid4().hex[:12]}"
    copied = f' TEMPLATE "{template}"' if template else ""
    administer(address, f'CREATE DATABASE "{name}"{copied}')
    yield named(address, name)
    administer(address, f'DROP DATABASE "{name}" WITH (FORCE)')
