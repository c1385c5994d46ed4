"""What one transaction has changed and told, promised at its commit.

Events of the trail are kept back until the commit (or until the transaction reads the trail). Then
every evident row that it touched is read as it stands, and the events go into the chain with the
promises ``[hash before, hash after]``: whatever the transaction found is told too, so that a row
changed behind the program's back stays visible for ever, also where the program wrote on it since
(docs/decisions.md). Made for the writing engine alone by ``archive/db/database.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, CursorResult, Engine
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList

from archive.promises.canonical_rows import State, key_of, states, states_of
from archive.promises.event_forms import canonical, sealed
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT, Kind
from config.clock import Clock, new_id

RECORD_STATE = "RECORD_STATE"
_INFO = "evidence.ledger"
_EVENT = schema.audit_event
_HEAD = schema.audit_head
_TABLES = {schema.metadata.tables[name]: name for name in EVIDENT}
_HOUSE_WORDS = frozenset({"plan", "unit", "person", "filing_rule", "compartment"})
Promises = dict[str, dict[str, list[str | None]]]


@dataclass(frozen=True, slots=True)
class _Touch:
    """How a row stood when the transaction first touched it; none: it was not there."""

    aggregate: str | None
    digest: str | None


@dataclass(slots=True)
class _State:
    """All that a savepoint may have to bring back."""

    head: tuple[int, str] | None = None  #: known once the trail is locked
    pending: list[dict[str, Any]] = field(default_factory=list)
    touched: dict[str, dict[str, _Touch]] = field(default_factory=dict)

    def copy(self) -> _State:
        touched = {table: dict(rows) for table, rows in self.touched.items()}
        return replace(self, pending=list(self.pending), touched=touched)


class Ledger:
    """One transaction's account; lives in ``connection.info``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = _State()
        self._saved: list[_State] = []
        self._writing = False

    # ------------------------------------------------------------------ what the trail tells it

    def lock(self, connection: Connection) -> tuple[int, str]:
        """Number and hash of the trail's end; every other writer waits until we are done."""
        if self._now.head is None:
            query = sa.select(_HEAD.c.seq, _HEAD.c.hash).where(_HEAD.c.id == 1)
            row = connection.execute(query.with_for_update()).one()
            self._now.head = (row.seq, row.hash)
        return self._now.head

    def append(self, connection: Connection, told: Mapping[str, Any]) -> int:
        """Keep an event for the commit; its number and name are fixed now. Returns the number."""
        seq = self.lock(connection)[0] + len(self._now.pending) + 1
        self._now.pending.append(
            {**told, "seq": seq, "event_id": new_id("e"), "aggregate": None, "promises": None}
        )
        return seq

    # ------------------------------------------------------------------ what the engine tells it

    def will_change(self, connection: Connection, statement: Any, sets: Sequence[Any]) -> None:
        """Note how the rows stand that an UPDATE or DELETE is about to change."""
        name = _TABLES[statement.table]
        self.lock(connection)
        rows = self._now.touched.setdefault(name, {})
        for parameters in sets:
            if _only_row(statement, parameters) in rows:
                continue  # how it stood before this transaction is known
            for state in states(connection, statement.table, statement.whereclause, parameters):
                rows.setdefault(state.key, _Touch(state.aggregate, state.digest))

    def has_read(self, table: sa.Table, state: State) -> None:
        """Note how a row stands that was read, under the lock, to be changed."""
        rows = self._now.touched.setdefault(_TABLES[table], {})
        rows.setdefault(state.key, _Touch(state.aggregate, state.digest))

    def has_added(self, connection: Connection, statement: Any, result: CursorResult[Any]) -> None:
        """Note rows that an INSERT made."""
        if result.rowcount == 0:  # ON CONFLICT DO NOTHING: the row was there
            return
        rows = self._now.touched.setdefault(_TABLES[statement.table], {})
        for row in result.inserted_primary_key_rows:
            key = tuple(row or (None,))
            if None in key:
                raise RuntimeError("rows whose keys the database draws are inserted one by one")
            rows.setdefault(key_of(key), _Touch(None, None))

    def save(self) -> None:
        """A savepoint begins; they end in the reverse order."""
        self._saved.append(self._now.copy())

    def go_back(self) -> None:
        """All since the last savepoint is undone, also what went into the trail since."""
        self._now = self._saved.pop()

    def release(self) -> None:
        """The last savepoint ends and what was done in it stays."""
        self._saved.pop()

    def flush(self, connection: Connection) -> None:
        """Promise what was touched and write the events kept back. Twice does nothing new."""
        if self._writing or not (self._now.pending or self._now.touched):
            return
        self._writing = True
        try:
            events = self._promised(connection)
            if events:
                self._write(connection, events)
        finally:
            self._writing = False
        self._now.pending, self._now.touched = [], {}

    @property
    def holds_back(self) -> bool:
        """Whether an event or a touched row waits for the commit."""
        return not self._writing and bool(self._now.pending or self._now.touched)

    # ------------------------------------------------------------------ promises

    def _promised(self, connection: Connection) -> list[dict[str, Any]]:
        events = [dict(told) for told in self._now.pending]
        for aggregate, promises in self._changes(connection).items():
            teller = next(
                (told for told in reversed(events) if _tells(told, aggregate, promises)), None
            )
            if teller is None:
                teller = self._own_event(connection, aggregate, events)
                events.append(teller)
            teller["aggregate"] = aggregate
            teller["promises"] = canonical(promises)
        return events

    def _changes(self, connection: Connection) -> dict[str, Promises]:
        """The promises of each aggregate; rows that stand as they stood are left out."""
        found: dict[str, Promises] = {}
        for name, touched in self._now.touched.items():
            table = schema.metadata.tables[name]
            present = {state.key: state for state in states_of(connection, table, touched)}
            for key, before in touched.items():
                after = present.get(key)
                for aggregate, entry in _entries(before, after):
                    found.setdefault(aggregate, {}).setdefault(name, {})[key] = entry
        return found

    def _own_event(
        self, connection: Connection, aggregate: str, events: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """For rows that no event of the transaction speaks of."""
        kind, _, owner = aggregate.partition(":")
        last: Mapping[str, Any] = events[-1] if events else {}
        return {
            "seq": self.lock(connection)[0] + len(events) + 1,
            "event_id": new_id("e"),
            "at": last.get("at") or self._clock(),
            "actor": last.get("actor", "service"),
            "on_behalf": last.get("on_behalf"),
            "action": RECORD_STATE,
            "object_type": kind,
            "object_id": owner[:80] or "-",
            "object_sha256": None,
            "outcome": "ok",
            "reason": None,
            "correlation_id": owner if kind == Kind.ITEM else None,
            "detail": "{}",
        }

    def _write(self, connection: Connection, events: Sequence[Mapping[str, Any]]) -> None:
        _, previous = self.lock(connection)
        rows = []
        for told in events:
            rows.append(sealed(told, previous))
            previous = rows[-1]["hash"]
        connection.execute(sa.insert(_EVENT), rows)
        # The head goes along with each of them: the database lets it move by one alone.
        connection.execute(
            sa.update(_HEAD)
            .where(_HEAD.c.id == 1)
            .values(seq=sa.bindparam("end"), hash=sa.bindparam("link")),
            [{"end": row["seq"], "link": row["hash"]} for row in rows],
        )
        self._now.head = (rows[-1]["seq"], previous)


def of(connection: Connection) -> Ledger:
    """The account of this connection's transaction. Only the writing engine keeps one."""
    found: Ledger | None = connection.info.get(_INFO)
    if found is None:
        raise RuntimeError("the trail is written through Database.write alone")
    return found


def watch(engine: Engine, clock: Clock) -> None:
    """Keep a ledger for every transaction of this engine and of those derived from it."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.info[_INFO] = Ledger(clock)

    @event.listens_for(engine, "savepoint")
    def on_savepoint(connection: Connection, _name: str | None) -> None:
        of(connection).save()

    @event.listens_for(engine, "rollback_savepoint")
    def on_rollback_savepoint(connection: Connection, _name: str, _context: Any) -> None:
        if not connection.invalidated:
            of(connection).go_back()

    @event.listens_for(engine, "release_savepoint")
    def on_release(connection: Connection, _name: str, _context: Any) -> None:
        of(connection).release()

    @event.listens_for(engine, "rollback")
    def on_rollback(connection: Connection) -> None:
        if not connection.invalidated:  # else the ledger is gone with the connection itself
            connection.info.pop(_INFO, None)

    @event.listens_for(engine, "commit")
    def on_commit(connection: Connection) -> None:
        ledger: Ledger | None = connection.info.pop(_INFO, None)
        if ledger is not None:
            ledger.flush(connection)

    _watch_statements(engine)


def _watch_statements(engine: Engine) -> None:
    @event.listens_for(engine, "before_execute")
    def before(connection: Connection, statement: Any, many: Any, one: Any, _: Any) -> None:
        if isinstance(statement, sa.Update | sa.Delete) and statement.table in _TABLES:
            of(connection).will_change(connection, statement, many or [one])
        elif isinstance(statement, sa.Insert) and statement.table in _TABLES:
            of(connection).lock(connection)

    @event.listens_for(engine, "after_execute")
    def after(
        connection: Connection, statement: Any, many: Any, one: Any, _: Any, result: Any
    ) -> None:
        if isinstance(statement, sa.Insert) and statement.table in _TABLES:
            of(connection).has_added(connection, statement, result)

    @event.listens_for(engine, "before_cursor_execute")
    def reading(
        connection: Connection, _c: Any, text: str, _p: Any, _context: Any, _many: bool
    ) -> None:
        ledger: Ledger | None = connection.info.get(_INFO)
        if ledger is not None and ledger.holds_back and _EVENT.name in text:
            ledger.flush(connection)


def _only_row(statement: Any, parameters: Mapping[str, Any]) -> str | None:
    """The key of the one row that an UPDATE or DELETE can reach, where its condition says so."""
    columns = list(statement.table.primary_key.columns)
    where = statement.whereclause
    if len(columns) != 1 or where is None:
        return None
    joined_by_and = isinstance(where, BooleanClauseList) and where.operator is operators.and_
    for part in where.clauses if joined_by_and else (where,):
        if (
            isinstance(part, sa.BinaryExpression)
            and part.operator is operators.eq
            and part.left is columns[0]
            and isinstance(part.right, sa.BindParameter)
        ):
            value = parameters.get(part.right.key, part.right.effective_value)
            return None if value is None else key_of((value,))
    return None


def _entries(before: _Touch, after: State | None) -> Iterator[tuple[str, list[str | None]]]:
    """What to promise, and in whose name; a row that moves leaves one aggregate for another."""
    then = None if before.digest is None else before.aggregate
    present = None if after is None else after.aggregate
    now = None if after is None else after.digest
    if then == present:
        if present is not None and before.digest != now:
            yield present, [before.digest, now]
        return
    if then is not None:
        yield then, [before.digest, None]
    if present is not None:
        yield present, [None, now]


def _tells(told: Mapping[str, Any], aggregate: str, promises: Promises) -> bool:
    """Whether this event speaks of the aggregate; each carries the promises of one."""
    if told["promises"] is not None:
        return False
    kind, _, owner = aggregate.partition(":")
    if kind == Kind.ITEM:
        return bool(told["correlation_id"] == owner)
    if kind == Kind.HOUSE and told["object_type"] in _HOUSE_WORDS:
        return True
    named = {owner[:80], *(key for rows in promises.values() for key in rows)}
    return told["correlation_id"] is None and told["object_id"] in named
