"""Passwords: what is refused, how they are checked, and the pause after wrong ones."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

import argon2
import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.people.access_ending import end_access
from archive.people.accounts import existing_user, record
from archive.people.sign_in import NotSignedIn, hash_of
from archive.tables import schema
from config.clock import Clock
from config.errors import ServiceError, UsageError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200
OBVIOUS = (
    "passwort",
    "password",
    "kennwort",
    "geheim",
    "registratur",
    "poststelle",
    "verwaltung",
    "kreisverwaltung",
    "landkreis",
    "qwertz",
    "qwerty",
    "hallo",
    "willkommen",
    "sommer",
    "winter",
    "123456",
    "abc",
    "test",
)

# After so many failures in a row an account pauses, twice as long with each further one.
FREE_FAILURES = 5
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# Guessing one password over many names: all password sign-ins pause; links and sessions do not.
FREE_FAILURES_OVERALL = 60
OVERALL_WINDOW = timedelta(minutes=10)
LONGEST_PAUSE_OVERALL = timedelta(seconds=60)

_HASHER = argon2.PasswordHasher()
# Each verification takes 64 MiB; a crowd at the door must not take the machine's memory.
_AT_ONCE = threading.BoundedSemaphore(2)


class Locked(ServiceError):
    """Too many wrong passwords; args are ``(text, seconds)`` until the next try."""

    exit_code = 1

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text, seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return str(self.args[0])


def set_password(session: Session, user: str, password: str, *, by: Actor, at: datetime) -> None:
    """Replace a password; all sessions, links and tokens of the user end.

    Raises NotFound, UsageError.
    """
    existing_user(session, user)
    refuse_weak(user, password)
    table = schema.app_user
    session.execute(
        sa.update(table).where(table.c.id == user).values(password_hash=_HASHER.hash(password))
    )
    ended = end_access(session, user, at=at)
    record(session, "PASSWORD_SET", user, by=by, at=at, detail=ended)


def forget_password_since(session: Session, user: str, *, since: datetime) -> bool:
    """Remove a password that was set at or after ``since``; the user then needs a link. Says
    whether one was removed: the caller's event tells it."""
    table, event = schema.app_user, schema.audit_event
    was_set = sa.select(event.c.seq).where(
        event.c.object_type == "user",
        event.c.object_id == user,
        event.c.action == "PASSWORD_SET",
        event.c.at >= since,
    )
    if session.execute(was_set.limit(1)).first() is None:
        return False
    has_one = (table.c.id == user, table.c.password_hash.is_not(None))
    gone = session.execute(sa.update(table).where(*has_one).values(password_hash=None))
    return bool(cast("sa.CursorResult[Any]", gone).rowcount)


def refuse_weak(user: str, password: str) -> None:
    """Raises UsageError for a password that is short, obvious or made of the user's name."""
    if not MINIMUM_LENGTH <= len(password) <= MAXIMUM_LENGTH:
        raise UsageError(
            f"Ein Kennwort hat mindestens {MINIMUM_LENGTH} und höchstens {MAXIMUM_LENGTH} Zeichen."
        )
    rest = password.casefold()
    for word in sorted((user, *OBVIOUS), key=len, reverse=True):
        rest = rest.replace(word, "")
    # What remains after the obvious parts has to carry the password.
    if len(rest) < 8 or len(set(rest)) < 5:
        raise UsageError(
            "Dieses Kennwort ist leicht zu erraten; bitte eines, das nicht aus gängigen Wörtern, "
            "dem Anmeldenamen oder wiederholten Zeichen besteht."
        )


def check_password(
    writing: Callable[[], AbstractContextManager[Session]],
    user: str,
    password: str,
    *,
    clock: Clock,
) -> str:
    """The user whose password this is. Unknown, disabled and mistyped look and take the same.

    ``writing`` opens a transaction. The try is counted before the slow comparison, so that many
    at once cannot pass the limit, and the comparison holds no transaction open.

    Raises Locked, NotSignedIn.
    """
    with writing() as session:
        attempt, hashed = _begin(session, user, clock())
    matches = _matches(hashed, password)
    with writing() as session:
        if matches:
            _succeed(session, attempt, user, clock())
            return user
        _fail(session, user, clock())
    raise NotSignedIn("Anmeldename oder Kennwort stimmt nicht.")


def _begin(session: Session, user: str, at: datetime) -> tuple[int, str]:
    row = session.execute(
        sa.select(schema.app_user).where(schema.app_user.c.id == user)
    ).one_or_none()
    name = _attempt_name(user, known=row is not None)
    pause = locked_for(session, name, at)
    if pause > timedelta(0):
        seconds = max(1, round(pause.total_seconds()))
        raise Locked(f"Zu viele Fehlversuche. Nächster Versuch in {seconds} Sekunden.", seconds)
    table = schema.sign_in_attempt
    attempt: int = session.execute(
        sa.insert(table).values(user_id=name, at=at, ok=False).returning(table.c.id)
    ).scalar_one()
    hashed = None if row is None or row.disabled else row.password_hash
    return attempt, hashed or _nobody()


def locked_for(session: Session, name: str, at: datetime) -> timedelta:
    """How long this name (or everyone) has to wait before the next password is looked at."""
    table = schema.sign_in_attempt
    last_good = (
        sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0))
        .where(table.c.user_id == name, table.c.ok)
        .scalar_subquery()
    )
    count, last = session.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.at)).where(
            table.c.user_id == name, ~table.c.ok, table.c.id > last_good
        )
    ).one()
    own = _pause(count - FREE_FAILURES, FIRST_PAUSE, LONGEST_PAUSE)
    all_count, all_last = session.execute(
        sa.select(sa.func.count(), sa.func.max(table.c.at)).where(
            ~table.c.ok, table.c.at > at - OVERALL_WINDOW
        )
    ).one()
    overall = _pause(
        (all_count - FREE_FAILURES_OVERALL) // 10, timedelta(seconds=1), LONGEST_PAUSE_OVERALL
    )
    waits: list[timedelta] = [own - (at - last) if last else timedelta(0)]
    waits.append(overall - (at - all_last) if all_last else timedelta(0))
    return max(timedelta(0), *waits)


def _pause(beyond: int, first: timedelta, longest: timedelta) -> timedelta:
    if beyond < 0:
        return timedelta(0)
    doubled: timedelta = first * 2 ** min(beyond, 20)
    return min(doubled, longest)


def _matches(hashed: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return _HASHER.verify(hashed, password[:MAXIMUM_LENGTH])
        except argon2.exceptions.VerifyMismatchError:
            return False


def _succeed(session: Session, attempt: int, user: str, at: datetime) -> None:
    table = schema.sign_in_attempt
    session.execute(sa.update(table).where(table.c.id == attempt).values(ok=True))
    record(session, "AUTH_OK", user, by=Actor(user=user), at=at, detail={"by": "password"})


def _fail(session: Session, user: str, at: datetime) -> None:
    known = session.scalar(sa.select(schema.app_user.c.id).where(schema.app_user.c.id == user))
    # An unknown name is not written down: it may be a password in the wrong field.
    shown = user if known else "unknown"
    actor = Actor(user="anonymous")
    record(session, "AUTH_FAILED", shown, by=actor, at=at, outcome="failed")
    pause = locked_for(session, _attempt_name(user, known=known is not None), at)
    if pause > timedelta(0):
        detail = {"seconds": round(pause.total_seconds())}
        record(session, "AUTH_LOCKED", shown, by=actor, at=at, outcome="failed", detail=detail)


def _attempt_name(user: str, *, known: bool) -> str:
    return user if known else "?" + hash_of(user)[:40]


@cache
def _nobody() -> str:
    """A hash that no password has, so that an unknown name takes as long as a known one."""
    return _HASHER.hash(secrets.token_hex(32))
