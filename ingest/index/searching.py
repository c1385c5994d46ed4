"""Search as people ask for it: the index proposes, the archive decides, the text gives the snippet.

Every hit is looked up again for the reader before it leaves, since the index may lag behind a
change of rights; what the archive refuses is dropped and logged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive import access
from archive.audit import trail
from archive.db.database import Database
from archive.model import Document, Reader, RenditionRole
from archive.people import accounts
from archive.search import findable
from archive.store.objects import ObjectStore
from archive.views import listing
from config.clock import Clock
from config.errors import NotFound, Unavailable
from config.logs import logger
from ingest.actors import actor_of
from ingest.ports.rebuild_progress import Renewal
from ingest.renditions import latest
from ocr.recognition.result import Recognition, page_in
from search.errors import IndexOutdated, IndexUnavailable
from search.german.analysis import Analyser
from search.index import Bucket, Hit, Index, Scope, Sort
from search.query.parser import Query, parse
from search.snippets import Fragment, snippet

FIRST_PAGE = 1


class SearchAway(Unavailable):
    """The index does not answer now.

    The text is for the reader: how many of the reader's documents wait, or how far the index is with
    being built anew. The cause is in ``__cause__`` and in the log.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocument:
    """One hit: the document, where in it, and the words around."""

    document: Document
    score: float
    page: int | None
    pages: tuple[int, ...]
    fragments: tuple[Fragment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reader gets to see."""

    query: Query
    total: int
    hits: tuple[FoundDocument, ...]
    facets: Mapping[str, tuple[Bucket, ...]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Searching:
    """Search for one house."""

    database: Database
    objects: ObjectStore
    index: Index
    analyser: Analyser
    clock: Clock
    renewal: Renewal

    def find(
        self,
        reader: Reader,
        text: str,
        *,
        limit: int = 50,
        cursor: str | None = None,
        sort: Sort = Sort.RELEVANCE,
    ) -> Found:
        """Find what ``reader`` may see.

        Raises:
            Unavailable: the index is away.
            UsageError: the cursor belongs to another question.
        """
        query = parse(text)
        scope = self._scope(reader)
        with self._saying_the_lag(reader):
            answer = self.index.search(query, scope=scope, limit=limit, cursor=cursor, sort=sort)
            facets = self.index.facets(query, scope=scope, total=answer.total)
        with self.database.read() as session:
            hits = [self._shown(session, reader, hit, query) for hit in answer.hits]
        if reader.on_behalf is not None:
            self._note(reader, text)
        return Found(
            query=query,
            total=answer.total,
            hits=tuple(hit for hit in hits if hit is not None),
            facets=facets,
            next_cursor=answer.next_cursor,
        )

    def suggest(self, reader: Reader, prefix: str, *, limit: int = 10) -> tuple[str, ...]:
        """Words that go on from ``prefix`` in documents that ``reader`` may see."""
        scope = self._scope(reader)
        with self._saying_the_lag(reader):
            return self.index.suggest(prefix, scope=scope, limit=limit)

    @contextmanager
    def _saying_the_lag(self, reader: Reader) -> Iterator[None]:
        """While the index is away: what of the reader's own waits for it."""
        try:
            yield
        except IndexUnavailable as error:
            logger("search").warning("the index is away", why=str(error))
            rebuilt = isinstance(error, IndexOutdated)
            raise SearchAway(self._of_rebuilding() if rebuilt else self._of_lag(reader)) from error

    def _of_lag(self, reader: Reader) -> str:
        with self.database.read() as session:
            waiting = findable.waiting(session, reader)
        return (
            "Die Suche antwortet gerade nicht. Eingang und Akten gehen weiter; "
            f"{waiting} Ihrer Dokumente sind noch nicht durchsuchbar und werden es von selbst, "
            "sobald der Suchindex wieder da ist."
        )

    def _of_rebuilding(self) -> str:
        progress = self.renewal.progress
        rebuilding = (
            "Der Suchindex muss neu aufgebaut werden; der laufende Dienst tut das von selbst."
            if progress is None
            else f"Der Suchindex wird neu aufgebaut ({progress.percent} % sind geschafft)."
        )
        return (
            f"{rebuilding} Bis dahin antwortet die Suche nicht. Eingang und Akten gehen weiter; was "
            "inzwischen dazukommt, wird danach von selbst durchsuchbar."
        )

    def _scope(self, reader: Reader) -> Scope:
        with self.database.read() as session:
            departments = [unit.id for unit in accounts.units(session)]
        return Scope(access.scopes(reader, departments))

    def _shown(
        self, session: Session, reader: Reader, hit: Hit, query: Query
    ) -> FoundDocument | None:
        try:
            document = listing.document_for(session, reader, hit.document_id)
        except NotFound:
            document = None
        if document is None or not access.may_read_document(reader, document):
            logger("search").warning("hit refused by the archive", document=hit.document_id)
            return None
        return FoundDocument(
            document=document,
            score=hit.score,
            page=hit.best_page,
            pages=hit.pages,
            fragments=self._fragments(document, hit.best_page, query),
        )

    def _fragments(
        self, document: Document, page: int | None, query: Query
    ) -> tuple[Fragment, ...]:
        kept = self.objects.path(latest(document, RenditionRole.TEXT)).read_bytes()
        shown = page_in(kept, page or FIRST_PAGE)
        if shown is None:
            shown = next(iter(Recognition.from_json(kept).pages), None)
        return snippet(shown.text, query, self.analyser) if shown else ()

    def _note(self, reader: Reader, text: str) -> None:
        if self.database.read_only:
            return  # the command says that nothing is recorded
        with self.database.write() as session:
            trail.append(
                session,
                at=self.clock(),
                by=actor_of(reader),
                action="SEARCHED",
                object_type="search",
                object_id="-",
                detail={"query_sha256": hashlib.sha256(text.encode()).hexdigest()},
            )
