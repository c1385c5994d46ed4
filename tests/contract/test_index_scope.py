"""A reader's answers are the same, byte for byte, with and without documents of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.index import FACETS, Entry, Hits, Index, PageEntry, Scope, Sort, Upsert
from search.query.parser import parse
from tests.contract.index_kit import ENGINES, MakeIndex, bare_analyser, found, maker, upsert

MINE = Scope(frozenset({"dept:bauamt", "dept:bauamt/comp:personal"}))
WORDS = [
    "Antrag",
    "Bauantrag",
    "Anträge",
    "Antrga",
    "Genehmigung",
    "Baugenehmigung",
    "Gebühr",
    "Müller",
    "Muller",
    "Straße",
    "Az.: 63-12/2024-0815",
    "4711/19",
]
QUESTIONS = [
    "",
    "Antrag",
    "Antrag OR Gebühr",
    "Baugenehmigung -Müller",
    '"Antrag Gebühr"',
    "Bau*",
    "Antrag~",
    "Mueller~ Genehmigung~",
    "63-12/2024-0815",
    "az:63-12",
    "titel:Antrag",
    "seit:2026-01-03",
]


@dataclass(frozen=True)
class Answers:
    """Everything that a reader can see of the index."""

    hits: tuple[object, ...]
    facets: tuple[object, ...]
    suggestions: tuple[object, ...]


def answers(index: Index) -> Answers:
    hits: list[object] = []
    for text in QUESTIONS:
        query = parse(text)
        for sort in Sort:
            cursor: str | None = None
            while True:
                page = index.search(query, scope=MINE, limit=2, cursor=cursor, sort=sort)
                hits.append(replace(page, generation=""))
                cursor = page.next_cursor
                if cursor is None:
                    break
    facets = tuple(index.facets(parse(text), scope=MINE) for text in QUESTIONS)
    suggestions = tuple(
        index.suggest(start, scope=MINE) for start in ("an", "bau", "ge", "mu", "st")
    )
    return Answers(tuple(hits), tuple(facets), suggestions)


_TEXTS = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
_DAYS = st.integers(1, 5).map(lambda day: date(2026, 1, day))


def _entries(names: str, departments: list[str]) -> st.SearchStrategy[list[Entry]]:
    one = st.builds(
        lambda name, scope, title, sender, pages, day, mark, kind: Entry(
            document_id=name,
            revision=1,
            scope=scope,
            department=scope.removeprefix("dept:").partition("/")[0],
            stream="mailroom",
            received_on=day,
            title=title,
            sender=sender,
            file_mark=mark,
            document_class=kind,
            pages=tuple(PageEntry(number=at, text=text) for at, text in enumerate(pages, 1)),
        ),
        st.sampled_from([f"{names}{number}" for number in range(9)]),
        st.sampled_from(departments),
        st.none() | _TEXTS,
        st.none() | _TEXTS,
        st.lists(_TEXTS, max_size=3),
        _DAYS,
        st.none() | st.sampled_from(["63-12/2024-0815", "63-12/2024-0816", "51-1/2025"]),
        st.none() | st.sampled_from(["antrag", "bescheid"]),
    )
    return st.lists(one, max_size=7, unique_by=lambda entry: entry.document_id)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    yield from maker(request.param, tmp_path, bare_analyser())


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    mine=_entries("m", sorted(MINE.scopes)),
    foreign=_entries("f", ["dept:jugendamt", "dept:jugendamt/comp:personal", "dept:bauamt/comp:x"]),
    order=st.randoms(use_true_random=False),
)
def test_answers_do_not_depend_on_foreign_documents(
    make: MakeIndex, mine: list[Entry], foreign: list[Entry], order: object
) -> None:
    alone, mixed = make(), make()
    alone.apply([Upsert(entry) for entry in mine])
    everything = mine + foreign
    order.shuffle(everything)  # type: ignore[attr-defined]  # a random.Random of hypothesis
    for entry in everything:  # a commit each: many segments, and merges of them
        mixed.apply([Upsert(entry)])
    assert answers(alone) == answers(mixed)
    alone.close()
    mixed.close()


@pytest.mark.parametrize("amount", [300])
def test_statistics_of_a_crowd_do_not_leak(make: MakeIndex, amount: int) -> None:
    """What is rare for the reader and common elsewhere weighs the same as without the others."""
    mine = [
        upsert("rare", "Antrag Gebühr Gebühr Gebühr", title="Gebühr"),
        upsert("common", "Antrag Antrag Antrag", title="Antrag"),
        upsert("near", "Antrga"),
    ]
    # Every spelling one change away from the word: more than an engine would expand by itself.
    similar = [
        "antrag"[:at] + letter + "antrag"[at + 1 :] for at in range(6) for letter in ascii_lowercase
    ]
    crowd = [
        upsert(f"f{number}", f"Antrag {similar[number % 156]} Bau{number}", department="jugendamt")
        for number in range(amount)
    ]
    alone, mixed = make(), make()
    alone.apply(mine)
    for start in range(0, amount, 25):
        mixed.apply(crowd[start : start + 25])
    mixed.apply(mine)
    assert answers(alone) == answers(mixed)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_foreign_document_is_in_no_answer(make: MakeIndex, question: str) -> None:
    index = make()
    index.apply([upsert("foreign", " ".join(WORDS), title="Antrag", department="jugendamt")])
    hits: Hits = index.search(parse(question), scope=MINE)
    assert (hits.total, hits.hits, hits.next_cursor) == (0, (), None)
    assert set(index.facets(parse(question), scope=MINE).values()) == {()}
    assert index.suggest("antr", scope=MINE) == ()


def test_a_compartment_is_no_part_of_its_department(make: MakeIndex) -> None:
    index = make()
    index.apply([upsert("secret", "Antrag", scope="dept:bauamt/comp:personal")])
    for scopes in ({"dept:bauamt"}, {"dept:bauamt/comp"}, {"dept:bauamt/comp:"}, {"dept:*"}, {""}):
        assert found(index, "Antrag", Scope(frozenset(scopes))) == []
    assert found(index, "Antrag", Scope(frozenset({"dept:bauamt/comp:personal"}))) == ["secret"]


def test_every_facet_is_named() -> None:
    assert set(FACETS) == {
        "department",
        "stream",
        "document_class",
        "plan_unit",
        "file_mark",
        "year",
    }
