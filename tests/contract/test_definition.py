"""The database as the migrations make it, and every guard that somebody took away."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from archive.database import Database, migrate
from archive.evidence.definition import definition_faults
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
