"""What earlier attempts made: superseded, kept with its bytes, and named by the trail.

A retry makes findings and renditions anew. Those of the attempt before no longer count, but the
trail names their hashes, so rows and bytes stay until somebody with the right to do so purges them.
The purge is an event of its own that names every hash; afterwards nothing holds the bytes and the
sweep of the object store removes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, plausibility
from archive.audit.trail import Actor, append, lock_trail
from archive.db import rows
from archive.model import Item, Reader, Rendition
from archive.tables import schema
from config.errors import Conflict, Forbidden

PURGED = "SUPERSEDED_PURGED"  #: audit action
_FINDING, _RENDITION = schema.finding, schema.rendition


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A rendition that a later attempt made anew."""

    rendition: Rendition
    document_id: str | None  #: None = of the item itself
    attempt: int | None  #: that made it; None where that is not known
    superseded_by: int  #: attempt
    superseded_at: datetime


def supersede(
    session: Session,
    item_id: str,
    document_id: str | None,
    *,
    made_from: Sequence[str],
    by_attempt: int,
    at: datetime,
) -> dict[str, Any]:
    """Set aside what steps that began at ``made_from`` made of the item (or document).

    Returns what the event says of it: ``superseded`` as ``[role, version, sha256]`` each, and
    ``findings``, how many. Belongs into the transaction that begins the new attempt.
    """
    named: list[list[Any]] = []
    counts = 0
    for table in (_RENDITION, _FINDING):
        which = (
            table.c.item_id == item_id,
            table.c.document_id.is_not_distinct_from(document_id),
            table.c.made_from.in_(made_from),
            table.c.superseded_at.is_(None),
        )
        found = session.execute(sa.select(table).where(*which).order_by(table.c.id)).mappings()
        kept = [dict(row) for row in found]
        if table is _RENDITION:
            named = [[row["role"], row["version"], row["sha256"]] for row in kept]
        else:
            counts = len(kept)
        session.execute(
            sa.update(table).where(*which).values(superseded_by=by_attempt, superseded_at=at)
        )
    return {"superseded": named, "findings": counts} if named or counts else {}


def of_item(session: Session, item_id: str) -> tuple[Earlier, ...]:
    """What earlier attempts of an item and its documents made, in the order it was made; of an
    item that was looked up for the reader before."""
    table = _RENDITION
    query = sa.select(table).where(table.c.item_id == item_id, table.c.superseded_at.is_not(None))
    return tuple(
        Earlier(
            rendition=rows.rendition_from(dict(row)),
            document_id=row["document_id"],
            attempt=row["attempt"],
            superseded_by=row["superseded_by"],
            superseded_at=row["superseded_at"],
        )
        for row in session.execute(query.order_by(table.c.id)).mappings()
    )


def purge(
    session: Session, reader: Reader, item: Item, *, reason: str, at: datetime
) -> tuple[str, ...]:
    """Forget what earlier attempts of an item of the reader's made; returns the hashes, in order.

    What counts stays. Raises Forbidden for others than records managers, UsageError without a
    reason, Conflict where there is nothing or something of it still walks.
    """
    if not access.may_purge(reader, item):
        raise Forbidden("Fassungen früherer Versuche tilgt nur die Registratur.")
    reason = plausibility.remark(reason, "Der Grund", required=True)
    lock_trail(session)
    if item.outcome is None:
        raise Conflict(f"{item.id} ist noch unterwegs; erst danach kann etwas getilgt werden.")
    found = of_item(session, item.id)
    findings = _set_aside(session, _FINDING, item.id)
    if not found and not findings:
        raise Conflict(f"Zu {item.id} gibt es nichts aus früheren Versuchen.")
    for table in (_RENDITION, _FINDING):
        session.execute(
            sa.delete(table).where(table.c.item_id == item.id, table.c.superseded_at.is_not(None))
        )
    append(
        session,
        at=at,
        by=Actor(user=reader.user, on_behalf=reader.on_behalf),
        action=PURGED,
        object_type="item",
        object_id=item.id,
        reason=reason,
        correlation_id=item.id,
        detail={"findings": findings, "renditions": [_named(each) for each in found]},
    )
    return tuple(dict.fromkeys(each.rendition.sha256 for each in found))


def _named(each: Earlier) -> list[Any]:
    made = each.rendition
    return [each.document_id, made.role.value, made.version, made.sha256, each.attempt]


def _set_aside(session: Session, table: sa.Table, item_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(table)
    which = (table.c.item_id == item_id, table.c.superseded_at.is_not(None))
    return int(session.execute(query.where(*which)).scalar_one())
