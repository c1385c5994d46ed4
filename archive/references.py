"""Which objects of the store the record refers to."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema


def referenced(session: Session) -> set[str]:
    """The addresses of all originals, working copies, renditions and notes of quality checks."""
    columns = (
        schema.item.c.sha256,
        schema.item.c.working_copy,
        schema.rendition.c.sha256,
        schema.qa_result.c.note_sha256,
    )
    found: set[str] = set()
    for column in columns:
        query = sa.select(column).where(column.is_not(None)).distinct()
        found.update(session.execute(query).scalars())
    return found
