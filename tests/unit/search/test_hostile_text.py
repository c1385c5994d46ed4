"""Texts and questions made to cost: no pattern runs away, and what a question costs is capped."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import query_plan
from search.fields import project
from search.german import grouped_numbers, legal_citations
from search.german.analysis import Analyser
from search.german.tokens import MAX_WORD, chains, words
from search.index import Entry, PageEntry
from search.query.parser import MAX_LEAVES, TOO_LONG, describe, parse
from search.query.query_tree import wanted
from search.snippets import snippet

#: repeated, each of these made some pattern or loop of a search cost more than its length
PIECES = [
    *(
        "a-",
        "ab-ab",
        "1 ",
        "12.34 ",
        "1.",
        "§ 1 und ",
        "Abs. 1 ",
        "a b c ",
        "a-\n",
        "a\u00ad",
        "(1",
        "(",
    ),
    *(
        "DE12 1234 ",
        "Geh- und ",
        "Geh-, ",
        "Haus und -",
        "1 - ",
        "+49 (0) ",
        "8 1 ",
        "bau",
        "-",
        "ü-\n",
    ),
    *(
        "63-12/2024-0815 ",
        "2½ ",
        "\n",
        " ",
        "63-1/2 ",
        "Az.: 63-12/2024 ",
        "„",
        "(",
        "x~ ",
        "x* ",
        "x ODER ",
    ),
]


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_is_indexed_asked_and_shown(bare: Analyser, piece: str) -> None:
    text = piece * (10_000 // len(piece)) + "§§ 1, 2a BauGB 1b"
    page = PageEntry(number=1, text=text)
    entry = Entry(
        document_id="1",
        revision=1,
        scope="s",
        department="a",
        stream="m",
        received_on=date(2026, 1, 1),
        pages=(page,),
    )
    assert project(entry, bare).pages
    query = parse(text)
    assert query.cut and describe(query).endswith(TOO_LONG)
    query_plan.documents(query, bare)
    assert snippet(text, query, bare)


@pytest.mark.parametrize("joint", [" ", "-", "/", ".", " ODER ", "~ ", "* "])
def test_words_of_a_question_are_capped_however_they_are_joined(bare: Analyser, joint: str) -> None:
    query = parse(joint.join(["wort"] * 20_000))
    asked = sum(len(list(words(getattr(leaf, "text", "")))) for leaf in wanted(query.root))
    assert 0 < asked <= MAX_LEAVES
    assert query.cut


def test_a_question_that_fits_is_not_called_too_long() -> None:
    query = parse(" ".join(["wort"] * MAX_LEAVES))
    assert not query.cut
    assert query.with_near().cut is query.among(["x"]).cut is False
    assert TOO_LONG not in describe(query)
    assert parse(" ".join(["wort"] * (MAX_LEAVES + 1))).with_near().cut


def test_a_chain_of_hyphens_has_an_end() -> None:
    assert max(map(len, chains("-".join(["glied"] * 5_000)))) <= MAX_WORD


@given(st.text(alphabet="§0123456789 .,-/()+abASDE\n½€", max_size=60))
def test_tokens_of_signs_and_numbers_have_no_blanks(text: str) -> None:
    for token in (
        *grouped_numbers.find(text),
        *legal_citations.marks(text),
        *chains(text),
        *words(text),
    ):
        assert token and not any(letter.isspace() for letter in token)
    for citation in legal_citations.find(text):
        assert citation.marks
