"""The work of ``registratur ingest``: into custody, along the road where no service walks it, told."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from api.commands.common import operator, tell
from api.commands.records.outcomes import ingested
from api.wiring import House, house
from archive.audit.trail import Actor
from archive.intake.ended_items import ended
from archive.stages import Outcome
from config.errors import ServiceError, Unavailable
from config.logs import logger
from config.settings import Settings
from config.system_errors import why
from ingest.doors.hot_folder.ignored_names import is_litter
from ingest.doors.intake import Arrival
from ingest.queue.fair_queueing import Kind, Sender
from ingest.upkeep.service_loops import Running

GOOD = frozenset({Outcome.ARCHIVED, Outcome.DUPLICATE})
LOOK = 0.2  #: seconds between looks at what became of the files


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A path as given, and its item; or why it could not be taken."""

    source: str
    item_id: str | None
    why: str | None = None


def bring(
    settings: Settings,
    paths: list[Path],
    *,
    stream: str,
    department: str | None,
    wait: bool,
    show: bool,
) -> tuple[list[dict[str, Any]], bool]:
    """Take the files, see them through; one row each, and whether all of them are well."""
    with house(settings) as home:
        taken = [_take(home, source, path, stream, department) for source, path in _files(paths)]
        ids = [one.item_id for one in taken if one.item_id]
        _see_through(home, ids, wait=wait, show=show)
        rows = [_row(home, one) for one in taken]
    well = all(row["outcome"] in GOOD for row in rows)
    return rows, well or not (wait or any(one.why for one in taken))


def _files(paths: list[Path]) -> Iterator[tuple[str, Path]]:
    for path in paths:
        if path.is_dir():
            yield from (
                (str(found), found)
                for found in sorted(path.rglob("*"))
                if _is_file(found) and not is_litter(found.relative_to(path))
            )
        else:
            yield str(path), path


def _is_file(path: Path) -> bool:
    return path.is_symlink() or not path.is_dir()


def _take(home: House, source: str, path: Path, stream: str, department: str | None) -> Taken:
    arrival = Arrival(
        source=os.fsencode(source),
        stream=stream,
        by=Actor(user=operator()),
        sender=Sender(Kind.COMMAND, operator()),
        department=department,
    )
    try:
        with path.open("rb") as content:
            return Taken(source=source, item_id=home.intake.take(arrival, content))
    except OSError as error:
        return Taken(source=source, item_id=None, why=f"{source}: {why(error)}")


# ------------------------------------------------------------------ walking and waiting


def _see_through(home: House, ids: list[str], *, wait: bool, show: bool) -> None:
    """Walk the road here where nobody else does; else wait for the service, if asked to."""
    running: Running | None = None
    progress = Progress(console=Console(stderr=True), disable=not (show and sys.stderr.isatty()))
    with progress:
        bar = progress.add_task("Verarbeitung", total=len(ids))
        left = set(ids)
        try:
            while True:
                if running is None and home.lock.take():
                    running = home.running()
                    running.start(watch=False)
                left -= _ended(home, left)
                progress.update(bar, completed=len(ids) - len(left))
                if not left or not (wait or running):
                    return
                time.sleep(LOOK)
        finally:
            if running is not None:
                running.stop()


def _ended(home: House, left: set[str]) -> frozenset[str]:
    """Those that are done; a database that is away for a moment must not end the walk."""
    try:
        with home.engines.database.read() as session:
            return ended(session, left)
    except Unavailable as error:
        logger("ingest").warning("cannot look now", why=str(error))
        return frozenset()


# ------------------------------------------------------------------ telling


def _row(home: House, taken: Taken) -> dict[str, Any]:
    if taken.item_id is None:
        return {
            "source": taken.source,
            "sha256": None,
            "outcome": None,
            "reason": taken.why,
            "documents": [],
        }
    try:
        with home.engines.database.read() as session:
            return ingested(session, taken.source, taken.item_id)
    except ServiceError as error:
        return {
            "source": taken.source,
            "sha256": None,
            "outcome": None,
            "reason": str(error),
            "documents": [],
        }


def print_rows(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        outcome = row["outcome"] or ("unterwegs" if row["sha256"] else "nicht übernommen")
        tell(f"{outcome:<12} {row['source']}" + (f"  – {row['reason']}" if row["reason"] else ""))
