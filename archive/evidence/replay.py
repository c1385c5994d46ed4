"""The trail replayed against the record, in both directions.

Each evident row must stand exactly as the last promise of it says, each promise must have its row,
and each change must begin at the state that the one before left: a row that was changed behind the
program's back and then written on by the program is found for ever.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from archive import schema
from archive.evidence.canonical import State, all_states, owned_by, states
from archive.evidence.kept import EVIDENT, Kind

_EVENT = schema.audit_event
_BATCH = 500


@unique
class FaultKind(StrEnum):
    CHANGED = "changed"  #: does not stand as promised
    MISSING = "missing"  #: promised, and not there
    UNPROMISED = "unpromised"  #: there, and no event knows of it
    OVERWRITTEN = "overwritten"  #: an event found it otherwise than the one before left it
    UNREADABLE = "unreadable"  #: the database cannot read it


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row that is not as the trail says; ``event`` is the number of the promise at fault."""

    aggregate: str
    table: str
    key: str
    kind: FaultKind
    event: int | None = None


def replay_all(session: Session, place: Path) -> tuple[Fault, ...]:
    """Everything; ``place`` is a file to be made for the promises, of which there may be millions."""
    connection = session.connection()
    replay = _Replay(place)
    try:
        for event in _events(connection, _EVENT.c.promises.is_not(None)):
            replay.take(event)
        for name in EVIDENT:
            replay.compare(name, _read_all(connection, schema.metadata.tables[name], replay))
        return replay.end()
    finally:
        replay.close()


def replay_one(session: Session, aggregate: str) -> tuple[Fault, ...]:
    """The rows and events of one aggregate, e.g. ``item:i0…``; neither the chain nor others."""
    connection = session.connection()
    kind, _, owner = aggregate.partition(":")
    replay = _Replay(None)
    try:
        for event in _events(connection, _EVENT.c.aggregate == aggregate):
            replay.take(event)
        for name, evident in EVIDENT.items():
            if evident.kind == kind:
                table = schema.metadata.tables[name]
                replay.compare(name, states(connection, table, owned_by(table, owner)))
        return replay.end()
    finally:
        replay.close()


def aggregates(session: Session, kind: Kind) -> Iterator[str]:
    """The names of all aggregates of this kind that have an event, in order."""
    prefix = kind.value if kind is Kind.HOUSE else f"{kind.value}:"
    query = sa.select(_EVENT.c.aggregate).distinct().where(_EVENT.c.aggregate.startswith(prefix))
    yield from session.execute(query.order_by(_EVENT.c.aggregate)).scalars()


def is_told(session: Session, aggregate: str) -> bool:
    """Whether an event promises rows of this aggregate."""
    query = sa.select(sa.exists().where(_EVENT.c.aggregate == aggregate))
    return bool(session.execute(query).scalar())


class _Replay:
    """The last promise of each row, in a throw-away database."""

    def __init__(self, place: Path | None) -> None:
        self._faults: list[Fault] = []
        self._db = sqlite3.connect(":memory:" if place is None else place, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(
            "CREATE TABLE promise (aggregate TEXT, tab TEXT, key TEXT, digest TEXT, seq INTEGER,"
            " PRIMARY KEY (aggregate, tab, key)) WITHOUT ROWID"
        )
        self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.close()

    def take(self, event: Mapping[str, Any]) -> None:
        """The promises of the next event, oldest first."""
        aggregate, seq = event["aggregate"], event["seq"]
        for table, key, before, after in _promises(event["promises"]):
            place = (aggregate, table, key)
            last = self._db.execute(
                "SELECT digest FROM promise WHERE aggregate = ? AND tab = ? AND key = ?", place
            ).fetchone()
            if (last[0] if last else None) != before:
                self._fault(aggregate, table, key, FaultKind.OVERWRITTEN, seq)
            if after is None:
                self._db.execute(
                    "DELETE FROM promise WHERE aggregate = ? AND tab = ? AND key = ?", place
                )
            else:
                self._db.execute(
                    "INSERT OR REPLACE INTO promise VALUES (?, ?, ?, ?, ?)", (*place, after, seq)
                )

    def compare(self, table: str, rows: Iterable[State]) -> None:
        """The rows of one table, as they stand."""
        for row in rows:
            place = (row.aggregate, table, row.key)
            last = self._db.execute(
                "DELETE FROM promise WHERE aggregate = ? AND tab = ? AND key = ?"
                " RETURNING digest, seq",
                place,
            ).fetchall()
            if not last:
                self._fault(*place, FaultKind.UNPROMISED, None)
            elif last[0][0] != row.digest:
                self._fault(*place, FaultKind.CHANGED, last[0][1])

    def unreadable(self, table: str) -> None:
        self._fault(table, table, "-", FaultKind.UNREADABLE, None)

    def end(self) -> tuple[Fault, ...]:
        """All faults; what is left over is missing."""
        left = self._db.execute("SELECT aggregate, tab, key, seq FROM promise ORDER BY 1, 2, 3")
        for aggregate, table, key, seq in left:
            self._fault(aggregate, table, key, FaultKind.MISSING, seq)
        return tuple(self._faults)

    def _fault(
        self, aggregate: str, table: str, key: str, kind: FaultKind, event: int | None
    ) -> None:
        self._faults.append(
            Fault(aggregate=aggregate, table=table, key=key, kind=kind, event=event)
        )


def by_aggregate(faults: Iterable[Fault]) -> dict[str, tuple[Fault, ...]]:
    """The faults of each aggregate."""
    found: dict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        found[fault.aggregate].append(fault)
    return {name: tuple(group) for name, group in found.items()}


def _events(connection: Connection, where: sa.ColumnElement[bool]) -> Iterator[Mapping[str, Any]]:
    after = 0
    columns = (_EVENT.c.seq, _EVENT.c.aggregate, _EVENT.c.promises)
    while True:
        query = sa.select(*columns).where(where, _EVENT.c.seq > after)
        batch = connection.execute(query.order_by(_EVENT.c.seq).limit(_BATCH)).mappings().all()
        yield from map(dict, batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1]["seq"]


def _promises(text: str | None) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Table, key, hash before and after. What cannot be read is no promise: its row is a fault,
    and the chain is broken there."""
    try:
        tables = json.loads(text or "{}")
        found = [
            (table, key, before, after)
            for table, rows in tables.items()
            for key, (before, after) in rows.items()
        ]
    except (ValueError, TypeError, AttributeError):
        return
    yield from found


def _read_all(connection: Connection, table: sa.Table, replay: _Replay) -> Iterator[State]:
    try:
        yield from all_states(connection, table)
    except sa.exc.DBAPIError:
        # A value that the driver itself refuses; what is readable was compared.
        replay.unreadable(table.name)
