"""What one job of a child process may use up: computing time, never time on the wall.

On a loaded machine a valid file waits for others; that is not its fault, so waiting is not
counted. A job that neither computes nor reads nor writes for long is ended as well, since it would
wait for ever.
"""

from __future__ import annotations

import contextlib
import select
import time
from pathlib import Path

import psutil

LOOKS_A_SECOND = 1.0
SHORTEST_LOOK = 0.02  #: seconds
IDLE_SECONDS = 600.0  #: without any progress, after which a job is given up
#: Whether the kernel keeps a list of each thread's children (CONFIG_PROC_CHILDREN; Debian's does).
LISTS_CHILDREN = Path("/proc/thread-self/children").is_file()


class SpentTooMuch(Exception):
    """The job has used up its computing time: the same input would do so again."""


class StandsStill(Exception):
    """The job has made no progress for long: it is blocked."""


class Allowance:
    """The computing time that a process and all it starts have for one job, from now on.

    Args:
        process: the number of the process.
        seconds: of computing time (user and system, on all cores together).
        idle_seconds: how long it may stand still.
    """

    def __init__(self, process: int, seconds: float, idle_seconds: float = IDLE_SECONDS) -> None:
        self._process = process
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._before = computing_time(process)
        self._spent = 0.0
        self._progress = (0.0, 0)
        self._idle = 0.0

    def wait_for(self, descriptor: int) -> None:
        """Return when there is something to read.

        Raises:
            SpentTooMuch: the computing time is used up.
            StandsStill: nothing has been computed, read or written for ``idle_seconds``.
        """
        while True:
            left = self._seconds - self._spent
            if left <= 0:
                raise SpentTooMuch
            pause = min(1 / LOOKS_A_SECOND, max(SHORTEST_LOOK, left))
            begun = time.monotonic()
            if _is_readable(descriptor, pause):
                return
            # Of a pause in which this process itself did not run, no more counts than was meant.
            self._look(min(time.monotonic() - begun, 2 * pause))

    def used(self) -> float:
        """What the job has used up so far: as last seen, and as the process itself counts now."""
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            times = psutil.Process(self._process).cpu_times()
            now = times.user + times.system + times.children_user + times.children_system
            self._spent = max(self._spent, now - self._before)
        return self._spent

    def _look(self, passed: float) -> None:
        family = _family(self._process)
        self._spent = max(self._spent, _computed(family) - self._before)
        progress = (self._spent, _transferred(family))
        self._idle = 0.0 if progress != self._progress else self._idle + passed
        self._progress = progress
        if self._idle >= self._idle_seconds:
            raise StandsStill


def _is_readable(descriptor: int, seconds: float) -> bool:
    """poll, since select knows no descriptor above 1023."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def computing_time(process: int) -> float:
    """Seconds that a process, its ended children and all its living descendants have computed.

    0 for a process that is gone.
    """
    return _computed(_family(process))


def _computed(family: list[psutil.Process]) -> float:
    total = 0.0
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            times = member.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _transferred(family: list[psutil.Process]) -> int:
    """Bytes read and written by a process and its living descendants."""
    total = 0
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
            count = member.io_counters()
            total += count.read_chars + count.write_chars
    return total


def _family(process: int) -> list[psutil.Process]:
    """A process and its living descendants, by the kernel's own lists of children: to look for
    them among all processes of the machine costs more than most jobs."""
    if not LISTS_CHILDREN:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(process)
            return [first, *first.children(recursive=True)]
        return []
    found: list[psutil.Process] = []
    waiting = [process]
    while waiting:
        number = waiting.pop()
        with contextlib.suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(number))
            waiting += _children(number)
    return found


def _children(process: int) -> list[int]:
    """Of all its threads; () where it has just ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found
