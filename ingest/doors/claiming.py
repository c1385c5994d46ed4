"""Complete files of a hot folder that are claimed next, several together."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from ingest.doors.looking import Entry
from ingest.doors.taking import MOST_FILES, MOST_SECONDS
from ingest.stability import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that had rested. ``folder`` is a handle of its own."""

    folder: int
    name: str
    path: bytes  #: below the hot folder
    shape: Shape


@dataclass(slots=True)
class Claiming:
    """Those found since the last ones were claimed; ``moment`` in seconds that go on."""

    _found: list[Found] = field(default_factory=list)
    _begun: float = 0.0

    def add(self, entry: Entry, moment: float) -> None:
        """Raises OSError where no handle is to be had."""
        if not self._found:
            self._begun = moment
        folder = os.dup(entry.folder)
        shape = Shape.of(entry.found)
        self._found.append(Found(folder=folder, name=entry.name, path=entry.path, shape=shape))

    def is_full(self, moment: float) -> bool:
        """Whether they are as many as go together, or the first has waited long enough."""
        waited = bool(self._found) and moment - self._begun >= MOST_SECONDS
        return waited or len(self._found) >= MOST_FILES

    def drain(self) -> tuple[Found, ...]:
        """All of them, whose handles the caller closes; then it is empty."""
        found, self._found = tuple(self._found), []
        return found

    def close(self) -> None:
        for each in self.drain():
            os.close(each.folder)
