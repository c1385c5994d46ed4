"""Snippets and marked words show why a text was found, whatever the text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.german.analysis import Analyser, load_analyser
from search.german.spelling_distance import within_distance
from search.german.tokens import normalise
from search.query.parser import parse
from search.snippets import Fragment, highlights, snippet

TEXT = (
    "Sehr geehrte Frau Müller, Ihr Antrag auf Baugenehmigung vom 3. März ist bei uns eingegangen. "
    "Das Grundstück liegt an der Kreisstraße. Az.: 63-12/2024-0815. Die Unter-\nlagen sind "
    "vollständig. Das Genehmigungsverfahren läuft."
)


def hits(question: str, analyser: Analyser, text: str = TEXT) -> list[str]:
    return [each.text for each in snippet(text, parse(question), analyser, length=1000) if each.hit]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Genehmigung", ["Baugenehmigung", "Genehmigungsverfahren"]),
        ("mueller", ["Müller"]),
        ("strasse", ["Kreisstraße"]),
        ("Unterlage", ["Unterlagen"]),
        ('"Antrag auf"', ["Antrag auf"]),
        ("Grund*", ["Grundstück"]),
        ("Grundstueckk~", ["Grundstück"]),
        ("63-12/2024-0815", ["63-12/2024-0815"]),
        ("titel:Antrag", []),
        ("-Antrag", []),
        ("Kreistag", []),
        ("Baugenehmigung", ["Baugenehmigung"]),
        ("Antrag auf", ["Antrag"]),
        ("", []),
    ],
)
def test_marked(bare: Analyser, question: str, found: list[str]) -> None:
    assert hits(question, bare) == found


def test_the_stretch_with_the_most_different_hits_is_shown(bare: Analyser) -> None:
    text = (
        "Antrag. "
        + "Fülltext und noch mehr davon. " * 40
        + "Der Antrag von Frau Müller. "
        + "Ende. " * 50
    )
    shown = "".join(each.text for each in snippet(text, parse("Antrag Müller"), bare, length=120))
    assert "Antrag von Frau Müller" in shown
    assert shown.startswith("… ") and shown.endswith(" …")
    assert len(shown) < 160


def test_fragments_join_to_the_text(bare: Analyser) -> None:
    pieces = snippet("Ein  kurzer\n Antrag!", parse("Antrag"), bare)
    assert pieces == (
        Fragment("Ein kurzer ", False),
        Fragment("Antrag", True),
        Fragment("!", False),
    )


def test_markup_stays_plain_text(bare: Analyser) -> None:
    assert snippet("<b>Antrag</b>", parse("Antrag"), bare)[0] == Fragment("<b>", False)


def test_nothing_to_show(bare: Analyser) -> None:
    assert snippet("", parse("x"), bare) == ()
    assert snippet(" \n ", parse("x"), bare) == ()


def test_words_on_a_page(bare: Analyser) -> None:
    words = ["Der", "Antrag", "auf", "(Bau-)Genehmigung", "—", "liegt", "vor"]
    assert highlights(words, parse("Genehmigung"), bare) == (3,)
    assert highlights(words, parse('"Antrag auf"'), bare) == (1, 2)
    assert highlights(words, parse('"auf vor"'), bare) == ()
    assert highlights([], parse("x"), bare) == ()


@given(st.text(max_size=120), st.text(max_size=30), st.integers(0, 300))
def test_any_text_and_question(text: str, question: str, length: int) -> None:
    pieces = snippet(text, parse(question), _ANALYSER, length=length)
    plain = "".join(normalise(text).split())
    for piece in pieces:
        assert "\n" not in piece.text
        assert all(letter in plain + "… " for letter in piece.text)
    words = text.split()
    assert set(highlights(words, parse(question), _ANALYSER)) <= set(range(len(words)))


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 2))
def test_distance_is_symmetric_and_grows(one: str, other: str, limit: int) -> None:
    near = within_distance(one, other, limit)
    assert near == within_distance(other, one, limit)
    assert not near or within_distance(one, other, limit + 1)
    assert within_distance(one, one, 0)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("haus", "hasu", 1),
        ("haus", "maus", 1),
        ("haus", "aus", 1),
        ("haus", "hauss", 1),
        ("haus", "mus", 2),
    ],
)
def test_distances(one: str, other: str, distance: int) -> None:
    assert within_distance(one, other, distance)
    assert not within_distance(one, other, distance - 1)


_ANALYSER = load_analyser(dictionaries=())


def test_of_a_long_text_no_more_is_read_than_needed(bare: Analyser) -> None:
    filler = "Fülltext und noch mehr davon. " * 2_000
    shown = snippet(f"Antrag {filler} Frau Müller {filler}", parse("Antrag Müller"), bare)
    assert [each.text for each in shown if each.hit] == ["Antrag"]
    far = snippet(f"{filler} Antrag von Frau Müller {filler}", parse("Antrag Müller"), bare)
    assert [each.text for each in far if each.hit] == ["Antrag", "Müller"]
    assert far[0].text.startswith("… ") and far[-1].text.endswith(" …")


def test_a_text_beyond_all_reading_shows_its_beginning(bare: Analyser) -> None:
    shown = snippet("Anfang " + "wort " * 200_000 + "Antrag", parse("Antrag"), bare)
    assert shown[0].text.startswith("Anfang wort") and not any(each.hit for each in shown)
    assert snippet("x" * 300_000, parse("Antrag"), bare)


@pytest.mark.parametrize(
    ("question", "text", "found"),
    [
        ("§ 35 BauGB", "nach § 35 BauGB", ["§ 35", "BauGB"]),
        ("§ 36", "§§ 34, 36 BauGB", ["36"]),
        (
            "DE89370400440532013000",
            "IBAN DE89 3704 0044 0532 0130 00.",
            ["DE89 3704 0044 0532 0130 00"],
        ),
        ("Hauptstraße", "in der Hauptstr. 5", ["Hauptstr"]),
        ("Bescheid", "der B e s c h e i d kommt", ["B e s c h e i d"]),
        ('"höhere Gewalt"', "bei höherer Gewalt", ["höherer Gewalt"]),
        ("Wasserleitung", "das Leitungswasser", []),
    ],
)
def test_other_spellings_are_marked(
    bare: Analyser, question: str, text: str, found: list[str]
) -> None:
    assert hits(question, bare, text) == found
