"""One right that was asked for or given, and what became of it: its words, its row, its events."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum, unique
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append, storable
from archive.model import Grant, Role, Scope
from archive.tables import schema
from config.clock import new_id

_T = schema.grant_request


@unique
class Kind(StrEnum):
    ROLE = "role"
    MEMBERSHIP = "membership"
    LINK = "link"


@unique
class State(StrEnum):
    REQUESTED = "requested"  #: waits for a second person; nothing is given yet
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  #: by who asked
    EXPIRED = "expired"
    UNREVIEWED = "unreviewed"  #: acts already; a second person looks at it
    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"  #: and ended with that


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be given to ``user``; ``grant`` of a role, ``compartment`` of a membership."""

    kind: Kind
    user: str
    grant: Grant | None = None
    compartment: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRequest:
    """One right that was asked for or given, and what became of it."""

    id: str
    user_id: str
    kind: Kind
    role: Role | None
    department: str | None
    stream: str | None
    compartment: str | None
    purpose: str | None
    scope_department: str | None
    scope_stream: str | None
    state: State
    requested_by: str
    requested_at: datetime
    expires_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None
    noticed_at: datetime | None

    @property
    def scope(self) -> Scope:
        """Whose affair it is."""
        return Scope(department=self.scope_department, stream=self.scope_stream)

    @property
    def wanted(self) -> Wanted:
        grant = None
        if self.role is not None:
            grant = Grant(role=self.role, department=self.department, stream=self.stream)
        return Wanted(
            kind=self.kind,
            user=self.user_id,
            grant=grant,
            compartment=self.compartment,
            purpose=self.purpose,
        )


def insert(
    session: Session,
    wanted: Wanted,
    scope: Scope,
    state: State,
    *,
    by: Actor,
    at: datetime,
    expires_at: datetime | None,
) -> str:
    request = new_id("r")
    grant = wanted.grant
    session.execute(
        sa.insert(_T).values(
            id=request,
            user_id=wanted.user,
            kind=wanted.kind.value,
            role=None if grant is None else grant.role.value,
            department=None if grant is None else grant.department,
            stream=None if grant is None else grant.stream,
            compartment=wanted.compartment,
            purpose=None if wanted.purpose is None else storable(wanted.purpose.strip()),
            scope_department=scope.department,
            scope_stream=scope.stream,
            state=state.value,
            requested_by=by.user,
            requested_at=at,
            expires_at=expires_at,
        )
    )
    return request


def decide(
    session: Session,
    request: GrantRequest,
    state: State,
    *,
    by: Actor,
    at: datetime,
    remark: str | None,
) -> None:
    values = {"state": state.value, "decided_by": by.user, "decided_at": at, "remark": remark}
    session.execute(sa.update(_T).where(_T.c.id == request.id).values(**values))


def words(request: str, wanted: Wanted) -> dict[str, Any]:
    grant = wanted.grant
    named = {} if grant is None else grant.detail()
    if wanted.compartment is not None:
        named["compartment"] = wanted.compartment
    return {"request": request, "kind": wanted.kind.value, **named}


def told(
    session: Session,
    by: Actor,
    user: str,
    action: str,
    at: datetime,
    detail: dict[str, Any],
    *,
    reason: str | None = None,
) -> None:
    append(
        session,
        at=at,
        by=by,
        action=action,
        object_type="user",
        object_id=user[:80],
        reason=reason,
        detail=detail,
    )


def load(session: Session, request_id: str) -> GrantRequest | None:
    found = requests(session, sa.select(_T).where(_T.c.id == request_id))
    return found[0] if found else None


def requests(session: Session, query: sa.Select[Any]) -> tuple[GrantRequest, ...]:
    names = [each.name for each in fields(GrantRequest)]
    found = []
    for row in session.execute(query).mappings():
        values = {name: row[name] for name in names}
        values |= {"kind": Kind(row["kind"]), "state": State(row["state"])}
        values["role"] = None if row["role"] is None else Role(row["role"])
        found.append(GrantRequest(**values))
    return tuple(found)
