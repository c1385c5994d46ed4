"""The home: one folder that holds everything, and the lock that says whether a service runs."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from config.errors import ServiceError

LOCK = "service.lock"


class HomeMissing(ServiceError):
    """There is no home at the place that was named."""


class HomeReadOnly(ServiceError):
    """The home lies where nothing can be written."""


@dataclass(slots=True)
class HomeLock:
    """Held by the one process that walks the road of an embedded home.

    The kernel lets go of it when the process dies, however it dies.
    """

    path: Path
    _file: IO[str] | None = None

    def take(self) -> bool:
        """Take it without waiting; false where another process holds it.

        Raises:
            HomeReadOnly: nothing can be written there.
        """
        try:
            file = (self.path / LOCK).open("a+", encoding="ascii")
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES):
                raise
            raise HomeReadOnly(
                f"{self.path} ist nur lesbar: prüfen, suchen und ausgeben geht, annehmen nicht. "
                "Zum Arbeiten den Datenordner auf einen beschreibbaren Datenträger kopieren."
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return True

    def holder(self) -> int | None:
        """The process that holds it, or none."""
        try:
            file = (self.path / LOCK).open("r", encoding="ascii")
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
            return None

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def home_of(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder that holds everything: ``REGISTRATUR_HOME``, else ``var`` where we were started."""
    return Path(environment.get("REGISTRATUR_HOME") or "var").absolute()


def require(home: Path) -> Path:
    """The home; it is never made by accident.

    Raises:
        HomeMissing: names the folder and the command that makes it.
    """
    if not home.is_dir():
        raise HomeMissing(
            f"{home} gibt es nicht. „registratur init“ legt den Datenordner an "
            "(mit --sample zur Probe); REGISTRATUR_HOME nennt einen anderen Ort."
        )
    return home
