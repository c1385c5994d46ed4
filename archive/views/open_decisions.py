"""What waits for a reader's decision, a page at a time: items and documents in one order.

The order is by arrival of the item, oldest first; an item comes before its documents. As in
``listing.py`` every query carries the reader's filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.model import Document, Item, Page, Reader
from archive.paging import page_cursors
from archive.tables import schema
from archive.tables.indices import not_filed
from archive.views import details

_ITEM, _DOCUMENT = schema.item, schema.document
AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An item that waits, or one of its documents."""

    item: Item
    document: Document | None


def waiting(
    session: Session, reader: Reader, *, cursor: str | None = None, limit: int = AT_ONCE
) -> Page[Waiting]:
    """Items and documents that are HELD or await QA and that this reader decides.

    A document whose item the reader may not see is left out. Raises UsageError for a cursor that is
    none.
    """
    position = sa.literal(0)
    items = sa.select(_ITEM.c.received_at, _ITEM.c.id, position, _ITEM.c.id.label("object_id"))
    documents = sa.select(
        _ITEM.c.received_at, _ITEM.c.id, _DOCUMENT.c.position, _DOCUMENT.c.id.label("object_id")
    ).join(_DOCUMENT, _DOCUMENT.c.item_id == _ITEM.c.id)
    found: list[tuple[Any, ...]] = []
    for query, clause, place in (
        (items, access.settled_items(reader), position),
        (
            documents,
            sa.and_(access.settled_documents(reader), not_filed(_DOCUMENT.c.stage)),
            _DOCUMENT.c.position,
        ),
    ):
        key = (_ITEM.c.received_at, _ITEM.c.id, place)
        query = query.where(clause, access.visible_items(reader))
        if cursor is not None:
            query = query.where(sa.tuple_(*key) > _after(cursor))
        found += [tuple(row) for row in session.execute(query.order_by(*key).limit(limit + 1))]
    found.sort(key=lambda row: row[:3])
    shown = found[:limit]
    following = None
    if len(found) > limit:
        at, item_id, place, _ = shown[-1]
        following = page_cursors.made(at.isoformat(), item_id, place)
    return Page(items=_loaded(session, reader, shown), next_cursor=following)


def _after(cursor: str) -> sa.Tuple:
    at, item_id, position = page_cursors.read(cursor, str, str, int)
    return sa.tuple_(
        sa.literal(page_cursors.moment(at), schema.UtcDateTime()),
        sa.literal(item_id),
        sa.literal(position),
    )


def _loaded(session: Session, reader: Reader, found: list[tuple[Any, ...]]) -> tuple[Waiting, ...]:
    items = {
        item.id: item for item in details.some_items(session, reader, {row[1] for row in found})
    }
    ids = [row[3] for row in found if row[2]]
    query = sa.select(_DOCUMENT).where(_DOCUMENT.c.id.in_(ids), access.settled_documents(reader))
    kept = [dict(row) for row in session.execute(query).mappings()] if ids else []
    documents = {each.id: each for each in rows.documents_from(session, kept)}
    return tuple(
        Waiting(item=items[item_id], document=documents.get(object_id))
        for _, item_id, position, object_id in found
        if item_id in items and (not position or object_id in documents)
    )
