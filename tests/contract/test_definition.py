"""The database as the migrations make it, and every guard that somebody took away."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from archive.db.database import Database, migrate
from archive.evidence.database_definition import definition_faults
from tests.contract.test_migrations import OLD, upgraded


def test_a_fresh_database_is_as_expected(database: Database) -> None:
    assert definition_faults(database) == ()


def test_one_that_grew_through_the_releases_is_as_expected(empty_url: str) -> None:
    grown = upgraded(empty_url, "0002", OLD)
    assert definition_faults(grown) == ()
    grown.close()


def test_looking_leaves_nothing_behind(database: Database) -> None:
    definition_faults(database)
    if database.writer.dialect.name == "postgresql":
        with database.reader.begin() as connection:
            query = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = 'registratur_expected'")
            assert connection.execute(query).first() is None
    migrate(database.url)
    assert definition_faults(database) == ()


@pytest.mark.parametrize(
    ("sqlite", "postgres", "named"),
    [
        ("DROP TRIGGER guard_item_step", "DROP TRIGGER guard_item_step ON item", "guard_item_step"),
        (
            "DELETE FROM stage_transition WHERE kind = 'case' AND begins = 'OPEN'",
            "DELETE FROM stage_transition WHERE kind = 'case' AND begins = 'OPEN'",
            "OPEN → CLOSED",
        ),
        (
            "ALTER TABLE item ADD COLUMN note TEXT",
            "ALTER TABLE item ADD COLUMN note TEXT",
            "item",
        ),
        (
            "DROP TRIGGER guard_audit_event_update",
            "ALTER TABLE audit_event DISABLE TRIGGER guard_audit_event_update",
            "guard_audit_event_update",
        ),
        (
            "DROP TRIGGER guard_document_step",
            (
                "CREATE OR REPLACE FUNCTION guard_document_step() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RETURN NEW; END $$"
            ),
            "guard_document_step",
        ),
    ],
)
def test_what_is_gone_or_changed_is_named(
    database: Database, sqlite: str, postgres: str, named: str
) -> None:
    with database.writer.begin() as connection:
        is_postgres = connection.dialect.name == "postgresql"
        connection.exec_driver_sql(postgres if is_postgres else sqlite)
    (fault,) = definition_faults(database)
    assert named in fault


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DROP INDEX ix_role_grant_user_id", "ix_role_grant_user_id"),
        ("CREATE INDEX extra ON finding (code)", "extra"),
        ("CREATE VIEW shown AS SELECT * FROM item", "shown"),
        (
            (
                "CREATE TABLE other (n INTEGER); CREATE TRIGGER quiet AFTER INSERT ON other"
                " BEGIN UPDATE document SET title = 'x'; END"
            ),
            "quiet",
        ),
    ],
)
def test_what_was_put_beside_is_named(database: Database, statement: str, named: str) -> None:
    if database.writer.dialect.name == "postgresql":
        pytest.skip("the statements are SQLite's")
    with sqlite3.connect(sa.make_url(database.url).database or "") as present:
        present.executescript(statement)
    (fault,) = definition_faults(database)
    assert named in fault


def test_an_index_that_lies_is_found(database: Database) -> None:
    """Rows and definitions as they were, and what is read through the index is another answer."""
    if database.writer.dialect.name == "postgresql":
        pytest.skip("SQLite keeps its indices in a file that others can write")
    migrate(database.url)
    with sqlite3.connect(sa.make_url(database.url).database or "") as present:
        present.execute("PRAGMA foreign_keys=OFF")
        present.execute("INSERT INTO unit (id, name, retired) VALUES ('b', 'B', 0)")
        present.execute(
            "INSERT INTO app_user (id, display_name, disabled, created_at) VALUES"
            " ('anna', 'A', 0, '2026-05-04 08:00:00')"
        )
        present.execute(
            "INSERT INTO role_grant (user_id, role, granted_at, granted_by) VALUES"
            " ('anna', 'auditor', '2026-05-04 08:00:00', 'x')"
        )
        (made,) = present.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'ix_role_grant_user_id'"
        ).fetchone()
        present.execute("DROP INDEX ix_role_grant_user_id")
        present.execute("CREATE INDEX ix_role_grant_user_id ON role_grant (user_id || 'x')")
        present.execute("PRAGMA writable_schema=ON")
        present.execute(
            "UPDATE sqlite_master SET sql = ? WHERE name = 'ix_role_grant_user_id'", (made,)
        )
        present.execute("PRAGMA schema_version=9999")
    faults = definition_faults(database)
    assert any("ix_role_grant_user_id" in fault for fault in faults)
