"""The database behind the record: SQLite (one machine) or PostgreSQL (scaled out).

The durable engine keeps its own tables in the same database, so that custody, audit event and
enqueued workflow are one commit. On SQLite the settings below decide whether updates are lost: as
the driver comes, a SELECT before the first write runs outside the transaction.
"""

from __future__ import annotations

import ast
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from archive.db import read_only, sqlite_connections
from archive.errors import NewerDatabase
from archive.promises import ledger
from archive.promises.canonical_rows import SALT_BYTES
from config.clock import Clock, now
from config.errors import ConfigError, Unavailable
from config.system_errors import of_database

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
BUSY_MS = 30_000
# Conditions that pass by themselves or once an administrator has made room.
_PASSING_SQLITE = (
    "database is locked",
    "database table is locked",
    "disk i/o error",
    "database or disk is full",
    "unable to open database file",
    "attempt to write a readonly database",
)
_PASSING_POSTGRES = ("08", "53", "57P", "58", "40001", "40P01", "55P03", "25006")


def unavailable(error: BaseException) -> Unavailable | None:
    """``error`` as "a part that comes back", or None where it is something else."""
    if isinstance(error, Unavailable):
        return error
    if isinstance(error, sa.exc.TimeoutError):
        return Unavailable("Die Datenbank hat keine freie Verbindung; bitte gleich nochmals.")
    if not isinstance(error, sa.exc.DBAPIError):
        return None
    cause = error.orig
    text = str(cause).strip()
    state = getattr(cause, "sqlstate", None)
    passing = (
        error.connection_invalidated
        or (isinstance(cause, sqlite3.Error) and text.lower().startswith(_PASSING_SQLITE))
        or (isinstance(state, str) and state.startswith(_PASSING_POSTGRES))
        # psycopg gives no state where no connection came about at all.
        or (state is None and type(cause).__module__.startswith("psycopg") and _lost(error))
    )
    if not passing:
        return None
    return Unavailable(
        f"Die Datenbank ist gerade nicht nutzbar: {of_database(cause or error)}. Platte und Server prüfen."
    )


def _lost(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


class Database:
    """One database and its two engines; safe for several threads.

    ``writer`` begins every transaction with the write lock taken (SQLite) and is what the durable
    engine shares; ``reader`` sees one unchanging state per transaction and blocks nobody.
    ``read_only``: the file lies where nothing can be written; then ``write`` raises Unavailable.
    """

    read_only = False

    def __init__(
        self, url: str, *, clock: Clock = now, salts: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """``clock`` times events that the trail needs by itself, ``salts`` are a row's (bytes)."""
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise ConfigError("database.url ist keine SQLAlchemy-Adresse.") from error
        self.url = url
        if parsed.get_backend_name() == "sqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ConfigError(
                    "database.url: die Akten können nicht nur im Speicher liegen; eine Datei nennen."
                )
            place = Path(parsed.database or "")
            self.read_only = read_only.is_read_only(place)
            fixed = place if self.read_only else None
            self.writer = _sqlite_engine(url, "BEGIN IMMEDIATE", fixed)
            self.reader = _sqlite_engine(url, "BEGIN", fixed)
        elif parsed.get_backend_name() == "postgresql":
            options: dict[str, Any] = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
            self.writer = sa.create_engine(url, **options)
            self.reader = sa.create_engine(
                url,
                **options,
                isolation_level="REPEATABLE READ",
                connect_args={"options": "-c default_transaction_read_only=on"},
            )
        else:
            raise ConfigError(
                f"database.url: {parsed.get_backend_name()} wird nicht unterstützt; möglich sind sqlite"
                " und postgresql+psycopg."
            )
        # Rows of an INSERT are counted, so that the ledger knows one that was refused quietly.
        self.writer.update_execution_options(
            salts=partial(salts, SALT_BYTES), preserve_rowcount=True
        )
        ledger.watch(self.writer, clock)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back on any error. Raises Unavailable."""
        with (
            _translated(),
            Session(self.writer, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One unchanging view; nothing may be written in it. Raises Unavailable."""
        with _translated(), Session(self.reader, expire_on_commit=False) as session:
            try:
                yield session
                if self.read_only:
                    read_only.check(session.connection().connection.dbapi_connection)
            finally:
                session.rollback()

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        passing = unavailable(error)
        if passing is None:
            raise
        raise passing from error


def _sqlite_engine(url: str, begin: str, fixed: Path | None) -> Engine:
    """``fixed``: the database's file where it can only be read."""
    options: dict[str, Any] = {"pool_size": 10, "max_overflow": 50}
    if fixed is not None:
        options["creator"] = partial(read_only.connect, fixed)
    connect = {"timeout": BUSY_MS / 1000, "factory": sqlite_connections.Connection}
    engine = sa.create_engine(url, connect_args=connect, **options)

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        if fixed is None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        if begin == "BEGIN":
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        # Whoever asked for an isolation level (the durable engine does) has changed this back.
        raw: Any = connection.connection.dbapi_connection
        raw.isolation_level = None
        read_only.check(raw)
        connection.exec_driver_sql(begin)

    return engine


def alembic_config() -> Config:
    """Where the migrations are; the connection is for the caller to give."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "archive.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str) -> None:
    """Bring the archive's own tables to the newest form; safe to call from several processes."""
    from alembic import command

    database = Database(url)
    try:
        with _translated(), database.writer.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(5210114)"))
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


def schema_state(url: str) -> tuple[str | None, str]:
    """``(current, head)``: the revision that the database has, and the one this program needs.

    Raises:
        NewerDatabase: the database has one that this program does not know.
    """
    known, head = _revisions()
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return None, head
    database = Database(url)
    try:
        with _translated(), database.reader.begin() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None, head
            current = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    finally:
        database.close()
    if current is not None and current not in known:
        raise NewerDatabase(current)
    return current, head


def _revisions() -> tuple[frozenset[str], str]:
    """The revisions among the migrations' files, and the newest: the one that no other follows.

    Read without alembic: every command asks, and importing alembic costs it more than its own work.
    """
    found: dict[str, str | None] = {}
    for path in MIGRATIONS.glob("*.py"):
        names = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id in ("revision", "down_revision")
        }
        found[names["revision"]] = names["down_revision"]
    heads = set(found) - set(found.values())
    if len(heads) != 1:
        raise RuntimeError(f"there must be one newest migration, not {sorted(heads)}")
    return frozenset(found), heads.pop()
