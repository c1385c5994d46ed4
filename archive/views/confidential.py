"""Broken glass that waits for its second person, and who is let into closed compartments."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive.model import WHOLE, Reader, Role
from archive.people import break_glass, compartments
from archive.people.break_glass import Glass, Reading
from archive.people.compartments import Member
from archive.required_rights import demand


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReview:
    """An access that waits for its second person."""

    glass: Glass
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """A closed compartment; ``within`` is the one around it."""

    id: str
    within: str | None
    members: tuple[Member, ...]


def glass_to_review(session: Session, reader: Reader) -> list[ToReview]:
    """What this reader judges as the second person, with what was read."""
    return [
        ToReview(glass=glass, readings=break_glass.readings(session, glass))
        for glass in break_glass.to_review(session, reader)
    ]


def all_compartments(session: Session, reader: Reader) -> list[Compartment]:
    """Every closed compartment with who is let in. They go through all departments, so that is for
    administrators and auditors of the whole house. Raises Forbidden."""
    demand(reader, Role.ADMIN, Role.AUDITOR, within=WHOLE)
    return [
        Compartment(id=name, within=within, members=compartments.members(session, name))
        for name, within in sorted(compartments.parents(session).items())
    ]
