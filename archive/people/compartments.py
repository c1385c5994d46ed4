"""Closed compartments: one may lie within another, and then only members of both are let in.

A compartment that nothing is said of lies in no other; it is closed all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.tables import schema

_T = schema.compartment
_MEMBER = schema.compartment_member


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Who was let in, by whom, and what for (None: from before it was asked)."""

    user: str
    purpose: str | None
    granted_by: str | None
    granted_at: datetime | None


def parents(session: Session) -> dict[str, str | None]:
    """Every known compartment and the one around it."""
    return {row.id: row.parent for row in session.execute(sa.select(_T))}


def ensure(session: Session, name: str, *, within: str | None) -> None:
    """Make a compartment known; a known one stays where it is."""
    for missing in (within, name):
        known = session.execute(sa.select(_T.c.id).where(_T.c.id == missing)).first()
        if missing is not None and known is None:
            around = within if missing == name else None
            session.execute(sa.insert(_T).values(id=missing, parent=around))


def members(session: Session, name: str) -> tuple[Member, ...]:
    """Who is let in, by name; for administrators and auditors."""
    query = sa.select(_MEMBER).where(_MEMBER.c.compartment == name).order_by(_MEMBER.c.user_id)
    return tuple(
        Member(
            user=row.user_id,
            purpose=row.purpose,
            granted_by=row.granted_by,
            granted_at=row.granted_at,
        )
        for row in session.execute(query)
    )


def effective(joined: Iterable[str], around: Mapping[str, str | None]) -> frozenset[str]:
    """Those of ``joined`` that are open: every compartment around them was joined as well."""
    names = frozenset(joined)
    return frozenset(name for name in names if _chain(name, around) <= names)


def _chain(name: str, around: Mapping[str, str | None]) -> set[str]:
    chain: set[str] = set()
    current: str | None = name
    while current is not None and current not in chain:
        chain.add(current)
        current = around.get(current)
    return chain
