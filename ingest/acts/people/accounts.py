"""Accounts and departments: opened, closed, opened again."""

from __future__ import annotations

from dataclasses import dataclass

from archive.model import WHOLE, Role
from archive.people import accounts, administration_scope, sign_in
from archive.views.people import tokens_of
from config.errors import NotFound
from ingest.acts.act import Act, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUser(Act[None]):
    """Open an account; without a role yet it belongs to the whole house.

    Raises Forbidden, UsageError, Conflict.
    """

    user: str
    name: str

    def within(self, change: Transaction) -> None:
        change.by.demand(Role.ADMIN, within=WHOLE)
        accounts.add_user(change.session, self.user, self.name, by=change.by.actor, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser(Act[None]):
    """Close an account: sessions, links and tokens end. Raises NotFound, Forbidden, UsageError for
    one's own."""

    user: str

    def within(self, change: Transaction) -> None:
        change.by.demand_somewhere(Role.ADMIN)
        administration_scope.demand_user(change.session, change.by.reader, self.user)
        accounts.disable_user(change.session, self.user, by=change.by.actor, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableUser(Act[None]):
    """Open a closed account again. Raises NotFound, Forbidden, also where it was closed above."""

    user: str

    def within(self, change: Transaction) -> None:
        change.by.demand_somewhere(Role.ADMIN)
        administration_scope.demand_user(change.session, change.by.reader, self.user)
        administration_scope.demand_reopening(change.session, change.by.reader, self.user)
        accounts.enable_user(change.session, self.user, by=change.by.actor, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddUnit(Act[None]):
    """Open a department. Raises Forbidden, UsageError, Conflict."""

    unit: str
    name: str

    def within(self, change: Transaction) -> None:
        change.by.demand(Role.ADMIN, within=WHOLE)
        accounts.add_unit(change.session, self.unit, self.name, by=change.by.actor, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken(Act[None]):
    """End a token of somebody within one's scope as an administrator. Raises NotFound, Forbidden."""

    entry: str

    def within(self, change: Transaction) -> None:
        mine = tokens_of(change.session, change.by.reader)
        if self.entry not in {each.id for each in mine}:
            raise NotFound(f"Ein gültiges Token {self.entry} gibt es nicht.")
        sign_in.revoke_token(change.session, self.entry, by=change.by.actor, at=change.at)
