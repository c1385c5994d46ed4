"""Starting the resident children of a workshop (config/isolation.py)."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from config.errors import ChildDeath


def start_child(
    memory: int, preload: tuple[str, ...], errors: IO[bytes], nice: int
) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "config.child", str(memory), str(os.getpid()), *preload],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**os.environ, "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if nice:
        with contextlib.suppress(ProcessLookupError):  # it may have ended at once
            os.setpriority(os.PRIO_PROCESS, child.pid, nice)
    return child


class Spawner:
    """Starts children from one thread that lives as long as the process.

    A child asks the kernel to be killed when the thread that started it ends (prctl), so it must
    not be started from a thread that comes and goes.
    """

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue[Any]] | None]
        self._orders = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while (order := self._orders.get()) is not None:
            make, answer = order
            try:
                answer.put(make())
            except OSError as error:
                answer.put(error)

    def start(self, make: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        answer: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._orders.put((make, answer))
        result = answer.get()
        if isinstance(result, OSError):
            raise ChildDeath(f"no child process could be started: {result}")
        process: subprocess.Popen[bytes] = result
        return process

    def close(self) -> None:
        self._orders.put(None)
        self._thread.join()
