"""Roles, memberships and sign-in links: given, asked for, confirmed, judged, taken away."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from archive.model import WHOLE, Grant, Role
from archive.people import accounts, administration_scope, compartments, grant_requests
from archive.people.grant_records import Kind, Wanted
from archive.people.grant_requests import Given, terms_of
from config.errors import NotFound
from ingest.acts.act import Act, R_co, Records, Transaction
from ingest.acts.acting import Acting


class _Giving(Act[Given]):
    """Give something, or ask for a second person."""

    __slots__ = ()

    @abstractmethod
    def wanted(self) -> Wanted: ...

    def within(self, change: Transaction) -> Given:
        change.by.demand_somewhere(Role.ADMIN)
        return grant_requests.give(
            change.session,
            change.by.reader,
            self.wanted(),
            terms_of(change.settings),
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRole(_Giving):
    """Give a role, or ask for a second person. Raises as ``archive.people.grant_requests.give``."""

    user: str
    grant: Grant

    def wanted(self) -> Wanted:
        return Wanted(kind=Kind.ROLE, user=self.user, grant=self.grant)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveLink(_Giving):
    """A link by which the user signs in once, or a request for it. Raises as ``GrantRole``."""

    user: str

    def wanted(self) -> Wanted:
        return Wanted(kind=Kind.LINK, user=self.user)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmitMember(_Giving):
    """Open a compartment to somebody else, for a purpose, or ask for a second person.

    Raises NotFound, Forbidden, UsageError without a purpose, Conflict.
    """

    compartment: str
    user: str
    purpose: str

    def wanted(self) -> Wanted:
        return Wanted(
            kind=Kind.MEMBERSHIP,
            user=self.user,
            compartment=self.compartment,
            purpose=self.purpose,
        )

    def within(self, change: Transaction) -> Given:
        change.by.demand(Role.ADMIN, within=WHOLE)
        if self.compartment not in compartments.parents(change.session):
            raise NotFound(f"Den Bereich {self.compartment} gibt es nicht.")
        return super(AdmitMember, self).within(change)  # slots: the class is made twice


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeRole(Act[None]):
    """Take a role away. Raises NotFound, Forbidden beyond one's own scope."""

    user: str
    grant: Grant

    def within(self, change: Transaction) -> None:
        change.by.demand_somewhere(Role.ADMIN)
        administration_scope.demand_user(change.session, change.by.reader, self.user)
        change.by.demand(Role.ADMIN, within=self.grant.scope)
        accounts.revoke_role(
            change.session, self.user, self.grant, by=change.by.actor, at=change.at
        )


# ------------------------------------------------------------------ the second person
@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireRequests(Act[int]):
    """What waited too long is over; gives back how many. Nobody's right is asked: time decides."""

    def within(self, change: Transaction) -> int:
        return grant_requests.expire(change.session, at=change.at)


class _SecondPerson(Act[R_co]):
    """What is over ends first, in a transaction of its own: a refusal must not take that back."""

    __slots__ = ()
    ROLES: ClassVar[tuple[Role, ...]] = (Role.ADMIN,)

    def perform(self, records: Records, by: Acting) -> R_co:
        by.demand_somewhere(*self.ROLES)
        by.demand_in_person()
        ExpireRequests().perform(records, by)
        return super().perform(records, by)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmRequest(_SecondPerson[Given]):
    """Give what another administrator asked for. Raises as
    ``archive.people.grant_requests.confirm``."""

    request: str

    def within(self, change: Transaction) -> Given:
        return grant_requests.confirm(
            change.session,
            change.by.reader,
            self.request,
            terms_of(change.settings),
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseRequest(_SecondPerson[None]):
    """Say no to it, or take one's own back. Raises as ``archive.people.grant_requests.refuse``."""

    request: str
    remark: str

    def within(self, change: Transaction) -> None:
        grant_requests.refuse(
            change.session, change.by.reader, self.request, remark=self.remark, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeRequest(_SecondPerson[None]):
    """Judge what acted at once; what was not justified ends with that.

    Raises as ``archive.people.grant_requests.review``.
    """

    ROLES: ClassVar[tuple[Role, ...]] = (Role.ADMIN, Role.AUDITOR)

    request: str
    justified: bool
    remark: str

    def within(self, change: Transaction) -> None:
        grant_requests.review(
            change.session,
            change.by.reader,
            self.request,
            justified=self.justified,
            remark=self.remark,
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGrants(Act[int]):
    """The person concerned has seen what was given to them; gives back how many there were."""

    def within(self, change: Transaction) -> int:
        return grant_requests.notice(change.session, change.by.reader, at=change.at)
