"""What start and the commands of the operator cost over a home, each in a process of its own."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from api.commands.bench.measured_service import PROGRAM, computed, environment, served
from config.memory import peak_memory

LOOK_EVERY = 0.02  #: seconds between two looks at a command's memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command: CPU and wall seconds, highest memory in MiB, kB it printed."""

    name: str
    cpu: float
    wall: float
    memory: float
    kilobytes: float
    exit_code: int


def commands(
    home: Path, item_id: str, *, everything: bool, further: Mapping[str, str]
) -> Iterator[Run]:
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
        yield _command(home, arguments, further)
    yield start(home, further)


def _command(home: Path, arguments: Sequence[str], further: Mapping[str, str]) -> Run:
    begun = time.monotonic()
    printed = memory = 0
    with subprocess.Popen(
        [PROGRAM, *arguments],
        env=environment(home, further),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        output = process.stdout.fileno()
        while True:
            with suppress(OSError):  # it has just ended
                memory = peak_memory(process.pid)
            if select.select([output], [], [], LOOK_EVERY)[0]:
                chunk = os.read(output, 2**16)
                if not chunk:
                    break
                printed += len(chunk)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        name=" ".join(arguments),
        cpu=used.ru_utime + used.ru_stime,
        wall=time.monotonic() - begun,
        memory=memory / 2**20,
        kilobytes=printed / 1000,
        exit_code=process.returncode,
    )


def start(home: Path, further: Mapping[str, str]) -> Run:
    """``serve`` until it has answered; then it is told to stop."""
    begun = time.monotonic()
    with served(home, further=further) as (service, _):
        wall = time.monotonic() - begun
        cpu, memory = computed(service), peak_memory(service.pid) / 2**20
    return Run(name="serve bis bereit", cpu=cpu, wall=wall, memory=memory, kilobytes=0, exit_code=0)
