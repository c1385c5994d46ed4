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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.promises.canonical_values import quoted as _quoted
from archive.promises.canonical_values import writer
from archive.tables.evident_tables import EVIDENT, Kind

FORM = 1
SALT_BYTES = 16
_OWNER = "evidence_owner"
_RAW = "raw_"
_BATCH = 500
Row = Mapping[str, Any]


class State(NamedTuple):
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
    return [state for _, state in rows(connection, table, where, parameters)]


def rows(
    connection: Connection,
    table: sa.Table,
    where: sa.ColumnElement[bool] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[tuple[Sequence[Any], State]]:
    """As ``states``, each with the values that it has in the database, in the order of the table's
    columns."""
    query = _query(table)
    if where is not None:
        query = query.where(where)
    form = _form(table)
    for row in connection.execute(query, dict(parameters or {})).all():
        yield row, _state(form, row)


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
    raw = [row[_RAW + column.name] for column in table.columns]
    return typed, _state(_form(table), [*raw, row[_OWNER]])


def owned_by(table: sa.Table, owner: str | None) -> sa.ColumnElement[bool]:
    """The condition that a row belongs to the aggregate of ``owner`` (none: the house)."""
    return sa.true() if EVIDENT[table.name].kind is Kind.HOUSE else _owner(table) == owner


def owned_by_any(table: sa.Table, owners: Collection[str]) -> sa.ColumnElement[bool]:
    """The condition that a row belongs to one of these owners' aggregates; not for the house."""
    evident = EVIDENT[table.name]
    column = table.c[evident.owner]
    if evident.owner != "document_id":
        return column.in_(owners)
    document = table.metadata.tables["document"]
    return column.in_(sa.select(document.c.id).where(document.c.item_id.in_(owners)))


def all_states(connection: Connection, table: sa.Table) -> Iterator[State]:
    """Every row of the table in the order of its key, a batch at a time."""
    form = _form(table)
    columns = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        query = _query(table).order_by(*columns).limit(_BATCH)
        if last is not None:
            query = query.where(sa.tuple_(*columns) > last)
        batch = connection.execute(query).all()
        yield from (_state(form, row) for row in batch)
        if len(batch) < _BATCH:
            return
        last = tuple(batch[-1][place] for place in form.key)


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
    return _digest(_form(table), [row[column.name] for column in table.columns])


@dataclass(frozen=True, slots=True)
class _Form:
    """How the rows of one table are promised; places are those of the table's columns."""

    table: str
    owner: str | None  #: what the names of its aggregates begin with; none: the house
    key: tuple[int, ...]
    #: place, what introduces the value, and how it is written; in the order of the text
    members: tuple[tuple[int, str, Callable[[Any], str]], ...]


@cache
def _form(table: sa.Table) -> _Form:
    evident = EVIDENT[table.name]
    places = {column.name: place for place, column in enumerate(table.columns)}
    return _Form(
        table=table.name,
        owner=None if evident.kind is Kind.HOUSE else f"{evident.kind.value}:",
        key=tuple(places[column.name] for column in table.primary_key.columns),
        members=tuple(
            (places[name], f"{_quoted(name)}:", writer(table.columns[name].type))
            for name in sorted(places)
            if name not in evident.excepted
        ),
    )


def _digest(form: _Form, values: Sequence[Any]) -> str:
    members = ",".join(
        [
            label + write(value)
            for place, label, write in form.members
            if (value := values[place]) is not None
        ]
    )
    text = f'{{"form":{FORM},"row":{{{members}}},"table":"{form.table}"}}'
    found = hashlib.sha256(text.encode("ascii")).digest()
    return urlsafe_b64encode(found).rstrip(b"=").decode("ascii")


def _state(form: _Form, row: Sequence[Any]) -> State:
    """Of a row of ``_query``: the table's columns, then whose it is."""
    return State(
        key=key_of([row[place] for place in form.key]),
        aggregate=Kind.HOUSE.value if form.owner is None else f"{form.owner}{row[-1]}",
        digest=_digest(form, row),
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
