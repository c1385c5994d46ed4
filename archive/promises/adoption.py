"""Promises for rows that were there before promises were: what a migration finds, it says so.

``RECORD_ADOPTED`` tells that these rows are promised as they stood on that day and by whom: by the
migration, which cannot know whether they had been changed before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.promises.canonical_rows import State, owned_by, states
from archive.promises.event_forms import canonical, sealed
from archive.tables.evident_tables import EVIDENT, Kind, aggregate
from config.clock import new_id

RECORD_ADOPTED = "RECORD_ADOPTED"
_BATCH = 200  #: items, files or users at a time
_OWNERS = {Kind.ITEM: "item", Kind.FILE: "case_file", Kind.USER: "app_user"}


def adopt(connection: Connection, *, at: datetime, release: str) -> int:
    """Promise every evident row as it stands, in one event for each aggregate.

    Works on the tables as the database has them. ``release`` names the migration. Returns the
    number of rows.
    """
    present = sa.MetaData()
    present.reflect(connection)
    tables = [present.tables[name] for name in EVIDENT if name in present.tables]
    count = 0
    for kind in Kind:
        for owners in _owners(connection, present, kind):
            found: dict[str, dict[str, dict[str, list[str | None]]]] = {}
            for table in (table for table in tables if EVIDENT[table.name].kind is kind):
                for state in _of_owners(connection, table, owners):
                    promises = found.setdefault(state.aggregate, {}).setdefault(table.name, {})
                    promises[state.key] = [None, state.digest]
                    count += 1
            for name, told in found.items():
                _tell(connection, present, name, told, at=at, release=release)
    return count


def _owners(
    connection: Connection, present: sa.MetaData, kind: Kind
) -> Iterator[Sequence[str | None]]:
    if kind is Kind.HOUSE:
        yield [None]
        return
    column = present.tables[_OWNERS[kind]].c.id
    ids = list(connection.execute(sa.select(column).order_by(column)).scalars())
    yield from (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))


def _of_owners(
    connection: Connection, table: sa.Table, owners: Sequence[str | None]
) -> Iterator[State]:
    for owner in owners:
        yield from states(connection, table, owned_by(table, owner))


def _tell(
    connection: Connection,
    present: sa.MetaData,
    name: str,
    promises: Any,
    *,
    at: datetime,
    release: str,
) -> None:
    event, head = present.tables["audit_event"], present.tables["audit_head"]
    last = connection.execute(sa.select(head.c.seq, head.c.hash).where(head.c.id == 1)).one()
    kind, _, owner = name.partition(":")
    row = sealed(
        {
            "seq": last.seq + 1,
            "event_id": new_id("e"),
            "at": at.astimezone(UTC),
            "actor": "service",
            "on_behalf": None,
            "action": RECORD_ADOPTED,
            "object_type": kind,
            "object_id": owner[:80] or "-",
            "object_sha256": None,
            "outcome": "ok",
            "reason": None,
            "correlation_id": owner if kind == Kind.ITEM else None,
            "detail": canonical({"release": release}),
            "aggregate": aggregate(Kind(kind), owner),
            "promises": canonical(promises),
        },
        last.hash,
    )
    stored = {**row, "at": row["at"].replace(tzinfo=None)}
    connection.execute(sa.insert(event).values(stored))
    connection.execute(
        sa.update(head).where(head.c.id == 1).values(seq=row["seq"], hash=row["hash"])
    )
