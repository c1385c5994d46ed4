"""What goes over the wire of rights that are given, asked for and looked at by a second person."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field, model_validator

from api.schemas.common import Wire
from archive.model import Grant, Role
from archive.people.grant_records import GrantRequest, Kind, State


class GrantIn(Wire):
    """A role and how far it reaches. Nothing is given for the whole house by leaving words out."""

    role: Role
    department: str | None = Field(default=None, max_length=80)
    stream: str | None = Field(default=None, max_length=80)
    everywhere: bool = Field(default=False, description="For all departments and streams.")
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"role": "case_worker", "department": "bauamt"}]}
    )

    @model_validator(mode="after")
    def says_how_far(self) -> GrantIn:
        if bool(self.department or self.stream) == self.everywhere:
            raise ValueError("name a department or a stream, or say everywhere, and not both")
        return self

    def grant(self) -> Grant:
        return Grant(role=self.role, department=self.department or None, stream=self.stream or None)


class GrantRequestOut(Wire):
    """A right that was asked for or given; `requested` waits for a second administrator,
    `unreviewed` acts already and waits for a review."""

    id: str
    user: str
    kind: Kind
    role: Role | None
    department: str | None
    stream: str | None
    compartment: str | None
    purpose: str | None
    state: State
    requested_by: str
    requested_at: datetime
    expires_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    remark: str | None

    @classmethod
    def of(cls, request: GrantRequest) -> GrantRequestOut:
        return cls(
            id=request.id,
            user=request.user_id,
            kind=request.kind,
            role=request.role,
            department=request.department,
            stream=request.stream,
            compartment=request.compartment,
            purpose=request.purpose,
            state=request.state,
            requested_by=request.requested_by,
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            decided_by=request.decided_by,
            decided_at=request.decided_at,
            remark=request.remark,
        )


class GrantRequests(Wire):
    open: list[GrantRequestOut]  # wait for a second administrator
    reviews: list[GrantRequestOut]  # acted at once; yours to judge
    latest: list[GrantRequestOut]


class OwnGrants(Wire):
    items: list[GrantRequestOut]


class Waiting(Wire):
    """The request that a second person has to confirm."""

    request: str


class Confirmed(Wire):
    link: str | None  # the address of a one-time sign-in link, told once


class RefusalIn(Wire):
    """Whoever refuses says why; whoever takes their own request back need not."""

    remark: str = Field(default="", max_length=2000)
    model_config = ConfigDict(json_schema_extra={"examples": [{"remark": "nicht abgesprochen"}]})
