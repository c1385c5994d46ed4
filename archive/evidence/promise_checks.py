"""The promises of one aggregate, held against its rows (``archive/evidence/replay.py``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

from archive.promises.canonical_rows import State


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


class Replay:
    """The last promise of each row of one aggregate."""

    __slots__ = ("_aggregate", "_faults", "_promised")

    def __init__(self, aggregate: str) -> None:
        self._aggregate = aggregate
        self._faults: list[Fault] = []
        self._promised: dict[tuple[str, str], tuple[str, int]] = {}

    def take(self, seq: int, promises: str | None) -> None:
        """The promises of the next event, oldest first."""
        for table, key, before, after in _promises(promises):
            place = (table, key)
            last = self._promised.get(place)
            if (last[0] if last else None) != before:
                self._fault(table, key, FaultKind.OVERWRITTEN, seq)
            if after is None:
                self._promised.pop(place, None)
            else:
                self._promised[place] = (after, seq)

    def compare(self, table: str, row: State) -> None:
        """One row as it stands, once all events are taken."""
        last = self._promised.pop((table, row.key), None)
        if last is None:
            self._fault(table, row.key, FaultKind.UNPROMISED, None)
        elif last[0] != row.digest:
            self._fault(table, row.key, FaultKind.CHANGED, last[1])

    def unreadable(self, table: str) -> None:
        """The driver itself refuses a value of this table; what is readable was compared."""
        self._fault(table, "-", FaultKind.UNREADABLE, None)

    def end(self) -> tuple[Fault, ...]:
        """All faults; what is left over is missing."""
        for (table, key), (_, seq) in sorted(self._promised.items()):
            self._fault(table, key, FaultKind.MISSING, seq)
        self._promised.clear()
        return tuple(self._faults)

    def _fault(self, table: str, key: str, kind: FaultKind, event: int | None) -> None:
        self._faults.append(
            Fault(aggregate=self._aggregate, table=table, key=key, kind=kind, event=event)
        )


def _promises(text: str | None) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Table, key, hash before and after. What cannot be read is no promise: its row is a fault,
    and the chain is broken there."""
    if text is None:
        return
    try:
        tables = json.loads(text)
        found = [
            (table, key, before, after)
            for table, rows in tables.items()
            for key, (before, after) in rows.items()
        ]
    except (ValueError, TypeError, AttributeError):
        return
    yield from found
