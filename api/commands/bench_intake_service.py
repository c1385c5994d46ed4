"""A service of its own to measure: started in a home, asked over loopback, stopped again."""

from __future__ import annotations

import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil

from api.auth import COOKIE
from api.listening import Listening
from archive.database import Database
from archive.sign_in import open_session
from config.clock import now
from config.errors import Unavailable
from config.memory import peak_memory

PATIENCE = 120.0  #: seconds until it answers
_PROGRAM = Path(sys.executable).with_name("registratur")


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


@contextmanager
def served(home: Path) -> Iterator[tuple[psutil.Process, str]]:
    """The running service of ``home`` and its address. Raises Unavailable."""
    environment = {**os.environ, "REGISTRATUR_HOME": str(home)}
    with (home / "bench.log").open("wb") as log:
        service = psutil.Popen(
            [_PROGRAM, "serve", "--port", "0"], env=environment, stdout=log, stderr=log
        )
    try:
        yield service, _address(service, home)
    finally:
        service.terminate()
        try:
            service.wait(30)
        except psutil.TimeoutExpired:
            service.kill()


def _address(service: psutil.Process, home: Path) -> str:
    limit = time.monotonic() + PATIENCE
    while service.is_running() and service.status() != psutil.STATUS_ZOMBIE:
        address = Listening(home).address()
        if address and _answers(address):
            return address
        if time.monotonic() > limit:
            break
        time.sleep(0.05)
    raise Unavailable(f"Der Dienst beginnt nicht; Näheres steht in {home / 'bench.log'}.")


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=60) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def cookie_of(database: Database, user: str) -> str:
    """A session of ``user``, as the header that a browser would send."""
    with database.write() as session:
        opened = open_session(session, user, longest=timedelta(hours=12), at=now())
    return f"{COOKIE}={opened.token}"
