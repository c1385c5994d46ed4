"""Which objects of the trail an auditor may open beyond the trail itself."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, schema
from archive.model import Reader

_MOST = 500  #: identifiers of one question; SQLite limits the number of bound values


def reachable(session: Session, reader: Reader, ids: Collection[str]) -> frozenset[str]:
    """Those of these items and documents that the reader may know."""
    if not ids:
        return frozenset()
    found: set[str] = set()
    for table, clause in (
        (schema.item, access.visible_items(reader)),
        (schema.document, access.known_documents(reader)),
    ):
        query = sa.select(table.c.id).where(table.c.id.in_(sorted(ids)[:_MOST]), clause)
        found.update(session.execute(query).scalars())
    return frozenset(found)


def found_by(session: Session, reader: Reader, text: str, *, most: int = 50) -> tuple[str, ...]:
    """The documents that an identifier, file name, file mark or checksum names, newest first.

    For readers who may know documents without their content: nothing of the content is asked.
    """
    item, document, file = schema.item, schema.document, schema.case_file
    rendition = schema.rendition
    stored = sa.select(rendition.c.item_id).where(rendition.c.sha256 == text.lower())
    name = item.c.source.ilike(f"%{_plain(text)}%", escape="\\")
    query = (
        sa.select(document.c.id)
        .join(item, item.c.id == document.c.item_id)
        .outerjoin(file, file.c.id == document.c.file_id)
        .where(
            access.known_documents(reader),
            access.visible_items(reader),
            sa.or_(
                document.c.id == text,
                item.c.id == text,
                item.c.sha256 == text.lower(),
                item.c.id.in_(stored),
                document.c.file_id == text,
                file.c.file_mark == text,
                name,
            ),
        )
        .order_by(document.c.received_on.desc(), document.c.id.desc())
        .limit(most)
    )
    return tuple(session.execute(query).scalars())


def _plain(text: str) -> str:
    """``text`` for LIKE, where its signs stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
