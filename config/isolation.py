"""Resident child processes for work on hostile files: OCR, rendering, signature validation.

A child that dies, hangs or eats memory costs the one object it was working on. ``seconds`` are
always computing time (``config.allowance``): a busy machine ends nobody's work. What a child sends
back is not trusted either: only plain values, our own frozen words and our own errors are unpickled.

Remaining risk: children run under the service's own user; a full compromise of one could read what
that user can read (docs/explanation/security.md says what an administrator can put around it).
"""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import errno
import heapq
import io
import itertools
import os
import pickle
import subprocess
import tempfile
import threading
import time
from importlib import import_module
from typing import IO, Any, Self, TypeVar

import psutil

from config.account import Account, current
from config.allowance import IDLE_SECONDS, Allowance, SpentTooMuch, StandsStill
from config.errors import ChildDeath, LimitReached, ServiceError, StoodStill, Unavailable
from config.jobs import Job
from config.spawning import Spawner, start_child
from config.system_errors import why

R = TypeVar("R")
OURS = ("ingest", "ocr", "archive", "search", "signing", "api", "config")
PLAIN = {
    "builtins": {"set", "frozenset", "bytearray", "complex", "range", "slice"},
    "collections": {"OrderedDict", "deque"},
    "datetime": {"date", "datetime", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "pathlib": {"Path", "PosixPath", "PurePath", "PurePosixPath"},
    "uuid": {"UUID"},
}
COMES_BACK = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EIO,
    errno.EROFS,
)  #: the disk's fault, not the file's
LENGTH = 8  #: bytes of the length before each message
LARGEST = 1 << 30  #: bytes of one answer
KILLED = 5.0  #: seconds for a killed process to be gone; one that waits for a disk takes longer


class ChildFailed(ChildDeath):
    """The child lives, but the work raised something that is neither the input's nor a part's."""


def _member(kind: Any, name: str) -> enum.Enum:
    """A member of one of the accepted enumerations, and nothing else that getattr could give."""
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind[name]
    raise pickle.UnpicklingError("a child sent getattr on something that is no enumeration")


class _Distrustful(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("builtins", "getattr"):
            return _member  # how Python 3.11.2 pickles a member of an enumeration
        if name in PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.split(".")[0] in OURS:
            found = super().find_class(module, name)
            if isinstance(found, type) and (
                dataclasses.is_dataclass(found) or issubclass(found, (enum.Enum, ServiceError))
            ):
                return found
        raise pickle.UnpicklingError(f"a child sent a {module}.{name}, which is not accepted")


def load_accepted(data: bytes) -> Any:
    """What was pickled, made of plain values and our own frozen ones alone.

    Raises:
        pickle.UnpicklingError: it names anything else; nothing of it was run.
    """
    return _Distrustful(io.BytesIO(data)).load()


class _Child:
    """One resident process and the two pipes to it; used by one caller at a time."""

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self.process = process
        self.errors = errors
        self.jobs = 0
        self.allowance: Allowance | None = None

    def ask(self, message: bytes, *, seconds: float, idle_seconds: float, subject: str) -> Any:
        self.allowance = allowance = Allowance(self.process.pid, seconds, idle_seconds)
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(len(message).to_bytes(LENGTH, "big") + message)
            self.process.stdin.flush()
            length = int.from_bytes(self._read(LENGTH, allowance), "big")
            if length > LARGEST:
                raise ChildDeath(f"{subject}: the child's answer is larger than {LARGEST} bytes")
            return _Distrustful(io.BytesIO(self._read(length, allowance))).load()
        except SpentTooMuch:
            raise LimitReached(
                f"{subject}: nach {seconds:.0f} s Rechenzeit noch nicht fertig; "
                "die Bearbeitung wurde beendet"
            ) from None
        except StandsStill:
            raise StoodStill(
                f"{subject}: seit {idle_seconds:.0f} s ohne Fortschritt; "
                "die Bearbeitung wurde beendet"
            ) from None
        except (BrokenPipeError, EOFError):
            raise ChildDeath(f"{subject}: the child process died ({self._last_words()})") from None
        except pickle.UnpicklingError as error:
            raise ChildDeath(f"{subject}: the child's answer was refused ({error})") from None

    def _read(self, wanted: int, allowance: Allowance) -> bytes:
        assert self.process.stdout is not None
        descriptor = self.process.stdout.fileno()
        parts: list[bytes] = []
        while wanted:
            allowance.wait_for(descriptor)
            part = os.read(descriptor, min(wanted, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _last_words(self) -> str:
        code = self.process.wait(timeout=5) if self._ended() else None
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, self.errors.tell() - 300))
        said = self.errors.read().decode("utf-8", "replace").strip().replace("\n", " | ")
        return f"exit {code}" + (f": {said}" if said else "")

    def _ended(self) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1)
        return self.process.poll() is not None

    def kill(self) -> None:
        """End the process and all it started; nothing of it may go on."""
        family: list[psutil.Process] = []
        with contextlib.suppress(psutil.NoSuchProcess):
            me = psutil.Process(self.process.pid)
            family = [*me.children(recursive=True), me]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        self.process.wait()
        patience = time.monotonic() + KILLED
        while any(map(_goes_on, family)) and time.monotonic() < patience:
            time.sleep(0.005)
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def usable(self, recycle_after: int) -> bool:
        return self.process.poll() is None and self.jobs < recycle_after


def _goes_on(member: psutil.Process) -> bool:
    try:
        return member.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Workshop:
    """A pool of resident child processes; safe for several threads.

    Args:
        size: how many children work at once.
        memory: bytes of private data a child may have.
        preload: modules that a child imports when it starts.
        recycle_after: jobs after which a child is replaced, against slow leaks.
        idle_seconds: how long a job may neither compute nor read nor write before it is given up.
        nice: how far its children stand back behind other processes (0 to 19).
        slow: does the jobs of walks that are known to be slow, so that they take no place here.
    """

    def __init__(
        self,
        *,
        size: int,
        memory: int = 2 * 2**30,
        preload: tuple[str, ...] = (),
        recycle_after: int = 200,
        idle_seconds: float = IDLE_SECONDS,
        nice: int = 0,
        slow: Workshop | None = None,
    ) -> None:
        self.size = size
        self._nice = nice
        self._slow = slow
        self._memory = memory
        self._preload = preload
        self._recycle_after = recycle_after
        self._idle_seconds = idle_seconds
        self._free = size
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._waiting: list[tuple[int, int]] = []
        self._tickets = itertools.count()
        self._changed = threading.Condition()
        self._spawner = Spawner()
        self._closed = False

    def run(self, job: Job[R], /, *, seconds: float, subject: str, priority: int = 1) -> R:
        """Have a child do the job and give back what it returns.

        ``seconds`` are computing time, of the child and all it starts; waiting is not counted. It is
        charged to the account of the calling thread (config/account.py), where there is one.

        Raises:
            OverBudget, TakesLong: that account is used up.
            ServiceError: as raised by the function itself.
            ChildFailed: the function raised anything else (class name and text are in the message).
            LimitReached: it took more than ``seconds``, or more memory than a fresh child has.
            StoodStill: it neither computed nor read nor wrote for long.
            ChildDeath: the child died, or answered something else than the job's kind.
        """
        account = current()
        if self._slow is not None and account is not None and account.is_slow:
            return self._slow.run(job, seconds=seconds, subject=subject, priority=priority)
        message = pickle.dumps((job.function, job.args))
        kind, value, used = self._order(message, seconds, subject, priority)
        if kind == "memory" and used:  # what earlier jobs left in it may have been too much
            kind, value, _ = self._order(message, seconds, subject, priority, fresh=True)
        if kind == "result":
            return _answered(job, value, subject)
        if kind == "error" and isinstance(value, ServiceError):
            raise value
        if kind == "memory":
            raise LimitReached(
                f"{subject}: die Bearbeitung brauchte mehr als {self._memory >> 20} MiB "
                "Arbeitsspeicher"
            )
        raise ChildFailed(f"{subject}: {value}")

    def _order(
        self, message: bytes, seconds: float, subject: str, priority: int, *, fresh: bool = False
    ) -> tuple[str, Any, bool]:
        """A child's answer, and whether that child had done other jobs before."""
        account = current()
        if account is not None:
            account.left()  # before it waits for a child
        child = self._take(priority, 0 if fresh else self._recycle_after)
        used = child.jobs > 0
        healthy = False
        try:
            kind, value = self._ask(child, message, seconds, subject, account)
            child.jobs += 1
            healthy = kind != "memory"
        finally:
            self._give_back(child, healthy)
        return kind, value, used

    def _ask(
        self, child: _Child, message: bytes, seconds: float, subject: str, account: Account | None
    ) -> tuple[str, Any]:
        """A child's answer, charged to the account."""
        left = seconds if account is None else account.left()
        try:
            answer: tuple[str, Any] = child.ask(
                message,
                seconds=min(seconds, left),
                idle_seconds=self._idle_seconds,
                subject=subject,
            )
            return answer
        except LimitReached:
            if account is not None and left < seconds:
                self._charge(account, child)
                account.left()  # says whether it was this limit, and which
            raise
        finally:
            self._charge(account, child)

    @staticmethod
    def _charge(account: Account | None, child: _Child) -> None:
        used = child.allowance.used() if child.allowance is not None else 0.0
        child.allowance = None
        if account is not None:
            account.charge(used)

    def _take(self, priority: int, recycle_after: int) -> _Child:
        ticket = (priority, next(self._tickets))
        with self._changed:
            heapq.heappush(self._waiting, ticket)
            while self._waiting[0] != ticket or self._free == 0:
                if self._closed:
                    break
                self._changed.wait()
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            if self._closed:
                raise ChildDeath("the service is being stopped")
            self._free -= 1
            self._changed.notify_all()
            child = self._idle.pop() if self._idle else None
        if child is not None and not child.usable(recycle_after):
            child.kill()
            child = None
        try:
            child = child or self._spawn()
        except BaseException:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
            raise
        with self._changed:
            self._busy.add(child)
        return child

    def _spawn(self) -> _Child:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        process = self._spawner.start(
            lambda: start_child(self._memory, self._preload, errors, self._nice)
        )
        return _Child(process, errors)

    def _give_back(self, child: _Child, healthy: bool) -> None:
        if not healthy:
            child.kill()
        with self._changed:
            self._busy.discard(child)
            if healthy and not self._closed:
                self._idle.append(child)
            elif healthy:
                child.kill()
            self._free += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End all children; callers that still wait get ``ChildDeath``."""
        with self._changed:
            self._closed = True
            children = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
        for child in children:
            child.kill()
        self._spawner.close()
        if self._slow is not None:
            self._slow.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _answered(job: Job[R], value: Any, subject: str) -> R:
    """What a child sent may be any value that is accepted at all; here it is held to its kind."""
    if job.answers and not isinstance(value, job.answers):
        raise ChildDeath(
            f"{subject}: the child answered a {type(value).__name__} to {job.function}"
        )
    answer: R = value
    return answer


def call(function: str, args: tuple[object, ...]) -> tuple[str, Any]:
    """What a child does with one order; the outermost handler of its process."""
    module, _, name = function.partition(":")
    try:
        return "result", getattr(import_module(module), name)(*args)
    except ServiceError as error:
        return "error", error
    except MemoryError:
        return "memory", None
    except OSError as error:
        if error.errno in COMES_BACK:
            return "error", Unavailable(f"{error.filename or 'Arbeitsordner'}: {why(error)}")
        return "failed", f"{type(error).__name__}: {str(error)[:500]}"
    except RecursionError as error:
        return "failed", f"RecursionError: {error}"
    except Exception as error:  # noqa: BLE001 - the boundary around isolated work
        text = str(error)[:500]
        return "failed", f"{type(error).__name__}: {text}"
