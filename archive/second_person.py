"""Who is a second person for what somebody gave: nobody whom the giver has made an administrator.

Else a sole administrator could make an account, and by it confirm or judge what they do themselves.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, schema
from archive.grant_rows import GrantRequest, State
from archive.model import Reader, Role, Scope

_T = schema.grant_request
OPERATOR = "operator:"  #: how the names of the machine's operators begin; they are no accounts
_AT_ONCE = tuple(each.value for each in (State.UNREVIEWED, State.JUSTIFIED, State.UNJUSTIFIED))


def may_judge(session: Session, reader: Reader, request_id: str) -> bool:
    """Whether the reader judges afterwards what acted at once (``judged_by``)."""
    query = sa.select(_T.c.id).where(_T.c.id == request_id, *judged_by(session, reader))
    return session.execute(query).first() is not None


def judged_by(session: Session, reader: Reader) -> tuple[sa.ColumnElement[bool], ...]:
    """What of ``grant_request`` this reader judges: as an auditor for its scope; where no other
    auditor is there, as an administrator who does not come from who gave it. Never one's own."""
    judging = within(access.scopes_of(reader, Role.AUDITOR))
    if scopes := access.scopes_of(reader, Role.ADMIN):
        independent = _T.c.requested_by.not_in(_makers(session, reader.user))
        by_admin = sa.and_(within(scopes), sa.not_(_has_auditor()), independent)
        judging = sa.or_(judging, by_admin)
    return _T.c.requested_by != reader.user, _T.c.user_id != reader.user, judging


def made_unseen(session: Session, reader: Reader, request: GrantRequest) -> bool:
    """Whether one of the reader and who asked has made the other an administrator, and nobody has
    looked at that yet: they may be one person."""
    if reader.user.startswith(OPERATOR):
        return False
    pair = (reader.user, request.requested_by)
    query = sa.select(_T.c.id).where(
        _T.c.role == Role.ADMIN.value,
        _T.c.state == State.UNREVIEWED.value,
        _T.c.user_id.in_(pair),
        _T.c.requested_by.in_(pair),
    )
    return session.execute(query.limit(1)).first() is not None


def within(scopes: frozenset[Scope]) -> sa.ColumnElement[bool]:
    """What of ``grant_request`` lies within one of the scopes."""
    covered = (
        sa.and_(
            sa.true() if each.department is None else _T.c.scope_department == each.department,
            sa.true() if each.stream is None else _T.c.scope_stream == each.stream,
        )
        for each in scopes
    )
    return sa.or_(sa.false(), *covered)


def _has_auditor() -> sa.ColumnElement[bool]:
    """Whether there is an auditor for the scope of a line; closed accounts do not count."""
    grant, account = schema.role_grant, schema.app_user
    return (
        sa.exists()
        .where(
            grant.c.role == Role.AUDITOR.value,
            grant.c.user_id == account.c.id,
            account.c.disabled.is_(False),
            grant.c.user_id.not_in((_T.c.requested_by, _T.c.user_id)),
            sa.or_(grant.c.department.is_(None), grant.c.department == _T.c.scope_department),
            sa.or_(grant.c.stream.is_(None), grant.c.stream == _T.c.scope_stream),
        )
        .correlate(_T)
    )


def _makers(session: Session, user: str) -> frozenset[str]:
    """Who made the user an administrator, and who made those, also where it was taken again."""
    grant = schema.role_grant
    giver = sa.case((_T.c.state == State.CONFIRMED.value, _T.c.decided_by), else_=_T.c.requested_by)
    given = sa.select(grant.c.user_id, grant.c.granted_by).where(grant.c.role == Role.ADMIN.value)
    asked = sa.select(_T.c.user_id, giver).where(
        _T.c.role == Role.ADMIN.value, _T.c.state.in_((*_AT_ONCE, State.CONFIRMED.value))
    )
    makers: dict[str, set[str]] = {}
    for query in (given, asked):
        for made, by in session.execute(query):
            if by is not None and not by.startswith(OPERATOR):
                makers.setdefault(made, set()).add(by)
    found: set[str] = set()
    left = [user]
    while left:
        new = makers.get(left.pop(), set()) - found
        found |= new
        left += new
    return frozenset(found)
