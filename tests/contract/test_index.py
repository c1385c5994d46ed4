"""Every index answers alike: the same hits for every kind of condition, whatever the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from config.errors import UsageError
from search.engines.elasticsearch import index_elasticsearch
from search.engines.tantivy import index_tantivy
from search.index import (
    MAX_DEPTH,
    Bucket,
    Delete,
    Index,
    IndexState,
    Op,
    PageEntry,
    Sort,
    Upsert,
)
from search.query.parser import parse
from tests.contract.index_kit import (
    BAUAMT,
    BOTH,
    ENGINES,
    JUGENDAMT,
    NOBODY,
    MakeIndex,
    bare_analyser,
    entry,
    every_page,
    found,
    maker,
    upsert,
)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    yield from maker(request.param, tmp_path, bare_analyser())


@pytest.fixture
def index(make: MakeIndex) -> Index:
    return make()


ANTRAG = entry(
    "antrag",
    "Sehr geehrte Damen und Herren, hiermit stelle ich einen Antrag auf Baugenehmigung.",
    "Das Grundstück liegt an der Kreisstraße in Beispielburg. Flur 7, Flurstück 12/3.",
    "Mit freundlichen Grüßen, Müller",
    title="Antrag auf Erteilung",
    sender="Architekturbüro Müller & Söhne",
    file_mark="63-12/2024-0815",
    file_name="scan_0001.pdf",
    letter_date=date(2026, 2, 20),
    document_class="antrag",
    plan_unit="63.1",
)
BESCHEID = entry(
    "bescheid",
    "Gebührenbescheid. Unser Zeichen: II/61.2-Bau 4711/19. Die Gebühr beträgt 50 Euro. "
    "Die Gebühr ist fällig. Gebühr!",
    title="Bescheid über Verwaltungsgebühren",
    sender="Kreisverwaltung",
    file_mark="63-13/2025-0007",
    received_on=date(2026, 4, 15),
    letter_date=date(2026, 4, 1),
    document_class="bescheid",
    stream="legacy",
)
FOREIGN = entry("hilfe", "Jugendhilfe, Antrag, Baugenehmigung, Müller", department="jugendamt")
ALL = [ANTRAG, BESCHEID, FOREIGN]


@pytest.fixture
def filled(index: Index) -> Index:
    result = index.apply([Upsert(each) for each in ALL])
    assert (result.applied, result.ignored, result.failures) == (3, 0, ())
    return index


@pytest.mark.parametrize(
    ("question", "hits"),
    [
        # words: forms, parts of compounds, compounds by their parts, stop words, case
        ("genehmigung", ["antrag"]),
        ("Baugenehmigung", ["antrag"]),
        ("BAUGENEHMIGUNGEN", ["antrag"]),
        ("Gebühren", ["bescheid"]),
        ("gebuehr", ["bescheid"]),
        ("strasse", ["antrag"]),
        ("Amt", []),
        ("Antrag auf Genehmigung", ["antrag"]),
        ("Antrag Müller", ["antrag"]),  # on different pages
        ("Antrag Gebühr", []),
        ("Antrag OR Gebühr", ["bescheid", "antrag"]),
        ("-Antrag", ["bescheid"]),
        ("Gebühr -Antrag", ["bescheid"]),
        ("(Antrag OR Gebühr) -Müller", ["bescheid"]),
        ("-(Antrag OR Gebühr)", []),
        ("", ["bescheid", "antrag"]),
        # phrases: as written, within one field and one page
        ('"Antrag auf Baugenehmigung"', ["antrag"]),
        ('"antrag auf erteilung"', ["antrag"]),
        ('"Antrag Baugenehmigung"', []),
        ('"Flurstück 12/3"', ["antrag"]),
        ('"Erteilung Architekturbüro"', []),
        ('"Baugenehmigung Das Grundstück"', []),
        # beginnings
        ("Grundst*", ["antrag"]),
        ("grund*", ["antrag"]),
        ("und*", ["antrag"]),
        ("stück*", []),
        # similar spellings, only where asked for
        ("Grundstuck", ["antrag"]),
        ("Grundstickk", []),
        ("Grundstickk~", ["antrag"]),
        ("Beispielbrug~", ["antrag"]),
        ("Antragx~", ["antrag"]),
        ("Gbr~", []),
        # file marks
        ("63-12/2024-0815", ["antrag"]),
        ("63 - 12 / 2024 - 0815", ["antrag"]),
        ("az:631220240815", ["antrag"]),
        ("az:63-12", ["antrag"]),
        ("az:2024-0815", ["antrag"]),
        ("az:63-1", ["bescheid", "antrag"]),
        ("az:0815", ["antrag"]),
        ("az:815", ["antrag"]),
        ("az:63.12.2024.815", ["antrag"]),
        ("az:631", []),
        ("az:63122", ["antrag"]),
        ("az:12/2024", ["antrag"]),
        ("az:1/2024", []),
        ("az:2/2024", []),
        ("az:bau4711-19", ["bescheid"]),
        ("II/61.2-Bau 4711/19", ["bescheid"]),
        ("4711/19", ["bescheid"]),
        ("az:Bescheid", []),
        # fields
        ("titel:Antrag", ["antrag"]),
        ("titel:Baugenehmigung", []),
        ("titel:Gebühr", ["bescheid"]),
        ('titel:"auf Erteilung"', ["antrag"]),
        ("titel:Ertei*", ["antrag"]),
        ("absender:Müller", ["antrag"]),
        ("absender:Verwaltung", ["bescheid"]),
        ("absender:Antrag", []),
        ("text:Erteilung", []),
        ("text:Baugenehmigung", ["antrag"]),
        ("datei:scan", ["antrag"]),
        ("scan", ["antrag"]),
        ("abteilung:Bauamt", ["bescheid", "antrag"]),
        ("abteilung:jugendamt", []),
        ("art:BESCHEID", ["bescheid"]),
        ("eingangsweg:legacy", ["bescheid"]),
        ("plan:63.1", ["antrag"]),
        # dates, both ends included
        ("eingang:2026-03", ["antrag"]),
        ("eingang:1.3.2026", ["antrag"]),
        ("eingang:2026-03-02..2026-04-14", []),
        ("seit:2026-04-15", ["bescheid"]),
        ("bis:2026-04-14", ["antrag"]),
        ("briefdatum:2026-04", ["bescheid"]),
        ("datum:2026-02", ["antrag"]),
        ("Antrag datum:2026-02", ["antrag"]),
        ("Antrag datum:2027", []),
    ],
)
def test_hits(filled: Index, question: str, hits: list[str]) -> None:
    assert found(filled, question) == hits
    assert filled.search(parse(question), scope=BAUAMT).total == len(hits)


def test_hits_of_every_kind_of_node_at_once(filled: Index) -> None:
    question = '(Antrag OR Gebühr*) "an der" titel:Erteilung -absender:Kreis seit:2026 art:antrag'
    assert found(filled, question) == ["antrag"]
    assert found(filled, f"{question} az:63-12/2024-0815 Mülller~") == ["antrag"]


def test_a_title_counts_more_than_the_text(index: Index) -> None:
    index.apply(
        [
            upsert("text", "Wohngeld"),
            upsert("often", "Wohngeld Wohngeld Wohngeld"),
            upsert("title", "", title="Wohngeld"),
            upsert("part", "Wohngeldstelle"),
        ]
    )
    assert found(index, "Wohngeld") == ["title", "often", "text", "part"]


def test_the_own_mark_comes_before_a_mention(index: Index) -> None:
    index.apply(
        [
            upsert("mention", "Az.: 63-12/2024-0815", received_on=date(2026, 9, 9)),
            upsert("own", "Text", file_mark="63-12/2024-0815"),
            upsert("longer", "Text", file_mark="63-12/2024-0815-A"),
            upsert("begun", "Text", file_mark="63-12/2024-08157"),
            upsert("letters alone", "Text", file_mark="6-312/2024-0815"),
        ]
    )
    for spelling in (
        "63-12/2024-0815",
        "63 - 12 / 2024 - 0815",
        "63.12/2024.815",
        "63–12/2024–0815",
    ):
        assert found(index, spelling) == ["own", "mention", "longer", "begun"]
    assert set(found(index, "az:631220240815")[:2]) == {"own", "letters alone"}  # nobody can tell


def test_pages_of_a_hit(filled: Index) -> None:
    (hit,) = filled.search(parse("Antrag Müller Baugenehmigung"), scope=BAUAMT).hits
    assert (hit.best_page, hit.pages, hit.revision) == (1, (1, 3), 1)
    (hit,) = filled.search(parse("Kreisstraße"), scope=BAUAMT).hits
    assert (hit.best_page, hit.pages) == (2, (2,))
    (hit,) = filled.search(parse("titel:Erteilung"), scope=BAUAMT).hits
    assert (hit.best_page, hit.pages) == (None, ())
    (hit,) = filled.search(parse("4711/19"), scope=BAUAMT).hits
    assert (hit.best_page, hit.pages) == (1, (1,))


def test_pages_keep_their_numbers(index: Index) -> None:
    pages = (PageEntry(number=7, text="Antrag"), PageEntry(number=300, text="Antrag und Bau"))
    index.apply([Upsert(entry("a")), upsert("b")])
    index.apply([Upsert(replace(entry("a", revision=2), pages=pages))])
    (hit,) = index.search(parse("Antrag Bau"), scope=BAUAMT).hits
    assert (hit.best_page, hit.pages) == (300, (7, 300))


# ---------------------------------------------------------------------- order and cursors
@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_cursors_walk_every_hit_once(index: Index, sort: Sort, limit: int) -> None:
    index.apply(
        [
            upsert(
                f"d{number}",
                "Wohngeld " * (1 + number % 4),
                title="Wohngeld" if number % 3 == 0 else None,
                received_on=date(2026, 1, 1 + number % 5),
            )
            for number in range(17)
        ]
    )
    walked = every_page(index, "Wohngeld", BAUAMT, limit, sort)
    assert walked == found(index, "Wohngeld", sort=sort)
    assert sorted(walked) == sorted(f"d{number}" for number in range(17))


def test_order_by_date(filled: Index) -> None:
    assert found(filled, "", sort=Sort.NEWEST) == ["bescheid", "antrag"]
    assert found(filled, "", sort=Sort.OLDEST) == ["antrag", "bescheid"]


def test_a_cursor_goes_on_when_documents_come_in_between(index: Index) -> None:
    index.apply([upsert(f"d{day}", "Bau", received_on=date(2026, 5, day)) for day in range(1, 9)])
    first = index.search(parse("Bau"), scope=BAUAMT, limit=3)
    index.apply([upsert(f"new{day}", "Bau", received_on=date(2026, 6, day)) for day in range(1, 9)])
    then = index.search(parse("Bau"), scope=BAUAMT, limit=3, cursor=first.next_cursor)
    assert [hit.document_id for hit in first.hits + then.hits] == [
        "d8",
        "d7",
        "d6",
        "d5",
        "d4",
        "d3",
    ]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "é", "bnVsbA", "WzEsMiwzLDRd", "=" * 9])
def test_a_foreign_cursor_is_refused(filled: Index, cursor: str) -> None:
    with pytest.raises(UsageError, match="Fortsetzung"):
        filled.search(parse("Bau"), scope=BAUAMT, cursor=cursor)


def test_a_cursor_belongs_to_its_question(index: Index) -> None:
    index.apply([upsert("a", "Bau"), upsert("b", "Bau")])
    cursor = index.search(parse("Bau"), scope=BAUAMT, limit=1).next_cursor
    assert cursor is not None
    with pytest.raises(UsageError):
        index.search(parse("Haus"), scope=BAUAMT, cursor=cursor)
    with pytest.raises(UsageError):
        index.search(parse("Bau"), scope=BAUAMT, cursor=cursor, sort=Sort.NEWEST)


def test_nothing_listed_but_counted(filled: Index) -> None:
    hits = filled.search(parse(""), scope=BAUAMT, limit=0)
    assert (hits.total, hits.hits, hits.next_cursor) == (2, (), None)


def test_as_many_as_there_may_be(filled: Index) -> None:
    for limit in (MAX_DEPTH, MAX_DEPTH + 1, 10**9):
        hits = filled.search(parse(""), scope=BAUAMT, limit=limit)
        assert (len(hits.hits), hits.next_cursor) == (2, None)


# ---------------------------------------------------------------------- facets and suggestions
def test_facets(filled: Index) -> None:
    facets = filled.facets(parse(""), scope=BOTH)
    assert facets["department"] == (
        Bucket(value="bauamt", count=2),
        Bucket(value="jugendamt", count=1),
    )
    assert facets["document_class"] == (
        Bucket(value="antrag", count=1),
        Bucket(value="bescheid", count=1),
    )
    assert facets["year"] == (Bucket(value="2026", count=3),)
    assert filled.facets(parse("Gebühr"), scope=BOTH, fields=["stream"]) == {
        "stream": (Bucket(value="legacy", count=1),)
    }
    assert filled.facets(parse("nirgends"), scope=BOTH, fields=["stream"]) == {"stream": ()}


def test_files_are_counted_where_they_are_few_enough_to_be_told(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (index_tantivy, index_elasticsearch):
        monkeypatch.setattr(module, "NARROW", 3)
    index.apply([upsert(f"d{at}", "Bau", file_mark=f"1/{at}") for at in range(3)])
    wanted = tuple(Bucket(value=f"1/{at}", count=1) for at in range(3))
    assert index.facets(parse("Bau"), scope=BAUAMT)["file_mark"] == wanted
    index.apply([upsert("more", "Bau", file_mark="1/0")])
    facets = index.facets(parse("Bau"), scope=BAUAMT, fields=["file_mark", "stream"])
    assert facets == {"file_mark": (), "stream": (Bucket(value="mailroom", count=4),)}
    index.apply([upsert("foreign", "Haus", file_mark="1/9", department="jugendamt")])
    assert index.facets(parse("Haus"), scope=JUGENDAMT)["file_mark"] != ()


@pytest.mark.parametrize(
    "question",
    [
        "",
        "Antrag",
        "Bauantrag ODER Gebühr",
        "Bau -Müller",
        "Mueller~",
        "titel:Antrag",
        "absender:Müller",
        "Antr*",
        '"einen Antrag"',
        "63-12/2024-0815",
        "titel:Erteilung~ Architektur",
    ],
)
def test_facets_count_just_the_hits(filled: Index, question: str) -> None:
    hits = filled.search(parse(question), scope=BOTH)
    departments = filled.facets(parse(question), scope=BOTH)["department"]
    assert sum(bucket.count for bucket in departments) == hits.total == len(hits.hits)


@pytest.mark.parametrize("question", ["Gebühr", "", "nirgends"])
def test_facets_are_the_same_when_the_total_is_told(filled: Index, question: str) -> None:
    total = filled.search(parse(question), scope=BOTH).total
    told = filled.facets(parse(question), scope=BOTH, total=total)
    assert told == filled.facets(parse(question), scope=BOTH)


def test_a_total_that_was_overtaken_tells_no_values_cut_off(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (index_tantivy, index_elasticsearch):
        monkeypatch.setattr(module, "NARROW", 1)
    index.apply([upsert(f"d{at}", "Bau", file_mark=f"1/{at}") for at in range(3)])
    assert index.facets(parse(""), scope=BAUAMT, total=1)["file_mark"] == ()
    assert index.facets(parse(""), scope=BAUAMT, total=7)["file_mark"] == ()


def test_suggestions(index: Index) -> None:
    index.apply(
        [
            upsert("a", "Baugenehmigung Bauantrag Bäume BAUANTRAG"),
            upsert("b", "Bauantrag bauen"),
            upsert("c", "Bauantrag Baum 4711"),
        ]
    )
    assert index.suggest("bau", scope=BAUAMT) == (
        "Bauantrag",
        "bauen",
        "Baugenehmigung",
        "Baum",
        "Bäume",
    )
    assert index.suggest("Bau", scope=BAUAMT, limit=1) == ("Bauantrag",)
    assert index.suggest("neuer Bauan", scope=BAUAMT) == ("Bauantrag",)
    assert index.suggest("b", scope=BAUAMT) == index.suggest("", scope=BAUAMT) == ()
    assert index.suggest("zz", scope=BAUAMT) == ()


# ---------------------------------------------------------------------- versions and replay
def test_the_same_batch_twice_changes_nothing(index: Index) -> None:
    batch: list[Op] = [upsert("a", "Antrag"), upsert("b", "Bau"), Delete("c", 4)]
    assert index.apply(batch).applied == 3
    before = sorted(index.digest())
    again = index.apply(batch)
    assert (again.applied, again.ignored) == (0, 3)
    assert sorted(index.digest()) == before == [("a", 1), ("b", 1)]
    assert index.size() == 2


def test_an_older_revision_after_a_newer_is_ignored(index: Index) -> None:
    index.apply([upsert("a", "neu", revision=5)])
    assert index.apply([upsert("a", "alt", revision=4)]).ignored == 1
    assert index.apply([Delete("a", 4)]).ignored == 1
    assert (found(index, "neu"), found(index, "alt")) == (["a"], [])


def test_a_newer_revision_replaces_all_of_the_older(index: Index) -> None:
    index.apply([upsert("a", "Antrag", "zweite Seite", title="Titel", file_mark="1-2/2024")])
    index.apply([upsert("a", "Bescheid", revision=2)])
    for question in ("Antrag", "zweite", "titel:Titel", "az:1-2/2024"):
        assert found(index, question) == []
    assert found(index, "Bescheid") == ["a"]
    assert index.size() == 1
    assert index.suggest("zwei", scope=BAUAMT) == ()


def test_a_deletion_wins_over_late_upserts(index: Index) -> None:
    index.apply([upsert("a", "Antrag", revision=2)])
    assert index.apply([Delete("a", 2)]).applied == 1
    assert (
        index.apply([upsert("a", "Antrag", revision=1), upsert("a", "Antrag", revision=2)]).ignored
        == 2
    )
    assert (found(index, "Antrag"), list(index.digest()), index.size()) == ([], [], 0)
    assert index.facets(parse(""), scope=BAUAMT)["department"] == ()
    assert index.suggest("antr", scope=BAUAMT) == ()
    assert index.apply([upsert("a", "Antrag", revision=3)]).applied == 1
    assert found(index, "Antrag") == ["a"]


def test_several_changes_of_one_document_in_one_batch(index: Index) -> None:
    result = index.apply(
        [
            upsert("a", "eins", revision=1),
            upsert("a", "drei", revision=3),
            upsert("a", "zwei", revision=2),
            Delete("b", 2),
            upsert("b", "eins", revision=1),
            upsert("c", "eins", revision=1),
            Delete("c", 1),
        ]
    )
    assert (result.applied, result.ignored) == (5, 2)
    assert list(index.digest()) == [("a", 3)]
    assert found(index, "drei") == ["a"]


def test_one_bad_entry_does_not_stop_the_others(index: Index) -> None:
    result = index.apply(
        [upsert("a", "Antrag"), upsert("bad", "Bau", revision=2**70), upsert("b", "Bau")]
    )
    assert result.applied == 2
    assert [failure.document_id for failure in result.failures] == ["bad"]
    assert sorted(index.digest()) == [("a", 1), ("b", 1)]


def test_odd_text_is_taken(index: Index) -> None:
    odd = (
        "\x00\x01 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
        + " Antrag ﷺ ½ ﹰ \u00ad"
    )
    index.apply([upsert("a", odd, "x" * 100_000, "", title="", sender=" \n", file_mark="-")])
    assert found(index, "Antrag") == ["a"]
    assert found(index, "x*") == ["a"]


def test_a_moved_document_changes_its_scope(index: Index) -> None:
    index.apply([upsert("a", "Antrag")])
    index.apply([upsert("a", "Antrag", revision=2, department="jugendamt")])
    assert found(index, "Antrag", BAUAMT) == []
    assert found(index, "Antrag", JUGENDAMT) == ["a"]


# ---------------------------------------------------------------------- generations
def test_a_new_generation_is_filled_beside_and_promoted(index: Index) -> None:
    index.apply([upsert("a", "alt")])
    fresh = index.new_generation("Neuaufbau")
    assert (fresh.size(), index.size()) == (0, 1)
    fresh.apply([upsert("b", "neu")])
    index.apply([upsert("c", "alt")])
    assert (found(index, "neu"), found(fresh, "neu")) == ([], ["b"])
    fresh.promote()
    assert found(index, "neu") == ["b"]
    assert found(index, "alt") == []
    index.apply([upsert("d", "neu", received_on=date(2027, 1, 1))])
    assert found(index, "neu") == found(fresh, "neu") == ["d", "b"]
    index.rollback()
    assert (sorted(found(index, "alt")), found(index, "neu")) == (["a", "c"], [])


def test_a_discarded_generation_leaves_the_old_in_use(index: Index) -> None:
    index.apply([upsert("a", "alt")])
    fresh = index.new_generation("x")
    fresh.apply([upsert("b", "neu")])
    fresh.discard()
    assert found(index, "alt") == ["a"]
    assert index.health().state is IndexState.READY


def test_hits_name_their_generation(index: Index) -> None:
    index.apply([upsert("a", "Antrag")])
    assert index.search(parse("Antrag"), scope=BAUAMT).generation == index.health().generation


# ---------------------------------------------------------------------- scope, in short
def test_an_empty_scope_has_nothing(filled: Index) -> None:
    hits = filled.search(parse(""), scope=NOBODY)
    assert (hits.total, hits.hits, hits.next_cursor) == (0, (), None)
    assert set(filled.facets(parse(""), scope=NOBODY).values()) == {()}
    assert filled.suggest("bau", scope=NOBODY) == ()


def test_health(filled: Index) -> None:
    health = filled.health()
    assert (health.state, health.documents, health.needs_rebuild) == (IndexState.READY, 3, False)
    assert health.analyser == bare_analyser().version
