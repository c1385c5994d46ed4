"""A copy of a home on a medium that can only be read, and commands that are run on it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from tests.flow.conftest import Flow

CAP_DAC_OVERRIDE = 1
#: Several commands in one process, since starting one costs more than its work.
SCRIPT = """
import sys
from api.cli import main
for words in {commands!r}:
    sys.argv = ["registratur", *words]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code or 0
    print("\\x1d", code, "\\x1e", sep="", end="")
"""


def bound() -> None:
    """Root, too, may then write only where the permissions say so."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, CAP_DAC_OVERRIDE, 0, 0, 0)  # PR_CAPBSET_DROP


def seal(home: Path) -> None:
    """Take away the right to write, from everybody."""
    for place in [home, *home.rglob("*")]:
        place.chmod(0o555 if place.is_dir() else 0o444)


def medium(flow: Flow, copy: Path) -> None:
    """A copy of the home, as a backup makes it, that can only be read."""
    place = Path(str(sa.make_url(flow.house.settings.database_url).database))
    names = [place.name, f"{place.name}-wal", f"{place.name}-shm"]
    shutil.copytree(flow.house.settings.home, copy, ignore=shutil.ignore_patterns(*names))
    with sqlite3.connect(place) as live, sqlite3.connect(copy / place.name) as kept:
        live.backup(kept)
    kept.close()
    seal(copy)


def loosen(home: Path) -> None:
    """Let it be removed again."""
    for place in [home, *home.rglob("*")]:
        place.chmod(0o755 if place.is_dir() else 0o644)


def run(
    home: Path, *commands: list[str], prefix: tuple[str, ...] = ()
) -> tuple[list[tuple[int, str]], str]:
    """Exit code and standard output of each command; and all of standard error."""
    kept = {name: text for name, text in os.environ.items() if "REGISTRATUR" not in name}
    done = subprocess.run(
        [*prefix, sys.executable, "-c", SCRIPT.format(commands=list(commands))],
        env={**kept, "REGISTRATUR_HOME": str(home), "OMP_THREAD_LIMIT": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bound,
    )
    assert done.returncode == 0, done.stderr
    parts = [one.rsplit("\x1d", 1) for one in done.stdout.split("\x1e")[:-1]]
    return [(int(code), text) for text, code in parts], done.stderr
