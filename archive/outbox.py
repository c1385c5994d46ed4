"""The outbox: which documents the search index does not show yet as the record has them.

A row is written in the transaction that changes the record and goes when the index has taken it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema
from archive.audit import storable

ATTEMPTS = 10  #: after so many failures a row waits for a person
_T = schema.outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    seq: int
    document_id: str
    revision: int
    op: str  #: "upsert" or "delete"
    attempts: int = 0
    error: str | None = None


def add(session: Session, document_id: str, revision: int, op: str = "upsert") -> None:
    """The index must follow this change."""
    session.execute(
        sa.insert(_T).values(document_id=document_id, revision=revision, op=op, attempts=0)
    )


def pending(session: Session, limit: int) -> tuple[OutboxRow, ...]:
    """The oldest rows that are still tried, in order."""
    query = sa.select(_T).where(_T.c.attempts < ATTEMPTS).order_by(_T.c.seq).limit(limit)
    return _rows(session, query)


def done(session: Session, seqs: Iterable[int]) -> None:
    """The index has these."""
    for seq in seqs:
        session.execute(sa.delete(_T).where(_T.c.seq == seq))


def failed(session: Session, seq: int, error: str) -> None:
    """One more failure of this row; after ``ATTEMPTS`` it is dead until ``revive``."""
    session.execute(
        sa.update(_T)
        .where(_T.c.seq == seq)
        .values(attempts=_T.c.attempts + 1, error=storable(error)[:2000])
    )


def lag(session: Session) -> int:
    """How many changes the index does not show yet, dead ones included."""
    return session.execute(sa.select(sa.func.count()).select_from(_T)).scalar_one()


def dead(session: Session) -> tuple[OutboxRow, ...]:
    """Rows that failed too often; a person looks at them."""
    return _rows(session, sa.select(_T).where(_T.c.attempts >= ATTEMPTS).order_by(_T.c.seq))


def revive(session: Session) -> int:
    """Try the dead rows again; returns how many there were."""
    count = len(dead(session))
    session.execute(sa.update(_T).where(_T.c.attempts >= ATTEMPTS).values(attempts=0))
    return count


def _rows(session: Session, query: sa.Select[tuple[object, ...]]) -> tuple[OutboxRow, ...]:
    return tuple(OutboxRow(**row) for row in session.execute(query).mappings())
