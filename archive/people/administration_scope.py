"""Whom an administrator administers: the people whose every right lies within their own scope.

An account without any role belongs to the whole house, and so does one that is let into a closed
compartment, since compartments go through all departments. Somebody outside and somebody who does not
exist give the same answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.model import WHOLE, Grant, Page, Reader, Role, Scope, joined
from archive.paging import page_cursors
from archive.people import accounts
from archive.people.accounts import User
from archive.tables import schema
from config.errors import Forbidden, NotFound

AT_ONCE = 50  #: accounts of one page


def scope_of_user(session: Session, user: str) -> Scope:
    """The narrowest scope with all rights of the user. Raises NotFound."""
    accounts.existing_user(session, user)
    member = schema.compartment_member
    query = sa.select(member.c.compartment).where(member.c.user_id == user).limit(1)
    return _scope(accounts.grants_of(session, user), session.scalars(query).all())


def users_of(
    session: Session, reader: Reader, *roles: Role, ids: Collection[str] | None = None
) -> tuple[User, ...]:
    """The people (of ``ids``) within the reader's scope as the holder of one of ``roles``, by name."""
    return tuple(
        user
        for user in accounts.users(session, ids)
        if access.holds(reader, *roles, within=_scope(user.grants, user.compartments))
    )


def some_users_of(
    session: Session,
    reader: Reader,
    *,
    wanted: str = "",
    cursor: str | None = None,
    limit: int = AT_ONCE,
) -> Page[User]:
    """Those of the people that the reader administers whose sign-in name or name has ``wanted`` in
    it, by sign-in name. Raises UsageError for a cursor that is none."""
    part, account = wanted.casefold(), schema.app_user
    names = sa.select(account.c.id, account.c.display_name).order_by(account.c.id)
    if cursor is not None:
        (last,) = page_cursors.read(cursor, str)
        names = names.where(account.c.id > last)
    fitting = [row.id for row in session.execute(names) if part in f"{row.id}\n{row[1].casefold()}"]
    found: list[User] = []
    while fitting and len(found) <= limit:
        found += users_of(session, reader, Role.ADMIN, ids=fitting[: limit + 1])
        del fitting[: limit + 1]
    shown = tuple(found[:limit])
    following = page_cursors.made(shown[-1].id) if len(found) > limit else None
    return Page(items=shown, next_cursor=following)


def _scope(grants: Iterable[Grant], compartments: Sequence[str]) -> Scope:
    return WHOLE if compartments else joined(grant.scope for grant in grants)


def demand_user(session: Session, reader: Reader, user: str) -> None:
    """Raises NotFound where the reader does not administer the user, or there is none."""
    try:
        inside = access.holds(reader, Role.ADMIN, within=scope_of_user(session, user))
    except NotFound:
        inside = False
    if not inside:
        raise NotFound(f"Den Benutzer {user} gibt es nicht.")


def stays_closed(session: Session, reader: Reader, user: str) -> str | None:
    """Why the reader cannot open this account again, in German; None: they can."""
    try:
        demand_reopening(session, reader, user)
    except Forbidden as refusal:
        return str(refusal)
    return None


def demand_reopening(session: Session, reader: Reader, user: str) -> None:
    """Raises Forbidden where the account was closed above the reader: an administrator's, or one
    that somebody closed whose scope reaches further. The reader administers the user."""
    whole = access.holds(reader, Role.ADMIN, within=WHOLE)
    if whole or not accounts.existing_user(session, user).disabled:
        return
    who_can = "Es entsperrt nur eine Verwaltung, die für das ganze Haus zuständig ist."
    if any(grant.role is Role.ADMIN for grant in accounts.grants_of(session, user)):
        raise Forbidden(f"Das Konto {user} gehört einer Verwaltungsperson. {who_can}")
    event = schema.audit_event
    query = sa.select(event.c.actor).where(
        event.c.object_type == "user",
        event.c.object_id == user,
        event.c.action == "USER_DISABLED",
    )
    closer = session.scalars(query.order_by(event.c.seq.desc()).limit(1)).first()
    if closer != reader.user and not _reaches(
        session, reader, closer, scope_of_user(session, user)
    ):
        raise Forbidden(
            f"Das Konto {user} wurde mit weiterer Zuständigkeit als Ihrer gesperrt. {who_can}"
        )


def _reaches(session: Session, reader: Reader, closer: str | None, closed: Scope) -> bool:
    """Whether the reader administers as much as the closer of an account in ``closed``. Who is no
    administrator there (any more) acted for the whole house, like the machine's operator."""
    grants = () if closer is None else accounts.grants_of(session, closer)
    scopes = {each.scope for each in grants if each.role is Role.ADMIN}
    by = [scope for scope in scopes if scope.covers(closed)] or [WHOLE]
    return all(access.holds(reader, Role.ADMIN, within=scope) for scope in by)


def administrators(session: Session, *, within: Scope) -> frozenset[str]:
    """Who may act as an administrator for all of ``within``; closed accounts do not count."""
    grant, account = schema.role_grant, schema.app_user
    reaching = [
        sa.or_(column.is_(None), column == wanted) if wanted is not None else column.is_(None)
        for column, wanted in (
            (grant.c.department, within.department),
            (grant.c.stream, within.stream),
        )
    ]
    query = (
        sa.select(grant.c.user_id)
        .join(account, account.c.id == grant.c.user_id)
        .where(grant.c.role == Role.ADMIN.value, account.c.disabled.is_(False), *reaching)
    )
    return frozenset(session.scalars(query))


def has_removed_another(session: Session, users: frozenset[str], *, since: datetime) -> bool:
    """Whether one of these accounts (of one person) has closed that of another administrator since, or
    taken their role: nobody becomes the only one by that."""
    event, grant = schema.audit_event, schema.role_grant
    administering = sa.select(grant.c.user_id).where(grant.c.role == Role.ADMIN.value)
    # The detail is canonical JSON and a role has no quotes: this is found where it stands, only.
    taken = sa.and_(
        event.c.action == "ROLE_REVOKED", event.c.detail.like(f'%"role":"{Role.ADMIN.value}"%')
    )
    closed = sa.and_(event.c.action == "USER_DISABLED", event.c.object_id.in_(administering))
    query = sa.select(event.c.seq).where(
        event.c.object_type == "user",
        event.c.actor.in_(sorted(users)),
        event.c.object_id.not_in(sorted(users)),
        event.c.at > since,
        sa.or_(taken, closed),
    )
    return session.execute(query.limit(1)).first() is not None
