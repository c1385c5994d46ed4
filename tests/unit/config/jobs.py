"""Jobs for the isolation tests; they run in children."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from config.errors import HoldReason, InputError


def pid() -> int:
    return os.getpid()


def add(a: int, b: int) -> int:
    return a + b


def nap(seconds: float) -> None:
    time.sleep(seconds)


def refuse(text: str) -> None:
    raise InputError(HoldReason.EMPTY, text)


def key_error() -> None:
    raise KeyError("Pages")


def full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    time.sleep(600)


def compute_for_ever() -> None:
    while True:
        pass


def compute(rounds: int) -> int:
    return sum(range(rounds))


def spin(seconds: float) -> None:
    """Compute for so long, by this process's own time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def start_and_compute_for_ever() -> None:
    subprocess.run([sys.executable, "-c", "while True: pass"], check=False)


def keep(kept: list[bytes] = []) -> int:  # noqa: B006 - a leak, made on purpose
    """Leaks more with every job; fits once into a fresh child."""
    kept.append(b"x" * (300 * 2**20))
    return len(kept)


def swell() -> int:
    return len(b"x" * (4 * 2**30))


def start_and_hang(note: Path) -> None:
    note.write_text(str(subprocess.Popen(["sleep", "600"]).pid))
    time.sleep(600)


class _Trap:
    def __reduce__(self) -> Any:
        return os.system, ("true",)


def treacherous() -> object:
    return _Trap()


class _ByName:
    """Pickles as Python 3.11.2 does it with members of an enumeration."""

    def __init__(self, kind: object, name: str) -> None:
        self.kind = kind
        self.name = name

    def __reduce__(self) -> Any:
        return getattr, (self.kind, self.name)


def member_by_name() -> object:
    return _ByName(HoldReason, "EMPTY")


def attribute_by_name() -> object:
    return _ByName(HoldReason.EMPTY, "__class__")
