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

from archive import access
from archive.db import rows
from archive.model import Document, Reader, Role
from archive.paging import merged_lists, page_cursors
from archive.stages import Stage
from archive.tables import schema
from archive.tables.columns import judged
from archive.tables.indices import not_filed

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
    lists = _Lists.of(reader, result)
    since, until = _key(begin), _key(end)
    if until is not None:
        found = lists.stretch(session, _before(until), limit=limit, backwards=True)
        found.reverse()
        following = end
    else:
        begun = [] if since is None else [sa.tuple_(*_KEY) >= _literal(since)]
        found = lists.stretch(session, *begun, limit=limit + 1)
        found, rest = found[:limit], found[limit:]
        following = _mark(rest[0]["received_on"], rest[0]["id"]) if rest else None
    documents = rows.documents_from(session, found)
    earlier = _places_before(session, lists, documents[0]) if documents else 0
    return Work(
        documents=documents,
        first=_told(earlier + 1),
        total=lists.count(session),
        before=place_mark(documents[0]) if earlier else None,
        following=following if documents else None,
    )


def to_check_count(session: Session, reader: Reader) -> int:
    """How many nobody has looked at yet, as ``to_check`` lists them."""
    return _Lists.of(reader, "pending").count(session)


def place_of(
    session: Session, reader: Reader, document: Document, *, result: str = "pending"
) -> Place:
    """The place of a document that was looked up for the reader before."""
    lists = _Lists.of(reader, result)
    here = (document.received_on, document.id)
    before = lists.stretch(session, _before(here), limit=1, backwards=True)
    after = lists.stretch(session, sa.tuple_(*_KEY) > _literal(here), limit=1)
    return Place(
        number=_told(_places_before(session, lists, document) + 1),
        total=lists.count(session),
        previous=before[0]["id"] if before else None,
        following=after[0]["id"] if after else None,
        listed=lists.count(session, _DOCUMENT.c.id == document.id) > 0,
    )


def _places_before(session: Session, lists: _Lists, document: Document) -> int:
    return lists.count(session, _before((document.received_on, document.id)))


def _told(number: int) -> int | None:
    return number if number <= rows.COUNTED else None


def _before(place: tuple[date, str]) -> sa.ColumnElement[bool]:
    return sa.tuple_(*_KEY) < _literal(place)


def _literal(place: tuple[date, str]) -> sa.Tuple:
    return sa.tuple_(sa.literal(place[0], sa.Date), sa.literal(place[1]))


def _key(mark: str | None) -> tuple[date, str] | None:
    """The place that a mark names; None where it is none."""
    day, _, document_id = (mark or "").partition("~")
    try:
        is_place = document_id and page_cursors.can_be_kept(document_id)
        return (date.fromisoformat(day), document_id) if is_place else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Lists:
    """Over documents: the clerk's filed ones in open cases and files, the inspector's before the
    seal. A part that opens nothing is left out: the database would ask it of every document."""

    parts: tuple[sa.ColumnElement[bool], ...]  #: each in the order of an index of its own
    counted: tuple[sa.ColumnElement[bool], ...]  #: the same, as few as can be counted

    @classmethod
    def of(cls, reader: Reader, result: str) -> _Lists:
        wanted = _DOCUMENT.c.qa == result
        parts: list[sa.ColumnElement[bool]] = []
        counted: list[sa.ColumnElement[bool]] = []
        clerk, inspector = reader.only(Role.CASE_WORKER), reader.only(Role.QA_INSPECTOR)
        if reaches := access.reaches_files(clerk):
            filed = sa.and_(wanted, access.visible_documents(clerk), sa.exists(_is_open()))
            parts += [sa.and_(filed, each) for each in merged_lists.parts(reaches, _DOCUMENT)]
            counted.append(sa.and_(filed, *merged_lists.within(reaches, _DOCUMENT)))
        if inspector.grants:
            # By the stage, of which there are few: an index on results would give all filed ones.
            waiting = sa.and_(
                judged(_DOCUMENT.c.qa) == result,
                access.settled_documents(inspector),
                _DOCUMENT.c.stage == Stage.AWAITING_QA.value,
                not_filed(_DOCUMENT.c.stage),
            )
            parts.append(waiting)
            counted.append(waiting)
        return cls(tuple(parts), tuple(counted))

    def count(self, session: Session, *also: sa.ColumnElement[bool]) -> int:
        """As ``rows.count_some``."""
        found = sum(rows.count_some(session, _DOCUMENT, (each, *also)) for each in self.counted)
        return min(found, rows.COUNTED + 1)

    def stretch(
        self, session: Session, *also: sa.ColumnElement[bool], limit: int, backwards: bool = False
    ) -> list[dict[str, Any]]:
        return merged_lists.first_rows(
            session, _DOCUMENT, also, self.parts, _KEY, limit, newest=backwards
        )


def _is_open() -> sa.Select[Any]:
    found = sa.select(_CASE.c.id).join(_FILE, _FILE.c.id == _CASE.c.file_id)
    return found.where(
        _CASE.c.id == _DOCUMENT.c.case_id, _CASE.c.state == "OPEN", _FILE.c.state == "OPEN"
    )
