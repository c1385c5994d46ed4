"""One text for one row, whatever the database, and its salted hash.

Form 1 (docs/reference/archive.md): the SHA-256 over the canonical JSON of ``form``, ``table`` and
``row``, the values of all columns that carry evidence and are not NULL. The row's own random
``salt`` is among them, so that once a row is lawfully deleted nobody can find its content by
trying. NULL is left out so that a column added later changes no promise. Values are read as the
driver gives them: a value that does not have the form of its column is hashed as it stands.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.evidence.kept import EVIDENT, Kind, aggregate

FORM = 1
SALT_BYTES = 16
_OWNER = "evidence_owner"
_RAW = "raw_"
_BATCH = 500
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A row as it stands: its key as text, whose it is, and the hash that promises it."""

    key: str
    aggregate: str
    digest: str


def states(
    connection: Connection,
    table: sa.Table,
    where: sa.ColumnElement[bool] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> list[State]:
    """All rows of ``table`` that ``where`` selects."""
    query = _query(table)
    if where is not None:
        query = query.where(where)
    found = connection.execute(query, dict(parameters or {})).mappings()
    return [_state(table, dict(row)) for row in found]


def states_of(connection: Connection, table: sa.Table, keys: Iterable[str]) -> list[State]:
    """The rows with these keys; what is not there is left out."""
    wanted = [key_values(table, key) for key in keys]
    columns = list(table.primary_key.columns)
    found: list[State] = []
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        if len(columns) == 1:
            chosen = columns[0].in_([values[0] for values in part])
        else:
            chosen = sa.tuple_(*columns).in_(part)
        found += states(connection, table, chosen)
    return found


@cache
def typed_and_raw(table: sa.Table) -> sa.Select[Any]:
    """A query for rows of ``table`` as the program has them, with what their hash is made of, so
    that a row which is about to be changed is read once. See ``parted``."""
    return _query(table, prefix=_RAW).add_columns(*table.columns)


def parted(table: sa.Table, row: Row) -> tuple[dict[str, Any], State]:
    """A row of ``typed_and_raw``: its columns as the program has them, and how it stands."""
    typed = {column.name: row[column.name] for column in table.columns}
    raw = {column.name: row[_RAW + column.name] for column in table.columns}
    return typed, _state(table, {**raw, _OWNER: row[_OWNER]})


def owned_by(table: sa.Table, owner: str | None) -> sa.ColumnElement[bool]:
    """The condition that a row belongs to the aggregate of ``owner`` (none: the house)."""
    return sa.true() if EVIDENT[table.name].kind is Kind.HOUSE else _owner(table) == owner


def all_states(connection: Connection, table: sa.Table) -> Iterator[State]:
    """Every row of the table in the order of its key, a batch at a time."""
    columns = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        query = _query(table).order_by(*columns).limit(_BATCH)
        if last is not None:
            query = query.where(sa.tuple_(*columns) > last)
        batch = connection.execute(query).mappings().all()
        yield from (_state(table, dict(row)) for row in batch)
        if len(batch) < _BATCH:
            return
        last = tuple(batch[-1][column.name] for column in columns)


def key_of(values: Iterable[object]) -> str:
    """A primary key as one text: the value itself, or a JSON list of several."""
    parts = list(values)
    return str(parts[0]) if len(parts) == 1 else json.dumps(parts, separators=(",", ":"))


def key_values(table: sa.Table, key: str) -> tuple[Any, ...]:
    """``key_of`` the other way round."""
    columns = list(table.primary_key.columns)
    if len(columns) > 1:
        return tuple(json.loads(key))
    return (int(key) if isinstance(columns[0].type, sa.Integer) else key,)


def digest(table: sa.Table, row: Row) -> str:
    """The promise of one row: 43 characters of base64url."""
    excepted = EVIDENT[table.name].excepted
    values = {
        column.name: _value(column, row[column.name])
        for column in table.columns
        if column.name not in excepted and row[column.name] is not None
    }
    text = json.dumps(
        {"form": FORM, "table": table.name, "row": values},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
    )
    found = hashlib.sha256(text.encode("ascii")).digest()
    return urlsafe_b64encode(found).rstrip(b"=").decode("ascii")


def _state(table: sa.Table, row: Row) -> State:
    kind = EVIDENT[table.name].kind
    return State(
        key=key_of(row[column.name] for column in table.primary_key.columns),
        aggregate=aggregate(kind, row[_OWNER]),
        digest=digest(table, row),
    )


@cache
def _query(table: sa.Table, prefix: str = "") -> sa.Select[Any]:
    columns = [
        sa.type_coerce(column, sa.types.NullType()).label(prefix + column.name)
        for column in table.columns
    ]
    chosen: list[sa.ColumnElement[Any]] = [*columns, _owner(table).label(_OWNER)]
    return sa.select(*chosen)


def _owner(table: sa.Table) -> sa.ColumnElement[Any]:
    evident = EVIDENT[table.name]
    if evident.kind is Kind.HOUSE:
        return sa.null()
    column = table.c[evident.owner]
    if evident.owner != "document_id":
        return column
    document = table.metadata.tables["document"]
    return sa.select(document.c.item_id).where(document.c.id == column).scalar_subquery()


def _value(column: sa.Column[Any], value: Any) -> Any:
    """The value as JSON; what does not have the column's form stays as it is."""
    kind = column.type
    while isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl_instance
    if isinstance(value, bytes | bytearray | memoryview):
        return {"hex": bytes(value).hex()}
    if isinstance(kind, sa.DateTime):
        return _time(value)
    if isinstance(kind, sa.Boolean) and value in (0, 1):
        return bool(value)
    if isinstance(kind, sa.JSON) and isinstance(value, str):
        return _parsed(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _time(value: Any) -> Any:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return {"raw": value}
        if moment.isoformat(" ", "microseconds") != value:
            return {"raw": value}
    elif isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
    else:
        return {"raw": str(value)}
    return moment.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def _parsed(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return {"raw": value}
