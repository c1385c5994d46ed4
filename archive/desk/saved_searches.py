"""Saved searches: a question that a person keeps, and what has come to match it since.

Matches are noted when they are indexed, by the rights of that moment, and shown by the rights of the
moment they are looked at: a document that the reader no longer sees is not there, in no count either.
A search belongs to its person; to everybody else it does not exist.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import append, storable
from archive.efile.change_history import actor
from archive.model import Document, Reader
from archive.tables import schema
from archive.views import listing
from config.clock import new_id
from config.errors import Conflict, NotFound, UsageError

MOST = 50  #: of one person
KEPT = 200  #: newest hits of one search
LONGEST = 2_000  #: letters of a question
_T = schema.saved_search
_HIT = schema.saved_search_hit
_DOCUMENT = schema.document


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """``new`` counts the hits since the person looked."""

    id: str
    question: str
    made_at: datetime
    looked_at: datetime
    new: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One document that came to match; ``new`` = since the person looked."""

    document: Document
    found_at: datetime
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A search for the projection, whoever's it is."""

    id: str
    user: str
    question: str


def save(session: Session, reader: Reader, question: str, *, at: datetime) -> SavedSearch:
    """Keep a question. The same one again is the one that is there.

    Raises UsageError without a question, Conflict when there are too many.
    """
    text = storable(question).strip()
    if not text or len(text) > LONGEST:
        raise UsageError(f"Eine gemerkte Suche braucht eine Frage von höchstens {LONGEST} Zeichen.")
    mine = of_reader(session, reader)
    same = [search for search in mine if search.question == text]
    if same:
        return same[0]
    if len(mine) >= MOST:
        raise Conflict(f"Mehr als {MOST} gemerkte Suchen sind nicht vorgesehen; eine vergessen.")
    search_id = new_id("q")
    session.execute(
        sa.insert(_T).values(
            id=search_id, user_id=reader.user, question=text, made_at=at, looked_at=at
        )
    )
    _tell(session, reader, "SEARCH_SAVED", search_id, text, at=at)
    return SavedSearch(id=search_id, question=text, made_at=at, looked_at=at, new=0)


def of_reader(session: Session, reader: Reader) -> tuple[SavedSearch, ...]:
    """The reader's searches, latest first."""
    query = sa.select(_T).where(_T.c.user_id == reader.user).order_by(_T.c.made_at.desc(), _T.c.id)
    return tuple(_search(session, reader, row) for row in session.execute(query).all())


def one(session: Session, reader: Reader, search_id: str) -> SavedSearch:
    """Raises NotFound, also where it is another person's."""
    return _search(session, reader, _row(session, reader, search_id))


def hits(session: Session, reader: Reader, search_id: str) -> tuple[Noted, ...]:
    """What came to match and may be read now, latest first. Raises NotFound."""
    search = _row(session, reader, search_id)
    query = (
        sa.select(_HIT.c.document_id, _HIT.c.found_at)
        .join(_DOCUMENT, _DOCUMENT.c.id == _HIT.c.document_id)
        .where(_HIT.c.search_id == search_id, access.visible_documents(reader))
        .order_by(_HIT.c.found_at.desc(), _HIT.c.document_id)
    )
    return tuple(
        Noted(
            document=listing.document_for(session, reader, row.document_id),
            found_at=row.found_at,
            new=row.found_at > search.looked_at,
        )
        for row in session.execute(query).all()
    )


def look(session: Session, reader: Reader, search_id: str, *, at: datetime) -> None:
    """From now on only what comes later is new. Raises NotFound."""
    _row(session, reader, search_id)
    session.execute(sa.update(_T).where(_T.c.id == search_id).values(looked_at=at))


def forget(session: Session, reader: Reader, search_id: str, *, at: datetime) -> None:
    """Raises NotFound."""
    row = _row(session, reader, search_id)
    session.execute(sa.delete(_HIT).where(_HIT.c.search_id == search_id))
    session.execute(sa.delete(_T).where(_T.c.id == search_id))
    _tell(session, reader, "SEARCH_FORGOTTEN", search_id, row.question, at=at)


def _tell(
    session: Session, reader: Reader, action: str, search_id: str, question: str, *, at: datetime
) -> None:
    """Whose act it was; the question itself stays out of the trail, as with every search."""
    append(
        session,
        at=at,
        by=actor(reader),
        action=action,
        object_type="search",
        object_id=search_id,
        detail={"query_sha256": hashlib.sha256(question.encode()).hexdigest()},
    )


# ------------------------------------------------------------------ the projection
def all_kept(session: Session) -> tuple[Kept, ...]:
    """Every search of every person whose account is in use, in the order of the persons."""
    user = schema.app_user
    query = (
        sa.select(_T.c.id, _T.c.user_id, _T.c.question)
        .join(user, user.c.id == _T.c.user_id)
        .where(user.c.disabled.is_(False))
        .order_by(_T.c.user_id, _T.c.id)
    )
    return tuple(Kept(id=r.id, user=r.user_id, question=r.question) for r in session.execute(query))


def note(session: Session, search_id: str, document_ids: Iterable[str], *, at: datetime) -> None:
    """These documents match; those already noted keep their time. Only the newest are kept.

    A search that is gone meanwhile takes nothing.
    """
    if session.execute(sa.select(_T.c.id).where(_T.c.id == search_id)).first() is None:
        return
    query = sa.select(_HIT.c.document_id).where(_HIT.c.search_id == search_id)
    known = set(session.scalars(query.order_by(_HIT.c.found_at.desc(), _HIT.c.document_id)))
    fresh = [each for each in dict.fromkeys(document_ids) if each not in known]
    for document_id in fresh:
        values = {"search_id": search_id, "document_id": document_id, "found_at": at}
        session.execute(sa.insert(_HIT).values(values))
    if len(known) + len(fresh) > KEPT:
        _drop_oldest(session, search_id)


def drop_document(session: Session, document_ids: Sequence[str]) -> None:
    """Documents that are no longer found are noted nowhere."""
    for document_id in document_ids:
        session.execute(sa.delete(_HIT).where(_HIT.c.document_id == document_id))


# ------------------------------------------------------------------ inside
def _row(session: Session, reader: Reader, search_id: str) -> sa.Row[tuple[object, ...]]:
    query = sa.select(_T).where(_T.c.id == search_id, _T.c.user_id == reader.user)
    row = session.execute(query).first()
    if row is None:
        raise NotFound(f"Die gemerkte Suche {search_id} gibt es nicht.")
    return row


def _search(session: Session, reader: Reader, row: sa.Row[tuple[object, ...]]) -> SavedSearch:
    query = (
        sa.select(sa.func.count())
        .select_from(_HIT)
        .join(_DOCUMENT, _DOCUMENT.c.id == _HIT.c.document_id)
        .where(
            _HIT.c.search_id == row.id,
            _HIT.c.found_at > row.looked_at,
            access.visible_documents(reader),
        )
    )
    return SavedSearch(
        id=row.id,
        question=row.question,
        made_at=row.made_at,
        looked_at=row.looked_at,
        new=session.execute(query).scalar_one(),
    )


def _drop_oldest(session: Session, search_id: str) -> None:
    query = (
        sa.select(_HIT.c.document_id)
        .where(_HIT.c.search_id == search_id)
        .order_by(_HIT.c.found_at.desc(), _HIT.c.document_id)
        .offset(KEPT)
    )
    for document_id in session.scalars(query).all():
        session.execute(
            sa.delete(_HIT).where(_HIT.c.search_id == search_id, _HIT.c.document_id == document_id)
        )
