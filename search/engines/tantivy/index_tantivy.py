"""The embedded index: tantivy in a folder, one writing process, any number of readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tantivy import Document, Order, Query, Searcher

from config.system_errors import said
from search import fields, query_plan
from search.engines import hit_cursors
from search.engines.tantivy import engine_query
from search.engines.tantivy.engine_schema import PAGE_SCOPE, SCHEMA, SHELF, shelf
from search.engines.tantivy.generations import Generation, Store
from search.engines.tantivy.ranking import Found, Place, Ranking, count, matching_pages
from search.errors import IndexOutdated, IndexUnavailable
from search.german.analysis import Analyser
from search.german.completion import MAX_SPELLINGS, fitting, folded_prefix
from search.index import (
    FACETS,
    MANY_VALUED,
    MAX_BUCKETS,
    MAX_DEPTH,
    NARROW,
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
    identity,
)
from search.query import parser as questions

DIGEST_STEP = 5_000

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
        generation = self._ready()
        with generation.writing:
            try:
                result = _Batch(generation, self._analyser).take(ops)
                if result.applied:
                    generation.commit()
            except (OSError, ValueError) as error:
                generation.drop_writer()
                raise IndexUnavailable(
                    f"Der Suchindex {generation.folder} hat die Änderungen nicht angenommen: {said(error)}"
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
        after = hit_cursors.decode(cursor, query, sort) if cursor else None
        if not scope.scopes:
            return Hits(total=0, hits=(), next_cursor=None, generation="")
        generation = self._ready()
        searcher = generation.searcher()
        match = query_plan.documents(query, self._analyser)
        wanted = self._visible(match, scope)
        seen = after.seen if after else 0
        limit = max(0, min(limit, MAX_DEPTH - seen))
        ranking = Ranking(searcher, wanted, sort, query_plan.same_score(match))
        ranked = ranking.after(after, limit + 1) if limit else []
        shown = ranked[:limit]
        next_cursor = None
        if shown and len(ranked) > limit and seen + limit < MAX_DEPTH:
            position = hit_cursors.Position(shown[-1].score, shown[-1].order, seen + len(shown))
            next_cursor = hit_cursors.encode(position, query, sort)
        return Hits(
            total=ranking.total(),
            hits=self._hits(searcher, shown, query, scope),
            next_cursor=next_cursor,
            generation=generation.name,
        )

    def facets(
        self,
        query: questions.Query,
        *,
        scope: Scope,
        fields: Sequence[str] = FACETS,
        total: int | None = None,
    ) -> Mapping[str, tuple[Bucket, ...]]:
        if not scope.scopes:
            return {field: () for field in fields}
        wanted = self._visible(query_plan.matching(query, self._analyser), scope)
        told = [name for name in fields if name != MANY_VALUED or (total or 0) <= NARROW]
        # One walk through the hits for all fields. Every document has a department, so these add up
        # to the hits; up to NARROW hits no segment has more values than it is asked for.
        asked = {name: _counting(name) for name in ("department", *told)}
        found = self._ready().searcher().aggregate(wanted, asked)
        counted = {name: _buckets(found[name]["buckets"]) for name in asked}
        if sum(bucket.count for bucket in counted["department"]) > NARROW:
            counted[MANY_VALUED] = ()
        return {field: counted.get(field, ()) for field in fields}

    def suggest(self, prefix: str, *, scope: Scope, limit: int = 10) -> tuple[str, ...]:
        start = folded_prefix(prefix)
        if not scope.scopes or start is None or limit < 1:
            return ()
        visible = engine_query.within(scope, "scope", Query.all_query(), SCHEMA)
        found = (
            self._ready()
            .searcher()
            .terms_with_prefix("vocab", start, filter_query=visible, limit=MAX_SPELLINGS)
        )
        return fitting(found, limit)

    def digest(self) -> Iterator[tuple[str, int]]:
        searcher = self._ready().searcher()
        documents = Query.term_query(SCHEMA, "kind", "document", index_option="basic")
        lowest: int | None = None
        while True:
            rest = engine_query.only(documents, engine_query.between(SCHEMA, "order", lowest, None))
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
        documents = Query.term_query(SCHEMA, "kind", "document", index_option="basic")
        return count(self._ready().searcher(), documents)

    # ------------------------------------------------------------------ generations
    def new_generation(self, tag: str, *, resume: bool = False) -> TantivyIndex:
        made = TantivyIndex.__new__(TantivyIndex)
        made._analyser, made._store = self._analyser, self._store
        made._pinned = self._store.begin(tag, resume=resume).name
        return made

    def leave(self) -> None:
        if self._pinned is not None:
            self._store.release(self._pinned)

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
        generation = self._ready()
        with generation.writing:
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

    def _visible(self, match: query_plan.Match, scope: Scope) -> Query:
        translated = engine_query.translate(match, SCHEMA)
        return engine_query.within(scope, "scope", translated, SCHEMA)

    def _hits(
        self, searcher: Searcher, shown: Sequence[Place], query: questions.Query, scope: Scope
    ) -> tuple[Hit, ...]:
        asked = query_plan.pages(query, self._analyser)
        pages: dict[int, list[Found]] = {}
        if asked is not None and shown:
            translated = engine_query.translate(asked, SCHEMA)
            visible = engine_query.within(scope, PAGE_SCOPE, translated, SCHEMA)
            pages = matching_pages(searcher, visible, [place.order for place in shown])
        hits: list[Hit] = []
        for place in shown:
            stored = searcher.doc(place.address)
            found = pages.get(place.order, [])
            hits.append(
                Hit(
                    document_id=str(stored.get_first("document_id")),
                    score=float(place.score),
                    best_page=min(found).number if found else None,
                    pages=tuple(sorted(page.number for page in found)),
                    revision=int(stored.get_first("revision") or 0),
                )
            )
        return tuple(hits)


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
            document_id, revision = identity(op)
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
        document_id, revision = identity(op)
        if document_id not in self.known:
            self.known[document_id] = self._look_up(document_id)
        known, deleted = self.known[document_id]
        if isinstance(op, Delete) and not deleted:
            return revision < known
        return revision <= known

    def _look_up(self, document_id: str) -> tuple[int, bool]:
        found = self.searcher.search(_named(document_id), limit=1, count=False).hits
        if not found:
            return -1, False
        stored = self.searcher.doc(found[0][1])
        return int(stored.get_first("revision") or 0), stored.get_first("kind") == "tombstone"

    def _documents(self, op: Op) -> Iterable[Document]:
        if isinstance(op, Delete):
            left = {**fields.tombstone(op.document_id, op.revision), SHELF: shelf(None)}
            yield Document.from_dict(left, SCHEMA)
            return
        projection = fields.project(op.entry, self.analyser)
        yield Document.from_dict(_document(projection.document, op.entry.scope), SCHEMA)
        for page in projection.pages:
            yield Document.from_dict(_page(page), SCHEMA)


def _document(document: fields.Fields, scope: str) -> fields.Fields:
    """The vocabulary as one text: a value for each word would cost half as much again."""
    vocabulary = document["vocab"]
    words = " ".join(vocabulary) if isinstance(vocabulary, list) else ""
    return {**document, "vocab": words, SHELF: shelf(scope)}


def _page(page: fields.Fields) -> fields.Fields:
    """Without what is asked of documents alone: pages come and go with theirs."""
    left_out = ("kind", "revision", "scope")
    kept = {name: value for name, value in page.items() if name not in left_out}
    return {**kept, PAGE_SCOPE: page["scope"], SHELF: shelf(None)}


def _named(document_id: str) -> Query:
    """The document or what is left of it; pages have no kind."""
    return engine_query.only(
        engine_query.term(SCHEMA, "document_id", document_id),
        engine_query.any_term(SCHEMA, "kind", ("document", "tombstone")),
    )


def _counting(name: str) -> dict[str, object]:
    size = NARROW if name == MANY_VALUED else MAX_BUCKETS
    return {"terms": {"field": name, "size": size, "segment_size": size}}


def _buckets(found: Sequence[Mapping[str, object]]) -> tuple[Bucket, ...]:
    buckets = [Bucket(value=str(each["key"]), count=int(str(each["doc_count"]))) for each in found]
    return tuple(sorted(buckets, key=lambda bucket: (-bucket.count, bucket.value)))
