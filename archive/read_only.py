"""A record that can be read and not written: a medium that was handed out, a read-only mount.

SQLite keeps a journal beside the file and makes it anew for each reader; where it cannot, the file
is opened as one that nobody changes (SQLite, "Write-Ahead Logging", 6, "Read-Only Databases").
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from config.errors import Unavailable

BUSY = 30.0  #: seconds


def is_read_only(place: Path) -> bool:
    """Whether the database file is there and neither it nor its folder can be written."""
    return place.is_file() and not (os.access(place, os.W_OK) and os.access(place.parent, os.W_OK))


def connect(place: Path) -> sqlite3.Connection:
    """Open it for reading alone.

    Raises:
        Unavailable: changes lie in a journal beside it that cannot be taken in here; without them
            what is read would be an older record.
    """
    journal = [place.with_name(f"{place.name}-{end}") for end in ("wal", "shm")]
    unsettled = journal[0].is_file() and journal[0].stat().st_size > 0
    words = "mode=ro" if unsettled else "mode=ro&immutable=1"
    try:
        opened = sqlite3.connect(
            f"file:{quote(str(place))}?{words}", uri=True, timeout=BUSY, check_same_thread=False
        )
        opened.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        if not unsettled:
            raise
        raise Unavailable(
            f"{place} ist nur lesbar, und daneben liegen Änderungen, die noch nicht übernommen sind "
            f"({journal[0].name}). Den Datenordner auf einen beschreibbaren Datenträger kopieren."
        ) from error
    return opened
