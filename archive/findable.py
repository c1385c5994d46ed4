"""What ought to be found: the filed documents and their revisions, for the index to be held against."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema
from archive.stages import Stage


def findable(session: Session) -> dict[str, int]:
    """Identifier and revision of every filed document."""
    document = schema.document
    query = sa.select(document.c.id, document.c.revision).where(
        document.c.stage == Stage.FILED.value
    )
    return {row.id: row.revision for row in session.execute(query)}
