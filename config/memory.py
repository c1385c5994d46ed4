"""What a process needs at most, as the kernel counts it."""

from __future__ import annotations

import errno
from pathlib import Path

from config.jobs import ChildFunction


def peak_memory(process: int | None = None) -> int:
    """Highest resident size of a process (by its number; None: this one), in bytes.

    ``ru_maxrss`` of a child would count what its parent held when it started it. Raises OSError
    where there is no such process (any more).
    """
    status = Path("/proc") / ("self" if process is None else str(process)) / "status"
    lines = status.read_text(encoding="utf-8", errors="replace").splitlines()
    peaks = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    if not peaks:  # it has ended and nobody has asked for its end yet
        raise ProcessLookupError(errno.ESRCH, "The process has ended", str(process))
    return int(peaks[0]) * 1024


PEAK_MEMORY: ChildFunction[[], int]
PEAK_MEMORY = ChildFunction("config.memory:peak_memory", (int,))
