"""The audit chain: append-only, each event sealed to the one before by its hash.

Form 2 (docs/reference/archive.md): ``hash`` is the SHA-256 over the canonical JSON of all other
columns, ``prev_hash`` among them, and the promises of the rows that the event's transaction
changed (archive/evidence). Events carry no document text and no names of citizens. What stays:
whoever can rewrite the whole table and its head can forge the chain; that is found by the signed
anchors outside the database (archive/evidence/anchors.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.promises import ledger
from archive.promises.canonical_rows import parted, typed_and_raw
from archive.promises.event_forms import FORM, GENESIS, STORED, canonical, digest, stored_digest
from archive.tables import schema

__all__ = [
    "FORM",
    "GENESIS",
    "IN_GERMAN",
    "Actor",
    "ChainReport",
    "append",
    "canonical",
    "check_chain",
    "digest",
    "follow",
    "lock_trail",
    "read_for_change",
    "storable",
]
_BATCH = 2_000
_SEQ, _PREVIOUS = STORED.index("seq"), STORED.index("prev_hash")
IN_GERMAN = {  # the chain's own words are for programs
    "the head of the trail is missing": "Das Ende des Protokolls ist nicht festgehalten.",
    "the chain ends before this event": "Die Kette endet vor diesem Ereignis.",
    "the event is missing": "Das Ereignis fehlt.",
    "the event does not follow the one before it": "Das Ereignis schließt nicht an das vorige an.",
    "the event was changed": "Das Ereignis wurde verändert.",
    "the end of the trail is missing": "Das Ende des Protokolls fehlt.",
    "the last event is not the one that the head names": "Das letzte Ereignis ist nicht das, das "
    "als letztes festgehalten ist.",
    "an event lies beyond the head": "Hinter dem Ende liegt ein weiteres Ereignis.",
    "the event is not the one that was anchored": "Das Ereignis ist nicht das, das der Anker "
    "festhält.",
    "there is no anchor": "Es gibt keinen Anker; er gehört zu jedem Datenordner.",
    "the event is not anchored": "Kein Anker liegt über diesem Ereignis, obwohl spätere da sind.",
    "the anchor is not signed by this archive": "Der Anker über dieses Ereignis ist nicht mit dem "
    "Schlüssel dieses Archivs signiert.",
}
_T = schema.audit_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does it: a user or ``service``; ``on_behalf`` names whom the operator acts for."""

    user: str
    on_behalf: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What a walk along the chain found; ``broken_at`` is the first event that does not fit."""

    ok: bool
    events: int
    broken_at: int | None = None
    why: str | None = None


def lock_trail(session: Session) -> None:
    """Take the trail's head until the transaction ends; every change begins with it.

    All writers queue here in one order, so they cannot lock each other out over other rows.
    """
    connection = session.connection()
    ledger.of(connection).lock(connection)


def read_for_change(session: Session, table: sa.Table, object_id: str) -> dict[str, Any] | None:
    """The row of an evident table with this ``id``, locked until the transaction ends, and noted
    as it stands, so that changing it reads it no second time. None: there is no such row."""
    lock_trail(session)
    connection = session.connection()
    query = typed_and_raw(table).where(table.c.id == object_id).with_for_update(of=table)
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        return None
    row, state = parted(table, dict(found))
    ledger.of(connection).has_read(table, state)
    return row


def append(
    session: Session,
    *,
    at: datetime,
    by: Actor,
    action: str,
    object_type: str,
    object_id: str,
    object_sha256: str | None = None,
    outcome: str = "ok",
    reason: str | None = None,
    correlation_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Add one event in the caller's transaction and return its number.

    ``reason`` is what a person gave; ``detail`` holds codes, counts and hashes, never content.
    The head row is locked until the transaction ends, so the chain has one order. The event goes
    into the chain at the commit, with the promises of the rows that the transaction has touched.
    """
    connection = session.connection()
    return ledger.of(connection).append(
        connection,
        {
            "at": at.astimezone(UTC),
            "actor": by.user,
            "on_behalf": by.on_behalf,
            "action": action,
            "object_type": object_type,
            "object_id": object_id,
            "object_sha256": object_sha256,
            "outcome": outcome,
            "reason": None if reason is None else storable(reason),
            "correlation_id": correlation_id,
            "detail": canonical(detail or {}),
        },
    )


def storable(text: str) -> str:
    """``text`` without what a database cannot keep (NUL, halves of surrogate pairs)."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def check_chain(
    session: Session,
    *,
    since_seq: int = 0,
    since_hash: str | None = None,
    heard: Callable[[int, str], None] = lambda _seq, _hash: None,
) -> ChainReport:
    """Walk the chain after ``since_seq`` (whose own hash is trusted) up to the head.

    Finds an edited, deleted, inserted or reordered event and a cut tail with its exact position.
    ``since_hash``: what was the hash of ``since_seq`` when it was walked to; it must still be.
    ``heard`` is told every so often which event the walk has come to, and its hash.
    """
    head = _head(session)
    if head is None:
        return _broken(0, since_seq + 1, "the head of the trail is missing")
    if since_seq > head["seq"]:
        return _broken(0, since_seq, "the chain ends before this event")
    previous = GENESIS
    if since_seq:
        found = session.execute(sa.select(_T.c.hash).where(_T.c.seq == since_seq)).scalar()
        if found is None:
            return _broken(0, since_seq, "the event is missing")
        if since_hash not in (None, found):
            return _broken(0, since_seq, "the event was changed")
        previous = found
    end = (head["seq"], head["hash"])
    report = follow(session, since_seq + 1, end, previous=previous, heard=heard)
    if not report.ok:
        return report
    beyond = session.execute(sa.select(sa.func.max(_T.c.seq))).scalar() or 0
    if beyond > (_head(session) or head)["seq"]:
        return _broken(report.events, head["seq"] + 1, "an event lies beyond the head")
    return report


def follow(
    session: Session,
    first: int,
    end: tuple[int, str],
    *,
    previous: str | None = None,
    other_end: str = "the last event is not the one that the head names",
    heard: Callable[[int, str], None] = lambda _seq, _hash: None,
) -> ChainReport:
    """Walk from event ``first`` to the one whose number and hash are ``end``.

    ``previous`` is the hash before ``first``; None takes that event's own word for it.
    ``other_end`` is said of a last event that has another hash; ``heard`` as in ``check_chain``.
    """
    last, head = end
    expected = first
    for batch in _events(session, first - 1, last):
        for *stored, kept in batch:
            if stored[_SEQ] != expected:
                return _broken(expected - first, expected, "the event is missing")
            if previous is not None and stored[_PREVIOUS] != previous:
                why = "the event does not follow the one before it"
                return _broken(expected - first, expected, why)
            if stored_digest(stored) != kept:
                return _broken(expected - first, expected, "the event was changed")
            previous = kept
            expected += 1
        heard(expected - 1, previous or GENESIS)
    if expected <= last:
        return _broken(expected - first, expected, "the end of the trail is missing")
    if previous != head:
        return _broken(expected - first, last, other_end)
    return ChainReport(ok=True, events=expected - first)


def _head(session: Session) -> Mapping[str, Any] | None:
    head = schema.audit_head
    return session.execute(sa.select(head).where(head.c.id == 1)).mappings().one_or_none()  # type: ignore[return-value]


def _events(session: Session, after: int, upto: int) -> Iterator[Sequence[Sequence[Any]]]:
    """Batches of events as they lie in the database: the columns ``STORED``, then the hash."""
    columns = [sa.type_coerce(_T.c[name], sa.types.NullType()) for name in (*STORED, "hash")]
    while True:
        query = sa.select(*columns).where(_T.c.seq > after, _T.c.seq <= upto)
        found = session.execute(query.order_by(_T.c.seq).limit(_BATCH))
        batch: Sequence[Sequence[Any]] = found.all()
        if batch:
            yield batch
        if len(batch) < _BATCH:
            return
        after = batch[-1][_SEQ]


def _broken(events: int, at: int, why: str) -> ChainReport:
    return ChainReport(ok=False, events=events, broken_at=at, why=why)
