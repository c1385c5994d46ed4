"""Resolved pseudonyms, and the second person who looks at each: kept in the audit trail alone.

``accounts.resolve_person`` writes the event that is judged here. The names themselves are in none
of these events. Two judgements of one resolution cannot stand side by side: whoever judges holds
the trail's head first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import append, lock_trail
from archive.efile.change_history import actor
from archive.model import Reader
from archive.people import four_eyes
from archive.tables import schema
from config.errors import Conflict, NotFound, UsageError

RESOLVED, SEEN = "PSEUDONYM_RESOLVED", "PSEUDONYM_SEEN"
_EVENT = schema.audit_event
_PERSON = schema.person


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One resolution and what became of it; ``justified`` is None until somebody has looked."""

    id: str  #: of its audit event
    pseudonym: str
    user_id: str
    reason: str
    at: datetime
    seen_by: str | None = None
    seen_at: datetime | None = None
    justified: bool | None = None
    remark: str | None = None


def of_reader(session: Session, reader: Reader) -> tuple[Resolution, ...]:
    """The reader's own, newest first, each with what the second person said."""
    own = [each for each in _all(session) if each.user_id == reader.user]
    return tuple(reversed(own))


def to_review(session: Session, reader: Reader) -> tuple[Resolution, ...]:
    """What others resolved and nobody has looked at, oldest first; none for who does not judge."""
    query = sa.select(_EVENT).where(*_waiting(session, reader)).order_by(_EVENT.c.seq)
    return tuple(Resolution(**_facts(row)) for row in session.execute(query).mappings())


def to_review_count(session: Session, reader: Reader) -> int:
    """How many ``to_review`` lists, for the menu."""
    if not access.may_review_resolutions(reader):
        return 0  # without a query: that is nearly everybody, at every page
    query = sa.select(sa.func.count()).select_from(_EVENT).where(*_waiting(session, reader))
    return session.execute(query).scalar_one()


def acknowledge(
    session: Session,
    reader: Reader,
    resolution_id: str,
    *,
    justified: bool,
    remark: str,
    at: datetime,
) -> None:
    """Say as the second person whether it was justified; what was not needs a remark.

    Raises NotFound where it is the reader's own (``four_eyes.are_two``) or not theirs to judge,
    Conflict where somebody has judged it, UsageError.
    """
    lock_trail(session)
    found = next((each for each in _all(session) if each.id == resolution_id), None)
    if (
        found is None
        or not four_eyes.are_two(session, reader.user, found.user_id)
        or not access.may_review_resolutions(reader)
    ):
        raise NotFound(f"Die Auflösung {resolution_id} gibt es nicht.")
    if found.seen_by is not None:
        raise Conflict(f"Die Auflösung {resolution_id} hat schon {found.seen_by} geprüft.")
    if not justified and not remark.strip():
        raise UsageError("Was nicht gerechtfertigt war, braucht eine Bemerkung.")
    append(
        session,
        at=at,
        by=actor(reader),
        action=SEEN,
        object_type="person",
        object_id=found.pseudonym,
        reason=remark.strip()[:2000] or None,
        detail={"event": resolution_id, "user": found.user_id, "justified": justified},
    )


def _waiting(session: Session, reader: Reader) -> tuple[sa.ColumnElement[bool], ...]:
    """Over events: resolutions that this reader judges and that nobody has judged."""
    judges = sa.true() if access.may_review_resolutions(reader) else sa.false()
    same = four_eyes.hands(session).one_with(reader.user)
    seen = _EVENT.alias("seen")
    # The detail is canonical JSON and an identifier is hex: this is found where it stands, only.
    judgement = sa.select(seen.c.seq).where(
        seen.c.object_id == _EVENT.c.object_id,
        seen.c.action == SEEN,
        seen.c.detail.like(sa.literal('%"event":"') + _EVENT.c.event_id + '"%'),
    )
    return judges, *_of(RESOLVED), _EVENT.c.actor.not_in(same), ~judgement.exists()


def _of(*actions: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Over events: by pseudonym, for which the trail has an index."""
    known = sa.select(sa.func.substr(_PERSON.c.pseudonym, 1, 80))
    return (
        _EVENT.c.object_id.in_(known),
        _EVENT.c.object_type == "person",
        _EVENT.c.action.in_(actions),
    )


def _facts(row: sa.RowMapping) -> dict[str, Any]:
    return {
        "id": row["event_id"],
        "pseudonym": row["object_id"],
        "user_id": row["actor"],
        "reason": row["reason"] or "",
        "at": row["at"],
    }


def _all(session: Session) -> tuple[Resolution, ...]:
    """Every resolution in the order of time."""
    query = sa.select(_EVENT).where(*_of(RESOLVED, SEEN))
    found: dict[str, dict[str, Any]] = {}
    for row in session.execute(query.order_by(_EVENT.c.seq)).mappings():
        if row["action"] == RESOLVED:
            found[row["event_id"]] = _facts(row)
            continue
        detail = json.loads(row["detail"])
        if detail["event"] in found:
            found[detail["event"]] |= {
                "seen_by": row["actor"],
                "seen_at": row["at"],
                "justified": detail["justified"],
                "remark": row["reason"],
            }
    return tuple(Resolution(**values) for values in found.values())
