"""Files that came in beside another one: the content of a detached signature."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.model import Item
from archive.tables import schema

MOST = 5  #: a name that comes again and again: the youngest are looked at


def content_beside(session: Session, item: Item, suffixes: tuple[str, ...]) -> tuple[str, ...]:
    """Addresses of originals that bear the item's name without its suffix, the youngest first.

    Only of the same door, department and compartment: a signature tells nothing of others' files.
    """
    table = schema.item
    stem, dot, suffix = item.source_bytes.rpartition(b".")
    if not dot or not stem or (dot + suffix).decode("latin-1").lower() not in suffixes:
        return ()
    beside = (
        sa.select(table.c.sha256)
        .where(
            table.c.source_bytes == stem,
            table.c.stream == item.stream,
            table.c.department == item.department,
            table.c.compartment.is_not_distinct_from(item.compartment),
            table.c.id != item.id,
        )
        .order_by(table.c.received_at.desc(), table.c.id.desc())
        .limit(MOST)
    )
    return tuple(dict.fromkeys(session.execute(beside).scalars()))
