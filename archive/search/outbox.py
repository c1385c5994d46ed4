"""The outbox: which documents the search index does not show yet as the record has them.

A row is written in the transaction that changes the record and goes when the index has taken it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import storable
from archive.db import after_commit
from archive.tables import schema

ATTEMPTS = 10  #: after so many failures a row waits for a person
WORK = "index"  #: the kind of work that a row is (archive/db/after_commit.py)
LONGEST_WHY = 200  #: characters of an engine's words that administrators are shown
_T = schema.outbox
_DEAD = _T.c.attempts >= ATTEMPTS
_WORD = re.compile(r"\w+")
# Up to where an engine may begin to quote what it was given; a field's name in brackets is no quotation.
_OWN_WORDS = re.compile(r"(?:\[[a-z_.]{1,40}\]|[^\[\](){}<>\"'`´„“”‚‘’«»‹›:=\r\n])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    seq: int
    document_id: str
    revision: int
    op: str  #: "upsert" or "delete"
    attempts: int = 0
    error: str | None = None
    failed_at: datetime | None = None  #: the last time


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A dead row for people who may see no content."""

    document_id: str
    attempts: int
    failed_at: datetime | None
    why: str  #: the engine's words, without anything of the document; may be empty


def add(session: Session, document_id: str, revision: int, op: str = "upsert") -> None:
    """The index must follow this change."""
    session.execute(
        sa.insert(_T).values(document_id=document_id, revision=revision, op=op, attempts=0)
    )
    after_commit.leave(session, WORK)


def pending(session: Session, limit: int) -> tuple[OutboxRow, ...]:
    """The oldest rows that are still tried, in order."""
    return _rows(session, sa.select(_T).where(~_DEAD).order_by(_T.c.seq).limit(limit))


def done(session: Session, seqs: Iterable[int]) -> None:
    """The index has these, and with each what was refused of the same document before."""
    for seq in seqs:
        same = sa.select(_T.c.document_id).where(_T.c.seq == seq).scalar_subquery()
        session.execute(sa.delete(_T).where(_T.c.document_id == same, _T.c.seq <= seq))


def failed(session: Session, seq: int, error: str, *, at: datetime) -> None:
    """One more failure of this row; after ``ATTEMPTS`` it is dead until ``revive``."""
    session.execute(
        sa.update(_T)
        .where(_T.c.seq == seq)
        .values(attempts=_T.c.attempts + 1, error=storable(error)[:2000], failed_at=at)
    )


def lag(session: Session) -> int:
    """How many changes the index does not show yet, dead ones included."""
    return session.execute(sa.select(sa.func.count()).select_from(_T)).scalar_one()


def newest(session: Session) -> int:
    """The newest row's number, 0 where there is none; cheap."""
    return session.execute(sa.select(sa.func.max(_T.c.seq))).scalar_one() or 0


def documents(session: Session) -> frozenset[str]:
    """What is on its way into the index, or was refused by it."""
    return frozenset(session.execute(sa.select(_T.c.document_id)).scalars())


def dead(session: Session) -> tuple[OutboxRow, ...]:
    """Rows that failed too often, with the engine's own words: for the machine's operator."""
    return _rows(session, sa.select(_T).where(_DEAD).order_by(_T.c.seq))


def dead_count(session: Session) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(_T).where(_DEAD)).scalar_one()


def refused(session: Session, *, limit: int) -> tuple[Refused, ...]:
    """The oldest dead rows for administrators, who know documents by their identifiers alone."""
    document = schema.document
    query = (
        sa.select(_T, document.c.title, document.c.sender)
        .join(document, document.c.id == _T.c.document_id, isouter=True)
        .where(_DEAD)
        .order_by(_T.c.seq)
        .limit(limit)
    )
    return tuple(
        Refused(
            document_id=row.document_id,
            attempts=row.attempts,
            failed_at=row.failed_at,
            why=_without_content(row.error or "", f"{row.title or ''} {row.sender or ''}"),
        )
        for row in session.execute(query)
    )


def revive(session: Session) -> int:
    """Try the dead rows again; returns how many there were."""
    count = dead_count(session)
    session.execute(sa.update(_T).where(_DEAD).values(attempts=0))
    after_commit.leave(session, WORK)
    return count


def _without_content(error: str, named: str) -> str:
    """What an engine says of itself: cut where it begins to quote, the document's words taken out."""
    own = _OWN_WORDS.match(error)
    kept = own.group() if own else ""
    secret = {word.casefold() for word in _WORD.findall(named)}
    shown = _WORD.sub(lambda word: "…" if word.group().casefold() in secret else word.group(), kept)
    rest = " …" if len(kept) < len(error) or len(shown) > LONGEST_WHY else ""
    return shown[:LONGEST_WHY].strip() + rest


def _rows(session: Session, query: sa.Select[tuple[object, ...]]) -> tuple[OutboxRow, ...]:
    return tuple(OutboxRow(**row) for row in session.execute(query).mappings())
