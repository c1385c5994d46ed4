"""A place and a service of its own to measure: started in a home, stopped again, gone afterwards."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from api.http.listen_address import Listening
from config.errors import Unavailable

PROGRAM = Path(sys.executable).with_name("registratur")
PATIENCE = 900.0  #: seconds until it answers
STOP_SECONDS = 30.0


@contextmanager
def bench_folder(within: Path | None = None) -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="registratur-bench.", dir=within))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def environment(home: Path, further: Mapping[str, str] | None = None) -> dict[str, str]:
    """For a command over ``home``, with the ``further`` settings of its measurement."""
    return {**os.environ, "REGISTRATUR_HOME": str(home), **(further or {})}


def computed(process: psutil.Process) -> float:
    """CPU seconds of the process itself, without its children."""
    times = process.cpu_times()
    return times.user + times.system


@contextmanager
def served(
    home: Path,
    *,
    role: str = "all",
    connections: int | None = None,
    further: Mapping[str, str] | None = None,
) -> Iterator[tuple[psutil.Process, str]]:
    """The running service of ``home`` and its address; what it says goes to ``bench.log`` there.

    ``connections``: at most, also from one address; ``further``: settings. Raises Unavailable.
    """
    variables = environment(home, further)
    if connections is not None:
        variables["REGISTRATUR_WEB__CONNECTIONS"] = str(connections)
        variables["REGISTRATUR_WEB__CONNECTIONS_PER_ADDRESS"] = str(connections)
    with (home / "bench.log").open("wb") as log:
        service = psutil.Popen(
            [PROGRAM, "serve", "--role", role, "--port", "0"],
            env=variables,
            stdout=log,
            stderr=log,
        )
    try:
        yield service, _address(service, home)
    finally:
        service.terminate()
        try:
            service.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            service.kill()
            service.wait()


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
