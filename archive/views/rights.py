"""Rights that were asked for and given, for administrators and auditors within their scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from archive.model import Reader, Role
from archive.people import four_eyes, grant_lists, grant_requests
from archive.people.grant_records import GrantRequest
from archive.required_rights import demand_somewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What one reader sees of them."""

    open: tuple[GrantRequest, ...]  #: wait for a second administrator
    reviews: tuple[GrantRequest, ...]  #: acted at once; the reader judges them
    latest: tuple[GrantRequest, ...]
    obstacles: Mapping[str, str]  #: why the reader cannot confirm an open one, by its id; German
    standing: str | None  #: whose second person the reader is not yet; German


def rights(session: Session, reader: Reader, *, at: datetime) -> Rights:
    """Raises Forbidden for all others."""
    demand_somewhere(reader, Role.ADMIN, Role.AUDITOR)
    waiting = grant_lists.open_requests(session, reader, at=at)
    reasons = {each.id: grant_requests.obstacle(session, reader, each) for each in waiting}
    return Rights(
        open=waiting,
        obstacles={key: reason for key, reason in reasons.items() if reason is not None},
        standing=four_eyes.standing(session, reader),
        reviews=grant_lists.to_review(session, reader),
        latest=grant_lists.latest(session, reader, at=at),
    )
