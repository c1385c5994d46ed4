"""The work of ``registratur bench verify``: the whole archive verified, beside plain SHA-256."""

from __future__ import annotations

import io
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from api.commands.bench.archive.filled_home import fill_home
from api.commands.bench.measured_service import bench_folder
from api.commands.common import say, tell
from archive.bench.county import Size
from archive.db.database import Database
from archive.intake.object_references import referenced
from archive.store.objects_folder import FolderStore
from config import logs
from config.clock import now
from config.errors import Conflict
from config.settings import Settings

#: bytes from and to: a scanned letter of one to three pages, and what is made of it
SIZES = {
    "@original@": (50_000, 300_000),
    "@signatures@": (800, 3_000),
    "@text@": (2_000, 12_000),
    "@report@": (500, 900),
    "@note@": (2_000, 5_000),
    "@product@": (60_000, 330_000),
}
_HASH = (
    "import hashlib, sys\n"
    "for name in map(str.strip, open(sys.argv[1])):\n"
    "    with open(name, 'rb') as file:\n"
    "        print(hashlib.file_digest(file, 'sha256').hexdigest())\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One command over the same bytes."""

    name: str
    cpu: float  #: seconds, all processes and threads
    wall: float  #: seconds
    exit_code: int


def run(*, documents: int, keep: Path | None, rounds: int, as_json: bool) -> None:
    """Fill a home with files of its own for each document, then verify it in turns with plain SHA-256."""
    logs.set_up("error", json_lines=False)
    if keep is not None and keep.exists():
        raise Conflict(f"{keep} gibt es schon; für die Messung wird ein neuer Ordner angelegt.")
    with bench_folder() as place:
        home = keep or place / "home"
        settings = fill_home(
            home, Size(documents=documents), with_objects=False, now=now(),
            say=lambda _: None, own=_Files(random.Random(7)),
        )  # fmt: skip
        files = _files(settings)
        listed = place / "files"
        listed.write_text("".join(f"{file}\n" for file in files))
        size = sum(Path(file).stat().st_size for file in files)
        measured = [each for _ in range(rounds) for each in _round(home, files, listed)]
    if as_json:
        say({"files": len(files), "bytes": size, "measured": [asdict(each) for each in measured]})
        return
    tell(f"{documents} Dokumente, {len(files)} Objekte, {size / 1e6:.0f} MB")
    for each in measured:
        tell(
            f"{each.name:<22}{each.cpu:8.2f} CPU-s {each.wall:8.2f} s {size / 1e6 / each.wall:8.0f} MB/s"
            f"{f'  endete mit {each.exit_code}' if each.exit_code else ''}"
        )


class _Files:
    """Random files for one document, not flushed: the home is thrown away."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._store = cache(lambda root: FolderStore(root, fsync=False))

    def __call__(self, settings: Settings, _number: int) -> Mapping[str, str]:
        store = self._store(settings.at_home(settings.objects.url, "objects"))
        return {
            name: store.put(io.BytesIO(self._draw.randbytes(self._draw.randrange(*sizes)))).sha256
            for name, sizes in SIZES.items()
        }


def _files(settings: Settings) -> Sequence[str]:
    """The stored files that the record refers to."""
    store = FolderStore(settings.at_home(settings.objects.url, "objects"))
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            return [str(store.path(address)) for address in sorted(referenced(session))]
    finally:
        database.close()


def _round(home: Path, files: Sequence[str], listed: Path) -> Sequence[Measured]:
    registratur = [sys.executable, "-m", "api.cli"]
    asked: Mapping[str, Sequence[str]] = {
        "sha256sum": ["xargs", "-a", str(listed), "sha256sum"],
        "hashlib": [sys.executable, "-c", _HASH, str(listed)],
        "verify --all": [*registratur, "verify", "--all"],
        "verify trail": [*registratur, "verify", "trail"],
    }
    return [_measure(name, partial(_call, words, home), files) for name, words in asked.items()]


def _call(words: Sequence[str], home: Path) -> int:
    told = {**os.environ, "REGISTRATUR_HOME": str(home)}
    done = subprocess.run(words, env=told, stdout=subprocess.DEVNULL, check=False)
    return done.returncode


def _measure(name: str, act: Callable[[], int], files: Sequence[str]) -> Measured:
    for file in files:
        _forget(file)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = act()
    wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(name=name, cpu=cpu, wall=wall, exit_code=code)


def _forget(file: str) -> None:
    """All begin with what the disk has, as ``verify`` does for every object."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
