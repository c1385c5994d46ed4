"""Is the database still the one that the migrations make: tables, constraints, guards, steps?

A guard that was taken away would let anything pass from then on. What is expected is not written
down a second time: the migrations are run into an empty place beside, which is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.db.database import Database, alembic_config
from archive.tables import schema

_SCRATCH = "registratur_expected"
Definition = Mapping[tuple[str, str], str]  #: (kind, name) -> how it is made


def definition_faults(database: Database) -> tuple[str, ...]:
    """What is missing, changed or too much, in German; () when all is as the migrations make it."""
    postgres = database.writer.dialect.name == "postgresql"
    read = _postgres if postgres else _sqlite
    with database.reader.begin() as connection:
        present = read(connection)
        inner = () if postgres else tuple(_contradictions(connection))
    expected = _expected_postgres(database) if postgres else _expected_sqlite()
    return (*_differences(expected, present), *inner)


def _contradictions(connection: Connection) -> Iterator[str]:
    """Where tables and their indices say different things: reads by either would differ."""
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if said != "ok":
            yield f"Die Datenbankdatei widerspricht sich: {said}."


def _differences(expected: Definition, present: Definition) -> Iterator[str]:
    for what in sorted({*expected, *present}):
        said = f"{what[0]} {what[1]}"
        if what not in present:
            yield f"{said}: fehlt."
        elif what not in expected:
            yield f"{said}: gehört nicht dazu."
        elif expected[what] != present[what]:
            yield f"{said}: ist anders, als das Programm ihn anlegt."


@cache
def _expected_sqlite() -> Definition:
    engine = sa.create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            _migrate(connection)
            return _sqlite(connection)
    finally:
        engine.dispose()


def _expected_postgres(database: Database) -> Definition:
    """In a schema of its own, inside a transaction that is rolled back."""
    with database.writer.connect() as connection:
        try:
            connection.exec_driver_sql(f"CREATE SCHEMA {_SCRATCH}")
            connection.exec_driver_sql(f"SET LOCAL search_path TO {_SCRATCH}")
            _migrate(connection)
            return _postgres(connection)
        finally:
            connection.rollback()


def _migrate(connection: Connection) -> None:
    from alembic import command  # costs more than most commands' own work

    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _sqlite(connection: Connection) -> Definition:
    found = connection.exec_driver_sql("SELECT type, name, tbl_name, sql FROM sqlite_master")
    ours: dict[tuple[str, str], str] = {
        (_KINDS[row.type], row.name): " ".join((row.sql or "").split())
        for row in found
        if row.tbl_name in schema.metadata.tables or row.type in _NEVER_OTHERS
    }
    return {**ours, **_steps(connection)}


def _postgres(connection: Connection) -> Definition:
    here = str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    found = dict(_steps(connection))
    for kind, query in _POSTGRES.items():
        for name, table, text in connection.execute(sa.text(query), {"here": here}):
            if table in schema.metadata.tables:
                found[kind, name] = text.replace(f"{here}.", "")
    return found


def _steps(connection: Connection) -> Definition:
    table = schema.stage_transition
    return {
        ("Schritt", f"{row.kind}: {row.begins} → {row.ends}"): ""
        for row in connection.execute(sa.select(table))
    }


_KINDS = {"table": "Tabelle", "index": "Verzeichnis", "trigger": "Wächter", "view": "Sicht"}
_NEVER_OTHERS = ("trigger", "view")  #: the durable engine's tables in the same file have none
_POSTGRES = {
    "Spalte": (
        "SELECT table_name || '.' || column_name, table_name, concat_ws(' ', data_type,"
        " character_maximum_length, is_nullable, column_default)"
        " FROM information_schema.columns WHERE table_schema = :here"
    ),
    "Bedingung": (
        "SELECT c.conname, r.relname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
        " JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace"
        " WHERE n.nspname = :here"
    ),
    "Verzeichnis": (
        "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = :here"
    ),
    "Wächter": (
        "SELECT t.tgname, r.relname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) || ' '"
        " || p.prosrc FROM pg_trigger t JOIN pg_class r ON r.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = r.relnamespace"
        " WHERE NOT t.tgisinternal AND n.nspname = :here"
    ),
}
