"""What only the machine's operator does: ways in that need no second person.

Whoever rules the machine rules the accounts; each way in stands in the trail under their name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from archive.model import Role
from archive.people import sign_in
from config.errors import Forbidden
from ingest.acts.act import Act, Transaction
from ingest.acts.acting import Acting, Way


def _demand_operator(by: Acting) -> None:
    if by.way is not Way.MACHINE:
        raise Forbidden("Das tut nur, wer den Rechner betreibt.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLinks(Act[tuple[str, ...]]):
    """Links by which these users sign in once, in their order; all or none. Raises NotFound,
    Forbidden."""

    users: tuple[str, ...]

    def within(self, change: Transaction) -> tuple[str, ...]:
        _demand_operator(change.by)
        ttl = timedelta(hours=change.settings.web.link_hours)
        return tuple(
            sign_in.new_link(change.session, user, ttl, by=change.by.actor, at=change.at)
            for user in self.users
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueToken(Act[str]):
    """A token for programs with a user's rights, or one role of them; gives back the secret, once.

    Raises NotFound, UsageError, Forbidden for a role that is not held.
    """

    user: str
    role: Role | None
    label: str
    days: int

    def within(self, change: Transaction) -> str:
        _demand_operator(change.by)
        return sign_in.new_token(
            change.session,
            self.user,
            self.role,
            self.label,
            timedelta(days=self.days),
            by=change.by.actor,
            at=change.at,
        )
