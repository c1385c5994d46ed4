"""Saved searches are asked of what can be found for the first time, each with its person's present
rights. What was found before and is indexed anew (a correction, a rebuild) is no news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy.orm import Session

from archive import access
from archive.db.database import Database
from archive.desk import saved_searches
from archive.desk.saved_searches import Kept
from archive.people import accounts
from config.errors import Forbidden, NotFound, ServiceError, Unavailable
from config.logs import logger
from search.index import Index, Scope
from search.query.parser import parse


@dataclass(frozen=True, slots=True)
class Alert:
    """These documents came to match this search."""

    search_id: str
    documents: tuple[str, ...]


def matching(database: Database, index: Index, documents: Sequence[str]) -> tuple[Alert, ...]:
    """What to note about documents that the index has just taken for the first time.

    Raises:
        Unavailable: the index or the database is away; ask again with the same documents.
    """
    if not documents:
        return ()
    with database.read() as session:
        kept = saved_searches.all_kept(session)
        scopes = {user: _scope(session, user) for user in {each.user for each in kept}}
    found: list[Alert] = []
    for user, searches in groupby(kept, attrgetter("user")):
        found.extend(_asked(index, searches, scopes[user], documents))
    return tuple(found)


def _scope(session: Session, user: str) -> Scope:
    """Of this moment, and without any broken glass: that is for one look, not for keeping watch."""
    try:
        reader = accounts.reader(session, user)
    except (NotFound, Forbidden):
        return Scope(frozenset())
    return Scope(access.scopes(reader, [unit.id for unit in accounts.units(session)]))


def _asked(
    index: Index, searches: Iterable[Kept], scope: Scope, documents: Sequence[str]
) -> Iterable[Alert]:
    for each in searches:
        question = parse(each.question).among(documents)
        try:
            hits = index.search(question, scope=scope, limit=len(documents)).hits
        except Unavailable:
            raise
        except ServiceError as error:  # one person's question stops nobody's documents
            logger("index").warning("saved search refused", search=each.id, reason=str(error))
            continue
        if hits:
            yield Alert(each.id, tuple(hit.document_id for hit in hits))
