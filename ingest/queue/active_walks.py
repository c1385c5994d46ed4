"""Which objects this process is walking right now, in memory.

The durable engine calls a walk pending as long as nobody wrote its end down. Where that could not be
written (a full disk), only this tells a walk that goes on from one whose thread has ended.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Afoot:
    """The walks of this process; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._walking: Counter[str] = Counter()
        self._suspects: frozenset[str] = frozenset()

    @contextmanager
    def walks(self, object_id: str) -> Iterator[None]:
        """Held for the time of one walk."""
        with self._lock:
            self._walking[object_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._walking[object_id] -= 1
                if not self._walking[object_id]:
                    del self._walking[object_id]

    def are_walking(self) -> bool:
        """Whether anything walks here."""
        with self._lock:
            return bool(self._walking)

    def lost(self, pending: frozenset[str]) -> frozenset[str]:
        """Of those that ought to walk here, those that did not at this look nor at the one before.

        Two looks, since a walk that was just taken from the queue has not begun yet.
        """
        with self._lock:
            idle = frozenset(each for each in pending if not self._walking[each])
            lost = idle & self._suspects
            self._suspects = idle
        return lost
