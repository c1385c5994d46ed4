"""The embedded index: tantivy in a folder, one writing process, any number of readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tantivy import DocAddress, Document, Occur, Order, Query, Searcher

from search import cursors, fields, plan, tantivy_query
from search import query as questions
from search.errors import IndexOutdated, IndexUnavailable
from search.german import Analyser
from search.index import (
    FACETS,
    MAX_DEPTH,
    ApplyResult,
    Bucket,
    Delete,
    Failure,
    Health,
    Hit,
    Hits,
    IndexState,
    Op,
    Scope,
    Sort,
    Upsert,
)
from search.suggest import fitting, folded_prefix
from search.tantivy_store import Generation, Store, schema

MAX_PAGES = 1_000  #: pages named for one hit
MAX_BUCKETS = 1_000
DIGEST_STEP = 5_000
_SCHEMA = schema()

_TEXTS = {
    IndexState.READY: "Der Suchindex ist bereit.",
    IndexState.OUTDATED: "Der Suchindex stammt von einer anderen Version der Wortanalyse. "
    "Neu aufbauen: registratur reindex.",
    IndexState.LOST: "Der Suchindex fehlt. Neu aufbauen: registratur reindex.",
    IndexState.DAMAGED: "Der Suchindex ist beschädigt. Neu aufbauen: registratur reindex.",
    IndexState.AWAY: "Der Suchindex antwortet nicht.",
}


class TantivyIndex:
    """See ``Index`` for what every call promises.

    Follows the pointer of its root: after a promotion, by whichever process, the next call reads
    the new generation. An index made by ``new_generation`` stays with its own until promoted.
    """

    def __init__(self, root: Path, analyser: Analyser) -> None:
        self._analyser = analyser
        self._store = Store(root, analyser.version)
        self._pinned: str | None = None

    # ------------------------------------------------------------------ writing
    def apply(self, ops: Sequence[Op]) -> ApplyResult:
        with self._store.mutex:
            generation = self._ready()
            try:
                result = _Batch(generation, self._analyser).take(ops)
                if result.applied:
                    generation.commit()
            except (OSError, ValueError) as error:
                generation.drop_writer()
                raise IndexUnavailable(
                    f"Der Suchindex {generation.folder} hat die Änderungen nicht angenommen: {error}"
                ) from error
            except BaseException:
                generation.drop_writer()
                raise
            return result

    # ------------------------------------------------------------------ reading
    def search(
        self,
        query: questions.Query,
        *,
        scope: Scope,
        limit: int = 50,
        cursor: str | None = None,
        sort: Sort = Sort.RELEVANCE,
    ) -> Hits:
        after = cursors.decode(cursor, query, sort) if cursor else None
        if not scope.scopes:
            return Hits(total=0, hits=(), next_cursor=None, generation="")
        generation = self._ready()
        searcher = generation.searcher()
        wanted = self._documents(query, scope)
        seen = after.seen if after else 0
        limit = max(0, min(limit, MAX_DEPTH - seen))
        total = _count(searcher, wanted)
        ranked = _Ranking(searcher, wanted, sort).after(after, limit + 1) if limit else []
        shown = ranked[:limit]
        next_cursor = None
        if shown and len(ranked) > limit and seen + limit < MAX_DEPTH:
            score, order, _ = shown[-1]
            position = cursors.Position(score, order, seen + len(shown))
            next_cursor = cursors.encode(position, query, sort)
        page_plan = plan.pages(query, self._analyser)
        asked = None if page_plan is None else tantivy_query.translate(page_plan, _SCHEMA)
        return Hits(
            total=total,
            hits=tuple(
                self._hit(searcher, address, score, asked, scope) for score, _, address in shown
            ),
            next_cursor=next_cursor,
            generation=generation.name,
        )

    def facets(
        self, query: questions.Query, *, scope: Scope, fields: Sequence[str] = FACETS
    ) -> Mapping[str, tuple[Bucket, ...]]:
        if not scope.scopes:
            return {field: () for field in fields}
        asked = {field: {"terms": {"field": field, "size": MAX_BUCKETS}} for field in fields}
        found = self._ready().searcher().aggregate(self._documents(query, scope), asked)
        return {field: _buckets(found[field]["buckets"]) for field in fields}

    def suggest(self, prefix: str, *, scope: Scope, limit: int = 10) -> tuple[str, ...]:
        start = folded_prefix(prefix)
        if not scope.scopes or start is None or limit < 1:
            return ()
        visible = tantivy_query.within(scope, "document", Query.all_query(), _SCHEMA)
        found = self._ready().searcher().terms_with_prefix("vocab", start, filter_query=visible)
        return fitting(found, limit)

    def digest(self) -> Iterator[tuple[str, int]]:
        searcher = self._ready().searcher()
        documents = Query.term_query(_SCHEMA, "kind", "document", index_option="basic")
        lowest: int | None = None
        while True:
            rest = tantivy_query.only(
                documents, tantivy_query.between(_SCHEMA, "order", lowest, None)
            )
            found = searcher.search(
                rest, limit=DIGEST_STEP, count=False, order_by_field="order", order=Order.Asc
            ).hits
            for _, address in found:
                stored = searcher.doc(address)
                yield str(stored.get_first("document_id")), int(stored.get_first("revision") or 0)
            if len(found) < DIGEST_STEP:
                return
            lowest = found[-1][0] + 1

    def size(self) -> int:
        documents = Query.term_query(_SCHEMA, "kind", "document", index_option="basic")
        return _count(self._ready().searcher(), documents)

    # ------------------------------------------------------------------ generations
    def new_generation(self, tag: str) -> TantivyIndex:
        made = TantivyIndex.__new__(TantivyIndex)
        made._analyser, made._store = self._analyser, self._store
        made._pinned = self._store.begin(tag).name
        return made

    def promote(self, *, keep: bool = True) -> None:
        if self._pinned is not None:
            self._store.promote(self._pinned, keep=keep)
            self._pinned = None

    def rollback(self) -> None:
        self._store.rollback()

    def discard(self) -> None:
        if self._pinned is not None:
            self._store.discard(self._pinned)

    def compact(self) -> bool:
        with self._store.mutex:
            generation = self._ready()
            generation.writer().garbage_collect_files()
            meta = json.loads((generation.folder / "index" / "meta.json").read_bytes())
            return not any(segment.get("deletes") for segment in meta["segments"])

    def health(self) -> Health:
        state, name, documents, text = IndexState.AWAY, None, None, ""
        try:
            generation = self._generation()
            if generation is None:
                state = IndexState.LOST
            else:
                state, name = generation.state, generation.name
                documents = self.size() if state is IndexState.READY else None
        except IndexUnavailable as error:
            text = str(error)
            state = IndexState.DAMAGED if state is IndexState.READY else state
        return Health(
            state=state,
            engine="tantivy",
            generation=name,
            documents=documents,
            analyser=self._analyser.version,
            text=text or _TEXTS[state],
        )

    def close(self) -> None:
        self._store.close()

    # ------------------------------------------------------------------ inside
    def _generation(self) -> Generation | None:
        if self._pinned is not None:
            return self._store.generation(self._pinned)
        pointer = self._store.pointer()
        return self._store.generation(pointer.current) if pointer else None

    def _ready(self) -> Generation:
        generation = self._generation()
        state = generation.state if generation else IndexState.LOST
        if generation is None or state is not IndexState.READY:
            raise IndexOutdated(_TEXTS[state])
        return generation

    def _documents(self, query: questions.Query, scope: Scope) -> Query:
        match = tantivy_query.translate(plan.documents(query, self._analyser), _SCHEMA)
        return tantivy_query.within(scope, "document", match, _SCHEMA)

    def _hit(
        self,
        searcher: Searcher,
        address: DocAddress,
        score: int,
        pages: Query | None,
        scope: Scope,
    ) -> Hit:
        stored = searcher.doc(address)
        document_id = str(stored.get_first("document_id"))
        numbers: list[tuple[int, int]] = []
        if pages is not None:
            of_it = Query.term_query(_SCHEMA, "document_id", document_id, index_option="basic")
            visible = tantivy_query.within(scope, "page", pages, _SCHEMA)
            found = searcher.search(
                tantivy_query.only(visible, of_it), limit=MAX_PAGES, count=False
            ).hits
            values = searcher.fast_field_values("page", [address for _, address in found])
            numbers = sorted(
                (-int(each), int(page or 0)) for (each, _), page in zip(found, values, strict=True)
            )
        return Hit(
            document_id=document_id,
            score=float(score),
            best_page=numbers[0][1] if numbers else None,
            pages=tuple(sorted(page for _, page in numbers)),
            revision=int(stored.get_first("revision") or 0),
        )


class _Ranking:
    """Hits in their exact order: (score or 0, sort key, address), ties broken by the sort key.

    tantivy breaks ties by where a document lies in its segments, which others' documents change.
    So hits are taken until the score drops, and sorted here.
    """

    def __init__(self, searcher: Searcher, wanted: Query, sort: Sort) -> None:
        self.searcher = searcher
        self.wanted = wanted
        self.sort = sort

    def after(
        self, position: cursors.Position | None, limit: int
    ) -> list[tuple[int, int, DocAddress]]:
        if self.sort is Sort.RELEVANCE:
            return self._by_score(position, limit)
        newest = self.sort is Sort.NEWEST
        wanted = self.wanted
        if position is not None:
            first, last = (None, position.order - 1) if newest else (position.order + 1, None)
            wanted = tantivy_query.only(
                wanted, tantivy_query.between(_SCHEMA, "order", first, last)
            )
        found = self.searcher.search(
            wanted,
            limit=limit,
            count=False,
            order_by_field="order",
            order=Order.Desc if newest else Order.Asc,
        ).hits
        return [(0, int(order), address) for order, address in found]

    def _by_score(
        self, position: cursors.Position | None, limit: int
    ) -> list[tuple[int, int, DocAddress]]:
        ask = limit + (position.seen if position else 0)
        reach = 4 * ask + 200
        while True:
            found = self.searcher.search(self.wanted, limit=reach, count=False).hits
            complete = len(found) < reach
            lowest = None if complete else found[-1][0]
            rows = [(score, address) for score, address in found if score != lowest]
            ranked = self._sorted(rows)
            if position is not None:
                last = (-position.score, -position.order)
                ranked = [row for row in ranked if (-row[0], -row[1]) > last]
            if complete or len(ranked) >= limit:
                return ranked[:limit]
            reach *= 16

    def _sorted(self, rows: list[tuple[float, DocAddress]]) -> list[tuple[int, int, DocAddress]]:
        orders = self.searcher.fast_field_values("order", [address for _, address in rows])
        ranked = [
            (int(score), int(order or 0), address)
            for (score, address), order in zip(rows, orders, strict=True)
        ]
        return sorted(ranked, key=lambda row: (-row[0], -row[1]))


class _Batch:
    """One round of operations against what the index knows."""

    def __init__(self, generation: Generation, analyser: Analyser) -> None:
        self.generation = generation
        self.analyser = analyser
        self.searcher = generation.searcher()
        self.known: dict[str, tuple[int, bool]] = {}

    def take(self, ops: Sequence[Op]) -> ApplyResult:
        applied = ignored = 0
        failures: list[Failure] = []
        for op in ops:
            document_id, revision = _identity(op)
            if self._is_old(op):
                ignored += 1
                continue
            try:
                made = list(self._documents(op))
            except (ValueError, TypeError, OverflowError) as error:
                failures.append(
                    Failure(document_id=document_id, revision=revision, text=str(error))
                )
                continue
            writer = self.generation.writer()
            writer.delete_documents_by_term("document_id", document_id)
            for document in made:
                writer.add_document(document)
            self.known[document_id] = (revision, isinstance(op, Delete))
            applied += 1
        return ApplyResult(applied=applied, ignored=ignored, failures=tuple(failures))

    def _is_old(self, op: Op) -> bool:
        document_id, revision = _identity(op)
        if document_id not in self.known:
            self.known[document_id] = self._look_up(document_id)
        known, deleted = self.known[document_id]
        if isinstance(op, Delete) and not deleted:
            return revision < known
        return revision <= known

    def _look_up(self, document_id: str) -> tuple[int, bool]:
        for kind in ("document", "tombstone"):
            found = self.searcher.search(_named(document_id, kind), limit=1, count=False).hits
            if found:
                stored = self.searcher.doc(found[0][1])
                return int(stored.get_first("revision") or 0), kind == "tombstone"
        return -1, False

    def _documents(self, op: Op) -> Iterable[Document]:
        if isinstance(op, Delete):
            yield Document.from_dict(fields.tombstone(op.document_id, op.revision), _SCHEMA)
            return
        projection = fields.project(op.entry, self.analyser)
        yield Document.from_dict(projection.document, _SCHEMA)
        for page in projection.pages:
            yield Document.from_dict(page, _SCHEMA)


def _count(searcher: Searcher, query: Query) -> int:
    found = searcher.search(query, limit=1)
    return int(found.count)  # type: ignore[attr-defined]  # missing in tantivy's stubs


def _identity(op: Op) -> tuple[str, int]:
    if isinstance(op, Upsert):
        return op.entry.document_id, op.entry.revision
    return op.document_id, op.revision


def _named(document_id: str, kind: str) -> Query:
    terms = (("document_id", document_id), ("kind", kind))
    return Query.boolean_query(
        [
            (Occur.Must, Query.term_query(_SCHEMA, name, value, index_option="basic"))
            for name, value in terms
        ]
    )


def _buckets(found: Sequence[Mapping[str, object]]) -> tuple[Bucket, ...]:
    buckets = [Bucket(value=str(each["key"]), count=int(str(each["doc_count"]))) for each in found]
    return tuple(sorted(buckets, key=lambda bucket: (-bucket.count, bucket.value)))
