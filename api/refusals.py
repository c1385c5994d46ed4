"""What the search index refused, for administrators of both faces: identifiers, never content."""

from __future__ import annotations

from dataclasses import dataclass

from api.auth import Caller
from api.service import Service
from archive import outbox
from archive.audit import append
from archive.model import WHOLE, Role
from archive.outbox import Refused

MOST = 200  #: of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """``shown`` are the oldest of ``total``."""

    total: int
    shown: tuple[Refused, ...]


def refusals(service: Service, caller: Caller) -> Refusals:
    """Raises Forbidden for all but administrators of the whole house."""
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.read() as session:
        return Refusals(total=outbox.dead_count(session), shown=outbox.refused(session, limit=MOST))


def retry(service: Service, caller: Caller) -> int:
    """Let the index try all of them again; noted in the trail. Gives back how many there were.

    Raises Forbidden for all but administrators of the whole house.
    """
    caller.demand(Role.ADMIN, within=WHOLE)
    with service.database.write() as session:
        count = outbox.revive(session)
        if count:
            append(
                session,
                at=service.clock(),
                by=caller.actor,
                action="INDEX_RETRIED",
                object_type="index",
                object_id="-",
                detail={"changes": count},
            )
    return count
