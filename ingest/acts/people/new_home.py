"""A new home's first departments, file plan and accounts, made by the machine's operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.efile import files
from archive.model import WHOLE, Grant, PlanUnit, Role
from archive.people import accounts
from ingest.acts.act import Act, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """One of the first accounts; none of them has a password."""

    name: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Act[None]):
    """Make them, all or none. Raises Forbidden, UsageError, Conflict where one is there already."""

    users: Mapping[str, Founder]
    units: Mapping[str, str] = field(default_factory=dict)  #: names by identifier
    plan: tuple[PlanUnit, ...] = ()
    persons: Mapping[str, str] = field(default_factory=dict)  #: real names by pseudonym

    def within(self, change: Transaction) -> None:
        session, by, at = change.session, change.by.actor, change.at
        change.by.demand(Role.ADMIN, within=WHOLE)
        for unit, name in self.units.items():
            accounts.add_unit(session, unit, name, by=by, at=at)
        for plan_unit in self.plan:
            files.ensure_plan_unit(session, plan_unit)
        for pseudonym, real_name in self.persons.items():
            accounts.add_person(session, pseudonym, real_name, by=by, at=at)
        for user, founder in self.users.items():
            accounts.add_user(session, user, founder.name, by=by, at=at)
            for grant in founder.grants:
                accounts.grant_role(session, user, grant, by=by, at=at)
