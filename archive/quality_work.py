"""The work list of quality assurance: documents whose pages a person has to compare, in one order.

The order is by day of receipt, oldest first, then by identifier. A place in it is told by these
two alone, so that it is kept when its document has left the list.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, rows, schema
from archive.model import Document, Reader, Role
from archive.stages import Stage

_DOCUMENT, _CASE, _FILE = schema.document, schema.case, schema.case_file
_KEY = (_DOCUMENT.c.received_on, _DOCUMENT.c.id)
RESULTS = ("pending", "failed")  #: what may be looked at: never, or not passed yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A stretch of the list. ``first`` is the 1-based place of its first document."""

    documents: tuple[Document, ...]
    first: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document stands in the list; ``number`` is that of the next one once it has left."""

    number: int
    total: int
    previous: str | None
    following: str | None
    listed: bool


def to_check(
    session: Session, reader: Reader, *, result: str = "pending", first: int = 1, limit: int = 50
) -> Work:
    """The documents from place ``first`` on that this reader may check."""
    filters = _filters(reader, result)
    query = sa.select(_DOCUMENT).where(*filters).order_by(*_KEY)
    found = session.execute(query.offset(max(first, 1) - 1).limit(limit)).mappings()
    return Work(
        documents=rows.documents_from(session, [dict(row) for row in found]),
        first=max(first, 1),
        total=rows.count_some(session, _DOCUMENT, filters),
    )


def to_check_count(session: Session, reader: Reader) -> int:
    """How many nobody has looked at yet, as ``to_check`` lists them."""
    return rows.count_some(session, _DOCUMENT, _filters(reader, "pending"))


def place_of(
    session: Session, reader: Reader, document: Document, *, result: str = "pending"
) -> Place:
    """The place of a document that was looked up for the reader before."""
    filters = _filters(reader, result)
    here = sa.tuple_(sa.literal(document.received_on, sa.Date), sa.literal(document.id))
    before, after = sa.tuple_(*_KEY) < here, sa.tuple_(*_KEY) > here
    ids = sa.select(_DOCUMENT.c.id).where(*filters)
    backwards = [column.desc() for column in _KEY]
    listed = session.execute(ids.where(_DOCUMENT.c.id == document.id)).first() is not None
    return Place(
        number=rows.count_some(session, _DOCUMENT, [*filters, before]) + 1,
        total=rows.count_some(session, _DOCUMENT, filters),
        previous=session.execute(ids.where(before).order_by(*backwards).limit(1)).scalar(),
        following=session.execute(ids.where(after).order_by(*_KEY).limit(1)).scalar(),
        listed=listed,
    )


def _filters(reader: Reader, result: str) -> list[sa.ColumnElement[bool]]:
    """Over documents: the clerk's filed ones in open cases and files, the inspector's before the
    seal."""
    is_open = sa.select(_CASE.c.id).join(_FILE, _FILE.c.id == _CASE.c.file_id)
    is_open = is_open.where(
        _CASE.c.id == _DOCUMENT.c.case_id, _CASE.c.state == "OPEN", _FILE.c.state == "OPEN"
    )
    filed = sa.and_(
        access.visible_documents(reader.only(Role.CASE_WORKER)),
        _DOCUMENT.c.stage == Stage.FILED.value,
        sa.exists(is_open),
    )
    waiting = sa.and_(
        access.settled_documents(reader.only(Role.QA_INSPECTOR)),
        _DOCUMENT.c.stage == Stage.AWAITING_QA.value,
    )
    return [sa.or_(filed, waiting), _DOCUMENT.c.qa == result]
