"""The trail of one object for the machine's own use (people read it through
archive/views/listing.py)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.tables import schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event's action, time, detail, and who did it (``name_of``)."""

    action: str
    at: datetime
    by: str
    detail: Mapping[str, Any]


def name_of(actor: str, on_behalf: str | None) -> str:
    """Who did something; in brackets who acted for them."""
    return actor if on_behalf is None else f"{actor} ({on_behalf})"


def of_object(session: Session, object_id: str) -> tuple[Told, ...]:
    """The events of an item or document, oldest first."""
    return of_objects(session, (object_id,))


def of_objects(session: Session, object_ids: Sequence[str]) -> tuple[Told, ...]:
    """The events of some items and documents: those of the first, oldest first, then the next's."""
    event = schema.audit_event
    columns = (event.c.action, event.c.at, event.c.actor, event.c.on_behalf, event.c.detail)
    query = sa.select(event.c.seq, event.c.object_id, *columns)
    rows = session.execute(query.where(event.c.object_id.in_(object_ids)))
    found = sorted(rows, key=lambda row: row.seq)
    return tuple(
        Told(
            action=row.action,
            at=row.at,
            by=name_of(row.actor, row.on_behalf),
            detail=json.loads(row.detail),
        )
        for object_id in object_ids
        for row in found
        if row.object_id == object_id
    )


def item_of(session: Session, object_id: str) -> str | None:
    """The item that the trail says this item or document belongs to, whether it is there or not."""
    event = schema.audit_event
    query = (
        sa.select(event.c.correlation_id)
        .where(
            event.c.object_id == object_id,
            event.c.correlation_id.is_not(None),
            event.c.object_type.in_(("item", "document")),
        )
        .limit(1)
    )
    return session.execute(query).scalar()
