"""Who asks, with the rights of this moment: of one, or of many in as few statements.

``accounts.reader`` and ``sign_in`` ask for one. What is told to many as it happens asks for all who
listen; whoever is no longer signed in is absent then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.db.rows import chunks
from archive.model import Grant, Reader, Role
from archive.people import compartments
from archive.tables import schema


@dataclass(frozen=True, slots=True)
class SignIn:
    """By what somebody is signed in; ``secret`` is the hash that the database keeps."""

    secret: str
    is_token: bool


def signed_in(
    session: Session, who: Collection[SignIn], *, idle: timedelta, at: datetime
) -> dict[SignIn, Reader]:
    """The readers behind living sessions and tokens.

    ``idle``: how long a session may rest. A program's token opens no broken glass.
    """
    living = _sessions(session, _secrets(who, is_token=False), idle=idle, at=at)
    programs = _tokens(session, _secrets(who, is_token=True), at=at)
    users = sorted({row.user_id for row in (*living, *programs)})
    readers = of_users(session, users, at=at)
    found: dict[SignIn, Reader] = {}
    for row in living:
        if row.user_id in readers:
            reader = in_session(readers[row.user_id], row)
            found[SignIn(row.token_hash, is_token=False)] = reader
    for row in programs:
        if row.user_id in readers:
            reader = as_program(readers[row.user_id], row)
            found[SignIn(row.token_hash, is_token=True)] = reader
    return found


def in_session(reader: Reader, row: sa.Row[Any]) -> Reader:
    """One at a browser; ``row`` is that of their session."""
    return replace(reader, session=row.token_hash[:16])


def as_program(reader: Reader, row: sa.Row[Any]) -> Reader:
    """A program that acts as one; ``row`` is that of its token.

    It breaks no glass: an access that its user opened by hand is not open to it.
    """
    return replace(
        reader,
        grants=frozenset(each for each in reader.grants if row.role in (None, each.role.value)),
        session=row.id,
        opened_files=frozenset(),
        opened_items=frozenset(),
    )


def _secrets(who: Collection[SignIn], *, is_token: bool) -> list[str]:
    return sorted({each.secret for each in who if each.is_token is is_token})


def _sessions(
    session: Session, secrets: Sequence[str], *, idle: timedelta, at: datetime
) -> list[sa.Row[Any]]:
    table = schema.session
    alive = [table.c.expires_at > at, table.c.seen_at > at - idle]
    return _found(session, sa.select(table).where(*alive), table.c.token_hash, secrets)


def _tokens(session: Session, secrets: Sequence[str], *, at: datetime) -> list[sa.Row[Any]]:
    table = schema.api_token
    alive = [table.c.expires_at > at, table.c.revoked_at.is_(None)]
    return _found(session, sa.select(table).where(*alive), table.c.token_hash, secrets)


def of_users(session: Session, users: Sequence[str], *, at: datetime | None) -> dict[str, Reader]:
    """Those of them whose accounts are not closed.

    ``at`` says which break-glass accesses are open; without it none is.
    """
    account, member, grant = schema.app_user, schema.compartment_member, schema.role_grant
    around = compartments.parents(session) if users else {}
    joined: dict[str, set[str]] = defaultdict(set)
    for row in _found(session, sa.select(member), member.c.user_id, users):
        joined[row.user_id].add(row.compartment)
    grants: dict[str, set[Grant]] = defaultdict(set)
    for row in _found(session, sa.select(grant), grant.c.user_id, users):
        grants[row.user_id].add(grant_from(row))
    opened, came_in = ({}, {}) if at is None else _opened(session, users, at=at)
    open_accounts = sa.select(account.c.id).where(account.c.disabled.is_(False))
    return {
        row.id: Reader(
            user=row.id,
            grants=frozenset(grants[row.id]),
            compartments=compartments.effective(joined[row.id], around),
            opened_files=frozenset(opened.get(row.id, ())),
            opened_items=frozenset(came_in.get(row.id, ())),
        )
        for row in _found(session, open_accounts, account.c.id, users)
    }


def grant_from(row: sa.Row[Any]) -> Grant:
    return Grant(role=Role(row.role), department=row.department, stream=row.stream)


def _opened(
    session: Session, users: Sequence[str], *, at: datetime
) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Files that a broken glass opens now, and the items behind them, by user."""
    glass, document = schema.break_glass, schema.document
    now = sa.select(glass.c.user_id, glass.c.file_id).where(
        glass.c.opened_at <= at, glass.c.ends_at > at
    )
    files: dict[str, set[str]] = defaultdict(set)
    items: dict[str, set[str]] = defaultdict(set)
    for row in _found(session, now, glass.c.user_id, users):
        files[row.user_id].add(row.file_id)
    every = sorted(set().union(*files.values()))
    filed = sa.select(document.c.file_id, document.c.item_id).where(document.c.stage == "filed")
    came: dict[str, set[str]] = defaultdict(set)
    for row in _found(session, filed, document.c.file_id, every):
        came[row.file_id].add(row.item_id)
    for user, opened in files.items():
        items[user] = set().union(*(came[file] for file in opened))
    return files, items


def _found(
    session: Session, query: sa.Select[Any], key: sa.Column[Any], values: Sequence[str]
) -> list[sa.Row[Any]]:
    """The rows whose key is one of the values."""
    return [row for part in chunks(values) for row in session.execute(query.where(key.in_(part)))]
