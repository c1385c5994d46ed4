"""What lies at a door and cannot be taken: shown under "Zu klären" until it is gone.

Derived from the file system at every look, so it is kept in memory and not in the record: nothing
of it is in custody yet.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.access import may_tend_stream
from archive.model import Reader
from config.clock import Clock
from config.logs import logger
from ingest.intake import printable

MOST_SHOWN = 100  #: of one look at one door; whoever can write there could make any number


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A thing at a door that no machine may take."""

    stream: str
    path: str
    text: str
    since: datetime


class Obstacles:
    """The present obstacles of all doors; safe for several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], Obstacle] = {}

    def report(self, stream: str, path: str, text: str) -> None:
        """Note an obstacle; the log hears of it once, and again when the reason changes."""
        key = (stream, path)
        with self._lock:
            known = self._found.get(key)
            if known is not None and known.text == text:
                return
            since = known.since if known else self._clock()
            self._found[key] = Obstacle(stream=stream, path=path, text=text, since=since)
        logger("hotfolder").warning("obstacle", stream=stream, path=path, why=text)

    def settle(self, stream: str, present: set[str]) -> None:
        """Forget those of ``stream`` that are no longer there."""
        with self._lock:
            for key in [key for key in self._found if key[0] == stream and key[1] not in present]:
                del self._found[key]

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
            return tuple(sorted(self._found.values(), key=lambda found: found.since))


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
