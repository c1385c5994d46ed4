"""What the index contract tests share: engines to run on, and small documents."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from config.clock import new_id
from search.engines.elasticsearch.index_elasticsearch import ElasticsearchIndex
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.german.analysis import Analyser, load_analyser
from search.index import Entry, Index, PageEntry, Scope, Sort, Upsert
from search.query.parser import parse

BAUAMT = Scope(frozenset({"dept:bauamt"}))
JUGENDAMT = Scope(frozenset({"dept:jugendamt"}))
BOTH = Scope(BAUAMT.scopes | JUGENDAMT.scopes)
NOBODY = Scope(frozenset())

ENGINES = [
    pytest.param("tantivy"),
    pytest.param("elasticsearch", marks=pytest.mark.services),
]

MakeIndex = Callable[[], Index]


def maker(engine: str, tmp_path: Path, analyser: Analyser) -> Iterator[MakeIndex]:
    """Makes fresh, empty indexes of one engine and takes them down again."""
    if engine == "elasticsearch":
        yield from _on_elasticsearch(analyser)
        return
    made: list[Index] = []

    def make() -> Index:
        index = TantivyIndex(tmp_path / f"index{len(made)}", analyser)
        made.append(index)
        return index

    yield make
    for index in made:
        index.close()


def _on_elasticsearch(analyser: Analyser) -> Iterator[MakeIndex]:
    url = elasticsearch_url()
    prefixes: list[str] = []

    def make() -> Index:
        prefixes.append(new_id("test"))
        return ElasticsearchIndex(url, analyser, prefix=prefixes[-1])

    yield make
    with Elasticsearch(url) as client:
        for prefix in prefixes:
            client.indices.delete(
                index=",".join(client.indices.get(index=f"{prefix}-*")) or "none",
                ignore_unavailable=True,
            )


def elasticsearch_url() -> str:
    """The test server; scripts/with-services starts it."""
    url = os.environ.get("REGISTRATUR_TEST_ELASTICSEARCH")
    if not url:
        pytest.skip("REGISTRATUR_TEST_ELASTICSEARCH names no server")
    return url


def bare_analyser() -> Analyser:
    """The same on every machine, so that contract tests do not hang on installed dictionaries."""
    return load_analyser(dictionaries=())


def entry(document_id: str, *pages: str, **fields: Any) -> Entry:
    """A document of the Bauamt unless told otherwise."""
    given = {
        "revision": 1,
        "department": "bauamt",
        "stream": "mailroom",
        "received_on": date(2026, 3, 1),
        **fields,
    }
    given.setdefault("scope", f"dept:{given['department']}")
    numbered = tuple(PageEntry(number=number, text=text) for number, text in enumerate(pages, 1))
    return Entry(document_id=document_id, pages=numbered, **given)


def upsert(document_id: str, *pages: str, **fields: Any) -> Upsert:
    return Upsert(entry(document_id, *pages, **fields))


def found(index: Index, question: str, scope: Scope = BAUAMT, **options: Any) -> list[str]:
    """Identifiers of the hits in their order."""
    hits = index.search(parse(question), scope=scope, **options)
    assert hits.total >= len(hits.hits)
    return [hit.document_id for hit in hits.hits]


def every_page(index: Index, question: str, scope: Scope, limit: int, sort: Sort) -> list[str]:
    """All hits, walked by cursors."""
    listed: list[str] = []
    cursor: str | None = None
    while True:
        hits = index.search(parse(question), scope=scope, limit=limit, cursor=cursor, sort=sort)
        listed += [hit.document_id for hit in hits.hits]
        cursor = hits.next_cursor
        if cursor is None:
            return listed
