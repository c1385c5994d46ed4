"""Letters set apart: those of a list are not hidden in a word, those of a word are found as the word."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from search.fields import BREAK, Fields, project
from search.german.analysis import Analyser, load_analyser
from search.german.tokens import fold, pieces
from search.index import Entry, PageEntry

_ANALYSER = load_analyser(dictionaries=())
_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ"
_WORDS = st.sampled_from(
    ["Feld", "Gruppe", "Antrag", "mit", "angekreuzt", "12", "Nr.", "§ 3", "- x"]
)


def page(text: str, analyser: Analyser = _ANALYSER) -> Fields:
    entry = Entry(
        document_id="1",
        revision=1,
        scope="dept:bauamt",
        department="bauamt",
        stream="mailroom",
        received_on=date(2026, 1, 1),
        pages=(PageEntry(number=1, text=text),),
    )
    return project(entry, analyser).pages[0]


def orders(fields: Fields) -> list[list[str]]:
    return [order.split() for order in str(fields["body_s"]).split(BREAK)]


def stands_in_order(row: list[str], fields: Fields) -> bool:
    return any(
        order[start : start + len(row)] == row
        for order in orders(fields)
        for start in range(len(order) - len(row) + 1)
    )


@given(
    st.lists(_WORDS, max_size=4),
    st.lists(st.sampled_from(_CAPITALS), min_size=1, max_size=30),
    st.lists(_WORDS, max_size=4),
)
def test_no_letter_of_a_row_is_hidden(before: list[str], row: list[str], after: list[str]) -> None:
    found = page(" ".join([*before, *row, *after]))
    letters = list(map(fold, row))
    assert set(letters) <= set(str(found["body"]).split())
    assert set(letters) <= set(str(found["body_x"]).split())
    assert stands_in_order(letters, found)
    if len(row) >= 4:
        assert fold("".join(row)) in str(found["body_x"]).split()


@given(st.sampled_from(sorted(_ANALYSER.lexicon.own)).filter(lambda word: len(word) >= 4))
def test_a_word_of_letters_set_apart_is_found_as_the_word(word: str) -> None:
    together = _ANALYSER.word(word)
    for spaced in (" ".join(word.upper().replace("ß", "SS")), " ".join(word.capitalize())):
        found = page(f"Der {spaced} liegt vor")
        assert set(together.stems) <= set(str(found["body"]).split())
        assert stands_in_order(["der", together.whole, _ANALYSER.word("liegt").whole], found)


def test_letters_that_are_no_word_are_not_offered_while_typing() -> None:
    assert not any("abet" in each for each in offered("Feld A B E T"))
    assert any("bescheid" in each for each in offered("der B E S C H E I D"))


def offered(text: str) -> list[str]:
    return [held[2] for held in _ANALYSER.held(pieces(text))]
