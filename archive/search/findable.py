"""What ought to be found: the filed documents and their revisions, for the index to be held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.model import Reader
from archive.stages import Stage
from archive.tables import schema

_AT_ONCE = 5_000  #: rows that are fetched together


def findable(session: Session) -> dict[str, int]:
    """Identifier and revision of every filed document."""
    return dict(each_findable(session))


def each_findable(session: Session) -> Iterator[tuple[str, int]]:
    """The same, one by one, so that of any number none is kept in memory."""
    document = schema.document
    query = sa.select(document.c.id, document.c.revision).where(
        document.c.stage == Stage.FILED.value
    )
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield row.id, row.revision


def filed_of(session: Session, document_ids: Sequence[str]) -> Sequence[str]:
    """Those of these documents that are filed."""
    document = schema.document
    query = sa.select(document.c.id).where(
        document.c.id.in_(document_ids), document.c.stage == Stage.FILED.value
    )
    return session.execute(query).scalars().all()


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


def not_yet_found(session: Session, document_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of these documents that no search could find where they now are, in the order given.

    A document can be found once the outbox has brought it into the index, however often it is
    indexed again; given to another department it is new there.
    """
    document = schema.document
    query = sa.select(document.c.id).where(
        document.c.id.in_(document_ids), document.c.indexed_revision.is_(None)
    )
    new = set(session.scalars(query))
    return tuple(each for each in document_ids if each in new)
