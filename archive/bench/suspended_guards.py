"""Guards and indices out of the way while a new record is filled, and back exactly as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.tables import schema


@contextmanager
def set_aside(connection: Connection) -> Iterator[None]:
    """Nothing guards the archive's tables within; the transaction is committed on the way in and
    out. Where the block fails the record is of no use: it belongs to a home that is thrown away."""
    if connection.dialect.name == "postgresql":
        back = _postgresql(connection)
    else:
        back = _sqlite(connection)
    connection.commit()
    yield
    for statement in back:
        connection.exec_driver_sql(statement)
    connection.commit()


def _sqlite(connection: Connection) -> Sequence[str]:
    found = connection.exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master"
        " WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name"
    ).all()
    ours = [row for row in found if row.tbl_name in schema.metadata.tables]
    for row in ours:
        connection.exec_driver_sql(f'DROP {row.type} "{row.name}"')
    return [row.sql for row in ours]


def _postgresql(connection: Connection) -> Sequence[str]:
    back: list[str] = []
    found = connection.execute(
        sa.text(
            "SELECT i.indexname, i.indexdef, i.tablename FROM pg_indexes i"
            " WHERE i.schemaname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint c"
            " WHERE c.conname = i.indexname) ORDER BY i.indexname"
        )
    ).all()
    for row in found:
        if row.tablename in schema.metadata.tables:
            connection.exec_driver_sql(f'DROP INDEX "{row.indexname}"')
            back.append(row.indexdef)
    for name in schema.metadata.tables:
        connection.exec_driver_sql(f'ALTER TABLE "{name}" DISABLE TRIGGER USER')
        back.append(f'ALTER TABLE "{name}" ENABLE TRIGGER USER')
    back += [_next_number(table) for table in schema.metadata.tables.values() if _numbers(table)]
    return back


def _numbers(table: sa.Table) -> bool:
    """Whether the server draws the table's key from a sequence."""
    columns = list(table.primary_key.columns)
    return len(columns) == 1 and columns[0].autoincrement is True


def _next_number(table: sa.Table) -> str:
    """The sequence goes on behind the numbers that were given here."""
    (key,) = table.primary_key.columns
    return (
        f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'),"
        f' COALESCE((SELECT max({key.name}) FROM "{table.name}"), 0) + 1, false)'
    )
