"""The trail replayed against the record, in both directions.

Each evident row must stand exactly as the last promise of it says, each promise must have its row,
and each change must begin at the state that the one before left: a row that was changed behind the
program's back and then written on by the program is found for ever.

What belongs to one owner (item, file, account) is promised together, so it is judged together: some
owners at a time, each in one view of the database, so that a running service raises no alarm. No
more rows and promises are held than theirs, however large the archive is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from archive.evidence.promise_checks import Fault, FaultKind, Replay
from archive.promises.canonical_rows import all_states, owned_by_any, rows, states
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT, Kind, aggregate

__all__ = [
    "NOBODYS",
    "Event",
    "Fault",
    "FaultKind",
    "Owned",
    "house",
    "how_many",
    "is_told",
    "nobodys",
    "owned",
    "owners",
    "replay_all",
    "replay_one",
    "strays",
]
_EVENT = schema.audit_event
_DOCUMENT = schema.document
_OWNERS = {Kind.ITEM: schema.item, Kind.FILE: schema.case_file, Kind.USER: schema.app_user}
_TABLES = {
    kind: [schema.metadata.tables[name] for name, each in EVIDENT.items() if each.kind is kind]
    for kind in Kind
}
_BATCH = 500
NOBODYS = aggregate(Kind.ITEM, None)  #: rows that name a document which is not there


class Event(NamedTuple):
    """An event of an item as it lies in the database."""

    seq: int
    action: str
    object_id: str
    object_sha256: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class Owned:
    """One owner: its rows by table as they lie in the database, and for an item its events."""

    name: str  #: of the aggregate
    rows: dict[str, list[Sequence[Any]]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    faults: tuple[Fault, ...] = ()


def owners(session: Session, kind: Kind, after: str | None, count: int) -> list[str]:
    """The next ``count`` owners of this kind that the record has, oldest first; ``after``: the last
    one of those before."""
    column = _OWNERS[kind].c.id
    query = sa.select(column).order_by(column).limit(count)
    if after is not None:
        query = query.where(column > after)
    return list(session.execute(query).scalars())


def how_many(session: Session, kind: Kind) -> int:
    query = sa.select(sa.func.count()).select_from(_OWNERS[kind])
    return int(session.execute(query).scalar_one())


def owned(session: Session, kind: Kind, ids: Collection[str]) -> dict[str, Owned]:
    """These owners, whether the record has them or not. Not for the house.

    A value that the driver refuses to read costs its own owner alone: its table is UNREADABLE.
    """
    try:
        return _owned(session, kind, ids, {})
    except sa.exc.DBAPIError:
        session.rollback()
    found: dict[str, Owned] = {}
    for one in ids:
        found |= _owned(session, kind, [one], _unreadable(session, kind, one))
    return found


def house(session: Session) -> tuple[Fault, ...]:
    """What belongs to no single owner, and promises in a name that no owner has."""
    connection = session.connection()
    replays: dict[str | None, Replay] = {Kind.HOUSE.value: Replay(Kind.HOUSE.value)}
    named = sa.select(_EVENT.c.aggregate).distinct().where(
        _EVENT.c.aggregate.is_not(None),
        *(~_EVENT.c.aggregate.startswith(f"{kind.value}:") for kind in _OWNERS),
    )  # fmt: skip
    nameless = sa.and_(_EVENT.c.aggregate.is_(None), _EVENT.c.promises.is_not(None))
    for where in (nameless, *(_EVENT.c.aggregate == name for name in connection.scalars(named))):
        for seq, name, promises in _promising(connection, where):
            replays.setdefault(name, Replay(str(name))).take(seq, promises)
    for table in _TABLES[Kind.HOUSE]:
        try:
            for state in all_states(connection, table):
                replays[Kind.HOUSE.value].compare(table.name, state)
        except sa.exc.DBAPIError:
            replays[Kind.HOUSE.value].unreadable(table.name)
    return tuple(fault for replay in replays.values() for fault in replay.end())


def nobodys(session: Session) -> tuple[Fault, ...]:
    """Rows that name a document which is not there, and promises of such rows."""
    connection = session.connection()
    replay = Replay(NOBODYS)
    for seq, _, promises in _promising(connection, _EVENT.c.aggregate == NOBODYS):
        replay.take(seq, promises)
    for table in _TABLES[Kind.ITEM]:
        if EVIDENT[table.name].owner == "document_id":
            there = sa.exists().where(_DOCUMENT.c.id == table.c.document_id)
            for state in states(connection, table, ~there):
                replay.compare(table.name, state)
    return replay.end()


def strays(session: Session, kind: Kind) -> Iterator[str]:
    """Owners of which the trail or rows of other tables speak, and which the record does not have."""
    owner = _OWNERS[kind]
    begins = f"{kind.value}:"
    told = sa.select(_EVENT.c.aggregate.label("name")).distinct().where(
        _EVENT.c.aggregate.startswith(begins), _EVENT.c.aggregate != NOBODYS
    )  # fmt: skip
    named = told.subquery()
    found = [_without(owner, sa.func.substr(named.c.name, len(begins) + 1))]
    for table in _TABLES[kind]:
        if table is not owner and EVIDENT[table.name].owner != "document_id":
            column = table.c[EVIDENT[table.name].owner].label("name")
            found.append(_without(owner, sa.select(column).distinct().subquery().c.name))
    yield from session.execute(sa.union(*found).order_by(sa.text("1"))).scalars()


def _without(owner: sa.Table, name: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Those names that no row of ``owner`` has."""
    return sa.select(name).where(~sa.exists().where(owner.c.id == name))


def is_told(session: Session, name: str) -> bool:
    """Whether an event promises rows of this aggregate."""
    query = sa.select(sa.exists().where(_EVENT.c.aggregate == name))
    return bool(session.execute(query).scalar())


def replay_one(session: Session, name: str) -> tuple[Fault, ...]:
    """The rows and events of one aggregate, e.g. ``item:i0…``; neither the chain nor others."""
    kind, _, owner = name.partition(":")
    if kind == Kind.HOUSE:
        return house(session)
    if name == NOBODYS:
        return nobodys(session)
    return owned(session, Kind(kind), [owner])[owner].faults


def replay_all(session: Session) -> tuple[Fault, ...]:
    """All faults, in the view of one session."""
    found: list[Fault] = []
    for kind in _OWNERS:
        after: str | None = None
        while ids := owners(session, kind, after, _BATCH):
            found += (fault for one in owned(session, kind, ids).values() for fault in one.faults)
            after = ids[-1]
        for stray in strays(session, kind):
            found += owned(session, kind, [stray])[stray].faults
    return (*found, *nobodys(session), *house(session))


# ------------------------------------------------------------------ some owners in one view
def _owned(
    session: Session, kind: Kind, ids: Collection[str], unreadable: Collection[str]
) -> dict[str, Owned]:
    connection = session.connection()
    names = {aggregate(kind, one): one for one in ids}
    replays = {name: Replay(name) for name in names}
    found = {name: Owned(name) for name in names}
    _take_events(connection, kind, names, replays, found)
    for table in _TABLES[kind]:
        if table.name in unreadable:
            for replay in replays.values():
                replay.unreadable(table.name)
            continue
        for row, state in rows(connection, table, owned_by_any(table, ids)):
            replays[state.aggregate].compare(table.name, state)
            found[state.aggregate].rows.setdefault(table.name, []).append(row)
    return {
        one: Owned(name, found[name].rows, found[name].events, replays[name].end())
        for name, one in names.items()
    }


def _take_events(
    connection: Connection,
    kind: Kind,
    names: dict[str, str],
    replays: dict[str, Replay],
    found: dict[str, Owned],
) -> None:
    event = _EVENT.c
    columns = (event.seq, event.aggregate, event.promises, event.correlation_id, event.action,
               event.object_id, event.object_sha256, event.detail)  # fmt: skip
    where: sa.ColumnElement[bool] = event.aggregate.in_(names)
    if kind is Kind.ITEM:
        where = sa.or_(where, event.correlation_id.in_(names.values()))
    for row in connection.execute(sa.select(*columns).where(where).order_by(event.seq)).all():
        seq, name, promises, correlation, *said = row
        if name in replays:
            replays[name].take(seq, promises)
        its = found.get(f"{Kind.ITEM.value}:{correlation}")
        if its is not None:
            its.events.append(Event(seq, *said))


def _promising(
    connection: Connection, where: sa.ColumnElement[bool]
) -> Iterator[tuple[int, str | None, str]]:
    """Number, aggregate and promises of events, oldest first, some at a time."""
    after = 0
    columns = (_EVENT.c.seq, _EVENT.c.aggregate, _EVENT.c.promises)
    while True:
        query = sa.select(*columns).where(where, _EVENT.c.seq > after).order_by(_EVENT.c.seq)
        batch = connection.execute(query.limit(_BATCH)).all()
        yield from (tuple(row) for row in batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1].seq


def _unreadable(session: Session, kind: Kind, one: str) -> frozenset[str]:
    """The tables of which a row of this owner cannot be read."""
    found = set()
    for table in _TABLES[kind]:
        try:
            states(session.connection(), table, owned_by_any(table, [one]))
        except sa.exc.DBAPIError:
            session.rollback()
            found.add(table.name)
    return frozenset(found)
