"""Who works here and what they may do: users, roles, compartments, pseudonyms.

Every change takes the writing session of its caller, the acting person and the time, and appends
its audit event in the same transaction. How people prove who they are:
``archive/people/sign_in.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import Actor, append, storable
from archive.model import WHOLE, Grant, Reader, Role
from archive.people import compartments, current_readers
from archive.people.access_ending import end_access, end_glass, end_links
from archive.people.current_readers import grant_from
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound, UsageError

# Nobody may both run the machine and audit how it is run (domain: hard conflicts of roles).
CONFLICTS = (frozenset({Role.ADMIN, Role.AUDITOR}),)
# Whose name stands behind a pseudonym belongs to no department.
HOUSE_ONLY = frozenset({Role.PRIVACY_RESOLVER})
LONGEST_PURPOSE = 1_000  #: characters
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person who may sign in."""

    id: str
    display_name: str
    disabled: bool
    has_password: bool
    created_at: datetime
    grants: tuple[Grant, ...] = ()
    compartments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A department of the county."""

    id: str
    name: str


# ------------------------------------------------------------------ users
def add_user(session: Session, user: str, display_name: str, *, by: Actor, at: datetime) -> None:
    """Open an account without password, link or role. Raises UsageError, Conflict."""
    if not _NAME.fullmatch(user):
        raise UsageError(
            f"„{user}“ geht nicht als Anmeldename: ein Kleinbuchstabe, dann Kleinbuchstaben, "
            "Ziffern, Punkt, Binde- oder Unterstrich, höchstens 80 Zeichen."
        )
    if not display_name.strip() or len(display_name) > 200:
        raise UsageError("Ein Name hat 1 bis 200 Zeichen.")
    if _row(session, user) is not None:
        raise Conflict(f"Den Benutzer {user} gibt es schon.")
    session.execute(
        sa.insert(schema.app_user).values(
            id=user, display_name=display_name.strip(), disabled=False, created_at=at
        )
    )
    record(session, "USER_ADDED", user, by=by, at=at)


def disable_user(session: Session, user: str, *, by: Actor, at: datetime) -> None:
    """Close an account; its sessions, links, tokens and broken glasses end at once.

    Raises NotFound, UsageError for one's own account.
    """
    existing_user(session, user)
    if by.user == user:
        raise UsageError("Das eigene Konto sperrt eine andere Person.")
    table = schema.app_user
    session.execute(sa.update(table).where(table.c.id == user).values(disabled=True))
    ended = end_access(session, user, at=at)
    end_glass(session, user, by=by, at=at)
    record(session, "USER_DISABLED", user, by=by, at=at, detail=ended)


def enable_user(session: Session, user: str, *, by: Actor, at: datetime) -> None:
    """Open a closed account again; it signs in by a new link or its password."""
    existing_user(session, user)
    table = schema.app_user
    session.execute(sa.update(table).where(table.c.id == user).values(disabled=False))
    record(session, "USER_ENABLED", user, by=by, at=at)


def users(session: Session, ids: Collection[str] | None = None) -> tuple[User, ...]:
    """Everyone, or those of ``ids``, by name. For administrators and the machine's operator alone."""
    table, joined, account = schema.role_grant, schema.compartment_member, schema.app_user
    of_roles = sa.select(table).order_by(table.c.role, table.c.id)
    of_rooms = sa.select(joined).order_by(joined.c.compartment)
    accounts = sa.select(account).order_by(account.c.id)
    if ids is not None:
        of_roles = of_roles.where(table.c.user_id.in_(ids))
        of_rooms = of_rooms.where(joined.c.user_id.in_(ids))
        accounts = accounts.where(account.c.id.in_(ids))
    grants: dict[str, list[Grant]] = {}
    for row in session.execute(of_roles):
        grants.setdefault(row.user_id, []).append(grant_from(row))
    members: dict[str, list[str]] = {}
    for row in session.execute(of_rooms):
        members.setdefault(row.user_id, []).append(row.compartment)
    return tuple(
        User(
            id=row.id,
            display_name=row.display_name,
            disabled=row.disabled,
            has_password=row.password_hash is not None,
            created_at=row.created_at,
            grants=tuple(grants.get(row.id, ())),
            compartments=tuple(members.get(row.id, ())),
        )
        for row in session.execute(accounts)
    )


def add_unit(session: Session, unit: str, name: str, *, by: Actor, at: datetime) -> None:
    """Open a department. Raises UsageError, Conflict."""
    if not _NAME.fullmatch(unit) or not name.strip() or len(name) > 200:
        raise UsageError(
            "Eine Abteilung braucht ein Kürzel aus Kleinbuchstaben und Ziffern und einen Namen."
        )
    table = schema.unit
    if session.scalar(sa.select(table.c.id).where(table.c.id == unit)):
        raise Conflict(f"Die Abteilung {unit} gibt es schon.")
    session.execute(sa.insert(table).values(id=unit, name=name.strip(), retired=False))
    record(session, "UNIT_ADDED", unit, by=by, at=at, object_type="unit")


def units(session: Session) -> tuple[Unit, ...]:
    """The departments in use, by name."""
    table = schema.unit
    rows = session.execute(
        sa.select(table.c.id, table.c.name).where(table.c.retired.is_(False)).order_by(table.c.name)
    )
    return tuple(Unit(id=row.id, name=row.name) for row in rows)


def reader(session: Session, user: str, *, at: datetime | None = None) -> Reader:
    """Who asks, with the rights of this moment. Raises NotFound, Forbidden when disabled.

    ``at`` says which break-glass accesses are open; without it none is.
    """
    found = current_readers.of_users(session, [user], at=at).get(user)
    if found is None:
        existing_user(session, user)
        raise Forbidden(f"Das Konto {user} ist gesperrt.")
    return found


# ------------------------------------------------------------------ roles and compartments
def held_already(session: Session, user: str, grant: Grant, *, by: Actor) -> bool:
    """Whether the role is held; else nothing stands against giving it.

    Raises NotFound for an unknown user or department, Forbidden for a right given to oneself,
    UsageError for a role that has no part of the house, Conflict where the roles exclude each other.
    """
    existing_user(session, user, lock=True)
    _refuse_own(user, by)
    if grant.department is not None and grant.department not in {u.id for u in units(session)}:
        raise NotFound(f"Die Abteilung {grant.department} gibt es nicht.")
    held = grants_of(session, user)
    if grant in held:
        return True
    if grant.role in HOUSE_ONLY and grant.scope != WHOLE:
        raise UsageError(f"Die Rolle {grant.role.value} gibt es nur für das ganze Haus.")
    for pair in CONFLICTS:
        if pair <= {grant.role} | {other.role for other in held}:
            names = " und ".join(sorted(pair))
            raise Conflict(
                f"{user} kann nicht zugleich {names} sein; zuerst die andere Rolle entziehen."
            )
    return False


def grant_role(
    session: Session,
    user: str,
    grant: Grant,
    *,
    by: Actor,
    at: datetime,
    request: str | None = None,
) -> None:
    """Give a role; giving it twice changes nothing. Unused links end. ``request`` names the line that a second
    person decides on (grant_requests.py). Raises as ``held_already``."""
    if held_already(session, user, grant, by=by):
        return
    session.execute(
        sa.insert(schema.role_grant).values(
            user_id=user,
            role=grant.role.value,
            department=grant.department,
            stream=grant.stream,
            granted_at=at,
            granted_by=by.user,
        )
    )
    detail = {**grant.detail(), **_asked(request), **end_links(session, user, at=at)}
    record(session, "ROLE_GRANTED", user, by=by, at=at, detail=detail)


def revoke_role(session: Session, user: str, grant: Grant, *, by: Actor, at: datetime) -> None:
    """Take a role away. Raises NotFound where it was not held."""
    existing_user(session, user, lock=True)
    table = schema.role_grant
    gone = session.execute(
        sa.delete(table).where(
            table.c.user_id == user,
            table.c.role == grant.role.value,
            table.c.department.is_not_distinct_from(grant.department),
            table.c.stream.is_not_distinct_from(grant.stream),
        )
    )
    if not cast("sa.CursorResult[Any]", gone).rowcount:
        raise NotFound(f"{user} hat diese Rolle nicht.")
    record(session, "ROLE_REVOKED", user, by=by, at=at, detail=grant.detail())


def joined_already(
    session: Session, user: str, compartment: str, *, purpose: str, by: Actor
) -> bool:
    """Whether the user is let in; else nothing stands against it.

    Raises NotFound, Forbidden for a right given to oneself, UsageError without a purpose.
    """
    existing_user(session, user, lock=True)
    _refuse_own(user, by)
    why = storable(purpose.strip())
    if not why or len(why) > LONGEST_PURPOSE:
        raise UsageError(
            "Ohne Zweck wird niemand in einen verschlossenen Bereich gelassen; er hat höchstens "
            f"{LONGEST_PURPOSE} Zeichen."
        )
    table = schema.compartment_member
    mine = session.scalars(sa.select(table.c.compartment).where(table.c.user_id == user))
    return compartment in mine


def join_compartment(
    session: Session,
    user: str,
    compartment: str,
    *,
    purpose: str,
    by: Actor,
    at: datetime,
    request: str | None = None,
) -> None:
    """Open a closed compartment to a person for a purpose; doing it twice changes nothing.
    Unused links end.

    Where the compartment lies within another one, it stays closed until that one is open too.
    Raises as ``joined_already``.
    """
    if joined_already(session, user, compartment, purpose=purpose, by=by):
        return
    why = storable(purpose.strip())
    values = {"purpose": why, "granted_by": by.user, "granted_at": at}
    table = schema.compartment_member
    session.execute(sa.insert(table).values(compartment=compartment, user_id=user, **values))
    compartments.ensure(session, compartment, within=None)
    detail = {"compartment": compartment, **_asked(request), **end_links(session, user, at=at)}
    record(session, "ROLE_GRANTED", user, by=by, at=at, reason=why, detail=detail)


def leave_compartment(
    session: Session, user: str, compartment: str, *, by: Actor, at: datetime
) -> None:
    """Close a compartment to a person again. Raises NotFound where it was not open to them."""
    table = schema.compartment_member
    gone = session.execute(
        sa.delete(table).where(table.c.user_id == user, table.c.compartment == compartment)
    )
    if not cast("sa.CursorResult[Any]", gone).rowcount:
        raise NotFound(f"{user} gehört nicht zu diesem Bereich.")
    record(session, "ROLE_REVOKED", user, by=by, at=at, detail={"compartment": compartment})


# ------------------------------------------------------------------ pseudonyms
def add_person(
    session: Session, pseudonym: str, real_name: str | None, *, by: Actor, at: datetime
) -> None:
    """Keep who stands behind a pseudonym of transfer notes. Raises UsageError, Conflict."""
    if not pseudonym.strip() or len(pseudonym) > 200:
        raise UsageError("Ein Pseudonym hat 1 bis 200 Zeichen.")
    table = schema.person
    if session.scalar(sa.select(table.c.pseudonym).where(table.c.pseudonym == pseudonym)):
        raise Conflict(f"Das Pseudonym „{pseudonym}“ ist schon vergeben.")
    session.execute(
        sa.insert(table).values(pseudonym=pseudonym, real_name=real_name, created_at=at)
    )
    record(session, "PERSON_ADDED", pseudonym, by=by, at=at, object_type="person")


def resolve_person(
    session: Session, asking: Reader, pseudonym: str, *, reason: str, at: datetime
) -> str | None:
    """The real name behind a pseudonym (None: never recorded), for a privacy_resolver with a reason.

    Raises Forbidden without the role, UsageError without a reason, NotFound.
    """
    if not access.holds(asking, Role.PRIVACY_RESOLVER, within=WHOLE):
        raise Forbidden("Pseudonyme löst nur auf, wer die Rolle privacy_resolver hat.")
    if not reason.strip():
        raise UsageError("Die Auflösung eines Pseudonyms braucht einen Grund.")
    table = schema.person
    row = session.execute(sa.select(table).where(table.c.pseudonym == pseudonym)).one_or_none()
    if row is None:
        raise NotFound(f"Das Pseudonym „{pseudonym}“ gibt es nicht.")
    append(
        session,
        at=at,
        by=Actor(user=asking.user, on_behalf=asking.on_behalf),
        action="PSEUDONYM_RESOLVED",
        object_type="person",
        object_id=pseudonym[:80],
        reason=reason.strip(),
    )
    return cast("str | None", row.real_name)


# ------------------------------------------------------------------ within the room
def record(
    session: Session,
    action: str,
    subject: str,
    *,
    by: Actor,
    at: datetime,
    object_type: str = "user",
    outcome: str = "ok",
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append what was done to a person's account to the audit chain."""
    append(
        session,
        at=at,
        by=by,
        action=action,
        object_type=object_type,
        object_id=subject[:80],
        outcome=outcome,
        reason=reason,
        detail=detail,
    )


def _refuse_own(user: str, by: Actor) -> None:
    if by.user == user:
        raise Forbidden("Niemand gibt sich selbst Rechte; das tut eine andere Person.")


def _row(session: Session, user: str, *, lock: bool = False) -> sa.Row[Any] | None:
    query = sa.select(schema.app_user).where(schema.app_user.c.id == user)
    return session.execute(query.with_for_update() if lock else query).one_or_none()


def existing_user(session: Session, user: str, *, lock: bool = False) -> sa.Row[Any]:
    """The user's row. Raises NotFound."""
    row = _row(session, user, lock=lock)
    if row is None:
        raise NotFound(f"Den Benutzer {user} gibt es nicht.")
    return row


def grants_of(session: Session, user: str) -> frozenset[Grant]:
    """The roles that a user holds, closed account or not."""
    table = schema.role_grant
    rows = session.execute(sa.select(table).where(table.c.user_id == user))
    return frozenset(grant_from(row) for row in rows)


def _asked(request: str | None) -> dict[str, str]:
    return {} if request is None else {"request": request}
