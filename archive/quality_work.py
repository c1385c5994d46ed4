"""The work list of quality assurance: documents whose pages a person has to compare, in one order.

The order is by day of receipt, oldest first, then by identifier. A place in it is told by these
two alone, so that it is kept when its document has left the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, cursors, rows, schema
from archive.model import Document, Reader, Role
from archive.schema_lists import not_filed
from archive.stages import Stage

_DOCUMENT, _CASE, _FILE = schema.document, schema.case, schema.case_file
_KEY = (_DOCUMENT.c.received_on, _DOCUMENT.c.id)
RESULTS = ("pending", "failed")  #: what may be looked at: never, or not passed yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A stretch of the list.

    ``first`` is the 1-based place of its first document, None beyond ``rows.COUNTED``. ``total``
    counts up to that, too. ``before`` and ``following`` are where the stretches around it begin or
    end (``place_mark``); None where there is none.
    """

    documents: tuple[Document, ...]
    first: int | None
    total: int
    before: str | None
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document stands in the list; ``number`` is that of the next one once it has left, and
    None beyond ``rows.COUNTED``."""

    number: int | None
    total: int
    previous: str | None
    following: str | None
    listed: bool


def place_mark(document: Document) -> str:
    """A place in the list that holds however the list changes."""
    return _mark(document.received_on, document.id)


def _mark(day: date, document_id: str) -> str:
    return f"{day.isoformat()}~{document_id}"


def to_check(
    session: Session,
    reader: Reader,
    *,
    result: str = "pending",
    begin: str | None = None,
    end: str | None = None,
    limit: int = 50,
) -> Work:
    """The documents that this reader may check, from the place ``begin`` on, or the last ones before
    ``end``. What is no place mark is passed over: the list begins at its beginning."""
    filters = _filters(reader, result)
    since, until = _key(begin), _key(end)
    if until is not None:
        found = _stretch(session, [*filters, _before(until)], limit, backwards=True)
        found.reverse()
        following = end
    else:
        found = _stretch(
            session,
            filters if since is None else [*filters, sa.tuple_(*_KEY) >= _literal(since)],
            limit + 1,
        )
        found, rest = found[:limit], found[limit:]
        following = _mark(rest[0]["received_on"], rest[0]["id"]) if rest else None
    documents = rows.documents_from(session, found)
    earlier = _places_before(session, filters, documents[0]) if documents else 0
    return Work(
        documents=documents,
        first=_told(earlier + 1),
        total=rows.count_some(session, _DOCUMENT, filters),
        before=place_mark(documents[0]) if earlier else None,
        following=following if documents else None,
    )


def to_check_count(session: Session, reader: Reader) -> int:
    """How many nobody has looked at yet, as ``to_check`` lists them."""
    return rows.count_some(session, _DOCUMENT, _filters(reader, "pending"))


def place_of(
    session: Session, reader: Reader, document: Document, *, result: str = "pending"
) -> Place:
    """The place of a document that was looked up for the reader before."""
    filters = _filters(reader, result)
    here = (document.received_on, document.id)
    before, after = _before(here), sa.tuple_(*_KEY) > _literal(here)
    ids = sa.select(_DOCUMENT.c.id).where(*filters)
    backwards = [column.desc() for column in _KEY]
    listed = session.execute(ids.where(_DOCUMENT.c.id == document.id)).first() is not None
    return Place(
        number=_told(_places_before(session, filters, document) + 1),
        total=rows.count_some(session, _DOCUMENT, filters),
        previous=session.execute(ids.where(before).order_by(*backwards).limit(1)).scalar(),
        following=session.execute(ids.where(after).order_by(*_KEY).limit(1)).scalar(),
        listed=listed,
    )


def _places_before(
    session: Session, filters: list[sa.ColumnElement[bool]], document: Document
) -> int:
    here = (document.received_on, document.id)
    return rows.count_some(session, _DOCUMENT, [*filters, _before(here)])


def _told(number: int) -> int | None:
    return number if number <= rows.COUNTED else None


def _stretch(
    session: Session,
    filters: list[sa.ColumnElement[bool]],
    limit: int,
    *,
    backwards: bool = False,
) -> list[dict[str, Any]]:
    order = [column.desc() for column in _KEY] if backwards else list(_KEY)
    query = sa.select(_DOCUMENT).where(*filters).order_by(*order).limit(limit)
    return [dict(row) for row in session.execute(query).mappings()]


def _before(place: tuple[date, str]) -> sa.ColumnElement[bool]:
    return sa.tuple_(*_KEY) < _literal(place)


def _literal(place: tuple[date, str]) -> sa.Tuple:
    return sa.tuple_(sa.literal(place[0], sa.Date), sa.literal(place[1]))


def _key(mark: str | None) -> tuple[date, str] | None:
    """The place that a mark names; None where it is none."""
    day, _, document_id = (mark or "").partition("~")
    try:
        is_place = document_id and cursors.can_be_kept(document_id)
        return (date.fromisoformat(day), document_id) if is_place else None
    except ValueError:
        return None


def _filters(reader: Reader, result: str) -> list[sa.ColumnElement[bool]]:
    """Over documents: the clerk's filed ones in open cases and files, the inspector's before the
    seal."""
    is_open = sa.select(_CASE.c.id).join(_FILE, _FILE.c.id == _CASE.c.file_id)
    is_open = is_open.where(
        _CASE.c.id == _DOCUMENT.c.case_id, _CASE.c.state == "OPEN", _FILE.c.state == "OPEN"
    )
    filed = sa.and_(
        access.visible_documents(reader.only(Role.CASE_WORKER)),  # FILED ones
        sa.exists(is_open),
    )
    waiting = sa.and_(
        access.settled_documents(reader.only(Role.QA_INSPECTOR)),
        _DOCUMENT.c.stage == Stage.AWAITING_QA.value,
        not_filed(_DOCUMENT.c.stage),
    )
    # A part that opens nothing is left out: the database would ask it of every document.
    parts = {Role.CASE_WORKER: filed, Role.QA_INSPECTOR: waiting}
    held = [part for role, part in parts.items() if access.scopes_of(reader, role)]
    return [sa.or_(sa.false(), *held), _DOCUMENT.c.qa == result]
