"""The trail of one object for the machine's own use (people read it through listing.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event's action, time and detail."""

    action: str
    at: datetime
    detail: Mapping[str, Any]


def of_object(session: Session, object_id: str) -> tuple[Told, ...]:
    """The events of an item or document, oldest first."""
    event = schema.audit_event
    query = (
        sa.select(event.c.action, event.c.at, event.c.detail)
        .where(event.c.object_id == object_id)
        .order_by(event.c.seq)
    )
    return tuple(
        Told(action=row.action, at=row.at, detail=json.loads(row.detail))
        for row in session.execute(query)
    )
