"""The memory of a process is its own."""

from __future__ import annotations

import os

import pytest

from config.isolation import Workshop
from config.memory import peak_memory
from tests.child_jobs import job


def test_what_the_parent_holds_is_not_counted() -> None:
    ballast = b"x" * (300 << 20)
    with Workshop(size=1) as workshop:
        peak = workshop.run(job("config.memory:peak_memory"), seconds=30.0, subject="x")
    own = peak_memory(os.getpid())
    assert 0 < peak < len(ballast) < own <= peak_memory()


def test_what_has_ended_has_none() -> None:
    child = os.posix_spawn("/bin/true", ["true"], {})
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    with pytest.raises(ProcessLookupError):
        peak_memory(child)
    os.waitpid(child, 0)
    with pytest.raises(OSError):
        peak_memory(child)
