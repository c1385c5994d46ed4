"""The distributed index: an Elasticsearch cluster (8.19; 9 by its REST compatibility).

One entry of the index is a document with its pages nested, under the document's identifier and
with a version made of the archive's revision. So a change is one write, and whoever comes late with
an older revision is refused by the cluster (409), in whatever order and from however many workers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError, helpers

from search import fields, query_plan
from search.engines import hit_cursors
from search.engines.elasticsearch import cluster_query
from search.engines.elasticsearch.answers import buckets, hit
from search.engines.elasticsearch.cluster import AWAY, Cluster, Generation, speaking
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
    Hits,
    IndexState,
    Op,
    Scope,
    Sort,
    identity,
)
from search.query import parser as questions

DIGEST_STEP = 5_000
CHUNK_BYTES = 5 * 2**20
MAX_BYTES = 90 * 2**20  #: of one document; a node takes requests up to 100 MB
MAX_REVISION = 2**61

_TEXTS = {
    IndexState.READY: "Der Suchindex ist bereit.",
    IndexState.OUTDATED: "Der Suchindex stammt von einer anderen Version der Wortanalyse. "
    "Neu aufbauen: registratur reindex.",
    IndexState.LOST: "Der Suchindex fehlt. Neu aufbauen: registratur reindex.",
    IndexState.DAMAGED: "Der Suchindex ist keiner von uns. Neu aufbauen: registratur reindex.",
    IndexState.AWAY: "Elasticsearch antwortet nicht.",
}


class ElasticsearchIndex:
    """See ``Index`` for what every call promises. Connects when first asked, not when made.

    ``url`` may hold a name and a password, and be several addresses set apart by commas: while one
    node is away the others are asked. ``prefix`` sets installations on one cluster apart.
    """

    def __init__(
        self,
        url: str,
        analyser: Analyser,
        *,
        prefix: str = "registratur",
        api_key: str | None = None,
        ca_certs: Path | None = None,
        timeout: float = 30.0,
    ) -> None:
        secured: dict[str, Any] = {"ca_certs": str(ca_certs)} if ca_certs else {}
        addresses = [each.strip() for each in url.split(",")]
        client = Elasticsearch(
            addresses, api_key=api_key, request_timeout=timeout, retry_on_timeout=False, **secured
        )
        # never a password in a message
        shown = ", ".join(each.rpartition("@")[2] for each in addresses)
        self._analyser = analyser
        self._cluster = Cluster(client, url=shown, prefix=prefix, analyser=analyser.version)
        self._pinned: str | None = None

    # ------------------------------------------------------------------ writing
    def apply(self, ops: Sequence[Op]) -> ApplyResult:
        generation = self._ready()
        failures: list[Failure] = []
        actions: list[dict[str, Any]] = []
        for op in ops:
            try:
                actions.append(self._action(op))
            except (ValueError, TypeError, OverflowError) as error:
                failures.append(_failure(op, str(error)))
        applied = ignored = 0
        by_id = {identity(op): op for op in ops}
        with speaking(self._cluster.url):
            for good, item in self._bulk(generation, actions):
                ((_, answer),) = item.items()
                if good:
                    applied += 1
                elif answer["status"] == 409:
                    ignored += 1
                elif answer["status"] in AWAY or answer["status"] >= 500:
                    raise IndexUnavailable(
                        f"Elasticsearch hat nicht geschrieben: {answer['error']}"
                    )
                else:
                    which = by_id.get((answer["_id"], answer.get("_version", -1)))
                    failures.append(_refused(answer, which))
        return ApplyResult(applied=applied, ignored=ignored, failures=tuple(failures))

    def _bulk(
        self, generation: Generation, actions: Sequence[dict[str, Any]]
    ) -> Iterator[tuple[bool, dict[str, Any]]]:
        yield from helpers.streaming_bulk(
            self._cluster.client,
            actions,
            index=generation.name,
            max_chunk_bytes=CHUNK_BYTES,
            raise_on_error=False,
            raise_on_exception=True,
            max_retries=3,
            initial_backoff=1,
            # A generation that is being filled is made visible at once, when it is looked at.
            refresh=self._pinned is None,
            require_alias=False,
        )

    def _action(self, op: Op) -> dict[str, Any]:
        document_id, revision = identity(op)
        if not 0 <= revision < MAX_REVISION:
            raise ValueError(f"the revision {revision} is out of range")
        # Odd versions are deletions: at the same revision they win, and stay.
        version = 2 * revision + isinstance(op, Delete)
        source = self._source(op)
        if len(json.dumps(source)) > MAX_BYTES:
            raise ValueError("the text is too large for the index")
        return {
            "_op_type": "index",
            "_id": document_id,
            "version": version,
            "version_type": "external",
            "_source": source,
        }

    def _source(self, op: Op) -> dict[str, Any]:
        if isinstance(op, Delete):
            return fields.tombstone(op.document_id, op.revision)
        projection = fields.project(op.entry, self._analyser)
        pages = [_page(page) for page in projection.pages]
        return {**projection.document, "pages": pages}

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
        seen = after.seen if after else 0
        limit = max(0, min(limit, MAX_DEPTH - seen))
        match = query_plan.documents(query, self._analyser)
        asked = self._asked(query, match, scope)
        ranked = sort is Sort.RELEVANCE
        by_date = {"order": "asc" if sort is Sort.OLDEST else "desc"}
        body: dict[str, Any] = {
            "query": asked,
            "size": min(limit + 1, MAX_DEPTH) if limit else 0,
            "sort": [{"_score": "desc"}, by_date] if ranked else [by_date],
            "track_total_hits": True,
            "docvalue_fields": ["revision"],
            "_source": False,
        }
        if after is not None:
            body["search_after"] = [after.score, after.order] if ranked else [after.order]
        generation, answer = self._search(body)
        rows = answer["hits"]["hits"]
        shown = rows[:limit]
        next_cursor = None
        if shown and len(rows) > limit and seen + limit < MAX_DEPTH:
            *score, order = shown[-1]["sort"]
            position = hit_cursors.Position(int(sum(score)), order, seen + len(shown))
            next_cursor = hit_cursors.encode(position, query, sort)
        return Hits(
            total=int(answer["hits"]["total"]["value"]),
            hits=tuple(hit(row) for row in shown),
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
        wanted = cluster_query.visible(query_plan.matching(query, self._analyser), scope)
        known = total is not None and total <= NARROW
        counted = [field for field in fields if known or field != MANY_VALUED]
        now, found = self._counted(wanted, counted)
        if MANY_VALUED in fields and not known and max(now, total or 0) <= NARROW:
            found |= self._counted(wanted, [MANY_VALUED])[1]
        elif now > NARROW:
            found[MANY_VALUED] = ()
        return {field: found.get(field, ()) for field in fields}

    def _counted(
        self, wanted: Mapping[str, Any], names: Sequence[str]
    ) -> tuple[int, dict[str, tuple[Bucket, ...]]]:
        terms = {"size": MAX_BUCKETS, "shard_size": 10 * MAX_BUCKETS}
        aggs = {name: {"terms": {"field": name, **terms}} for name in names}
        body = {"query": wanted, "size": 0, "aggs": aggs, "track_total_hits": NARROW + 1}
        _, answer = self._search(body)
        found = answer.get("aggregations", {})
        total = int(answer["hits"]["total"]["value"])
        return total, {name: buckets(found[name]["buckets"]) for name in names}

    def suggest(self, prefix: str, *, scope: Scope, limit: int = 10) -> tuple[str, ...]:
        start = folded_prefix(prefix)
        if not scope.scopes or start is None or limit < 1:
            return ()
        terms = {"field": "vocab", "include": f"{start}.*", "size": MAX_SPELLINGS}
        body = {
            "query": cluster_query.visible(query_plan.Always(), scope),
            "size": 0,
            "aggs": {"words": {"terms": terms}},
        }
        _, answer = self._search(body)
        buckets = answer["aggregations"]["words"]["buckets"]
        return fitting(((each["key"], each["doc_count"]) for each in buckets), limit)

    def digest(self) -> Iterator[tuple[str, int]]:
        generation = self._ready()
        self._refresh(generation)
        client = self._cluster.client
        with speaking(self._cluster.url):
            moment = client.open_point_in_time(index=generation.name, keep_alive="2m")["id"]
        try:
            after: list[Any] | None = None
            while True:
                with speaking(self._cluster.url):
                    rows = client.search(
                        pit={"id": moment, "keep_alive": "2m"},
                        query=cluster_query.kind("document"),
                        size=DIGEST_STEP,
                        sort=[{"order": "asc"}],
                        search_after=after,
                        docvalue_fields=[{"field": "revision"}],
                        source=False,
                        track_total_hits=False,
                    )["hits"]["hits"]
                for row in rows:
                    yield row["_id"], int(row["fields"]["revision"][0])
                if len(rows) < DIGEST_STEP:
                    return
                after = rows[-1]["sort"]
        finally:
            client.close_point_in_time(id=moment)

    def size(self) -> int:
        _, answer = self._search(
            {"query": cluster_query.kind("document"), "size": 0, "track_total_hits": True}
        )
        return int(answer["hits"]["total"]["value"])

    # ------------------------------------------------------------------ generations
    def new_generation(self, tag: str, *, resume: bool = False) -> ElasticsearchIndex:
        made = ElasticsearchIndex.__new__(ElasticsearchIndex)
        made._analyser, made._cluster = self._analyser, self._cluster
        made._pinned = self._cluster.begin(tag, resume=resume).name
        return made

    def leave(self) -> None:
        """Nothing is held open: it lies in the cluster as it is."""

    def promote(self, *, keep: bool = True) -> None:
        if self._pinned is not None:
            self._cluster.promote(self._pinned, keep=keep)
            self._pinned = None

    def rollback(self) -> None:
        self._cluster.rollback()

    def discard(self) -> None:
        if self._pinned is not None:
            self._cluster.discard(self._pinned)

    def compact(self) -> bool:
        generation = self._ready()
        client = self._cluster.client
        with speaking(self._cluster.url):
            client.indices.flush(index=generation.name)
            client.indices.forcemerge(index=generation.name, only_expunge_deletes=True)
            client.indices.refresh(index=generation.name)
            stats = client.indices.stats(index=generation.name, metric="docs")
        return int(stats["_all"]["total"]["docs"]["deleted"]) == 0

    def health(self) -> Health:
        state, name, documents, text = IndexState.AWAY, None, None, ""
        try:
            generation = self._generation()
            state, name = generation.state, generation.name or None
            documents = self.size() if state is IndexState.READY else None
        except IndexUnavailable as error:
            state, text = IndexState.AWAY, str(error)
        return Health(
            state=state,
            engine="elasticsearch",
            generation=name,
            documents=documents,
            analyser=self._analyser.version,
            text=text or _TEXTS[state],
        )

    def close(self) -> None:
        if self._pinned is None:
            self._cluster.client.close()

    def bytes_on_disk(self) -> int:
        """Of the generation in use, its merges finished."""
        generation = self._ready()
        with speaking(self._cluster.url):
            stats = self._cluster.client.indices.stats(index=generation.name, metric="store")
        return int(stats["_all"]["primaries"]["store"]["size_in_bytes"])

    def remove_everything(self) -> None:
        """Every generation below the prefix, for measurements and tests."""
        self._cluster.remove_everything()

    # ------------------------------------------------------------------ inside
    def _generation(self) -> Generation:
        if self._pinned is not None:
            return Generation(self._pinned, IndexState.READY)
        return self._cluster.current()

    def _ready(self) -> Generation:
        generation = self._generation()
        if generation.state is not IndexState.READY:
            raise IndexOutdated(_TEXTS[generation.state])
        return generation

    def _refresh(self, generation: Generation) -> None:
        if self._pinned is not None:
            with speaking(self._cluster.url):
                self._cluster.client.indices.refresh(index=generation.name)

    def _search(self, body: Mapping[str, Any]) -> tuple[Generation, Mapping[str, Any]]:
        for last in (False, True):
            generation = self._ready()
            self._refresh(generation)
            try:
                with speaking(self._cluster.url):
                    answer = self._cluster.client.search(index=generation.name, body=dict(body))
            except Exception as error:
                if isinstance(error.__cause__, NotFoundError) and not last:
                    continue  # promoted and dropped between the two calls
                raise
            if answer["timed_out"] or answer["_shards"]["failed"]:
                raise IndexUnavailable("Elasticsearch hat nur einen Teil durchsucht.")
            return generation, answer.body
        raise AssertionError("unreachable")

    def _asked(
        self, query: questions.Query, match: query_plan.Match, scope: Scope
    ) -> dict[str, Any]:
        asked = cluster_query.visible(match, scope)
        pages = query_plan.pages(query, self._analyser)
        if pages is not None:
            asked["bool"]["should"] = [cluster_query.pages(pages)]
        return asked


def _failure(op: Op, text: str) -> Failure:
    document_id, revision = identity(op)
    return Failure(document_id=document_id, revision=revision, text=text)


def _refused(answer: Mapping[str, Any], op: Op | None) -> Failure:
    reason = answer["error"]
    text = str(reason.get("reason", reason) if isinstance(reason, dict) else reason)
    if op is not None:
        return _failure(op, text)
    return Failure(document_id=str(answer["_id"]), revision=-1, text=text)


def _page(page: fields.Fields) -> dict[str, Any]:
    known = ("page", *fields.PAGE_TEXT, "ref", "ref_c", "ref_tail")
    return {name: page[name] for name in known if name in page}
