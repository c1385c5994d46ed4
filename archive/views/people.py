"""Accounts and tokens, for administrators within their scope."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from archive.model import Page, Reader, Role
from archive.people import administration_scope, sign_in
from archive.people.accounts import User
from archive.people.sign_in import TokenEntry
from archive.required_rights import demand_somewhere


def people_of(session: Session, reader: Reader) -> tuple[User, ...]:
    """The people within the reader's scope as an administrator. Raises Forbidden."""
    demand_somewhere(reader, Role.ADMIN)
    return administration_scope.users_of(session, reader, Role.ADMIN)


def some_people_of(
    session: Session, reader: Reader, *, wanted: str, cursor: str | None
) -> Page[User]:
    """A page of them, whose names have ``wanted`` in them. Raises Forbidden, UsageError."""
    demand_somewhere(reader, Role.ADMIN)
    return administration_scope.some_users_of(session, reader, wanted=wanted, cursor=cursor)


def closed_above(session: Session, reader: Reader, users: Sequence[User]) -> dict[str, str]:
    """Of the closed accounts those that the reader cannot open again, each with the reason."""
    reasons = {
        each.id: administration_scope.stays_closed(session, reader, each.id)
        for each in users
        if each.disabled
    }
    return {user: reason for user, reason in reasons.items() if reason is not None}


def tokens_of(session: Session, reader: Reader) -> list[TokenEntry]:
    """The tokens of the people within the reader's scope that are not revoked. Raises Forbidden."""
    demand_somewhere(reader, Role.ADMIN)
    found = [each for each in sign_in.tokens(session) if each.revoked_at is None]
    owners = sorted({each.user for each in found})
    inside = administration_scope.users_of(session, reader, Role.ADMIN, ids=owners)
    known = {user.id for user in inside}
    return [each for each in found if each.user in known]
