"""Writing down what was kept: rows of ``rendition`` and ``finding``, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema
from archive.audit import storable
from archive.model import Finding, Rendition


def insert_rendition(
    session: Session,
    item_id: str,
    document_id: str | None,
    rendition: Rendition,
    *,
    made_from: str | None,
    attempt: int,
    at: datetime,
) -> None:
    """``made_from``: the stage that its step began at, None for what is part of custody."""
    values = _values(item_id, document_id, rendition, made_from=made_from, attempt=attempt, at=at)
    session.execute(sa.insert(schema.rendition).values(values))


def insert_originals(session: Session, originals: Sequence[tuple[str, Rendition]]) -> None:
    """What first custody holds of each of these items (``created_at`` is given)."""
    rows = [
        _values(item_id, None, original, made_from=None, attempt=1, at=original.created_at)
        for item_id, original in originals
    ]
    statement = sa.insert(schema.rendition)
    # The trail promises rows by the keys that the database draws: for several it has to tell them.
    session.execute(statement if len(rows) == 1 else statement.return_defaults(), rows)


def _values(
    item_id: str,
    document_id: str | None,
    rendition: Rendition,
    *,
    made_from: str | None,
    attempt: int,
    at: datetime | None,
) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "document_id": document_id,
        "version": rendition.version,
        "role": rendition.role.value,
        "sha256": rendition.sha256,
        "size": rendition.size,
        "media_type": rendition.media_type,
        "file_name": storable(rendition.file_name),
        "derived_from": rendition.derived_from,
        "made_from": made_from,
        "attempt": attempt,
        "created_at": rendition.created_at or at,
        "detail": dict(rendition.detail),
    }


def insert_finding(
    session: Session,
    item_id: str,
    document_id: str | None,
    found: Finding,
    *,
    made_from: str | None,
    attempt: int,
) -> None:
    """``made_from`` as for renditions; what is part of custody is never superseded."""
    session.execute(
        sa.insert(schema.finding).values(
            item_id=item_id,
            document_id=document_id,
            code=found.code,
            text=storable(found.text),
            severity=found.severity.value,
            page=found.page,
            made_from=made_from,
            attempt=attempt,
            detail=dict(found.detail),
        )
    )
