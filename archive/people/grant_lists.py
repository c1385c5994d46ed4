"""Who is shown which rights that were asked for or given: the second person, the auditor, oneself."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.model import Reader, Role
from archive.people import grant_records
from archive.people.four_eyes import hands, judged_by, within
from archive.people.grant_records import GrantRequest, State
from archive.tables import schema

_T = schema.grant_request
MOST = 200  #: of one list
_ACTS = tuple(
    state.value for state in (State.CONFIRMED, State.UNREVIEWED, State.JUSTIFIED, State.UNJUSTIFIED)
)


def open_requests(session: Session, reader: Reader, *, at: datetime) -> tuple[GrantRequest, ...]:
    """What waits for a second administrator within the reader's scope, oldest first."""
    query = sa.select(_T).where(*_open(reader, at)).order_by(_T.c.requested_at, _T.c.id)
    return grant_records.requests(session, query.limit(MOST))


def to_review(session: Session, reader: Reader) -> tuple[GrantRequest, ...]:
    """What acted at once and this reader judges as the second person, oldest first."""
    query = sa.select(_T).where(*_unreviewed(session, reader)).order_by(_T.c.requested_at, _T.c.id)
    return grant_records.requests(session, query.limit(MOST))


def to_do_count(session: Session, reader: Reader, *, at: datetime) -> int:
    """How much waits for this reader: to be confirmed by them, or judged; for the menu."""
    others = hands(session).second_for(reader.user)
    waiting = rows.count(session, _T, (*_open(reader, at), others))
    return waiting + rows.count(session, _T, _unreviewed(session, reader))


def latest(session: Session, reader: Reader, *, at: datetime) -> tuple[GrantRequest, ...]:
    """What was given, asked for and decided within the reader's scope, newest first.

    What is over is called so, also before its event is written (``grant_requests.expire``).
    """
    scopes = access.scopes_of(reader, Role.ADMIN, Role.AUDITOR)
    query = sa.select(_T).where(within(scopes)).order_by(_T.c.requested_at.desc(), _T.c.id.desc())
    return tuple(
        replace(each, state=State.EXPIRED) if _is_over(each, at) else each
        for each in grant_records.requests(session, query.limit(MOST))
    )


def of_reader(session: Session, reader: Reader) -> tuple[GrantRequest, ...]:
    """What was given to the reader, newest first; what was not given is nobody's news."""
    query = sa.select(_T).where(_T.c.user_id == reader.user, _T.c.state.in_(_ACTS))
    return grant_records.requests(
        session, query.order_by(_T.c.requested_at.desc(), _T.c.id.desc()).limit(MOST)
    )


def unnoticed_count(session: Session, reader: Reader) -> int:
    """How much was given to the reader that they have not taken note of."""
    return rows.count(session, _T, unnoticed(reader))


# ------------------------------------------------------------------ rules
def _open(reader: Reader, at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    scopes = access.scopes_of(reader, Role.ADMIN)
    return _T.c.state == State.REQUESTED.value, _T.c.expires_at > at, within(scopes)


def _unreviewed(session: Session, reader: Reader) -> tuple[sa.ColumnElement[bool], ...]:
    return _T.c.state == State.UNREVIEWED.value, judged_by(session, reader)


def _is_over(request: GrantRequest, at: datetime) -> bool:
    until = request.expires_at if request.state is State.REQUESTED else None
    return until is not None and until <= at


def unnoticed(reader: Reader) -> tuple[sa.ColumnElement[bool], ...]:
    return _T.c.user_id == reader.user, _T.c.state.in_(_ACTS), _T.c.noticed_at.is_(None)
