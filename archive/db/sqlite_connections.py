"""Connections to an SQLite record, of which nothing outlives the transaction it belongs to."""

from __future__ import annotations

import sqlite3
import weakref
from typing import Any


class Connection(sqlite3.Connection):
    """Ends what still reads when a transaction ends.

    A cursor that was not read to its end keeps SQLite's view of that moment, across ROLLBACK and
    COMMIT too (SQLite, "Transactions", "Response To Errors Within A Transaction"; since Python 3.11
    neither resets cursors). Whoever is given the connection next would read an older record, and
    could not write at all. An exception that was raised in the midst of a result is enough: what it
    refers to in circles lives until the next collection.
    """

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self._reading: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()

    def cursor(self, *args: Any, **words: Any) -> Any:
        made = super().cursor(*args, **words)
        self._reading.add(made)
        return made

    def commit(self) -> None:
        self._end_readings()
        super().commit()

    def rollback(self) -> None:
        self._end_readings()
        super().rollback()

    def _end_readings(self) -> None:
        for each in tuple(self._reading):
            each.close()
        self._reading.clear()
