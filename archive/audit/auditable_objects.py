"""Which objects of the trail an auditor may open beyond the trail itself."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.model import Reader
from archive.paging import merged_lists
from archive.tables import schema
from archive.tables.indices import of_an_original

_ITEM, _DOCUMENT, _FILE = schema.item, schema.document, schema.case_file
_RENDITION = schema.rendition
_KEY = (_DOCUMENT.c.received_on, _DOCUMENT.c.id)

_MOST = 500  #: identifiers of one question; SQLite limits the number of bound values
LATEST = 5_000  #: items whose names are looked through for a part of them
_LAST_SIGN = "\U0010ffff"


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

    Of a file name the beginning is enough; any part of it among the newest ``LATEST`` items of the
    reader. For readers who may know documents without their content: nothing of the content is asked.
    """
    found: set[tuple[Any, ...]] = set()
    for clause in (*_named(session, reader, text), *_latest_with(reader, text)):
        query = sa.select(*_KEY).where(clause, access.known_documents(reader), _seen(reader))
        newest = query.order_by(*(column.desc() for column in _KEY)).limit(most)
        found.update(tuple(row) for row in session.execute(newest))
    return tuple(row[1] for row in sorted(found, reverse=True)[:most])


def _named(session: Session, reader: Reader, text: str) -> Iterator[sa.ColumnElement[bool]]:
    """Over documents: what ``text`` may name, each by an index of its own. Where many names begin so,
    the first of those that the reader may know of are looked at."""
    sha256 = text.lower()
    stored = sa.select(_RENDITION.c.item_id).where(_RENDITION.c.sha256 == sha256)
    yield _DOCUMENT.c.id == text
    yield _DOCUMENT.c.item_id == text
    yield _DOCUMENT.c.item_id.in_(sa.select(_ITEM.c.id).where(_ITEM.c.sha256 == sha256))
    yield _DOCUMENT.c.item_id.in_(stored)
    marked = session.scalars(sa.select(_FILE.c.id).where(_FILE.c.file_mark == text)).all()
    for file_id in (text, *marked):
        yield _DOCUMENT.c.file_id == file_id
    name = _RENDITION.c.file_name
    begins = (
        sa.select(_RENDITION.c.item_id)
        .join(_ITEM, _ITEM.c.id == _RENDITION.c.item_id)
        .where(
            of_an_original(_RENDITION),
            _begins(session, name, text),
            access.visible_items(reader),
        )
    )
    yield _DOCUMENT.c.item_id.in_(begins.order_by(name).limit(_MOST))


def _begins(session: Session, column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """By an index: SQLite has none for its LIKE, PostgreSQL none of the order of signs."""
    if session.get_bind().dialect.name == "sqlite":
        return sa.and_(column >= text, column < f"{text}{_LAST_SIGN}")
    return column.like(f"{_plain(text)}%", escape="\\")


def _latest_with(reader: Reader, text: str) -> Iterator[sa.ColumnElement[bool]]:
    """Over documents: those of the reader's newest items whose source has ``text`` in it."""
    parts = merged_lists.parts(access.reaches_items(reader), _ITEM)
    if not parts:
        return
    key = (_ITEM.c.received_at, _ITEM.c.id)
    latest = merged_lists.first_keys([access.visible_items(reader)], parts, key, LATEST).subquery()
    # No join: for that SQLite may read the whole table beforehand (a Bloom filter).
    named = sa.select(_ITEM.c.id).where(_ITEM.c.id.in_(sa.select(latest.c.id)))
    yield _DOCUMENT.c.item_id.in_(
        named.where(_ITEM.c.source.ilike(f"%{_plain(text)}%", escape="\\"))
    )


def _seen(reader: Reader) -> sa.ColumnElement[bool]:
    mine = sa.select(_ITEM.c.id).where(
        _ITEM.c.id == _DOCUMENT.c.item_id, access.visible_items(reader)
    )
    return sa.exists(mine)


def _plain(text: str) -> str:
    """``text`` for LIKE, where its signs stand for themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
