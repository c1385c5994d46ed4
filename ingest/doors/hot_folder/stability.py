"""How long a file has rested: the same file, unchanged in size and in both of its times."""

from __future__ import annotations

import os
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Shape:
    """What must not change while a file rests.

    The time of change (ctime) is among it: copying programs set the time of modification back to
    that of their source, and the time of change cannot be set.
    """

    size: int
    mtime_ns: int
    inode: int
    device: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> Shape:
        return cls(found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev, found.st_ctime_ns)

    def is_same_file(self, other: Shape) -> bool:
        return (self.inode, self.device) == (other.inode, other.device)

    def has_same_content(self, other: Shape) -> bool:
        """The same file, not written to between; a rename changes its ctime alone."""
        return self.is_same_file(other) and (self.size, self.mtime_ns) == (
            other.size,
            other.mtime_ns,
        )


@dataclass(slots=True)
class _Seen:
    shape: Shape
    since: float
    due: float
    stuck: bool = False


class RestWatch(Generic[K]):
    """Remembers since when each file has had its present shape. Moments are monotonic seconds."""

    def __init__(self, settle_seconds: float) -> None:
        self._settle = settle_seconds
        self._seen: dict[K, _Seen] = {}

    def rests(self, key: K, shape: Shape, moment: float) -> bool:
        """Whether ``key`` has kept ``shape`` for as long as it has to."""
        known = self._seen.get(key)
        if known is None or known.shape != shape:
            self.begin(key, shape, moment)
            return False
        return moment >= known.due

    def begin(self, key: K, shape: Shape, moment: float) -> None:
        """From now on; whatever was known of ``key`` counts no more."""
        self._seen[key] = _Seen(shape, moment, moment + self._settle)

    def has_rested(self, key: K, seconds: float, moment: float) -> bool:
        """Whether it has kept its shape for ``seconds``; if not, it is due when it will have."""
        seen = self._seen[key]
        seen.due = seen.since + seconds
        return moment >= seen.due

    def rested(self, key: K, moment: float) -> float:
        """Seconds since its last change; 0 for what is not known."""
        return moment - self._seen[key].since if key in self._seen else 0.0

    def is_due(self, key: K, moment: float) -> bool:
        """Whether it is time to look at ``key`` again; what is not known is due."""
        return key not in self._seen or moment >= self._seen[key].due

    def again_in(self, key: K, seconds: float, moment: float) -> None:
        """Look at it again then, whatever its rest."""
        self._seen[key].due = moment + seconds

    def is_stuck(self, key: K) -> None:
        """It cannot go on before something else changes: it stays due, and nobody hurries."""
        self._seen[key].stuck = True

    def next_due(self) -> float | None:
        """When the next one is to be looked at; None where nothing rests."""
        return min((seen.due for seen in self._seen.values() if not seen.stuck), default=None)

    def forget(self, key: K) -> None:
        self._seen.pop(key, None)

    def forget_all_but(self, seen: Collection[K]) -> None:
        for key in [key for key in self._seen if key not in seen]:
            del self._seen[key]
