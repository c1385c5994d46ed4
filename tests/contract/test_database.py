"""The database keeps what it is told, from several threads and processes, and refuses the rest."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from archive.audit.trail import Actor
from archive.db.database import Database, migrate, schema_state, unavailable
from archive.errors import NewerDatabase
from archive.file_states import CASE_TRANSITIONS, FILE_TRANSITIONS
from archive.people import accounts
from archive.stages import DOCUMENT_TRANSITIONS, ITEM_TRANSITIONS
from archive.tables import schema
from config.errors import ConfigError, Unavailable
from tests.contract.rig import Rig

ROOT = Path(__file__).resolve().parents[2]
COUNTER = schema.file_counter
INCREMENT = """
import sys
import sqlalchemy as sa
from archive.people import accounts; from archive.tables import schema
from archive.audit.trail import Actor
from archive.db.database import Database
table = schema.file_counter
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.write() as session:
        query = sa.select(table.c.last).where(table.c.plan_unit == "x").with_for_update()
        last = session.execute(query).scalar_one()
        session.execute(sa.update(table).where(table.c.plan_unit == "x").values(last=last + 1))
database.close()
"""


def test_no_update_is_lost_between_threads_and_processes(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.insert(COUNTER).values(plan_unit="x", year=2026, last=0))
    others = [
        subprocess.Popen([sys.executable, "-c", INCREMENT, database.url, "25"], cwd=ROOT)
        for _ in range(2)
    ]

    def increment() -> None:
        for _ in range(10):
            with database.write() as session:
                query = sa.select(COUNTER.c.last).where(COUNTER.c.plan_unit == "x")
                last = session.execute(query.with_for_update()).scalar_one()
                session.execute(sa.update(COUNTER).values(last=last + 1))

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.wait(timeout=120) for other in others] == [0, 0]
    with database.read() as session:
        assert session.execute(sa.select(COUNTER.c.last)).scalar_one() == 2 * 25 + 4 * 10


def test_an_isolation_level_asked_for_does_not_open_the_writer(database: Database) -> None:
    """The durable engine sets SERIALIZABLE on our connections, which changes the driver's mode."""
    with database.write() as session:
        session.execute(sa.insert(COUNTER).values(plan_unit="x", year=2026, last=0))

    def increment() -> None:
        for _ in range(10):
            while True:
                engine = database.writer.execution_options(isolation_level="SERIALIZABLE")
                try:
                    with engine.begin() as connection:
                        last = connection.execute(sa.select(COUNTER.c.last)).scalar_one()
                        connection.execute(sa.update(COUNTER).values(last=last + 1))
                    break
                except sa.exc.DBAPIError as error:
                    assert unavailable(error) is not None

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.execute(sa.select(COUNTER.c.last)).scalar_one() == 40


def test_an_error_rolls_everything_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(sa.insert(COUNTER).values(plan_unit="x", year=2026, last=0))
        _ = 1 // 0
    with database.read() as session:
        assert session.execute(sa.select(COUNTER)).all() == []


def test_a_reader_sees_one_state_and_writes_nothing(database: Database) -> None:
    with database.write() as session:
        session.execute(sa.insert(COUNTER).values(plan_unit="x", year=2026, last=1))
    with database.read() as reading:
        assert reading.execute(sa.select(COUNTER.c.last)).scalar_one() == 1
        with database.write() as session:
            session.execute(sa.update(COUNTER).values(last=2))
        assert reading.execute(sa.select(COUNTER.c.last)).scalar_one() == 1
    with pytest.raises((sa.exc.DBAPIError, Unavailable)), database.read() as session:
        session.execute(sa.update(COUNTER).values(last=3))
    with database.read() as session:
        assert session.execute(sa.select(COUNTER.c.last)).scalar_one() == 2


def test_times_come_back_as_they_went(database: Database) -> None:
    at = datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)
    with database.write() as session:
        session.execute(sa.insert(schema.person).values(pseudonym="p", created_at=at))
    with database.read() as session:
        assert session.execute(sa.select(schema.person.c.created_at)).scalar_one() == at
    with pytest.raises(sa.exc.StatementError, match="naive"), database.write() as session:
        session.execute(
            sa.insert(schema.person).values(pseudonym="q", created_at=at.replace(tzinfo=None))
        )


def test_a_reading_that_was_broken_off_holds_no_view(database: Database) -> None:
    """A cursor that nobody reads to its end would keep its state of the record for whoever is given
    the connection next."""
    people_of = sa.select(schema.app_user.c.id).order_by(schema.app_user.c.id)
    by, at = Actor(user="init"), datetime(2026, 3, 2, tzinfo=UTC)
    with database.write() as session:
        for name in ("anna", "berta", "carla"):
            accounts.add_user(session, name, name, by=by, at=at)
    with database.read() as session:
        broken_off = session.execute(people_of)
        assert next(iter(broken_off)).id == "anna"
    with database.write() as session:
        accounts.add_user(session, "dora", "dora", by=by, at=at)
    with database.read() as session:
        assert list(session.scalars(people_of)) == ["anna", "berta", "carla", "dora"]
    with database.write() as session:
        broken_off = session.execute(people_of)
        assert next(iter(broken_off)).id == "anna"
    with database.write() as session:
        accounts.add_user(session, "emma", "emma", by=by, at=at)
    with database.read() as session:
        assert "emma" in set(session.scalars(people_of))
    del broken_off


# ------------------------------------------------------------------ migrations
def test_migrations_build_what_the_tables_module_says(empty_url: str) -> None:
    assert schema_state(empty_url) == (None, "0011")
    migrate(empty_url)
    migrate(empty_url)
    assert schema_state(empty_url) == ("0011", "0011")
    database = Database(empty_url)
    with database.writer.begin() as connection:
        for name in ("dbos_datasource_migrations", "datasource_outputs", "workflow_status"):
            connection.exec_driver_sql(f"CREATE TABLE {name} (id INTEGER)")
        options = {"include_name": schema.include_name, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
    database.close()


def test_a_database_of_a_newer_program_is_named_and_left_alone(empty_url: str) -> None:
    migrate(empty_url)
    database = Database(empty_url)
    with database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(NewerDatabase, match=r"9999.*Sicherung"):
        schema_state(empty_url)


def test_asking_for_the_state_makes_no_file(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    assert schema_state(f"sqlite:///{place}")[0] is None
    assert not place.exists()


def test_two_processes_may_migrate_at_once(empty_url: str) -> None:
    program = "import sys; from archive.db.database import migrate; migrate(sys.argv[1])"
    both = [
        subprocess.Popen([sys.executable, "-c", program, empty_url], cwd=ROOT) for _ in range(2)
    ]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    assert schema_state(empty_url)[0] == "0011"


# ------------------------------------------------------------------ what the database refuses
def test_the_steps_in_force_are_those_of_the_stages_module(database: Database) -> None:
    table = schema.stage_transition
    with database.read() as session:
        found = session.execute(sa.select(table.c.kind, table.c.begins, table.c.ends))
        known = {(kind, begins, ends) for kind, begins, ends in found}
    expected = {
        "item": ITEM_TRANSITIONS,
        "document": DOCUMENT_TRANSITIONS,
        "file": FILE_TRANSITIONS,
        "sub_file": CASE_TRANSITIONS,
        "case": CASE_TRANSITIONS,
    }
    assert known == {(kind, *pair) for kind, pairs in expected.items() for pair in pairs}


REFUSED = (
    "UPDATE item SET stage = 'verified' WHERE id = 'i'",
    "UPDATE item SET stage = 'nonsense' WHERE id = 'i'",
    "UPDATE item SET stage = 'held' WHERE id = 'i'",  # without a reason
    "UPDATE item SET duplicate_of = 'd' WHERE id = 'i'",
    "UPDATE item SET rejected_text = 'x' WHERE id = 'i'",
    "UPDATE item SET sha256 = 'f' WHERE id = 'i'",
    "UPDATE item SET size = 99 WHERE id = 'i'",
    "UPDATE document SET stage = 'filed' WHERE id = 'j-1'",
    "UPDATE document SET stage = 'rejected', rejected_text = 'x' WHERE id = 'j-1'",
    "UPDATE audit_event SET reason = 'x' WHERE seq = 1",
    "DELETE FROM audit_event WHERE seq = 1",
    "UPDATE audit_head SET seq = 0",
    "UPDATE audit_head SET seq = seq + 2",
    "DELETE FROM audit_head",
    "UPDATE rendition SET sha256 = 'f'",
    "DELETE FROM item WHERE id = 'j'",  # its documents need it
    "UPDATE document SET department = 'nirgends' WHERE id = 'j-1'",
)


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_itself_refuses(database: Database, statement: str) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("i")
        rig.item("j")
        rig.walk_item("j")
    with pytest.raises(sa.exc.DBAPIError), database.write() as session:
        session.execute(sa.text(statement))


@pytest.mark.parametrize(("table", "stage"), [("item", "checked"), ("document", "filed")])
def test_nothing_begins_half_way(database: Database, table: str, stage: str) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("i")
        rig.walk_item("i")
        columns = ", ".join(
            column.name for column in schema.metadata.tables[table].c if column.name != "position"
        )
    copied = columns.replace("id,", "'new',", 1).replace(" stage,", f" '{stage}',")
    extra = ", position" if table == "document" else ""
    with pytest.raises(sa.exc.DBAPIError, match="begins as"), database.write() as session:
        session.execute(
            sa.text(
                f"INSERT INTO {table} ({columns}{extra})"
                f" SELECT {copied}{', 2' if extra else ''} FROM {table}"
            )
        )


# ------------------------------------------------------------------ what comes back
def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'record.db'}")
    first = Database(f"sqlite:///{tmp_path / 'record.db'}")
    second = Database(f"sqlite:///{tmp_path / 'record.db'}")

    @sa.event.listens_for(second.writer, "connect")
    def impatient(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=1")  # type: ignore[attr-defined]

    with first.write() as holding:
        holding.execute(sa.select(COUNTER))
        with pytest.raises(Unavailable, match="gesperrt"), second.write() as session:
            session.execute(sa.select(COUNTER))
    first.close()
    second.close()


def test_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path / 'record.db'}")
    database = Database(f"sqlite:///{tmp_path / 'record.db'}")
    with pytest.raises(Unavailable, match="Platte ist voll"), database.write() as session:
        pages = session.execute(sa.text("PRAGMA page_count")).scalar_one()
        session.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
        for number in range(1000):
            session.execute(
                sa.insert(schema.unit).values(id=f"u{number}", name="x" * 200, retired=False)
            )
    database.close()


def test_a_server_that_is_away_is_waited_for() -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable), database.write() as session:
        session.execute(sa.select(COUNTER))
    database.close()


def test_a_connection_that_dies_is_waited_for(database: Database) -> None:
    if database.writer.dialect.name != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    with pytest.raises(Unavailable), database.write() as session:
        session.execute(sa.insert(COUNTER).values(plan_unit="x", year=2026, last=0))
        own = session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        with database.writer.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        session.execute(sa.select(COUNTER))
    with database.read() as session:
        assert session.execute(sa.select(COUNTER)).all() == []


def test_a_mistake_is_not_waited_for(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as caught, database.write() as session:
        session.execute(sa.text("SELECT no_such_column FROM item"))
    assert unavailable(caught.value) is None
    assert unavailable(ValueError("x")) is None


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///:memory:", "mysql://x/y"])
def test_impossible_addresses_are_named(url: str) -> None:
    with pytest.raises(ConfigError, match=r"database\.url"):
        Database(url)
