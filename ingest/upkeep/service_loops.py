"""The service at work: each door, road, index and sweep in a loop of its own that never gives up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from archive.db import after_commit, planner_statistics
from archive.intake import on_the_road
from archive.search import outbox
from archive.views import details
from config.errors import ServiceError
from config.logs import logger
from ingest.doors.hot_folder.hot_folder import HotFolder
from ingest.engines import Engines
from ingest.index.projection import BATCH, project
from ingest.index.rebuilding import demand_index, keep_whole
from ingest.upkeep import dispatch
from ingest.upkeep.pruning import prune
from ingest.upkeep.sweep import sweep, tidy
from ingest.upkeep.wake_ups import Bell, Pace

INDEX_POLL = 0.3  #: seconds between two looks of the index at least
INDEX_LONGEST = 10.0  #: and at most, where nobody rang for it
#: Seconds in which documents that end their road share a commit of the index, while others walk.
INDEX_GATHERS = 5.0
PULSE = 1.0  #: seconds between two looks whether another process has committed something
AGAIN = 2.0  #: seconds after which a loop that failed tries again
SWEEP_EVERY = 60.0
TIDY_ALL_AFTER, TIDY_ALL_EVERY = 3600.0, 86_400.0  #: all objects looked at, not just the last ones
PRUNE_EVERY = 86_400.0
REST = timedelta(days=1)  #: an object younger than this is nobody's leftover
COMPARE_AFTER, COMPARE_EVERY = 60.0, 3600.0  #: seconds until index and archive are compared
STATISTICS_EVERY = 3600.0  #: milliseconds of work
FULL_STOP = 3  #: seconds that a clean stop gives the present step


@dataclass(slots=True, kw_only=True)
class Running:
    """One process's share of the work. Built by api/wiring.py, which holds the home's lock."""

    engines: Engines
    executor: str
    doors: tuple[HotFolder, ...] = ()
    #: told of documents that can be found from now on
    found: Callable[[Sequence[str]], None] = lambda document_ids: None
    bell: Bell = field(default_factory=Bell)
    _paces: tuple[Pace, ...] = ()
    _pulse_seen: tuple[int, int] | None = None
    _threads: list[threading.Thread] = field(default_factory=list)
    _observer: BaseObserver | None = None
    _nudges: dict[str, threading.Event] = field(default_factory=dict)  #: by the door's name
    _next_comparison: float = field(default_factory=lambda: time.monotonic() + COMPARE_AFTER)
    _is_checked: bool = False  #: whether the index has been looked at since the start
    _next_pruning: float = 0.0
    _next_tidying: float = field(default_factory=lambda: time.monotonic() + TIDY_ALL_AFTER)

    def start(self, *, walk: bool = True, watch: bool = True, index: bool = True) -> None:
        """Go on with what an earlier process left, then open the doors."""
        after_commit.listen(self.engines.database.writer, lambda kinds: self.bell.ring(*kinds))
        if walk:
            self._paces = dispatch.launch(self.engines, self.executor, self.bell)
            self._loop("sweep", self._sweep_and_tidy, SWEEP_EVERY, first=0.0)
            self._loop("statistics", self._gather, STATISTICS_EVERY)
            self._anchor_now()
            self._loop("anchor", self._anchor, PULSE)
        if walk or index:
            self._loop("pulse", self._pulse, PULSE)
        if index:
            self._loop("index", self._index, INDEX_LONGEST, first=0.0, kind=outbox.WORK)
        if watch:
            for door in self.doors:
                door.prepare()
                self._nudges[door.name] = threading.Event()
            self._watch()
            for door in self.doors:  # a full folder must not keep the others waiting
                look, every = partial(self._look, door), self.engines.settings.intake.settle_seconds
                self._loop(f"door {door.name}", look, every / 2)

    def stop(self) -> None:
        """Close the doors and let the present steps end; what does not end goes on next time."""
        self.engines.stopping.set()
        self.bell.ring(outbox.WORK)
        for nudge in self._nudges.values():
            nudge.set()
        if self._observer is not None:
            self._observer.stop()
        limit = time.monotonic() + FULL_STOP
        for thread in self._threads:
            thread.join(max(0.0, limit - time.monotonic()))
        dispatch.end(self._paces, FULL_STOP)
        self._anchor_now()

    def _anchor_now(self) -> None:
        """At start and stop; a folder or database that is away keeps nobody from either."""
        try:
            with self.engines.database.read() as session:
                self.engines.anchors.write(session, self.engines.clock())
        except (ServiceError, OSError) as error:
            logger("anchor").warning("the end of the trail is not anchored", why=str(error))

    def is_idle(self) -> bool:
        """Whether nothing walks and the index has all that is filed."""
        with self.engines.database.read() as session:
            return not on_the_road.walking_objects(session) and outbox.lag(session) == 0

    # ------------------------------------------------------------------ the loops

    def _sweep_and_tidy(self) -> None:
        sweep(self.engines)
        due = time.monotonic() >= self._next_tidying
        tidy(self.engines, older_than=self.engines.clock() - REST if due else None)
        if due:
            self._next_tidying = time.monotonic() + TIDY_ALL_EVERY
        if time.monotonic() >= self._next_pruning:
            prune(self.engines)  # after the sweep, which looks at how walks ended
            self._next_pruning = time.monotonic() + PRUNE_EVERY

    def _pulse(self) -> None:
        """Ring for what another process has committed: nothing is enqueued without an event."""
        with self.engines.database.read() as session:
            seen = details.newest_event(session), outbox.newest(session)
        if seen != self._pulse_seen:
            self._pulse_seen = seen
            self.bell.ring(outbox.WORK, *dispatch.QUEUES)

    def _gather(self) -> None:
        """What the database's planner goes by."""
        planner_statistics.gather(self.engines.database)

    def _anchor(self) -> None:
        """Say outside the database how far the trail goes."""
        anchors, at = self.engines.anchors, self.engines.clock()
        with self.engines.database.read() as session:
            if anchors.is_due(session, at):
                anchors.write(session, at)

    def _index(self) -> None:
        if not self._is_checked:
            demand_index(self.engines)
            self._is_checked = True
        if time.monotonic() >= self._next_comparison:
            keep_whole(self.engines)
            self._next_comparison = time.monotonic() + COMPARE_EVERY
        while count := project(self.engines, self.found):
            if count < BATCH:
                self._gather_for_index()
            if self.engines.stopping.is_set():
                return

    def _gather_for_index(self) -> None:
        """A commit of the index costs some twenty flushes of the disk, however many documents it
        has. What ends the road alone never waits."""
        limit = time.monotonic() + INDEX_GATHERS
        while self.engines.afoot.are_walking() and time.monotonic() < limit:
            if self.engines.stopping.wait(INDEX_POLL):
                return

    def _look(self, door: HotFolder) -> None:
        nudge = self._nudges[door.name]
        nudge.wait(self._seconds_to_next_look(door))
        nudge.clear()
        door.look()

    def _seconds_to_next_look(self, door: HotFolder) -> float:
        """Until what lies at the door has rested; at most until the next look through the folder."""
        rescan = self.engines.settings.intake.rescan_seconds
        due = door.next_due()
        return rescan if due is None else max(0.0, min(rescan, due - time.monotonic()))

    def _watch(self) -> None:
        if self.engines.settings.intake.polling:
            return
        observer = Observer()
        for door in self.doors:
            nudge = self._nudges[door.name]
            observer.schedule(
                _Nudge(nudge), str(door.root), recursive=True, event_filter=list(_TOLD)
            )
        try:
            observer.start()
        except OSError as error:
            logger("doors").warning("no notifications; looking at intervals", why=str(error))
            return
        self._observer = observer

    def _loop(
        self,
        name: str,
        work: Callable[[], None],
        every: float,
        *,
        first: float | None = None,
        kind: str | None = None,
    ) -> None:
        """``first``: seconds until the first time, else as long as between all. ``kind``: the work
        for which it is rung (wake_ups.py)."""
        first = every if first is None else first
        thread = threading.Thread(
            target=self._run, args=(name, work, every, first, kind), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(
        self, name: str, work: Callable[[], None], every: float, pause: float, kind: str | None
    ) -> None:
        """The outermost handler of a loop: a failure is logged and the loop goes on."""
        while not self.engines.stopping.wait(pause):
            heard = 0 if kind is None else self.bell.heard(kind)
            pause = every
            try:
                work()
            except Exception as error:
                if self.engines.stopping.is_set():
                    return
                pause = AGAIN
                log = logger(name)
                if getattr(error, "retryable", False):
                    log.warning("a part is away; trying again", why=str(error))
                else:
                    log.error("loop failed; trying again", exc_info=error)
                continue
            if kind is not None and not self.engines.stopping.is_set():
                self.bell.wait(kind, heard, every)
                pause = INDEX_POLL


#: What the kernel is asked for. All doors share one reader of events: that we open and read what lies
#: there ourselves must not keep it from telling of a letter.
_TOLD = (
    FileCreatedEvent, FileModifiedEvent, FileMovedEvent, FileDeletedEvent, FileClosedEvent,
    DirCreatedEvent, DirMovedEvent, DirDeletedEvent,
)  # fmt: skip


class _Nudge(FileSystemEventHandler):
    """Events are hints: they only wake the loop that looks for itself."""

    def __init__(self, nudge: threading.Event) -> None:
        self._nudge = nudge

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._nudge.set()
