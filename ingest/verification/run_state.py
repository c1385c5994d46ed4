"""How far a ``verify --all`` has come: a file, so that one that was stopped can go on.

``verify/run.db`` in the home, form 1 (docs/reference/archive.md): a SQLite file with what was judged,
when, and where to go on. It is no evidence: it is believed only where ``--resume`` says so, only by the
release that wrote it, for the archive that it names, and as long as the trail still has the event up to
which it was walked.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from config.errors import Conflict
from ingest.verification.objects import PARTS, Judgement

FORM = 1
FOLDER, FILE, LOCK = "verify", "run.db", "lock"
_PAGE = 500
_TABLES = """
CREATE TABLE IF NOT EXISTS known (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shape (number INTEGER PRIMARY KEY, parts TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS judged (number INTEGER PRIMARY KEY, id TEXT NOT NULL,
    shape INTEGER NOT NULL, at TEXT NOT NULL, ok INTEGER NOT NULL, said TEXT);
CREATE INDEX IF NOT EXISTS judged_shape ON judged (shape, number);
CREATE TABLE IF NOT EXISTS seal (judged INTEGER PRIMARY KEY, verdict TEXT NOT NULL,
    at TEXT NOT NULL, said TEXT);
CREATE TABLE IF NOT EXISTS object (address TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID;
"""


class State:
    """One run. What is kept between two calls of ``commit`` counts together or not at all."""

    def __init__(self, place: Path) -> None:
        self._db = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_TABLES)
        self._shapes: dict[str, int] = {
            parts: number for number, parts in self._db.execute("SELECT * FROM shape")
        }
        self._db.execute("BEGIN")

    def close(self) -> None:
        """What was not committed is forgotten."""
        self._db.rollback()
        self._db.close()

    def commit(self) -> None:
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    # ------------------------------------------------------------------ where it stands
    def get(self, name: str) -> str | None:
        found = self._db.execute("SELECT value FROM known WHERE name = ?", (name,)).fetchone()
        return None if found is None else str(found[0])

    def number(self, name: str) -> int:
        return int(self.get(name) or 0)

    def put(self, **values: str | int) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO known VALUES (?, ?)",
            [(name, str(value)) for name, value in values.items()],
        )

    # ------------------------------------------------------------------ stored objects
    def verdicts(self, addresses: Sequence[str]) -> Mapping[str, str]:
        """What is known of objects that several items refer to."""
        query = "SELECT verdict FROM object WHERE address = ?"
        found = ((one, self._db.execute(query, (one,)).fetchone()) for one in addresses)
        return {address: row[0] for address, row in found if row is not None}

    def keep_verdicts(self, verdicts: Mapping[str, str]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO object VALUES (?, ?)", verdicts.items())

    # ------------------------------------------------------------------ judgements
    def keep(self, judgement: Judgement) -> None:
        said = json.dumps(judgement.faults) if judgement.faults else None
        shape = self._shape(judgement)
        row = (judgement.id, shape, judgement.at.isoformat(), judgement.ok, said)
        self._db.execute("INSERT INTO judged (id, shape, at, ok, said) VALUES (?,?,?,?,?)", row)

    def keep_seal(self, number: int, verdict: str, at: datetime, said: Sequence[str]) -> None:
        """The second look at the judgement of that number."""
        told = json.dumps(said) if said else None
        self._db.execute(
            "INSERT INTO seal VALUES (?,?,?,?)", (number, verdict, at.isoformat(), told)
        )

    def count(self) -> tuple[int, int]:
        """How many were judged, and how many of them were not good."""
        query = (
            "SELECT count(*), total(NOT ok OR coalesce(verdict, 'ok') <> 'ok')"
            " FROM judged LEFT JOIN seal ON seal.judged = number"
        )
        judged, bad = self._db.execute(query).fetchone()
        return int(judged), int(bad)

    def span(self) -> tuple[datetime, datetime] | None:
        """When the first and the last was judged."""
        first, last = self._db.execute("SELECT min(at), max(at) FROM judged").fetchone()
        return first and (datetime.fromisoformat(first), datetime.fromisoformat(last))

    def judgements(self) -> Iterator[Judgement]:
        """All in the order in which they were judged, with their seals."""
        for _, judgement in self._judgements("TRUE"):
            yield judgement

    def without_seal(self) -> Iterator[tuple[int, Judgement]]:
        """Those whose seal is to be looked at, with their numbers; the same as long as none is kept."""
        shapes = [str(number) for parts, number in self._shapes.items() if _asks_for_seal(parts)]
        yield from self._judgements(f"shape IN ({','.join(shapes)}) AND seal.verdict IS NULL")

    def seals_wanted(self) -> int:
        """How many seals there are to look at, those that were looked at among them."""
        shapes = [str(number) for parts, number in self._shapes.items() if _asks_for_seal(parts)]
        query = f"SELECT count(*) FROM judged WHERE shape IN ({','.join(shapes)})"
        count: int = self._db.execute(query).fetchone()[0]
        return count

    def _judgements(self, where: str) -> Iterator[tuple[int, Judgement]]:
        names = {number: parts for parts, number in self._shapes.items()}
        after = 0
        query = (
            "SELECT number, id, shape, judged.at, judged.said, verdict, seal.at, seal.said FROM judged"
            f" LEFT JOIN seal ON seal.judged = number WHERE number > ? AND {where}"
            f" ORDER BY number LIMIT {_PAGE}"
        )
        while page := self._db.execute(query, (after,)).fetchall():
            for number, object_id, shape, at, said, *seal in page:
                yield number, _judgement(object_id, names[shape], at, said, *seal)
            after = page[-1][0]

    def _shape(self, judgement: Judgement) -> int:
        parts = [judgement.parts[name] for name in PARTS]
        text = json.dumps([parts, judgement.unasked])
        if text not in self._shapes:
            made = self._db.execute("INSERT INTO shape (parts) VALUES (?)", (text,))
            self._shapes[text] = int(made.lastrowid or 0)
        return self._shapes[text]


def _asks_for_seal(shape: str) -> bool:
    return "seal" in json.loads(shape)[1]


def _judgement(
    object_id: str,
    shape: str,
    at: str,
    said: str | None,
    verdict: str | None,
    looked_at: str | None,
    added: str | None,
) -> Judgement:
    values, unasked = json.loads(shape)
    parts = dict(zip(PARTS, values, strict=True))
    if verdict is not None:
        parts["seal"], unasked, at = verdict, (), looked_at or at
    faults = (*json.loads(said or "[]"), *json.loads(added or "[]"))
    when = datetime.fromisoformat(at)
    return Judgement(id=object_id, parts=parts, at=when, faults=faults, unasked=tuple(unasked))


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Whether this run is the only one on ``folder``, for as long as it lasts."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file: IO[str]
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def forget(folder: Path) -> None:
    """Nothing is left to go on with."""
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm"):
        with suppress(FileNotFoundError):
            (folder / name).unlink()


def refuse_second(alone: bool) -> None:
    """Raises Conflict where another run is at work on the same state."""
    if not alone:
        raise Conflict(
            "Eine andere Prüfung des ganzen Bestands läuft; fortgesetzt werden kann immer nur eine."
        )
