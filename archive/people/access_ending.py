"""What ends when a password changes, an account is closed or a right is added: other ways in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append
from archive.tables import schema


def end_access(session: Session, user: str, *, at: datetime) -> Mapping[str, int]:
    """End all sessions, one-time links and tokens of a user; says how many of each, for the trail.

    Whoever got in by one of them stays out, and what lies open elsewhere asks again.
    """
    links, token = schema.sign_in_link, schema.api_token
    count = _unused_links(session, user, at)
    session.execute(sa.delete(links).where(links.c.user_id == user))
    sessions = session.execute(sa.delete(schema.session).where(schema.session.c.user_id == user))
    tokens = session.execute(
        sa.update(token)
        .where(token.c.user_id == user, token.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    return {"links": count, "sessions": _rows(sessions), "tokens": _rows(tokens)}


def end_links(session: Session, user: str, *, at: datetime) -> Mapping[str, int]:
    """End the one-time links that nobody has used, since what allowed them was a person with fewer
    rights; ``links`` says how many still worked, for the trail: nothing where none did."""
    links = schema.sign_in_link
    count = _unused_links(session, user, at)
    session.execute(sa.delete(links).where(links.c.user_id == user, links.c.used_at.is_(None)))
    return {"links": count} if count else {}


def end_glass(session: Session, user: str, *, by: Actor, at: datetime) -> None:
    """End what a break-glass access of the user's still opens, so that nothing is open again when
    the account is."""
    glass = schema.break_glass
    query = sa.select(glass.c.id).where(glass.c.user_id == user, glass.c.ends_at > at)
    for name in session.scalars(query).all():
        session.execute(sa.update(glass).where(glass.c.id == name).values(ends_at=at))
        append(
            session,
            at=at,
            by=by,
            action="BREAK_GLASS_ENDED",
            object_type="break_glass",
            object_id=name,
        )


def _unused_links(session: Session, user: str, at: datetime) -> int:
    links = schema.sign_in_link
    unused = sa.select(sa.func.count()).where(
        links.c.user_id == user, links.c.used_at.is_(None), links.c.expires_at > at
    )
    return session.execute(unused).scalar_one()


def _rows(result: sa.Result[Any]) -> int:
    return cast("sa.CursorResult[Any]", result).rowcount
