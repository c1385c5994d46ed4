"""How loops rest while there is nothing to do, and begin at once when there is.

A loop notes what it has heard before it looks for work, and rests until it hears something new: what
rings while it looks is heard afterwards, so that no ringing is missed. What nobody rings for (another
process enqueued it) is found by looking now and then.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

EAGER = 10.0  #: seconds after its start in which a worker looks often: recovery rings for nobody
EAGER_LOOK, LONGEST = 0.5, 10.0  #: seconds between two looks of a queue that nobody rang for


class Bell:
    """One bell for each kind of work; safe for several threads."""

    def __init__(self) -> None:
        self._told = threading.Condition()
        self._rung: Counter[str] = Counter()

    def ring(self, *kinds: str) -> None:
        """There may be work of these kinds."""
        with self._told:
            self._rung.update(kinds)
            self._told.notify_all()

    def heard(self, kind: str) -> int:
        """How often it has rung so far; to be read before looking for work."""
        with self._told:
            return self._rung[kind]

    def wait(self, kind: str, heard: int, seconds: float) -> int:
        """Rest until it has rung since ``heard``, or so long; how often it has rung then."""
        with self._told:
            self._told.wait_for(lambda: self._rung[kind] != heard, timeout=seconds)
            return self._rung[kind]


class Pace(threading.Event):
    """What a worker of the durable engine waits with between two looks at its queue.

    The engine gives each worker an event that ends it, and waits on that event for its polling
    interval. This one lets it wait on, as long as nothing was enqueued and no slot came free.
    """

    def __init__(
        self,
        bell: Bell,
        queue: str,
        is_full: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._bell = bell
        self._queue = queue
        self._is_full = is_full
        self._clock = clock
        self._begun = clock()
        self._heard = bell.heard(queue)

    def set(self) -> None:
        """End the worker."""
        super().set()
        self._bell.ring(self._queue)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the worker has to end; False when it has to look at its queue.

        ``timeout`` (seconds) is the engine's own interval, which lies between two looks at least.
        """
        if super().wait(timeout):
            return True
        eager = self._clock() - self._begun < EAGER
        limit = self._clock() + (EAGER_LOOK if eager else LONGEST)
        while True:
            latest = self._bell.heard(self._queue)
            left = limit - self._clock()
            rung = latest != self._heard and not self._is_full()
            if rung or left <= 0 or self.is_set():
                self._heard = latest
                return self.is_set()
            self._bell.wait(self._queue, latest, left)
