"""What goes over the wire of people, the audit trail and the service's health."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.common import Wire
from archive.model import Role
from archive.people.accounts import Unit, User
from archive.search.outbox import Refused
from archive.views.index import Refusals
from archive.views.listing import AuditLine


class AuditLineOut(Wire):
    seq: int
    at: datetime
    actor: str
    on_behalf: str | None
    action: str
    object_type: str
    object_id: str
    object_sha256: str | None
    outcome: str
    reason: str | None
    correlation_id: str | None
    detail: dict[str, Any]
    hash: str

    @classmethod
    def of(cls, line: AuditLine) -> AuditLineOut:
        return cls(
            seq=line.seq,
            at=line.at,
            actor=line.actor,
            on_behalf=line.on_behalf,
            action=line.action,
            object_type=line.object_type,
            object_id=line.object_id,
            object_sha256=line.object_sha256,
            outcome=line.outcome,
            reason=line.reason,
            correlation_id=line.correlation_id,
            detail=dict(line.detail),
            hash=line.hash,
        )


class AuditList(Wire):
    items: list[AuditLineOut]
    next_cursor: str | None


class ChainOut(Wire):
    ok: bool
    events: int
    broken_at: int | None
    why: str | None


class GrantIo(Wire):
    role: Role
    department: str | None = Field(default=None, max_length=80)
    stream: str | None = Field(default=None, max_length=80)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "case_worker", "department": "bauamt"}]}
    )


class UserOut(Wire):
    id: str
    display_name: str
    disabled: bool
    grants: list[GrantIo]
    compartments: list[str]

    @classmethod
    def of(cls, user: User) -> UserOut:
        return cls(
            id=user.id,
            display_name=user.display_name,
            disabled=user.disabled,
            grants=[
                GrantIo(role=grant.role, department=grant.department, stream=grant.stream)
                for grant in user.grants
            ],
            compartments=list(user.compartments),
        )


class UserList(Wire):
    items: list[UserOut]


class UserIn(Wire):
    id: str = Field(pattern=r"^[a-z][a-z0-9._-]{0,79}$")
    display_name: str = Field(min_length=1, max_length=200)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "mueller", "display_name": "Anna Müller"}]}
    )


class UnitOut(Wire):
    id: str
    name: str

    @classmethod
    def of(cls, unit: Unit) -> UnitOut:
        return cls(id=unit.id, name=unit.name)


class UnitList(Wire):
    items: list[UnitOut]


class MeOut(Wire):
    user: str
    grants: list[GrantIo]
    compartments: list[str]


class PartHealth(Wire):
    part: str
    ok: bool


class HealthOut(Wire):
    ok: bool
    parts: list[PartHealth]


class RefusalOut(Wire):
    document_id: str
    attempts: int
    failed_at: datetime | None = Field(description="The last time.")
    why: str = Field(description="The engine's words, without anything of the document.")

    @classmethod
    def of(cls, refused: Refused) -> RefusalOut:
        return cls(
            document_id=refused.document_id,
            attempts=refused.attempts,
            failed_at=refused.failed_at,
            why=refused.why,
        )


class RefusalList(Wire):
    items: list[RefusalOut] = Field(description="The oldest 200.")
    total: int

    @classmethod
    def of(cls, found: Refusals) -> RefusalList:
        return cls(items=[RefusalOut.of(each) for each in found.shown], total=found.total)


class RetriedOut(Wire):
    retried: int
