"""What ought to be found: the filed documents and their revisions, for the index to be held against."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, schema
from archive.model import Reader
from archive.stages import Stage


def findable(session: Session) -> dict[str, int]:
    """Identifier and revision of every filed document."""
    document = schema.document
    query = sa.select(document.c.id, document.c.revision).where(
        document.c.stage == Stage.FILED.value
    )
    return {row.id: row.revision for row in session.execute(query)}


def waiting(session: Session, reader: Reader) -> int:
    """How many documents that the reader may read the index does not show as they are now."""
    document, outbox = schema.document, schema.outbox
    query = (
        sa.select(sa.func.count(sa.distinct(outbox.c.document_id)))
        .select_from(outbox)
        .join(document, document.c.id == outbox.c.document_id)
        .where(access.visible_documents(reader))
    )
    return session.execute(query).scalar_one()
