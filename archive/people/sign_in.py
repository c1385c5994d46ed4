"""How people and programs prove who they are: one-time links, sessions, tokens.

Secrets leave this module once, to the person they are for; the database keeps hashes only. What
stays: whoever can write the database can sign in as anybody. Passwords:
``archive/people/passwords.py``.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.model import Reader, Role
from archive.people.accounts import existing_user, reader, record
from archive.people.current_readers import as_program, in_session
from archive.tables import schema
from config.clock import new_id
from config.errors import Forbidden, NotFound, ServiceError, UsageError

ATTEMPTS_KEPT = timedelta(days=30)


class NotSignedIn(ServiceError):
    """Nobody, or no longer anybody: sign in (again)."""

    exit_code = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session: the cookie's value and the token that every change must carry."""

    token: str
    csrf: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A living session; ``seen_at`` tells when it was last used."""

    reader: Reader
    csrf: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEntry:
    """A program's token, without its secret."""

    id: str
    user: str
    label: str
    role: Role | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


# ------------------------------------------------------------------ one-time links
def new_link(
    session: Session,
    user: str,
    ttl: timedelta,
    *,
    by: Actor,
    at: datetime,
    request: str | None = None,
) -> str:
    """The secret of a link that signs the user in once. ``request`` names the line that a second
    person decides on (grant_requests.py). Raises NotFound, Forbidden if disabled."""
    reader(session, user)
    token = secrets.token_urlsafe(32)
    session.execute(
        sa.insert(schema.sign_in_link).values(
            token_hash=hash_of(token), user_id=user, created_at=at, expires_at=at + ttl
        )
    )
    detail = None if request is None else {"request": request}
    record(session, "LINK_ISSUED", user, by=by, at=at, detail=detail)
    return token


def use_link(session: Session, token: str, *, at: datetime) -> str:
    """The user whom the link is for; it is spent with this call. Raises NotSignedIn."""
    table = schema.sign_in_link
    spent: str | None = session.execute(
        sa.update(table)
        .where(
            table.c.token_hash == hash_of(token), table.c.used_at.is_(None), table.c.expires_at > at
        )
        .values(used_at=at)
        .returning(table.c.user_id)
    ).scalar_one_or_none()
    if spent is None or existing_user(session, spent).disabled:
        raise NotSignedIn(
            "Dieser Anmeldelink gilt nicht (mehr): Er ist verbraucht, abgelaufen oder falsch "
            "abgeschrieben. Bitte einen neuen anfordern."
        )
    record(session, "AUTH_OK", spent, by=Actor(user=spent), at=at, detail={"by": "link"})
    return spent


# ------------------------------------------------------------------ sessions
def open_session(session: Session, user: str, *, longest: timedelta, at: datetime) -> Opened:
    """Begin a session that ends ``longest`` from now at the latest."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    forget_old(session, at)
    session.execute(
        sa.insert(schema.session).values(
            token_hash=hash_of(token),
            user_id=user,
            csrf=csrf,
            created_at=at,
            seen_at=at,
            expires_at=at + longest,
        )
    )
    return Opened(token=token, csrf=csrf)


def session_reader(session: Session, token: str, *, idle: timedelta, at: datetime) -> SignedIn:
    """Who sits behind this cookie, with the rights of this moment.

    Raises NotSignedIn when there is no such session, it rested longer than ``idle``, reached its
    end, or the account was disabled.
    """
    table = schema.session
    row = session.execute(
        sa.select(table).where(table.c.token_hash == hash_of(token))
    ).one_or_none()
    if row is None or row.expires_at <= at or row.seen_at + idle <= at:
        raise NotSignedIn("Die Sitzung ist beendet. Bitte neu anmelden.")
    try:
        found = reader(session, row.user_id, at=at)
    except Forbidden as error:
        raise NotSignedIn("Die Sitzung ist beendet. Bitte neu anmelden.") from error
    return SignedIn(reader=in_session(found, row), csrf=row.csrf, seen_at=row.seen_at)


def touch_session(session: Session, token: str, *, at: datetime) -> None:
    """Note that the session is in use."""
    table = schema.session
    session.execute(
        sa.update(table)
        .where(table.c.token_hash == hash_of(token), table.c.seen_at < at)
        .values(seen_at=at)
    )


def close_session(session: Session, token: str, *, at: datetime) -> None:
    """End a session; ending one that is gone changes nothing."""
    table = schema.session
    user = session.execute(
        sa.delete(table).where(table.c.token_hash == hash_of(token)).returning(table.c.user_id)
    ).scalar_one_or_none()
    if user is not None:
        record(session, "SIGNED_OUT", user, by=Actor(user=user), at=at)


def forget_old(session: Session, at: datetime) -> None:
    """Sessions and links that are over, and attempts to sign in from long ago. What was done with
    them is in the trail."""
    for table in (schema.session, schema.sign_in_link):
        session.execute(sa.delete(table).where(table.c.expires_at < at))
    table = schema.sign_in_attempt
    session.execute(sa.delete(table).where(table.c.at < at - ATTEMPTS_KEPT))


# ------------------------------------------------------------------ tokens of programs
def new_token(
    session: Session,
    user: str,
    role: Role | None,
    label: str,
    ttl: timedelta,
    *,
    by: Actor,
    at: datetime,
) -> str:
    """The secret of a bearer token that acts as the user (narrowed to ``role``).

    Raises NotFound, Forbidden when disabled, UsageError for a role the user does not hold.
    """
    if role is not None and role not in reader(session, user).roles():
        raise UsageError(f"{user} hat die Rolle {role.value} nicht.")
    if not label.strip() or len(label) > 200:
        raise UsageError("Ein Token braucht eine Bezeichnung von 1 bis 200 Zeichen.")
    reader(session, user)
    secret, entry = "rgt_" + secrets.token_urlsafe(32), new_id("tok")
    session.execute(
        sa.insert(schema.api_token).values(
            id=entry,
            token_hash=hash_of(secret),
            user_id=user,
            label=label.strip(),
            role=None if role is None else role.value,
            created_at=at,
            expires_at=at + ttl,
        )
    )
    record(session, "TOKEN_ISSUED", user, by=by, at=at, detail={"token": entry})
    return secret


def token_reader(session: Session, token: str, *, at: datetime) -> Reader:
    """Who acts with this token. Raises NotSignedIn when unknown, over, revoked or disabled."""
    table = schema.api_token
    row = session.execute(
        sa.select(table).where(table.c.token_hash == hash_of(token))
    ).one_or_none()
    wrong = "Das Zugriffstoken gilt nicht (mehr)."
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        raise NotSignedIn(wrong)
    try:
        found = reader(session, row.user_id)
    except Forbidden as error:
        raise NotSignedIn(wrong) from error
    return as_program(found, row)


def tokens(session: Session, user: str | None = None) -> tuple[TokenEntry, ...]:
    """The tokens of one user, or of all, newest first."""
    table = schema.api_token
    query = sa.select(table).order_by(table.c.id.desc())
    if user is not None:
        query = query.where(table.c.user_id == user)
    return tuple(
        TokenEntry(
            id=row.id,
            user=row.user_id,
            label=row.label,
            role=None if row.role is None else Role(row.role),
            created_at=row.created_at,
            expires_at=row.expires_at,
            revoked_at=row.revoked_at,
        )
        for row in session.execute(query)
    )


def revoke_token(session: Session, entry: str, *, by: Actor, at: datetime) -> None:
    """End a token at once. Raises NotFound when it is unknown or was revoked before."""
    table = schema.api_token
    user = session.execute(
        sa.update(table)
        .where(table.c.id == entry, table.c.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(table.c.user_id)
    ).scalar_one_or_none()
    if user is None:
        raise NotFound(f"Ein gültiges Token {entry} gibt es nicht.")
    record(session, "TOKEN_REVOKED", user, by=by, at=at, detail={"token": entry})


def hash_of(secret: str) -> str:
    """What the database keeps of a secret of 256 bits; passwords are kept by argon2 alone."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
