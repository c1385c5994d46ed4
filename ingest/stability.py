"""When a file in a hot folder is complete: it rests, and nobody has it open for writing."""

from __future__ import annotations

import fcntl
import os
import stat
from dataclasses import dataclass
from pathlib import Path

PARTIAL = (".part", ".partial", ".tmp", ".filepart", ".crdownload")  #: names of unfinished copies


@dataclass(frozen=True, slots=True)
class Shape:
    """What must not change while a file rests: size, time of change, and which file it is."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Shape:
        return cls(found.st_size, found.st_mtime_ns, found.st_ino)


class RestWatch:
    """Remembers since when each file has had its present shape."""

    def __init__(self, settle_seconds: float) -> None:
        self._settle = settle_seconds
        self._since: dict[Path, tuple[Shape, float]] = {}

    def rests(self, path: Path, shape: Shape, moment: float) -> bool:
        """Whether ``path`` has kept ``shape`` for the whole of the settling time.

        Args:
            moment: monotonic seconds.
        """
        known = self._since.get(path)
        if known is None or known[0] != shape:
            self._since[path] = (shape, moment)
            return False
        return moment - known[1] >= self._settle

    @property
    def pending(self) -> bool:
        """Whether a file is being watched that has not been taken yet."""
        return bool(self._since)

    def forget_all_but(self, seen: set[Path]) -> None:
        for path in [path for path in self._since if path not in seen]:
            del self._since[path]


def is_partial(name: str) -> bool:
    """Names by which copying programs mark what is not complete yet."""
    return name.startswith(".") or name.endswith("~") or name.lower().endswith(PARTIAL)


def is_being_written(descriptor: int) -> bool:
    """Whether another process has the file open for writing.

    A read lease is only granted where nobody writes. Where the file system knows no leases (SMB,
    NFS) or the file is another user's, the answer is "no": then resting alone decides.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def is_regular(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)
