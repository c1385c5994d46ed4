"""The work of ``registratur bench intake``: many files at once in one hot folder, and letters in
another meanwhile."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
import sqlalchemy as sa

from api.commands.bench.intake_scans import letters, small_scans
from api.commands.bench.intake_service import Memory, Pages, cookie_of
from api.commands.bench.measured_service import bench_folder, served
from api.commands.common import say, tell
from api.commands.service.init import make_home
from archive.db.database import Database
from archive.stages import Outcome
from archive.tables import schema
from config import logs
from config.errors import Unavailable
from config.settings import load

LETTER_EVERY = 4.0  #: seconds
LOOK_EVERY = 0.1  #: seconds between two looks into the record: how exact the times are
MEMORY_EVERY = 2.0
PAGE_EVERY = 0.5
READER = "bauamt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds, or milliseconds of answers; None where there were none."""

    count: int
    p50: float | None
    p95: float | None
    most: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Times:
        found = sorted(values)
        if not found:
            return cls(count=0, p50=None, p95=None, most=None)
        last = len(found) - 1
        return cls(
            count=len(found),
            p50=round(found[round(last * 0.5)], 3),
            p95=round(found[round(last * 0.95)], 3),
            most=round(found[-1], 3),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was seen. ``None``: not within the patience."""

    files: int
    legacy_custody_seconds: float | None  #: from the drop until all are in custody
    legacy_files_per_second: float | None
    legacy_in_custody: int
    legacy_archived_first_seconds: float | None
    legacy_archived: int
    letters: int
    letter_custody_seconds: Times
    letter_archived_seconds: Times
    inbox_milliseconds: Times
    inbox_refused: int
    service_mib: float
    together_mib: float
    seconds: float


@dataclass(slots=True)
class _Seen:
    """What the record said so far; times are monotonic."""

    dropped: dict[str, float] = field(default_factory=dict)  #: letters
    custody: dict[str, float] = field(default_factory=dict)
    archived: dict[str, float] = field(default_factory=dict)
    legacy: int = 0
    legacy_archived: int = 0
    legacy_all: float | None = None
    legacy_first: float | None = None

    def look(self, database: Database, files: int) -> None:
        item = schema.item
        mailroom = sa.select(item.c.source, item.c.outcome).where(item.c.stream == "mailroom")
        legacy = sa.select(
            sa.func.count(), sa.func.count().filter(item.c.outcome == Outcome.ARCHIVED.value)
        ).where(item.c.stream == "legacy")
        with database.read() as session:
            letters_now = session.execute(mailroom).all()
            self.legacy, self.legacy_archived = session.execute(legacy).one()
        moment = time.monotonic()
        for source, outcome in letters_now:
            self.custody.setdefault(source, moment)
            if outcome == Outcome.ARCHIVED.value:
                self.archived.setdefault(source, moment)
        if self.legacy >= files and self.legacy_all is None:
            self.legacy_all = moment
        if self.legacy_archived and self.legacy_first is None:
            self.legacy_first = moment

    def since_dropped(self, moments: dict[str, float]) -> list[float]:
        return [at - self.dropped[name] for name, at in moments.items()]

    def is_done(self, letters_wanted: int) -> bool:
        """Whether all that the result tells has come."""
        return (
            len(self.archived) >= letters_wanted
            and self.legacy_all is not None
            and self.legacy_first is not None
        )


def run(*, files: int, letters_wanted: int, patience: float, as_json: bool) -> None:
    """Measure in a home of its own that is gone afterwards, and tell."""
    logs.set_up("error", json_lines=False)
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    with bench_folder() as room:
        result = measure(
            room, files=files, letters_wanted=letters_wanted, patience=patience, told=told
        )
    if as_json:
        say(asdict(result))
    else:
        _print(result)


def measure(
    room: Path, *, files: int, letters_wanted: int, patience: float, told: Callable[[str], None]
) -> Result:
    """``room``: an empty folder. Raises Unavailable where the service does not run."""
    home = room / "home"
    make_home(home, with_sample=True, environment={})
    settings = load(home, environment={})
    drafts = room / "drafts"
    drafts.mkdir()
    told(f"{files} Dateien und {letters_wanted} Briefe werden gemacht …")
    scans = list(small_scans(drafts, files))
    post = list(letters(drafts, letters_wanted))
    with closing(Database(settings.database_url)) as database, served(home) as (service, address):
        pages = Pages(f"{address}/eingang", cookie_of(database, READER), PAGE_EVERY)
        looking = threading.Thread(target=pages.run, daemon=True)
        looking.start()
        memory, seen = Memory(), _Seen()
        begun = time.monotonic()
        for path in scans:
            path.rename(home / "hot" / "legacy" / path.name)
        told(f"{files} Dateien liegen nach {time.monotonic() - begun:.1f} s im Eingangsordner.")
        try:
            _watch(_Run(service, database, memory, seen, post, home, files), begun + patience, told)
        finally:
            pages.stop()
            looking.join(90)
        return _result(files, letters_wanted, seen, pages, memory, begun)


@dataclass(frozen=True, slots=True)
class _Run:
    service: psutil.Process
    database: Database
    memory: Memory
    seen: _Seen
    post: list[Path]
    home: Path
    files: int


def _watch(run: _Run, limit: float, told: Callable[[str], None]) -> None:
    """Drop a letter now and then, and look, until all has come or the patience ends."""
    waiting = list(run.post)
    letter_due = memory_due = told_due = time.monotonic()
    while (moment := time.monotonic()) < limit:
        if waiting and moment >= letter_due:
            path = waiting.pop(0)
            path.rename(run.home / "hot" / "mailroom" / path.name)
            run.seen.dropped[path.name] = time.monotonic()
            letter_due = moment + LETTER_EVERY
        run.seen.look(run.database, run.files)
        if moment >= memory_due:
            try:
                run.memory.look(run.service)
            except (psutil.NoSuchProcess, ProcessLookupError) as error:
                raise Unavailable("Der Dienst endete während der Messung.") from error
            memory_due = moment + MEMORY_EVERY
        if moment >= told_due:
            told(
                f"Altakten verwahrt {run.seen.legacy}, abgelegt {run.seen.legacy_archived}; Briefe "
                f"{len(run.seen.dropped)}, verwahrt {len(run.seen.custody)}, abgelegt "
                f"{len(run.seen.archived)}"
            )
            told_due = moment + 10
        if run.seen.is_done(len(run.post)):
            return
        time.sleep(LOOK_EVERY)


def _result(
    files: int, letters_wanted: int, seen: _Seen, pages: Pages, memory: Memory, begun: float
) -> Result:
    custody = None if seen.legacy_all is None else seen.legacy_all - begun
    first = None if seen.legacy_first is None else seen.legacy_first - begun
    return Result(
        files=files,
        legacy_custody_seconds=custody and round(custody, 1),
        legacy_files_per_second=custody and round(files / custody, 1),
        legacy_in_custody=seen.legacy,
        legacy_archived_first_seconds=first and round(first, 1),
        legacy_archived=seen.legacy_archived,
        letters=letters_wanted,
        letter_custody_seconds=Times.of(seen.since_dropped(seen.custody)),
        letter_archived_seconds=Times.of(seen.since_dropped(seen.archived)),
        inbox_milliseconds=Times.of([1000 * each for each in pages.seconds]),
        inbox_refused=pages.refused,
        service_mib=round(memory.service),
        together_mib=round(memory.together),
        seconds=round(time.monotonic() - begun, 1),
    )


def _print(result: Result) -> None:
    tell()
    rows = (
        ("Altakten: alle verwahrt", _told(result.legacy_custody_seconds, "s")),
        ("Altakten: verwahrt je Sekunde", _told(result.legacy_files_per_second, "")),
        ("Altakten: die erste abgelegt", _told(result.legacy_archived_first_seconds, "s")),
        (f"Altakten: am Ende abgelegt ({result.seconds:.0f} s)", str(result.legacy_archived)),
        ("Brief verwahrt, p50 / p95", _both(result.letter_custody_seconds, "s")),
        ("Brief abgelegt, p50 / p95", _both(result.letter_archived_seconds, "s")),
        ("GET /eingang, p50 / p95", _both(result.inbox_milliseconds, "ms")),
        ("GET /eingang ohne Antwort", str(result.inbox_refused)),
        ("Speicher des Dienstes", f"{result.service_mib:.0f} MiB"),
        ("Speicher mit Kindern", f"{result.together_mib:.0f} MiB"),
    )
    for name, value in rows:
        tell(f"{name:45} {value}")


def _told(value: float | None, unit: str) -> str:
    return "nicht in der Zeit" if value is None else f"{value:g} {unit}".rstrip()


def _both(times: Times, unit: str) -> str:
    if times.p50 is None or times.p95 is None:
        return "nicht in der Zeit"
    return f"{times.p50:.4g} / {times.p95:.4g} {unit} ({times.count})"
