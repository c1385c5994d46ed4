"""The service at work: each door, road, index and sweep in a loop of its own that never gives up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import sqlalchemy.exc
from dbos import DBOS
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from archive import outbox, statistics, walking
from config.errors import ServiceError
from config.logs import OnceAWhile, logger
from ingest.durable import LEGACY, MAILROOM, ROAD_VERSION, SLOW, engine_options
from ingest.engines import Engines
from ingest.hotfolder import HotFolder
from ingest.pipeline import durable_roads
from ingest.projection import project
from ingest.rebuilding import keep_whole
from ingest.sweep import sweep, tidy

POLL = 0.1  #: seconds between looks of the durable engine at its queues
INDEX_POLL = 0.3
ANCHOR_POLL = 1.0
SWEEP_EVERY = 60.0
TIDY_ALL_AFTER, TIDY_ALL_EVERY = 3600.0, 86_400.0  #: all objects looked at, not just the last ones
REST = timedelta(days=1)  #: an object younger than this is nobody's leftover
COMPARE_EVERY = 3600.0  #: index against archive
STATISTICS_EVERY = 3600.0  #: milliseconds of work
FULL_STOP = 3  #: seconds that a clean stop gives the present step


@dataclass(slots=True, kw_only=True)
class Running:
    """One process's share of the work. Built by api/wiring.py, which holds the home's lock."""

    engines: Engines
    executor: str
    doors: tuple[HotFolder, ...] = ()
    _threads: list[threading.Thread] = field(default_factory=list)
    _observer: BaseObserver | None = None
    _nudges: dict[str, threading.Event] = field(default_factory=dict)  #: by the door's name
    _next_comparison: float = 0.0
    _next_tidying: float = field(default_factory=lambda: time.monotonic() + TIDY_ALL_AFTER)

    def start(self, *, walk: bool = True, watch: bool = True, index: bool = True) -> None:
        """Go on with what an earlier process left, then open the doors."""
        if walk:
            self._once("tidy", partial(tidy, self.engines))
            self._launch()
            self._once("sweep", partial(sweep, self.engines))
            self._loop("sweep", self._sweep_and_tidy, SWEEP_EVERY)
            self._loop("statistics", self._gather, STATISTICS_EVERY)
            self._anchor_now()
            self._loop("anchor", self._anchor, ANCHOR_POLL)
        if index:
            self._loop("index", self._index, INDEX_POLL)
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
        for nudge in self._nudges.values():
            nudge.set()
        if self._observer is not None:
            self._observer.stop()
        limit = time.monotonic() + FULL_STOP
        for thread in self._threads:
            thread.join(max(0.0, limit - time.monotonic()))
        DBOS.destroy(workflow_completion_timeout_sec=FULL_STOP, destroy_registry=True)
        self._anchor_now()

    def _once(self, name: str, work: Callable[[], object]) -> None:
        """At start; what is in its way keeps nobody from it: the loop comes to it in a minute."""
        try:
            work()
        except (ServiceError, OSError, sqlalchemy.exc.SQLAlchemyError) as error:
            logger(name).error("not done at the start; trying again in a minute", exc_info=error)

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
            return not walking.walking_objects(session) and outbox.lag(session) == 0

    # ------------------------------------------------------------------ the loops

    def _launch(self) -> None:
        engines = self.engines
        logging.getLogger("dbos").addFilter(OnceAWhile())
        DBOS(
            config={
                "name": "registratur",
                "system_database_url": engines.settings.database_url,
                "application_version": ROAD_VERSION,
                "executor_id": self.executor,
                "console_log_level": "WARNING",
                "enable_otlp": False,
                "db_engine_kwargs": engine_options(engines.settings.database_url),
            }
        )
        durable_roads(engines=engines)
        DBOS.launch()
        slots = engines.settings.work.documents
        DBOS.register_queue(MAILROOM, worker_concurrency=slots, polling_interval_sec=POLL)
        for behind in (LEGACY, SLOW):
            DBOS.register_queue(
                behind, worker_concurrency=max(1, slots - 1), polling_interval_sec=POLL
            )

    def _sweep_and_tidy(self) -> None:
        sweep(self.engines)
        due = time.monotonic() >= self._next_tidying
        tidy(self.engines, older_than=self.engines.clock() - REST if due else None)
        if due:
            self._next_tidying = time.monotonic() + TIDY_ALL_EVERY

    def _gather(self) -> None:
        """What the database's planner goes by."""
        statistics.gather(self.engines.database)

    def _anchor(self) -> None:
        """Say outside the database how far the trail goes."""
        anchors, at = self.engines.anchors, self.engines.clock()
        with self.engines.database.read() as session:
            if anchors.is_due(session, at):
                anchors.write(session, at)

    def _index(self) -> None:
        if time.monotonic() >= self._next_comparison:
            keep_whole(self.engines)
            self._next_comparison = time.monotonic() + COMPARE_EVERY
        while project(self.engines):
            if self.engines.stopping.is_set():
                return

    def _look(self, door: HotFolder) -> None:
        nudge = self._nudges[door.name]
        nudge.wait(self._seconds_to_next_look(door))
        nudge.clear()
        door.look(time.monotonic())

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
            observer.schedule(_Nudge(nudge), str(door.root), recursive=True)
        try:
            observer.start()
        except OSError as error:
            logger("doors").warning("no notifications; looking at intervals", why=str(error))
            return
        self._observer = observer

    def _loop(self, name: str, work: Callable[[], None], every: float) -> None:
        thread = threading.Thread(
            target=self._run, args=(name, work, every), name=name, daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _run(self, name: str, work: Callable[[], None], every: float) -> None:
        """The outermost handler of a loop: a failure is logged and the loop goes on."""
        while not self.engines.stopping.wait(every):
            try:
                work()
            except Exception as error:
                if self.engines.stopping.is_set():
                    return
                retryable = getattr(error, "retryable", False)
                log = logger(name)
                if retryable:
                    log.warning("a part is away; trying again", why=str(error))
                else:
                    log.error("loop failed; trying again", exc_info=error)
                self.engines.stopping.wait(2.0)


class _Nudge(FileSystemEventHandler):
    """Events are hints: they only wake the loop that looks for itself."""

    def __init__(self, nudge: threading.Event) -> None:
        self._nudge = nudge

    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type not in ("opened", "closed_no_write"):
            self._nudge.set()
