"""Which of the items that somebody waits for have come to an end."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema
from archive.stages import Stage

MOST = 500  #: items of one question; SQLite limits the number of bound values
_ITEM, _DOCUMENT = schema.item, schema.document


def ended(session: Session, ids: Collection[str]) -> frozenset[str]:
    """Those of ``ids`` that have an outcome and whose filed documents the search finds.

    One statement for ``MOST`` of them, whatever else the archive holds.
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
    names = sorted(ids)
    for at in range(0, len(names), MOST):
        query = sa.select(_ITEM.c.id).where(
            _ITEM.c.id.in_(names[at : at + MOST]), _ITEM.c.outcome.is_not(None), ~unfound
        )
        found.update(session.execute(query).scalars())
    return frozenset(found)
