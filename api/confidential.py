"""What faces do with closed files, compartments and pseudonyms: the right first, then one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api import administering
from api.auth import Caller
from api.service import Service
from archive import break_glass, compartments, people
from archive.break_glass import Glass, Reading
from archive.compartments import Member
from archive.grant_requests import Given
from archive.model import WHOLE, Role
from config.errors import Forbidden, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReview:
    """An access that waits for its second person."""

    glass: Glass
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    id: str
    within: str | None
    members: tuple[Member, ...]


# ------------------------------------------------------------------ break-glass
def break_it(
    service: Service, caller: Caller, file_mark: str, *, reason: str, minutes: int
) -> Glass:
    """Open a closed file for reading. The try stands in the trail before a refusal is said.

    Raises NotFound where there is none for this caller, Forbidden for programs, UsageError.
    """
    _in_person(caller)
    with service.database.write() as session:
        glass = break_glass.open_file(
            session,
            caller.reader,
            file_mark,
            reason=reason,
            length=timedelta(minutes=minutes),
            at=service.clock(),
        )
    if glass is None:
        raise NotFound(f"Eine verschlossene Akte {file_mark} gibt es nicht.")
    return glass


def glass_to_review(service: Service, caller: Caller) -> list[ToReview]:
    """What this caller judges as the second person, with what was read."""
    with service.database.read() as session:
        return [
            ToReview(glass=glass, readings=break_glass.readings(session, glass))
            for glass in break_glass.to_review(session, caller.reader)
        ]


# ------------------------------------------------------------------ compartments
def all_compartments(service: Service, caller: Caller) -> list[Compartment]:
    """Every closed compartment with who is let in. They go through all departments, so that is for
    administrators and auditors of the whole house. Raises Forbidden."""
    caller.demand(Role.ADMIN, Role.AUDITOR, within=WHOLE)
    with service.database.read() as session:
        return [
            Compartment(id=name, within=within, members=compartments.members(session, name))
            for name, within in sorted(compartments.parents(session).items())
        ]


def let_in(service: Service, caller: Caller, name: str, user: str, purpose: str) -> Given:
    """Open a compartment to somebody else, for a purpose, or ask for a second person.

    Raises NotFound, Forbidden, UsageError without a purpose.
    """
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.read() as session:
        _known(compartments.parents(session), name)
    return administering.let_in(service, caller, name, user, purpose)


def put_out(service: Service, caller: Caller, name: str, user: str) -> None:
    """Close a compartment to somebody again. Raises NotFound, Forbidden."""
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.write() as session:
        people.leave_compartment(session, user, name, by=caller.actor, at=service.clock())


# ------------------------------------------------------------------ pseudonyms
def resolve(service: Service, caller: Caller, pseudonym: str, reason: str) -> str | None:
    """Who stands behind a pseudonym. Raises NotFound, Forbidden for programs too, UsageError."""
    _in_person(caller)
    with service.database.write() as session:
        return people.resolve_person(
            session, caller.reader, pseudonym, reason=reason, at=service.clock()
        )


def _in_person(caller: Caller) -> None:
    if caller.csrf is None:
        raise Forbidden("Das tut nur eine Person in ihrer eigenen Sitzung, kein Programm.")


def _known(parents: dict[str, str | None], name: str) -> None:
    if name not in parents:
        raise NotFound(f"Den Bereich {name} gibt es nicht.")
