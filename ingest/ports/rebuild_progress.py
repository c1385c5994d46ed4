"""How far this process is with building the index anew, for those who wait for it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Documents; ``total`` is 0 until they are counted."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """Rounded down. What readers are told: the figures of the whole house are not for everyone."""
        return self.done * 100 // self.total if self.total else 0


class Renewal:
    """Safe for several threads; one of them builds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: Iterator[str] | None = None
        self._now: Progress | None = None

    @property
    def progress(self) -> Progress | None:
        """None while nothing is being built."""
        with self._lock:
            return self._now

    @contextmanager
    def going(self) -> Iterator[None]:
        """Held for the time of one building."""
        with self._lock:
            self._left, self._now = None, Progress(0, 0)
        try:
            yield
        finally:
            with self._lock:
                self._left, self._now = None, None

    def expect(self, documents: Collection[str]) -> None:
        """All that is to be there in the end, in the order of loading. The first word counts: later
        rounds bring in what has changed meanwhile."""
        with self._lock:
            if self._now is not None and self._left is None:
                self._left, self._now = iter(documents), Progress(0, len(documents))

    def reached(self, document: str) -> None:
        """It is loaded, and all before it are, or were there from an interrupted building."""
        with self._lock:
            if self._now is None or self._left is None:
                return
            done = self._now.done
            for each in self._left:
                done += 1
                if each == document:
                    break
            self._now = Progress(done, self._now.total)
