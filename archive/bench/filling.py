"""Fills an empty record with any number of documents, as fast as the database takes them.

The rows are copies of walked samples (samples.py), each with promises and events of its own in one
valid chain. Guards and indices are set aside meanwhile and put back exactly as they were; nobody
else may use the database.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.bench.copies import Copier, Names, Rows
from archive.bench.counters import recount
from archive.bench.county import LATEST, PER_FILE, Arrival, County
from archive.bench.samples import CLOSED, FILED, Kind, Samples
from archive.bench.suspended_guards import set_aside
from archive.bench.traces import Trace
from archive.efile import file_reference
from archive.promises.event_forms import sealed
from archive.tables import schema

BATCH = 500  #: items of one transaction
NEWEST = 150  #: items whose pages have something to show
#: what the stored files of a document are called in the samples
OBJECTS = ("@original@", "@signatures@", "@text@", "@report@", "@note@", "@product@")
_EVENT, _HEAD = schema.audit_event, schema.audit_head
#: parents before children
_ORDER = (
    "app_user", "role_grant", "case_file", "case_record", "item", "document", "rendition",
    "finding", "qa_result",
)  # fmt: skip


@dataclass(slots=True)
class _Files:
    """The files of one department, and of its closed room."""

    opened: int = 0
    latest: list[tuple[str, str]] = field(default_factory=list)
    largest: tuple[str, str] | None = None


@dataclass(slots=True)
class Filling:
    """One run over an empty record of a home that was made for it.

    ``objects``: the addresses of stored files that the newest documents share, or, ``shared``, all
    of them. The others have addresses of their own, of which nothing is stored; ``own`` stores files for
    each document and names their addresses, which goes before both. ``written`` hears of
    each committed batch with the time of its last arrival: the road anchors its trail so often.
    """

    connection: Connection
    samples: Samples
    county: County
    plan: Mapping[str, str]  #: department -> its unit of the file plan
    objects: Mapping[str, str]
    shared: bool = False
    own: Callable[[int], Mapping[str, str]] | None = None  #: stores files for one document alone
    written: Callable[[datetime], None] = lambda _: None
    _rows: Rows = field(default_factory=dict)
    _events: list[dict[str, Any]] = field(default_factory=list)
    _counted: dict[str, int] = field(default_factory=dict)
    _files: dict[tuple[str, bool], _Files] = field(default_factory=dict)
    _earlier: dict[str, tuple[str, str]] = field(default_factory=dict)
    _copiers: dict[int, Copier] = field(default_factory=dict)
    _draw: random.Random = field(default_factory=lambda: random.Random(21))
    _end: tuple[int, str] = (0, "")

    def run(self, say: Callable[[int], None] = lambda _: None) -> None:
        """Fill it; ``say`` hears how many documents there are."""
        with set_aside(self.connection):
            self._begin()
            self._users()
            for arrival in self.county.arrivals():
                self._item(arrival)
                if (arrival.number + 1) % BATCH == 0:
                    self._write()
                    self.written(arrival.at)
                    say(arrival.number + 1)
            self._counters()
            self._write()
            self.written(self.county.until)
        recount(self.connection)
        self.connection.commit()
        say(self.county.size.documents)

    # ------------------------------------------------------------------ what is made
    def _begin(self) -> None:
        head = self.connection.execute(sa.select(_HEAD.c.seq, _HEAD.c.hash)).one()
        self._end = (head.seq, head.hash)
        for name in _ORDER:
            table = schema.metadata.tables[name]
            (key, *_) = table.primary_key.columns
            if isinstance(key.type, sa.Integer):
                last = self.connection.execute(sa.select(sa.func.max(key))).scalar()
                self._counted[name] = last or 0

    def _users(self) -> None:
        departments = self.county.departments
        for number in range(1, self.county.size.users + 1):
            names = {
                "@user@": f"u{number:05}",
                "@name@": f"Benutzer {number}",
                "@unit@": departments[number % len(departments)],
            }
            self._copy(self.samples.user, names, self.county.until)

    def _item(self, arrival: Arrival) -> None:
        document = _name("d", arrival.number)
        names = {
            "@item@": _name("i", arrival.number),
            "@document@": document,
            "@unit@": arrival.department,
            "@stream@": arrival.stream,
            "@source@": f"Scan_{arrival.number:08}.pdf",
            "@title@": f"Antrag {arrival.number} auf Erteilung einer Genehmigung",
            "@closed@": CLOSED.strip("@"),
            "@clerk@": f"u{1 + arrival.number % max(self.county.size.users, 1):05}",
            **self._objects(arrival.number),
        }
        trace = self.samples.closed_item if arrival.closed else self.samples.items[arrival.kind]
        if arrival.kind is Kind.DUPLICATE:
            earlier = self._earlier.get(arrival.department)
            if earlier is None:
                trace = self.samples.items[Kind.REJECTED]
            else:
                names |= {"@other@": earlier[0], "@original@": earlier[1]}
        if arrival.kind in FILED:
            files = self._files.setdefault((arrival.department, arrival.closed), _Files())
            names["@file@"], names["@case@"] = self._file(arrival, files)
            names["@otherfile@"] = self._draw.choice(files.latest or [("-", "-")])[0]
            if not arrival.closed:
                self._earlier[arrival.department] = (document, str(names["@original@"]))
        self._copy(trace, names, arrival.at)

    def _objects(self, number: int) -> Mapping[str, str]:
        if self.own is not None:
            return self.own(number)
        if self.shared:
            return self.objects
        own = {name: hashlib.sha256(f"{name} {number}".encode()).hexdigest() for name in OBJECTS}
        if number < self.county.size.documents - NEWEST:
            return own
        return {**self.objects, "@original@": own["@original@"]}

    def _file(self, arrival: Arrival, files: _Files) -> tuple[str, str]:
        """The file and case that a document goes to, opened where need be."""
        if arrival.largest:
            if files.largest is None:
                files.largest = self._open_file(arrival, files)
            return files.largest
        if not files.latest or self._draw.random() < 1 / PER_FILE:
            files.latest.append(self._open_file(arrival, files))
            del files.latest[:-LATEST]
        return self._draw.choice(files.latest)

    def _open_file(self, arrival: Arrival, files: _Files) -> tuple[str, str]:
        files.opened += 1
        plan, year = self.plan[arrival.department], arrival.at.year
        series = f"{CLOSED.strip('@')}-" if arrival.closed else ""
        mark = f"{plan}/{series}{files.opened}/{year}"
        place = f"{arrival.number:010}{files.opened:06}"
        names = {
            "@file@": f"f{place}",
            "@case@": f"c{place}",
            "@mark@": mark,
            "@markkey@": file_reference.compact(mark),
            "@plan@": plan,
            "@unit@": arrival.department,
            "@subject@": f"Vorgänge {files.opened}",
            "@closed@": CLOSED.strip("@"),
        }
        self._copy(
            self.samples.closed_file if arrival.closed else self.samples.file, names, arrival.at
        )
        return str(names["@file@"]), str(names["@case@"])

    def _copy(self, trace: Trace, names: Names, at: datetime) -> None:
        copier = self._copiers.get(id(trace))
        if copier is None:
            copier = Copier(trace, numbers=self._next, salt=self._draw.randbytes)
            self._copiers[id(trace)] = copier
        for told in copier.copy(names, at, self._rows):
            seq = self._end[0] + 1
            event = sealed({**told, "seq": seq, "event_id": f"e{seq:032x}"}, self._end[1])
            self._end = (seq, event["hash"])
            self._events.append(event)

    def _next(self, table: str) -> int:
        self._counted[table] += 1
        return self._counted[table]

    def _counters(self) -> None:
        """The next numbers of file marks go on behind those that were given."""
        for (department, closed), files in self._files.items():
            self._rows.setdefault("file_counter", []).append(
                {
                    "plan_unit": self.plan[department],
                    "year": self.county.until.year,
                    "series": CLOSED.strip("@") if closed else "",
                    "last": files.opened,
                }
            )

    # ------------------------------------------------------------------ how it is written
    def _write(self) -> None:
        for row in self._rows.get("document", ()):
            if row["stage"] == "filed":  # the index is taken to show it
                row["indexed_revision"] = row["revision"]
        for name in (*_ORDER, "file_counter"):
            _insert(self.connection, schema.metadata.tables[name], self._rows.pop(name, []))
        if self._rows:
            raise RuntimeError(f"rows of {sorted(self._rows)} have no place in the order")
        _insert(self.connection, _EVENT, self._events)
        self._events = []
        self.connection.execute(
            sa.update(_HEAD).where(_HEAD.c.id == 1).values(seq=self._end[0], hash=self._end[1])
        )
        self.connection.commit()


def _insert(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def _name(prefix: str, number: int) -> str:
    """As long as the identifiers of the road, and in the order of arrival like them."""
    return f"{prefix}{number:032x}"
