"""The port: what an index takes in, what it answers, and what every adapter promises.

The index is a projection. Archive and outbox hold the truth; an index can be thrown away and
built anew while the service runs. No call reads without a ``Scope``; an empty one has no hits and
asks no engine. Answers to one reader never depend on documents that this reader may not see:
scores are sums of constants (``query_plan.py``), ties are broken by date of receipt and identifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from typing import Protocol

from search.query.parser import Query

FACETS = ("department", "stream", "document_class", "plan_unit", "file_mark", "year")
MANY_VALUED = "file_mark"  #: too many values to be told over all documents
MAX_BUCKETS = 1_000  #: values of any other field
NARROW = 200  #: hits up to which MANY_VALUED is counted; its values are costly to name
MAX_DEPTH = 10_000  #: hits behind this place are not listed; they are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """The text of one page; ``number`` counts from 1. ``recognised``: it was read from a picture, so
    that signs in it may be misread."""

    number: int
    text: str
    recognised: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One document as the index sees it.

    ``scope`` is the one access scope that opens the document to a reader ("dept:bauamt",
    "dept:bauamt/comp:personal"). ``revision`` grows with every change of the document.
    """

    document_id: str
    revision: int
    scope: str
    department: str
    stream: str
    received_on: date
    document_class: str | None = None
    plan_unit: str | None = None
    title: str | None = None
    sender: str | None = None
    file_mark: str | None = None
    file_name: str | None = None
    letter_date: date | None = None
    pages: tuple[PageEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Upsert:
    """Make the document found as ``entry`` says, unless a newer revision is known."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Delete:
    """Make the document not found; wins over every upsert of this or an older revision."""

    document_id: str
    revision: int


Op = Upsert | Delete


def identity(op: Op) -> tuple[str, int]:
    """Identifier and revision of the document that an operation is about."""
    if isinstance(op, Upsert):
        return op.entry.document_id, op.entry.revision
    return op.document_id, op.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One operation that could not be taken; the others of its batch were."""

    document_id: str
    revision: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """``ignored`` counts what was already known in this or a newer revision: a success."""

    applied: int
    ignored: int
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The access scopes of one reader. Every reading call wants one."""

    scopes: frozenset[str]


@unique
class Sort(StrEnum):
    """Order of hits; ties fall to the later date of receipt, then to the identifier's hash."""

    RELEVANCE = "relevance"
    NEWEST = "newest"  #: by date of receipt, latest first
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One document. ``pages`` are those with matching text, ascending; ``best_page`` one of them.

    Both are empty when the document matched by its fields alone.
    """

    document_id: str
    score: float
    best_page: int | None
    pages: tuple[int, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """``total`` counts all documents that match within the scope, not only those listed."""

    total: int
    hits: tuple[Hit, ...]
    next_cursor: str | None
    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One value of a facet and the number of matching documents in the scope that have it."""

    value: str
    count: int


@unique
class IndexState(StrEnum):
    READY = "ready"
    OUTDATED = "outdated"  #: other layout or analyser: rebuild
    LOST = "lost"  #: was there and is gone: rebuild
    DAMAGED = "damaged"  #: there and not readable: rebuild
    AWAY = "away"  #: the engine does not answer: wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the index does; ``text`` is a German sentence for the person in charge."""

    state: IndexState
    engine: str
    generation: str | None
    documents: int | None
    analyser: str  #: version that this process analyses with
    text: str

    @property
    def needs_rebuild(self) -> bool:
        return self.state in (IndexState.OUTDATED, IndexState.LOST, IndexState.DAMAGED)


class Index(Protocol):
    """All calls raise IndexUnavailable when the engine is away, IndexOutdated when it is stale."""

    def apply(self, ops: Sequence[Op]) -> ApplyResult:
        """Take a batch; durable on return. Repeating it, whole or in part, changes nothing."""
        ...

    def search(
        self,
        query: Query,
        *,
        scope: Scope,
        limit: int = 50,
        cursor: str | None = None,
        sort: Sort = Sort.RELEVANCE,
    ) -> Hits:
        """Documents that match. ``cursor`` comes from ``Hits.next_cursor`` of the same question;
        one that is not ours is a UsageError."""
        ...

    def facets(
        self,
        query: Query,
        *,
        scope: Scope,
        fields: Sequence[str] = FACETS,
        total: int | None = None,
    ) -> Mapping[str, tuple[Bucket, ...]]:
        """Counts by field (names in FACETS), largest first, then by value.

        MANY_VALUED is empty where more than NARROW documents match: cutting off a list of
        equally frequent values would depend on what others have. ``total`` is what ``search`` has
        just counted of this question for this scope, if it was asked: it saves looking for values
        that will not be told.
        """
        ...

    def suggest(self, prefix: str, *, scope: Scope, limit: int = 10) -> tuple[str, ...]:
        """Words of documents in the scope that go on from ``prefix``, the most frequent first."""
        ...

    def digest(self) -> Iterator[tuple[str, int]]:
        """Identifier and revision of every document that can be found, for the audit."""
        ...

    def size(self) -> int:
        """How many documents can be found."""
        ...

    def new_generation(self, tag: str, *, resume: bool = False) -> Index:
        """An empty index beside this one, to be filled and promoted; this one stays in use.

        ``resume`` takes up one of this tag, layout and analyser that was begun and left, with what
        it holds already.
        """
        ...

    def leave(self) -> None:
        """Stop filling this generation; it stays for ``new_generation(resume=True)``."""
        ...

    def promote(self, *, keep: bool = True) -> None:
        """Make this generation the one that everybody reads.

        The one before stays for ``rollback``, unless ``keep`` is false (erasure).
        """
        ...

    def rollback(self) -> None:
        """Return to the generation that was in use before the last promotion."""
        ...

    def discard(self) -> None:
        """Throw this generation away, unless it is in use."""
        ...

    def compact(self) -> bool:
        """Drop what deleted documents left behind (erasure); for quiet hours.

        False: some of it is still in the files. A cluster gives it up a little later; embedded, a
        rebuild with ``keep=False`` is what removes it.
        """
        ...

    def health(self) -> Health:
        """Never raises for an ill index: it says so."""
        ...

    def close(self) -> None:
        """Give up the writer and all files."""
        ...
