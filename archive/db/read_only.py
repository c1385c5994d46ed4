"""A record that can be read and not written: a medium that was handed out, a read-only mount.

SQLite keeps a journal beside the file and makes it anew for each reader; where it cannot, the file
is opened as one that nobody changes (SQLite, "Write-Ahead Logging", 6, "Read-Only Databases").
Another process may change it all the same, where only this one may not write: then what was read is
of no use, and is not given out.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from config.errors import Unavailable

BUSY = 30.0  #: seconds
_Kind = TypeVar("_Kind", bound=sqlite3.Connection)


def is_read_only(place: Path) -> bool:
    """Whether the database file is there and neither it nor its folder can be written."""
    return place.is_file() and not (os.access(place, os.W_OK) and os.access(place.parent, os.W_OK))


class Unchanging(sqlite3.Connection):
    """A connection that takes no locks and sees no changes, to a file that must not have any."""

    place: Path
    begun: tuple[object, ...]

    def check(self) -> None:
        """Raises:
        Unavailable: the record was changed since it was opened.
        """
        if _state(self.place) != self.begun:
            raise Unavailable(
                f"{self.place} wurde beim Lesen von einem anderen Programm geändert; was gelesen wurde,"
                " gilt nicht. Den Befehl wiederholen, wenn dort niemand mehr schreibt."
            )


def check(connection: object) -> None:
    """Whether what ``connection`` read is the record; raises Unavailable where it is not."""
    if isinstance(connection, Unchanging):
        connection.check()


def connect(place: Path) -> sqlite3.Connection:
    """Open it for reading alone; with locks wherever that can be done.

    Raises:
        Unavailable: changes lie in a journal beside it that cannot be taken in here; without them
            what is read would be an older record.
    """
    unsettled = _unsettled(place)
    if not unsettled and os.statvfs(place).f_flag & os.ST_RDONLY:
        return _unchanging(place)
    try:
        return _opened(place, "mode=ro", sqlite3.Connection)
    except sqlite3.OperationalError as error:
        if not unsettled:
            return _unchanging(place)
        raise Unavailable(
            f"{place} ist nur lesbar, und daneben liegen Änderungen, die noch nicht übernommen sind "
            f"({_journal(place).name}). Den Datenordner auf einen beschreibbaren Datenträger kopieren."
        ) from error


def _unchanging(place: Path) -> sqlite3.Connection:
    begun = _state(place)
    opened = _opened(place, "mode=ro&immutable=1", Unchanging)
    opened.place, opened.begun = place, begun
    opened.check()
    return opened


def _opened(place: Path, words: str, kind: type[_Kind]) -> _Kind:
    opened = sqlite3.connect(
        f"file:{quote(str(place))}?{words}",
        uri=True,
        timeout=BUSY,
        check_same_thread=False,
        factory=kind,
    )
    try:
        opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        opened.close()
        raise
    return opened


def _journal(place: Path) -> Path:
    return place.with_name(f"{place.name}-wal")


def _unsettled(place: Path) -> bool:
    """Whether changes may lie beside the file."""
    journal = _journal(place)
    return journal.is_file() and journal.stat().st_size > 0


def _state(place: Path) -> tuple[object, ...]:
    """What moves when anybody writes: the file, its change counter (SQLite, "Database File Format",
    1.3.7), the journal beside it."""
    with place.open("rb") as file:
        head, kept = file.read(28), os.fstat(file.fileno())
    return (kept.st_ino, kept.st_size, kept.st_mtime_ns, head[24:28], _unsettled(place))
