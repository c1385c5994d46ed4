"""The durable engine at work: launched once, its queues looked at when there is something in them.

The engine's own workers look ten times a second for as long as the service runs, which is most of
what an idle service costs. Ours are the engine's, on a leash of our own (wake_ups.py): woken by
what is enqueued in this process and by slots that come free.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from dbos import DBOS
from dbos._core import ActiveWorkflowById
from dbos._queue import queue_worker_thread

from config.logs import OnceAWhile
from ingest.engines import Engines
from ingest.pipeline import durable_roads
from ingest.queue.work_queue import LEGACY, MAILROOM, ROAD_VERSION, SLOW, engine_options
from ingest.upkeep.wake_ups import Bell, Pace

POLL = 0.1  #: seconds that lie between two looks at a queue at least
SELDOM = 600.0  #: seconds between looks for what we do not use: schedules
QUEUES = (MAILROOM, LEGACY, SLOW)


class Slots(ActiveWorkflowById):
    """The walks that the engine runs in this process; one that ends rings for its queue."""

    def __init__(self, bell: Bell) -> None:
        super().__init__()
        self._bell = bell

    def _remove(self, key: str, bucket: tuple[str, str | None] | None) -> None:
        super()._remove(key, bucket)
        if bucket is not None:
            self._bell.ring(bucket[0])


def launch(engines: Engines, executor: str, bell: Bell) -> tuple[Pace, ...]:
    """Go on with what an earlier process left and take from the queues; ends by ``end``."""
    logging.getLogger("dbos").addFilter(OnceAWhile())
    engine = DBOS(
        config={
            "name": "registratur",
            "system_database_url": engines.settings.database_url,
            "application_version": ROAD_VERSION,
            "executor_id": executor,
            "console_log_level": "WARNING",
            "enable_otlp": False,
            "scheduler_polling_interval_sec": SELDOM,
            "db_engine_kwargs": engine_options(engines.settings.database_url),
        }
    )
    durable_roads(engines=engines)
    walking = Slots(bell)
    engine._active_workflows_set = walking  # it has no hook for a walk that ended
    DBOS.listen_queues([])  # the engine starts no workers of its own
    DBOS.launch()
    slots = engines.settings.work.documents
    return tuple(
        _worker(engine, queue, slots if queue == MAILROOM else max(1, slots - 1), walking, bell)
        for queue in QUEUES
    )


def end(paces: tuple[Pace, ...], seconds: int) -> None:
    """Take nothing more, give the present steps so long, and let go of the engine."""
    for pace in paces:
        pace.set()
    DBOS.destroy(workflow_completion_timeout_sec=seconds, destroy_registry=True)


def _worker(engine: DBOS, name: str, slots: int, walking: Slots, bell: Bell) -> Pace:
    queue = DBOS.register_queue(name, worker_concurrency=slots, polling_interval_sec=POLL)
    is_full: Callable[[], bool] = lambda: walking.count_for_queue(name) >= slots
    pace = Pace(bell, name, is_full)
    arguments: tuple[Any, ...] = (pace, engine, queue)
    threading.Thread(
        target=queue_worker_thread, args=arguments, name=f"queue {name}", daemon=True
    ).start()
    return pace
