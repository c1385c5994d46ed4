"""What the record's own acts leave behind, row by row and event by event, to be copied many times.

A sample item is walked once through the same functions that the road uses, in a small database of
its own. After each transaction its events are read back with the rows that they promise. So the
copies follow the tables, the acts and the promises of this release without being written down anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.db.database import Database
from archive.promises.canonical_rows import key_values
from archive.tables import schema

T = TypeVar("T")
_EVENT = schema.audit_event
_OF_THE_CHAIN = frozenset({"seq", "event_id", "prev_hash", "hash", "form", "promises"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row as one transaction left it; ``key`` is its primary key as the promises write it."""

    table: str
    key: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event without what its place in the chain makes of it, and the rows that it promises."""

    event: Mapping[str, Any]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that became of one sample, oldest first. Times are counted from ``begins``."""

    name: str
    begins: datetime
    told: tuple[Told, ...]

    def renamed(self, names: Mapping[str, str]) -> Trace:
        """The same with other words for these, wherever they stand in a text."""
        return replace(self, told=tuple(_renamed(told, names) for told in self.told))


class Recorder:
    """Acts in one database and keeps what each of them wrote."""

    def __init__(self, database: Database, begins: datetime) -> None:
        self._database = database
        self._begins = begins
        self._ticks = 0
        self._told: list[Told] = []
        with database.read() as session:
            self._last = _newest(session)

    def at(self) -> datetime:
        """The time of the next act; a few seconds after the one before."""
        self._ticks += 1
        return self._begins + timedelta(seconds=3 * self._ticks)

    def act(self, what: Callable[[Session], T]) -> T:
        """Do it in a transaction of its own, and keep what it wrote."""
        with self._database.write() as session:
            answer = what(session)
        with self._database.read() as session:
            query = sa.select(_EVENT).where(_EVENT.c.seq > self._last).order_by(_EVENT.c.seq)
            for event in session.execute(query).mappings().all():
                self._told.append(_told(session, dict(event)))
                self._last = int(event["seq"])
        return answer

    def trace(self, name: str) -> Trace:
        """What was kept since the last trace."""
        told, self._told = tuple(self._told), []
        begins, self._ticks = self._begins, 0
        return Trace(name=name, begins=begins, told=told)


def _told(session: Session, event: Mapping[str, Any]) -> Told:
    kept = {name: value for name, value in event.items() if name not in _OF_THE_CHAIN}
    promised: dict[str, dict[str, list[str | None]]] = json.loads(event["promises"] or "{}")
    changes = [
        _change(session, schema.metadata.tables[table], key)
        for table, rows in promised.items()
        for key in rows
    ]
    return Told(event=kept, changes=tuple(changes))


def _change(session: Session, table: sa.Table, key: str) -> Change:
    columns = list(table.primary_key.columns)
    same = [column == value for column, value in zip(columns, key_values(table, key), strict=True)]
    row = session.execute(sa.select(table).where(*same)).mappings().one()
    return Change(table=table.name, key=key, row=dict(row))


def _renamed(told: Told, names: Mapping[str, str]) -> Told:
    changes = (
        Change(table=each.table, key=each.key, row=_with_names(each.row, names))
        for each in told.changes
    )
    return Told(event=_with_names(told.event, names), changes=tuple(changes))


def _with_names(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    def other(value: Any) -> Any:
        if isinstance(value, str):
            for old, new in names.items():
                value = value.replace(old, new)
        return value

    return {column: other(value) for column, value in values.items()}


def _newest(session: Session) -> int:
    return int(session.execute(sa.select(schema.audit_head.c.seq)).scalar_one())
