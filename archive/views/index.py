"""What the search index refused, for administrators: identifiers, never content."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive.model import WHOLE, Reader, Role
from archive.required_rights import demand
from archive.search import outbox
from archive.search.outbox import Refused

MOST = 200  #: of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """``shown`` are the oldest of ``total``."""

    total: int
    shown: tuple[Refused, ...]


def refusals(session: Session, reader: Reader) -> Refusals:
    """Raises Forbidden for all but administrators of the whole house."""
    demand(reader, Role.ADMIN, within=WHOLE)
    return Refusals(total=outbox.dead_count(session), shown=outbox.refused(session, limit=MOST))
