"""A home with letters, and an attacker who owns its database and its object store."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from archive.audit.trail import Actor
from archive.desk import saved_searches
from archive.efile import files
from archive.intake import documents
from archive.people import accounts, sign_in
from archive.promises.canonical_rows import key_of
from archive.promises.event_forms import GENESIS, digest
from archive.stages import Outcome
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT
from ingest.acts.road import held
from ingest.acts.road.quality import PageLook, RecordLook
from ingest.verification.objects import Judgement
from ingest.verification.whole_archive import judge_all
from tests.acceptance.home import small_scan
from tests.acting import seated
from tests.flow.conftest import Flow

PERSON = Actor(user="poststelle")
Row = tuple[Any, ...]


def fill(flow: Flow) -> list[Judgement]:
    """Rows in every evident table, by the program alone; the road has ended when this returns.

    Gives back what ``verify`` did not call good while the letters were walking.
    """
    taken = [flow.take(small_scan(number), f"{number}.jpg") for number in (1, 2)]
    alarms: list[Judgement] = []
    for _ in range(3):
        alarms += [one for one in judge_all(flow.engines) if not one.ok]
    taken += [flow.take(data, "x.pdf") for data in (b"%PDF-1.4 not one", b"no file")]
    ended = [flow.wait(item_id) for item_id in taken]
    found, broken = ended[:2], ended[2:]
    assert [item.outcome for item in found] == [Outcome.ARCHIVED] * 2
    assert [item.outcome for item in broken] == [Outcome.HELD] * 2
    flow.wait_for_index()
    held.Reject(object_id=broken[1].id, reason="kein Brief").perform(
        flow.engines, seated(flow.reader("poststelle"))
    )
    clerk, at = flow.reader("bauamt"), flow.engines.clock()
    document = flow.document(found[0].documents[0])
    looks = tuple(PageLook(page=n + 1, ok=True) for n in range(document.pages or 0))
    RecordLook(document_id=document.id, looks=looks).perform(flow.engines, seated(clerk))
    with flow.engines.database.write() as session:
        documents.correct_metadata(
            session, document.id, {"title": "Bauantrag", "sender": "Muster"}, by=PERSON, at=at
        )
        saved_searches.save(session, clerk, "Vermessung", at=at)
        sign_in.open_session(session, "bauamt", longest=timedelta(hours=1), at=at)
        sign_in.new_token(session, "bauamt", None, "x", timedelta(days=1), by=PERSON, at=at)
        accounts.add_unit(session, "kasse", "Kasse", by=PERSON, at=at)
        accounts.join_compartment(session, "bauamt", "personal", purpose="x", by=PERSON, at=at)
        sign_in.new_link(session, "bauamt", timedelta(hours=1), by=PERSON, at=at)
        assert document.file_id is not None
        files.open_sub_file(session, document.file_id, "Teil", by=PERSON, at=at)
        for table, values in _others(document.file_id, at):
            session.execute(sa.insert(table).values(values))
    flow.wait_for_index()
    return alarms


def _others(file_id: str, at: Any) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    yield schema.follow_up, {
        "id": "w1", "file_id": file_id, "due": at.date(), "reason": "Frist", "made_by": "bauamt",
        "made_at": at,
    }  # fmt: skip
    yield schema.record_history, {
        "file_id": file_id, "object_type": "file", "object_id": file_id, "field": "subject",
        "old": "a", "new": "b", "actor": "bauamt", "at": at,
    }  # fmt: skip
    yield schema.break_glass, {
        "id": "g1", "user_id": "bauamt", "file_id": file_id, "reason": "Gefahr", "opened_at": at,
        "ends_at": at + timedelta(hours=1),
    }  # fmt: skip
    yield schema.grant_request, {
        "id": "r1", "user_id": "bauamt", "kind": "role", "role": "case_worker",
        "department": "jugendamt", "state": "unreviewed", "requested_by": "verwaltung",
        "requested_at": at,
    }  # fmt: skip
    yield schema.filing_rule, {
        "position": 1, "department": "bauamt", "kind": "sender", "value": "Muster",
        "plan_unit": "63.1", "subject": "Post",
    }  # fmt: skip


@dataclass(slots=True)
class Attacker:
    """Writes on the SQLite file as its owner; the guards stand again when it is done."""

    flow: Flow
    kept: sqlite3.Connection  #: the home's database as the program left it
    alarms: list[Judgement]  #: false ones, while the home was filled

    @classmethod
    def of(cls, flow: Flow, alarms: list[Judgement]) -> Attacker:
        kept = sqlite3.connect(":memory:")
        with _opened(flow) as present:
            present.backup(kept)
        return cls(flow=flow, kept=kept, alarms=alarms)

    @property
    def place(self) -> Path:
        return _place(self.flow)

    def restore(self) -> None:
        """The database is again as the program left it."""
        self.flow.engines.database.close()
        with _opened(self.flow) as present:
            self.kept.backup(present)

    @contextmanager
    def at_work(self) -> Iterator[sqlite3.Connection]:
        with _opened(self.flow) as present:
            present.execute("PRAGMA foreign_keys=OFF")
            guards = present.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in guards:
                present.execute(f"DROP TRIGGER {name}")
            yield present
            for _, sql in guards:
                present.execute(sql)

    def run(self, *statements: str) -> None:
        with self.at_work() as present:
            for statement in statements:
                present.execute(statement)

    def judged(self) -> list[Judgement]:
        return list(judge_all(self.flow.engines))

    def broken(self) -> dict[str, Judgement]:
        """What ``verify --all`` does not call good, by id."""
        return {one.id: one for one in self.judged() if not one.ok}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change behind the program's back, and the row that verify has to name."""

    what: str
    table: str
    key: str


class Tampering:
    """Random changes, drawn table and column first."""

    def __init__(self, attacker: Attacker, seed: int) -> None:
        self.attacker = attacker
        self.random = random.Random(seed)
        self.acts: Sequence[Callable[[sqlite3.Connection, sa.Table], Change | None]] = (
            self._change,
            self._change,
            self._remove,
            self._insert,
            self._swap,
            self._restore_older,
            self._remove_with_dependents,
            self._change_and_salt,
        )

    def one(self) -> Change | None:
        """None where the drawn act has nothing to work on in the drawn table."""
        table = schema.metadata.tables[self.random.choice(sorted(EVIDENT))]
        act = self.random.choice(self.acts)
        with self.attacker.at_work() as present:
            try:
                return act(present, table)
            except sqlite3.IntegrityError:
                return None  # the table's own rules refused it; nothing happened

    # ------------------------------------------------------------------ acts

    def _change(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        row, column = self._row(present, table), self._column(table)
        if row is None or column is None:
            return None
        value = self._other(column, row[1][column.name])
        self._set(present, table, row, {column.name: value})
        return Change(what=f"change {column.name}", table=table.name, key=row[0])

    def _change_and_salt(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        """With a salt drawn anew, as one who knows how promises are made would try."""
        row, column = self._row(present, table), self._column(table)
        if row is None or column is None:
            return None
        value = self._other(column, row[1][column.name])
        self._set(present, table, row, {"salt": self.random.randbytes(16), column.name: value})
        return Change(what=f"change {column.name} and salt", table=table.name, key=row[0])

    def _remove(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        row = self._row(present, table)
        if row is None:
            return None
        present.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (row[2],))
        return Change(what="remove", table=table.name, key=row[0])

    def _remove_with_dependents(
        self, present: sqlite3.Connection, table: sa.Table
    ) -> Change | None:
        row = self._row(present, table)
        if row is None:
            return None
        self._wipe(present, table, row)
        return Change(what="remove with dependents", table=table.name, key=row[0])

    def _wipe(
        self, present: sqlite3.Connection, table: sa.Table, row: tuple[str, dict[str, Any], int]
    ) -> None:
        for other in schema.metadata.tables.values():
            for column in other.columns:
                for foreign in column.foreign_keys:
                    if foreign.column.table is table and other is not table:
                        present.execute(
                            f"DELETE FROM {other.name} WHERE {column.name} = ?", (row[0],)
                        )
        present.execute(f"DELETE FROM {table.name} WHERE rowid = ?", (row[2],))

    def _insert(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        """A second row beside the first: as the first, under a key of its own."""
        row = self._row(present, table)
        if row is None:
            return None
        values = dict(row[1])
        for column in table.columns:
            if column.primary_key or column.unique or column.name in ("position", "number"):
                values[column.name] = self._other(column, values[column.name])
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        present.execute(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})", tuple(values.values())
        )
        key = key_of(values[column.name] for column in table.primary_key.columns)
        return Change(what="insert", table=table.name, key=key)

    def _swap(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        column = self._column(table)
        rows = self._rows(present, table)
        if column is None or len(rows) < 2:
            return None
        one, two = self.random.sample(rows, 2)
        if one[1][column.name] == two[1][column.name] or column.primary_key:
            return None
        self._set(present, table, one, {column.name: two[1][column.name]})
        self._set(present, table, two, {column.name: one[1][column.name]})
        return Change(what=f"swap {column.name}", table=table.name, key=one[0])

    def _restore_older(self, present: sqlite3.Connection, table: sa.Table) -> Change | None:
        """A field back to what its history says it was before."""
        found = present.execute("SELECT document_id, field, old FROM metadata_history").fetchall()
        if not found:
            return None
        document, field, old = self.random.choice(found)
        present.execute(f"UPDATE document SET {field} = ? WHERE id = ?", (old, document))
        return Change(what=f"restore {field}", table="document", key=document)

    # ------------------------------------------------------------------ drawing

    def _rows(
        self, present: sqlite3.Connection, table: sa.Table
    ) -> list[tuple[str, dict[str, Any], int]]:
        names = [column.name for column in table.columns]
        found = present.execute(f"SELECT rowid, {', '.join(names)} FROM {table.name}").fetchall()
        rows = [(dict(zip(names, row[1:], strict=True)), row[0]) for row in found]
        return [
            (key_of(values[column.name] for column in table.primary_key.columns), values, rowid)
            for values, rowid in rows
        ]

    def _row(
        self, present: sqlite3.Connection, table: sa.Table
    ) -> tuple[str, dict[str, Any], int] | None:
        rows = self._rows(present, table)
        return self.random.choice(rows) if rows else None

    def _column(self, table: sa.Table) -> sa.Column[Any] | None:
        excepted = EVIDENT[table.name].excepted
        found = [each for each in table.columns if each.name not in excepted]
        found = [each for each in found if not each.primary_key]
        return self.random.choice(found) if found else None

    def _other(self, column: sa.Column[Any], value: Any) -> Any:
        """Another value of the column's kind, sometimes of none."""
        if isinstance(value, bytes):
            return self.random.randbytes(16)
        if isinstance(value, int):
            return value + self.random.randrange(1, 1000)
        if isinstance(column.type, sa.JSON):
            return json.dumps({"x": self.random.random()})
        if value is None:
            number = isinstance(column.type, sa.Integer | sa.Boolean)
            return 1 if number else f"x{self.random.randrange(10**6)}"
        return self.random.choice((f"{value}x", f"y{self.random.randrange(10**6)}"))

    def _set(
        self,
        present: sqlite3.Connection,
        table: sa.Table,
        row: tuple[str, dict[str, Any], int],
        values: dict[str, Any],
    ) -> None:
        words = ", ".join(f"{name} = ?" for name in values)
        present.execute(
            f"UPDATE {table.name} SET {words} WHERE rowid = ?", (*values.values(), row[2])
        )


def _place(flow: Flow) -> Path:
    return flow.house.settings.home / "registratur.db"


@contextmanager
def _opened(flow: Flow) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(_place(flow), isolation_level=None)
    try:
        yield opened
    finally:
        opened.close()


def rechained(attacker: Attacker, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """The whole trail written anew, every number and hash made to fit, after ``change``."""
    with attacker.flow.engines.database.read() as session:
        query = sa.select(schema.audit_event).order_by(schema.audit_event.c.seq)
        events = [dict(row) for row in session.execute(query).mappings()]
    change(events)
    previous = GENESIS
    for number, event in enumerate(events, 1):
        event |= {"seq": number, "prev_hash": previous}
        event["hash"] = previous = digest(event)
    with attacker.at_work() as present:
        present.execute("DELETE FROM audit_event")
        for event in events:
            stored = {**event, "at": f"{event['at']:%Y-%m-%d %H:%M:%S.%f}"}
            marks = ", ".join("?" * len(stored))
            present.execute(
                f"INSERT INTO audit_event ({', '.join(stored)}) VALUES ({marks})",
                tuple(stored.values()),
            )
        present.execute("UPDATE audit_head SET seq = ?, hash = ?", (len(events), previous))
