"""The obstacles at the doors as the process that watches them tells the others, in a file of the home."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.home import HomeLock

FILE = "obstacles.json"  #: docs/reference/archive.md
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """A thing at a door that no machine may take."""

    stream: str
    path: str
    text: str
    since: datetime


def told(home: Path) -> tuple[Obstacle, ...]:
    """What the process that watches the doors of this home has found; none where nobody watches."""
    holder = HomeLock(home).holder()
    if holder is None:
        return ()
    try:
        kept = json.loads((home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        return ()
    if kept.get("process") != holder:  # left behind by one that ended
        return ()
    rows = [{**row, "since": datetime.fromisoformat(row["since"])} for row in kept["obstacles"]]
    return tuple(sorted((Obstacle(**row) for row in rows), key=lambda found: found.since))
