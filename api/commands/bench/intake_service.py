"""What is watched of a service while files come in: its memory, and how long its pages take."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import psutil

from api.http.auth import COOKIE
from archive.db.database import Database
from archive.people.sign_in import open_session
from config.clock import now
from config.memory import peak_memory


@dataclass(slots=True)
class Memory:
    """Highest figures so far, in MiB."""

    service: float = 0.0  #: of the service's own process
    together: float = 0.0  #: it and its children at one time, shared pages counted once

    def look(self, process: psutil.Process) -> None:
        """Raises psutil.NoSuchProcess where the service has ended."""
        together = 0
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                together += each.memory_full_info().pss
        self.service = peak_memory(process.pid) / 2**20
        self.together = max(self.together, together / 2**20)


@dataclass(slots=True)
class Pages:
    """Somebody who looks at one page again and again, until ``stop``."""

    address: str
    cookie: str
    every: float  #: seconds
    seconds: list[float] = field(default_factory=list)  #: of each answer
    refused: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self._stop.wait(self.every):
            begun = time.monotonic()
            request = urllib.request.Request(self.address, headers={"Cookie": self.cookie})
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
            except OSError:
                self.refused += 1
            else:
                self.seconds.append(time.monotonic() - begun)

    def stop(self) -> None:
        self._stop.set()


def cookie_of(database: Database, user: str) -> str:
    """A session of ``user``, as the header that a browser would send."""
    with database.write() as session:
        opened = open_session(session, user, longest=timedelta(hours=12), at=now())
    return f"{COOKIE}={opened.token}"
