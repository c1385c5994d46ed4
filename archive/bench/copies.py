"""Copies of a trace under other names and times, with the promises and hashes that are theirs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from archive.bench.traces import Change, Told, Trace
from archive.promises.canonical_rows import SALT_BYTES, digest
from archive.promises.event_forms import canonical
from archive.tables import schema

MARK = "@"  #: begins and ends every name in a sample that each copy has another one for
Names = Mapping[str, Any]
Rows = dict[str, list[dict[str, Any]]]  #: table -> rows


@dataclass(frozen=True, slots=True)
class _Filled:
    """How the values of one row or event are made: as in the sample, but for these columns."""

    fixed: Mapping[str, Any]
    named: tuple[tuple[str, str], ...]  #: column, name
    spelled: tuple[tuple[str, tuple[str, ...]], ...]  #: column, names within its text
    later: tuple[tuple[str, timedelta], ...]  #: column, time since the sample began
    days: tuple[tuple[str, timedelta], ...]
    structured: tuple[tuple[str, str, tuple[str, ...]], ...]  #: column, as JSON, names within

    def fill(self, names: Names, begins: datetime) -> dict[str, Any]:
        values = dict(self.fixed)
        for column, name in self.named:
            values[column] = names[name]
        for column, within in self.spelled:
            values[column] = _spelled(values[column], within, names)
        for column, since in self.later:
            values[column] = begins + since
        for column, since in self.days:
            values[column] = begins.date() + since
        for column, text, within in self.structured:
            values[column] = json.loads(_spelled(text, within, names))
        return values


@dataclass(frozen=True, slots=True)
class _Row:
    table: str
    place: tuple[str, str]  #: table and key in the sample
    number: str | None  #: column of a key that the database would draw
    values: _Filled


@dataclass(frozen=True, slots=True)
class _Event:
    values: _Filled
    rows: tuple[_Row, ...]


class Copier:
    """Makes copies of one trace. ``numbers`` draws the next key of a table, ``salt`` random bytes."""

    def __init__(
        self, trace: Trace, *, numbers: Callable[[str], int], salt: Callable[[int], bytes]
    ) -> None:
        self._numbers = numbers
        self._salt = salt
        self._events = tuple(_event(told, trace.begins) for told in trace.told)

    def copy(self, names: Names, begins: datetime, into: Rows) -> Iterator[dict[str, Any]]:
        """The events of one copy as they go into the chain, promises included; its rows as they
        stand in the end are added to ``into``."""
        rows: dict[tuple[str, str], dict[str, Any]] = {}
        digests: dict[tuple[str, str], str] = {}
        for event in self._events:
            promises: dict[str, dict[str, list[str | None]]] = {}
            for made in event.rows:
                row = self._row(made, names, begins, rows.get(made.place))
                rows[made.place] = row
                table = schema.metadata.tables[made.table]
                now = digest(table, row)
                key = str(row[next(iter(table.primary_key.columns)).name])
                promises.setdefault(made.table, {})[key] = [digests.get(made.place), now]
                digests[made.place] = now
            told = event.values.fill(names, begins)
            told["promises"] = canonical(promises) if promises else None
            yield told
        for (name, _), row in rows.items():
            into.setdefault(name, []).append(row)

    def _row(
        self, made: _Row, names: Names, begins: datetime, before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        row = made.values.fill(names, begins)
        row["salt"] = self._salt(SALT_BYTES) if before is None else before["salt"]
        if made.number is not None:
            row[made.number] = self._numbers(made.table) if before is None else before[made.number]
        return row


def _event(told: Told, begins: datetime) -> _Event:
    return _Event(
        values=_filled(told.event, begins), rows=tuple(_row(each, begins) for each in told.changes)
    )


def _row(change: Change, begins: datetime) -> _Row:
    keys = list(schema.metadata.tables[change.table].primary_key.columns)
    if len(keys) != 1:
        raise ValueError(f"{change.table}: rows with a key of several columns are not copied")
    name = keys[0].name
    drawn = name if isinstance(change.row[name], int) else None
    return _Row(
        table=change.table,
        place=(change.table, change.key),
        number=drawn,
        values=_filled(change.row, begins),
    )


def _filled(values: Mapping[str, Any], begins: datetime) -> _Filled:
    named: list[tuple[str, str]] = []
    spelled: list[tuple[str, tuple[str, ...]]] = []
    later: list[tuple[str, timedelta]] = []
    days: list[tuple[str, timedelta]] = []
    structured: list[tuple[str, str, tuple[str, ...]]] = []
    for column, value in values.items():
        if isinstance(value, datetime):
            later.append((column, value - begins))
        elif isinstance(value, date):
            days.append((column, value - begins.date()))
        elif isinstance(value, str) and (within := _names_in(value)):
            if within == (value,):
                named.append((column, value))
            else:
                spelled.append((column, within))
        elif isinstance(value, dict) and (within := _names_in(text := json.dumps(value))):
            structured.append((column, text, within))
    return _Filled(
        dict(values), tuple(named), tuple(spelled), tuple(later), tuple(days), tuple(structured)
    )


def _spelled(text: str, within: tuple[str, ...], names: Names) -> str:
    for name in within:
        text = text.replace(name, str(names[name]))
    return text


def _names_in(text: str) -> tuple[str, ...]:
    """The names in a text, in the order in which they first stand there."""
    found = text.split(MARK)[1::2]
    return tuple(dict.fromkeys(f"{MARK}{name}{MARK}" for name in found))
