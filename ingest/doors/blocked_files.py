"""What lies at a door and cannot be taken: shown under "Zu klären" until it is gone.

Derived from the file system at every look, so it is not kept in the record: nothing of it is in
custody yet. The process that watches the doors writes it into a file of the home, for the others
(``status``, ``doctor``, a service of pages alone); while nobody watches, the file says nothing.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from archive.access import may_tend_stream
from archive.model import Reader
from config.clock import Clock
from config.logs import logger
from ingest.doors.blocked_files_list import FILE, FORMAT, Obstacle, told
from ingest.doors.intake import printable

MOST_SHOWN = 100  #: of one look at one door; whoever can write there could make any number


class Obstacles:
    """The present obstacles of all doors; safe for several threads."""

    def __init__(self, clock: Clock, home: Path | None = None) -> None:
        self._clock = clock
        self._file = None if home is None else home / FILE
        self._watches = False
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Obstacle] = {}

    def report(self, stream: str, path: str, text: str) -> None:
        """Note an obstacle; the log hears of it once, and again when the reason changes."""
        key = (stream, path)
        with self._lock:
            self._watches = True
            known = self._found.get(key)
            if known is not None and known.text == text:
                return
            since = known.since if known else self._clock()
            self._found[key] = Obstacle(stream=stream, path=path, text=text, since=since)
            self._write()
        logger("hotfolder").warning("obstacle", stream=stream, path=path, why=text)

    def settle(self, stream: str, present: set[str]) -> None:
        """Forget those of ``stream`` that are no longer there."""
        with self._lock:
            gone = [key for key in self._found if key[0] == stream and key[1] not in present]
            for key in gone:
                del self._found[key]
            if gone or not self._watches:
                self._watches = True
                self._write()

    def seen_by(self, reader: Reader, departments: Mapping[str, str]) -> tuple[Obstacle, ...]:
        """Those of the streams that this reader tends; ``departments`` names each stream's own.

        A stream that is not named there belongs to nobody.
        """
        return tuple(
            each
            for each in self.all()
            if each.stream in departments
            and may_tend_stream(reader, each.stream, department=departments[each.stream])
        )

    def all(self) -> tuple[Obstacle, ...]:
        with self._lock:
            if not self._watches and self._file is not None:
                return told(self._file.parent)
            return tuple(sorted(self._found.values(), key=lambda found: found.since))

    def _write(self) -> None:
        """For the other processes. A disk that refuses costs them this, and nothing else."""
        if self._file is None:
            return
        rows = [{**asdict(each), "since": each.since.isoformat()} for each in self._found.values()]
        kept = {"format": FORMAT, "process": os.getpid(), "obstacles": rows}
        new = self._file.with_suffix(".new")
        try:
            new.write_text(json.dumps(kept), encoding="utf-8")
            new.chmod(0o600)
            new.replace(self._file)
        except OSError as error:
            logger("hotfolder").warning("obstacles are not told to others", why=str(error))


class Telling:
    """What one look at a door finds in the way; what the next one does not find is forgotten."""

    def __init__(self, obstacles: Obstacles, stream: str, root: Path) -> None:
        self._obstacles = obstacles
        self._stream = stream
        self._root = os.fsencode(root)
        self._told: set[str] = set()
        self._more = 0

    def tell(self, path: bytes, text: str) -> None:
        """``path`` below the hot folder (empty: the folder itself) is in the way, because ``text``."""
        if len(self._told) >= MOST_SHOWN:
            self._more += 1
            return
        shown = printable(os.path.join(self._root, path) if path else self._root)  # noqa: PTH118
        self._told.add(shown)
        self._obstacles.report(self._stream, shown, text)

    def end(self) -> None:
        """The look went through the whole folder."""
        if self._more:
            more = printable(self._root + b"/")
            self._told.add(more)
            text = f"Mehr als {MOST_SHOWN} Hindernisse; die übrigen bitte im Ordner ansehen."
            self._obstacles.report(self._stream, more, text)
        self._obstacles.settle(self._stream, self._told)
