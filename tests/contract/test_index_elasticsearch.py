"""What holds for the index on a cluster alone: absence, late workers, other versions, erasure."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from config.clock import new_id
from search.engines.elasticsearch.index_elasticsearch import ElasticsearchIndex
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.errors import IndexOutdated, IndexUnavailable
from search.german.analysis import Analyser, load_analyser
from search.index import Delete, Index, IndexState, Op, PageEntry, Scope, Upsert
from search.query.parser import parse
from tests.contract.index_kit import (
    BAUAMT,
    MakeIndex,
    bare_analyser,
    elasticsearch_url,
    entry,
    found,
    maker,
    upsert,
)
from tests.contract.test_index_scope import WORDS, answers

NOWHERE = "http://somebody:geheim@127.0.0.1:9"  # the discard port; nobody listens


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return bare_analyser()


@pytest.fixture
def make(tmp_path: Path, analyser: Analyser) -> Iterator[MakeIndex]:
    yield from maker("elasticsearch", tmp_path, analyser)


@pytest.fixture
def index(make: MakeIndex) -> Index:
    return make()


def test_making_one_needs_no_server_and_asking_says_it_is_away(analyser: Analyser) -> None:
    index = ElasticsearchIndex(NOWHERE, analyser, timeout=1)
    for call in (
        lambda: index.search(parse("Bau"), scope=BAUAMT),
        lambda: index.facets(parse("Bau"), scope=BAUAMT),
        lambda: index.suggest("bau", scope=BAUAMT),
        lambda: index.apply([upsert("a", "Bau")]),
        lambda: list(index.digest()),
        lambda: index.new_generation("x"),
        index.size,
    ):
        with pytest.raises(IndexUnavailable, match="nicht erreichbar") as raised:
            call()
        assert "geheim" not in str(raised.value)
    health = index.health()
    assert (health.state, health.needs_rebuild) == (IndexState.AWAY, False)
    assert "geheim" not in health.text
    index.close()


def test_an_empty_scope_asks_no_server(analyser: Analyser) -> None:
    index = ElasticsearchIndex(NOWHERE, analyser, timeout=1)
    nobody = Scope(frozenset())
    assert index.search(parse("Bau"), scope=nobody).total == 0
    assert index.facets(parse("Bau"), scope=nobody, fields=["stream"]) == {"stream": ()}
    assert index.suggest("bau", scope=nobody) == ()
    index.close()


@pytest.mark.services
def test_workers_in_any_order_end_with_the_newest(index: Index) -> None:
    ops: list[Op] = [upsert(f"d{at % 7}", f"Stand{at}", revision=at) for at in range(1, 85)]
    ops += [Delete("d0", 200), Delete("d1", 3)]
    shuffled = random.Random(7).sample(ops, len(ops))
    quarters = [shuffled[start::4] for start in range(4)]

    def work(mine: list[Op]) -> None:
        for start in range(0, len(mine), 5):
            index.apply(mine[start : start + 5])

    workers = [threading.Thread(target=work, args=(quarter,)) for quarter in quarters]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    newest = {f"d{at % 7}": at for at in range(1, 85)}
    del newest["d0"]
    assert dict(index.digest()) == newest


@pytest.mark.services
def test_another_analyser_asks_for_a_rebuild(index: Index, tmp_path: Path) -> None:
    index.apply([upsert("a", "Quarzgebühr")])
    prefix = str(index.health().generation).partition("-s")[0]
    site = tmp_path / "woerter.txt"
    site.write_text("Quarz", encoding="utf-8")
    later = ElasticsearchIndex(
        elasticsearch_url(), load_analyser(site=site, dictionaries=()), prefix=prefix
    )
    assert later.health().state is IndexState.OUTDATED
    with pytest.raises(IndexOutdated):
        found(later, "Gebühr")
    with pytest.raises(IndexOutdated):
        later.apply([upsert("b", "x")])
    fresh = later.new_generation("a2")
    fresh.apply([upsert("a", "Quarzgebühr")])
    fresh.promote()
    assert found(later, "Gebühr") == ["a"]
    assert index.health().state is IndexState.OUTDATED  # now the other side is the old one
    later.close()


@pytest.mark.services
def test_a_deleted_index_is_noticed_not_silently_replaced(index: Index) -> None:
    index.apply([upsert("a", "Antrag")])
    with Elasticsearch(elasticsearch_url()) as client:
        client.indices.delete(index=str(index.health().generation))
    assert index.health().state is IndexState.LOST
    with pytest.raises(IndexUnavailable):
        index.apply([upsert("b", "Antrag")])
    fresh = index.new_generation("again")
    fresh.apply([upsert("a", "Antrag")])
    fresh.promote()
    assert found(index, "Antrag") == ["a"]


@pytest.mark.services
def test_two_processes_that_begin_at_once_share_one_generation(
    analyser: Analyser, make: MakeIndex
) -> None:
    first = make()
    url, prefix = elasticsearch_url(), new_id("test")
    del first
    both = [ElasticsearchIndex(url, analyser, prefix=prefix) for _ in range(4)]
    names: list[str | None] = []
    threads = [
        threading.Thread(target=lambda each=each: names.append(each.health().generation))
        for each in both
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert len(set(names)) == 1 and None not in names
    finally:
        with Elasticsearch(url) as client:
            client.indices.delete(index=str(names[0]))


@pytest.mark.services
def test_a_first_generation_that_another_process_makes_between_two_looks_is_found(
    analyser: Analyser, make: MakeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    make()
    url, prefix = elasticsearch_url(), new_id("test")
    slow, quick = (ElasticsearchIndex(url, analyser, prefix=prefix) for _ in range(2))
    all_of = slow._cluster._all

    def after_the_quick_one() -> list[str]:
        quick.health()
        return all_of()

    monkeypatch.setattr(slow._cluster, "_all", after_the_quick_one)
    try:
        assert slow.health().generation == quick.health().generation is not None
    finally:
        quick.remove_everything()


@pytest.mark.services
def test_no_text_is_stored_and_compacting_drops_what_was_deleted(index: Index) -> None:
    index.apply([upsert("a", "Geheimwort", title="Geheimwort"), upsert("b", "Antrag")])
    name = str(index.health().generation)
    with Elasticsearch(elasticsearch_url()) as client:
        stored = client.get(index=name, id="a")["_source"]
    assert set(stored) == {"kind", "document_id", "revision"}
    index.apply([Delete("a", 2)])
    for _ in range(90):  # the cluster keeps a short history of its own, half a minute by default
        if index.compact():
            break
        time.sleep(1)
    else:
        pytest.fail("what was deleted is still there")


@pytest.mark.services
def test_a_thick_file_names_its_pages(index: Index) -> None:
    pages = tuple(PageEntry(number=at, text="Antrag" if at % 2 else "leer") for at in range(1, 801))
    index.apply([Upsert(entry("thick")), Upsert(entry("x", "Antrag"))])
    thick = entry("thick", revision=2)
    index.apply(
        [
            Upsert(
                type(thick)(
                    **{name: getattr(thick, name) for name in thick.__slots__} | {"pages": pages}
                )
            )
        ]
    )
    hits = {hit.document_id: hit for hit in index.search(parse("Antrag"), scope=BAUAMT).hits}
    assert hits["thick"].pages == tuple(range(1, 801, 2))
    assert hits["thick"].best_page == 1


@pytest.mark.services
def test_both_engines_answer_the_same_to_the_letter(
    index: Index, tmp_path: Path, analyser: Analyser
) -> None:
    chance = random.Random(11)
    ops = [
        upsert(
            f"d{at}",
            *(" ".join(chance.choices(WORDS, k=5)) for _ in range(chance.randrange(4))),
            title=chance.choice([None, *WORDS]),
            sender=chance.choice([None, "Müller", "Kreisverwaltung"]),
            file_mark=chance.choice([None, "63-12/2024-0815", "4711/19"]),
            document_class=chance.choice([None, "antrag", "bescheid"]),
        )
        for at in range(120)
    ]
    embedded = TantivyIndex(tmp_path / "index", analyser)
    for start in range(0, len(ops), 17):
        embedded.apply(ops[start : start + 17])
    index.apply(ops)
    assert answers(index) == answers(embedded)
    embedded.close()
