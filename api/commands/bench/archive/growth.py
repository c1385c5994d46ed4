"""The work of ``registratur bench archive``: what an archive of some size costs, and how it grows."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from api import wiring
from api.app import create_app
from api.commands.bench.archive.calls import OK, Asking, Cost, Meter
from api.commands.bench.archive.filled_home import fill_home
from api.commands.bench.archive.operator_commands import Run, commands
from api.commands.bench.measured_service import bench_folder
from api.commands.common import say, tell
from archive.bench.county import Size
from config import logs
from config.clock import now
from config.errors import Conflict
from config.settings import Settings

SMALLER = 5  #: the growth is told from a fifth of the documents to all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One size."""

    documents: int
    fill_seconds: float  #: CPU; 0 where the home was there before
    bytes_per_document: float | None  #: of SQLite's file; None: of another database nobody knows
    costs: tuple[Cost, ...]
    runs: tuple[Run, ...]


def run(
    *,
    documents: int,
    keep: Path | None,
    users: int,
    objects: bool,
    growth: bool,
    everything: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Fill homes of a fifth and of all the documents, measure both, tell the growth.

    ``database``: the URL of an empty one, which takes one size alone; none: SQLite in the home.
    """
    logs.set_up("error", json_lines=False)
    if keep is not None and keep.exists():
        raise Conflict(f"{keep} gibt es schon; für die Messung wird ein neuer Ordner angelegt.")
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    sizes = [documents // SMALLER, documents] if growth and database is None else [documents]
    further = {} if database is None else {"REGISTRATUR_DATABASE__URL": database}
    measured: list[Measured] = []
    for count in sizes:
        place = keep if count == documents else None
        with _home(place) as home:
            size = Size(documents=count, users=users)
            measured.append(_measure(home, size, objects, everything, further, told))
    if as_json:
        say([asdict(each) for each in measured])
    else:
        _print(measured)


@contextmanager
def _home(keep: Path | None) -> Iterator[Path]:
    """A place for a home; gone afterwards unless it shall be kept."""
    if keep is not None:
        yield keep
        return
    with bench_folder() as place:
        yield place / "home"


def _measure(
    home: Path,
    size: Size,
    objects: bool,
    everything: bool,
    further: Mapping[str, str],
    told: Callable[[str], None],
) -> Measured:
    begun = time.process_time()
    settings = fill_home(
        home, size, with_objects=objects, now=now(), say=_progress(size.documents, told),
        environment=further,
    )  # fmt: skip
    filled = time.process_time() - begun
    record = home / "registratur.db"
    per_document = record.stat().st_size / size.documents if record.exists() else None
    costs, item_id = ask(settings, told)
    told("Befehle und Start …")
    return Measured(
        documents=size.documents,
        fill_seconds=filled,
        bytes_per_document=per_document,
        costs=costs,
        runs=tuple(commands(home, item_id, everything=everything, further=further)),
    )


def ask(settings: Settings, told: Callable[[str], None]) -> tuple[tuple[Cost, ...], str]:
    """All calls over one home, and the item that the commands are asked for."""
    with wiring.house(settings) as house:
        meter = Meter()
        meter.watch(house.engines.database)
        service = wiring.service_of(house)
        with closing(Asking(create_app(service), service, meter)) as asking:
            gc.freeze()  # as the service does
            return tuple(asking.costs(told)), asking.known["item_id"]


def _progress(documents: int, told: Callable[[str], None]) -> Callable[[int], None]:
    step = max(documents // 10, 1)

    def tell_now_and_then(count: int) -> None:
        if count % step < 500 or count == documents:
            told(f"{count} von {documents} Dokumenten")

    return tell_now_and_then


# ------------------------------------------------------------------ how it is told
def _print(measured: Sequence[Measured]) -> None:
    last = measured[-1]
    size = last.bytes_per_document
    each_takes = "" if size is None else f"{size / 1000:.1f} kB je Dokument, "
    tell(f"\n{last.documents} Dokumente, {each_takes}gefüllt in {last.fill_seconds:.0f} CPU-s")
    tell("Je Aufruf, wer am meisten braucht; Schritte der Datenbank in Tausend:")
    tell(
        f"{'':<58}{'wer':<13}{'p50 ms':>8}{'p95 ms':>8}{'Anw.':>6}{'Schritte':>10}{'kB':>8}{'x':>6}"
    )
    before = worst(measured[0].costs) if len(measured) > 1 else {}
    for call, cost in sorted(worst(last.costs).items(), key=lambda pair: -pair[1].p95):
        steps = "–" if cost.steps is None else f"{cost.steps:.1f}"
        grown = growth(before.get(call), cost)
        tell(
            f"{call[:57]:<58}{cost.reader:<13}{cost.p50:8.1f}{cost.p95:8.1f}{cost.statements:6}"
            f"{steps:>10}{cost.kilobytes:8.1f}{'' if grown is None else f'{grown:6.1f}'}"
        )
    earlier = {each.name.split(" i0")[0]: each for each in measured[0].runs}
    for each in last.runs:
        less = earlier.get(each.name.split(" i0")[0])
        factor = f"x {each.cpu / less.cpu:.1f}" if less and len(measured) > 1 else ""
        tell(
            f"{each.name:<58}{each.cpu:8.2f} CPU-s {each.memory:8.0f} MiB {each.kilobytes:10.1f} kB"
            f"  {factor}{f'  endete mit {each.exit_code}' if each.exit_code else ''}"
        )


def worst(costs: Sequence[Cost]) -> dict[str, Cost]:
    """The dearest reader of each call among those who were answered."""
    found: dict[str, Cost] = {}
    for cost in costs:
        name = kind_of(cost.call)
        if cost.status == OK and (name not in found or found[name].p50 < cost.p50):
            found[name] = cost
    return found


def kind_of(call: str) -> str:
    """The call without the identifiers of one archive."""
    return "/".join(
        "…" if len(part) in (17, 33) and part[1:].isalnum() and part[0] in "idfc" else part
        for part in call.split("/")
    )


def growth(before: Cost | None, after: Cost) -> float | None:
    """How many times as much CPU time."""
    if before is None:
        return None
    return after.p50 / before.p50 if before.p50 else None
