"""What start and the commands of the operator cost over a home, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import Unavailable
from config.memory import peak_memory

LONGEST = 900.0  #: seconds of one command
_PROGRAM = Path(sys.executable).with_name("registratur")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command: CPU and wall seconds, highest memory in MiB, kB it printed."""

    name: str
    cpu: float
    wall: float
    memory: float
    kilobytes: float
    exit_code: int


def commands(home: Path, item_id: str, *, everything: bool) -> Iterator[Run]:
    """The commands in turn; ``start`` last, since a running service moves what walks."""
    wanted: list[tuple[str, ...]] = [
        ("status",),
        ("status", "--json", "--limit", "100"),
        ("status", item_id, "--json"),
        ("migrate",),
        ("verify", item_id),
    ]
    if everything:
        wanted += [("status", "--json"), ("verify", "--all")]
    for arguments in wanted:
        yield _command(home, arguments)
    yield start(home)


def _command(home: Path, arguments: Sequence[str]) -> Run:
    begun = time.monotonic()
    printed = 0
    with subprocess.Popen(
        [_PROGRAM, *arguments],
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        while chunk := process.stdout.read(2**16):
            printed += len(chunk)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        name=" ".join(arguments),
        cpu=used.ru_utime + used.ru_stime,
        wall=time.monotonic() - begun,
        memory=used.ru_maxrss / 1024,
        kilobytes=printed / 1000,
        exit_code=process.returncode,
    )


def start(home: Path) -> Run:
    """``serve`` until it says that it is ready and has answered; then it is told to stop."""
    begun = time.monotonic()
    with subprocess.Popen(
        [_PROGRAM, "serve", "--port", "0"],
        env=_environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            address = next(
                line.split()[-1] for line in process.stdout if line.startswith("Registratur läuft")
            )
            while not _ready(address):
                if time.monotonic() - begun > LONGEST:
                    raise Unavailable(f"Der Dienst ist nach {LONGEST:.0f} s nicht bereit.")
                time.sleep(0.05)
            wall = time.monotonic() - begun
            cpu, memory = _cpu(process.pid), peak_memory(process.pid) / 2**20
        except (StopIteration, ProcessLookupError) as error:
            raise Unavailable(
                "Der Dienst endete beim Start; Näheres sagt sein Protokoll."
            ) from error
        finally:
            process.terminate()
            process.stdout.read()
            process.wait(30)
    return Run(name="serve bis bereit", cpu=cpu, wall=wall, memory=memory, kilobytes=0, exit_code=0)


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=60) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "REGISTRATUR_HOME": str(home)}
