"""Which of the items that somebody waits for have come to an end."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.db import rows
from archive.stages import Stage
from archive.tables import schema

_ITEM, _DOCUMENT = schema.item, schema.document


def ended(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of ``ids`` that have an outcome and whose filed documents the search finds.

    One statement for many of them (``rows.CHUNK``), whatever else the archive holds.
    """
    unfound = sa.exists().where(
        _DOCUMENT.c.item_id == _ITEM.c.id,
        _DOCUMENT.c.stage == Stage.FILED.value,
        sa.or_(
            _DOCUMENT.c.indexed_revision.is_(None),
            _DOCUMENT.c.indexed_revision != _DOCUMENT.c.revision,
        ),
    )
    found: set[str] = set()
    for part in rows.chunks(sorted(ids)):
        query = sa.select(_ITEM.c.id).where(
            _ITEM.c.id.in_(part), _ITEM.c.outcome.is_not(None), ~unfound
        )
        found.update(session.execute(query).scalars())
    return frozenset(found)
