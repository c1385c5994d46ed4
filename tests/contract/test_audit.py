"""The chain: one order under concurrency, and every tampering found with its exact position."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import GENESIS, Actor, append, check_chain, digest
from archive.db.database import Database
from archive.tables import schema

EVENTS = schema.audit_event
AT = datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC)
ME = Actor(user="service", on_behalf="poststelle")


def fill(database: Database, count: int) -> list[int]:
    with database.write() as session:
        return [add(session, number) for number in range(count)]


def add(session: Session, number: int) -> int:
    return append(
        session,
        at=AT,
        by=ME,
        action="READ",
        object_type="document",
        object_id=f"d{number}",
        detail={"number": number, "share": 0.1, "text": "grün \udcff"},
    )


def tamper(database: Database, *statements: str) -> None:
    """As somebody would who owns the database: the guards go first."""
    with database.write() as session:
        postgres = session.get_bind().dialect.name == "postgresql"
        for name in ("audit_event_update", "audit_event_delete", "audit_head_update"):
            table = "audit_head" if "head" in name else "audit_event"
            on = f" ON {table}" if postgres else ""
            session.execute(sa.text(f"DROP TRIGGER guard_{name}{on}"))
        for statement in statements:
            session.execute(sa.text(statement))


def test_an_empty_chain_holds(database: Database) -> None:
    with database.read() as session:
        report = check_chain(session)
    assert (report.ok, report.events) == (True, 0)


def test_a_whole_chain_holds(database: Database) -> None:
    numbers = fill(database, 1100)
    with database.read() as session:
        report = check_chain(session)
        assert (report.ok, report.events, report.broken_at) == (True, 1100, None)
        later = check_chain(session, since_seq=1000)
        assert (later.ok, later.events) == (True, 100)
        assert check_chain(session, since_seq=1100).ok
        assert not check_chain(session, since_seq=1101).ok
        stored = session.execute(sa.select(EVENTS.c.seq).order_by(EVENTS.c.seq)).scalars()
        assert list(stored) == numbers


def test_an_event_that_is_rolled_back_leaves_no_gap(database: Database) -> None:
    fill(database, 2)
    with pytest.raises(KeyError), database.write() as session:
        add(session, 99)
        raise KeyError
    fill(database, 1)
    with database.read() as session:
        assert check_chain(session).events == 3


def test_threads_write_one_chain(database: Database) -> None:
    def work() -> None:
        for number in range(10):
            with database.write() as session:
                add(session, number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        report = check_chain(session)
    assert (report.ok, report.events) == (True, 40)


@pytest.mark.parametrize(
    ("statements", "position"),
    [
        (["UPDATE audit_event SET reason = 'anders' WHERE seq = 7"], 7),
        (["UPDATE audit_event SET at = '2026-11-22 09:00:00.000001' WHERE seq = 7"], 7),
        (["UPDATE audit_event SET detail = '{}' WHERE seq = 1"], 1),
        (["DELETE FROM audit_event WHERE seq = 7"], 7),
        (["DELETE FROM audit_event WHERE seq <= 3"], 1),
        (
            # two events change places
            [
                "UPDATE audit_event SET seq = 100 WHERE seq = 4",
                "UPDATE audit_event SET seq = 4 WHERE seq = 5",
                "UPDATE audit_event SET seq = 5 WHERE seq = 100",
            ],
            4,
        ),
        (
            # one goes and the later ones move up
            [
                "DELETE FROM audit_event WHERE seq = 9",
                "UPDATE audit_event SET seq = 9 WHERE seq = 10",
            ],
            9,
        ),
        (["DELETE FROM audit_event WHERE seq >= 9"], 9),
        (["UPDATE audit_event SET hash = 'x' WHERE seq = 3"], 3),
        (["UPDATE audit_head SET seq = 8"], 8),
        (["DELETE FROM audit_event"], 1),
    ],
)
def test_tampering_is_found_where_it_is(
    database: Database, statements: list[str], position: int
) -> None:
    fill(database, 10)
    tamper(database, *statements)
    with database.read() as session:
        report = check_chain(session)
    assert (report.ok, report.broken_at) == (False, position)
    assert report.why


def test_an_event_with_a_fresh_hash_breaks_the_next_one(database: Database) -> None:
    """Changing an event and its hash moves the break by one, it does not hide it."""
    fill(database, 10)
    with database.read() as session:
        row = dict(session.execute(sa.select(EVENTS).where(EVENTS.c.seq == 5)).mappings().one())
    row["reason"] = "anders"
    tamper(
        database, f"UPDATE audit_event SET reason = 'anders', hash = '{digest(row)}' WHERE seq = 5"
    )
    with database.read() as session:
        assert check_chain(session).broken_at == 6


def test_an_event_beyond_the_head_is_found(database: Database) -> None:
    fill(database, 3)
    with database.read() as session:
        row = dict(session.execute(sa.select(EVENTS).where(EVENTS.c.seq == 3)).mappings().one())
    row |= {"seq": 4, "event_id": "forged", "prev_hash": row["hash"]}
    row["hash"] = digest(row)
    with database.write() as session:
        session.execute(sa.insert(EVENTS).values(row))
    with database.read() as session:
        assert check_chain(session).broken_at == 4


@pytest.mark.parametrize("form", [1, 2])
def test_the_form_of_a_hash_does_not_change(form: int) -> None:
    """As written out in docs/reference, so that an auditor's own program comes to the same."""
    event: dict[str, Any] = {
        "seq": 1,
        "event_id": "e1",
        "at": AT,
        "actor": "service",
        "on_behalf": None,
        "action": "READ",
        "object_type": "document",
        "object_id": "d1",
        "object_sha256": None,
        "outcome": "ok",
        "reason": "grün",
        "correlation_id": None,
        "detail": "{}",
        "prev_hash": GENESIS,
        "form": form,
        "aggregate": "item:i1" if form == 2 else None,
        "promises": "{}" if form == 2 else None,
    }
    aggregate = '"aggregate":"item:i1",' if form == 2 else ""
    promises = '"promises":"{}",' if form == 2 else ""
    written_out = (
        f'{{"action":"READ","actor":"service",{aggregate}"at":"2026-11-22T08:00:00.000001Z",'
        f'"correlation_id":null,"detail":"{{}}","event_id":"e1","form":{form},"object_id":"d1",'
        '"object_sha256":null,"object_type":"document","on_behalf":null,"outcome":"ok",'
        f'"prev_hash":"{"0" * 64}",{promises}"reason":"gr\\u00fcn","seq":1}}'
    )
    assert digest(event) == hashlib.sha256(written_out.encode("ascii")).hexdigest()


CHANGES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("seq", lambda event: event["seq"] + 1),
    ("reason", lambda _: ""),
    ("on_behalf", lambda _: None),
    ("detail", lambda event: json.dumps(json.loads(event["detail"]))),
    ("prev_hash", lambda _: "1" * 64),
    ("form", lambda _: 1),
    ("form", lambda _: 3),
    ("aggregate", lambda _: "house"),
    ("promises", lambda _: "{}"),
]


@pytest.mark.parametrize(("column", "change"), CHANGES)
def test_every_column_counts(
    database: Database, column: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    fill(database, 1)
    with database.read() as session:
        event = dict(session.execute(sa.select(EVENTS)).mappings().one())
    assert digest(event) == event["hash"]
    event[column] = change(event)
    assert digest(event) != event["hash"]
