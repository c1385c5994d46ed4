"""What administrators do with people and their rights: the right and its scope first, then one commit.

Both faces come here, so they say the same. The machine's operator works with the record itself
(api/commands/user.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.auth import Caller
from api.service import Service
from archive import administration, grant_lists, grant_requests, people, second_person, sign_in
from archive.grant_requests import Given, terms_of
from archive.grant_rows import GrantRequest, Kind, Wanted
from archive.model import WHOLE, Grant, Page, Role
from archive.people import User
from archive.sign_in import TokenEntry
from config.errors import Forbidden, NotFound


# ------------------------------------------------------------------ accounts
def people_of(service: Service, caller: Caller) -> tuple[User, ...]:
    """The people within the caller's scope as an administrator. Raises Forbidden."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.read() as session:
        return administration.users_of(session, caller.reader, Role.ADMIN)


def some_people_of(
    service: Service, caller: Caller, *, wanted: str, cursor: str | None
) -> Page[User]:
    """A page of them, whose names have ``wanted`` in them. Raises Forbidden, UsageError."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.read() as session:
        return administration.some_users_of(session, caller.reader, wanted=wanted, cursor=cursor)


def closed_above(service: Service, caller: Caller, users: Sequence[User]) -> dict[str, str]:
    """Of the closed accounts those that the caller cannot open again, each with the reason."""
    with service.database.read() as session:
        reasons = {
            each.id: administration.stays_closed(session, caller.reader, each.id)
            for each in users
            if each.disabled
        }
    return {user: reason for user, reason in reasons.items() if reason is not None}


def add_user(service: Service, caller: Caller, user: str, name: str) -> None:
    """Open an account; without a role yet it belongs to the whole house.

    Raises Forbidden, UsageError, Conflict.
    """
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.write() as session:
        people.add_user(session, user, name, by=caller.actor, at=service.clock())


def disable_user(service: Service, caller: Caller, user: str) -> None:
    """Close an account. Raises NotFound, Forbidden, UsageError for one's own."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.write() as session:
        administration.demand_user(session, caller.reader, user)
        people.disable_user(session, user, by=caller.actor, at=service.clock())


def enable_user(service: Service, caller: Caller, user: str) -> None:
    """Open a closed account again. Raises NotFound, Forbidden, also where it was closed above."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.write() as session:
        administration.demand_user(session, caller.reader, user)
        administration.demand_reopening(session, caller.reader, user)
        people.enable_user(session, user, by=caller.actor, at=service.clock())


def add_unit(service: Service, caller: Caller, unit: str, name: str) -> None:
    """Open a department. Raises Forbidden, UsageError, Conflict."""
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.write() as session:
        people.add_unit(session, unit, name, by=caller.actor, at=service.clock())


def tokens_of(service: Service, caller: Caller) -> list[TokenEntry]:
    """The tokens of the people within the caller's scope that are not revoked."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.read() as session:
        found = [each for each in sign_in.tokens(session) if each.revoked_at is None]
        owners = {each.user for each in found}
        inside = administration.users_of(session, caller.reader, Role.ADMIN, ids=sorted(owners))
    known = {user.id for user in inside}
    return [each for each in found if each.user in known]


def revoke_token(service: Service, caller: Caller, entry: str) -> None:
    """End a token of somebody within the caller's scope. Raises NotFound, Forbidden."""
    if entry not in {each.id for each in tokens_of(service, caller)}:
        raise NotFound(f"Ein gültiges Token {entry} gibt es nicht.")
    with service.database.write() as session:
        sign_in.revoke_token(session, entry, by=caller.actor, at=service.clock())


# ------------------------------------------------------------------ rights
def grant_role(service: Service, caller: Caller, user: str, grant: Grant) -> Given:
    """Give a role, or ask for a second person. Raises as ``grant_requests.give``."""
    return _give(service, caller, Wanted(kind=Kind.ROLE, user=user, grant=grant))


def revoke_role(service: Service, caller: Caller, user: str, grant: Grant) -> None:
    """Take a role away. Raises NotFound, Forbidden beyond the caller's scope."""
    caller.demand_somewhere(Role.ADMIN)
    with service.database.write() as session:
        administration.demand_user(session, caller.reader, user)
        caller.demand(Role.ADMIN, within=grant.scope)
        people.revoke_role(session, user, grant, by=caller.actor, at=service.clock())


def new_link(service: Service, caller: Caller, user: str) -> Given:
    """A link by which the user signs in once, or a request for it."""
    return _give(service, caller, Wanted(kind=Kind.LINK, user=user))


def let_in(service: Service, caller: Caller, compartment: str, user: str, purpose: str) -> Given:
    """Open a compartment to somebody, or ask for a second person. The compartment is a known one."""
    wanted = Wanted(kind=Kind.MEMBERSHIP, user=user, compartment=compartment, purpose=purpose)
    return _give(service, caller, wanted)


def _give(service: Service, caller: Caller, wanted: Wanted) -> Given:
    caller.demand_somewhere(Role.ADMIN)
    terms = terms_of(service.settings)
    with service.database.write() as session:
        return grant_requests.give(session, caller.reader, wanted, terms, at=service.clock())


# ------------------------------------------------------------------ the second person
@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What one caller sees of the rights that were asked for and given."""

    open: tuple[GrantRequest, ...]  #: wait for a second administrator
    reviews: tuple[GrantRequest, ...]  #: acted at once; the caller judges them
    latest: tuple[GrantRequest, ...]
    obstacles: Mapping[str, str]  #: why the caller cannot confirm an open one, by its id; German
    standing: str | None  #: whose second person the caller is not yet; German


def rights(service: Service, caller: Caller) -> Rights:
    """For administrators and auditors, within their scope. Raises Forbidden."""
    caller.demand_somewhere(Role.ADMIN, Role.AUDITOR)
    with service.database.read() as session:
        waiting = grant_lists.open_requests(session, caller.reader, at=service.clock())
        reasons = {
            each.id: grant_requests.obstacle(session, caller.reader, each) for each in waiting
        }
        return Rights(
            open=waiting,
            obstacles={key: reason for key, reason in reasons.items() if reason is not None},
            standing=second_person.standing(session, caller.reader),
            reviews=grant_lists.to_review(session, caller.reader),
            latest=grant_lists.latest(session, caller.reader, at=service.clock()),
        )


def confirm(service: Service, caller: Caller, request: str) -> Given:
    """Give what another administrator asked for. Raises as ``grant_requests.confirm``."""
    _as_second_person(service, caller, Role.ADMIN)
    terms = terms_of(service.settings)
    with service.database.write() as session:
        return grant_requests.confirm(session, caller.reader, request, terms, at=service.clock())


def refuse(service: Service, caller: Caller, request: str, remark: str) -> None:
    """Say no to it, or take one's own back. Raises as ``grant_requests.refuse``."""
    _as_second_person(service, caller, Role.ADMIN)
    with service.database.write() as session:
        grant_requests.refuse(session, caller.reader, request, remark=remark, at=service.clock())


def review(service: Service, caller: Caller, request: str, *, justified: bool, remark: str) -> None:
    """Judge what acted at once. Raises as ``grant_requests.review``."""
    _as_second_person(service, caller, Role.ADMIN, Role.AUDITOR)
    with service.database.write() as session:
        grant_requests.review(
            session,
            caller.reader,
            request,
            justified=justified,
            remark=remark,
            at=service.clock(),
        )


def _as_second_person(service: Service, caller: Caller, *roles: Role) -> None:
    """What is over ends first, in a commit of its own: a refusal must not take that back."""
    caller.demand_somewhere(*roles)
    if caller.csrf is None:
        raise Forbidden("Das tut nur eine Person in ihrer eigenen Sitzung, kein Programm.")
    with service.database.write() as session:
        grant_requests.expire(session, at=service.clock())
