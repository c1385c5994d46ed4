"""Spaced words are joined where geometry says that they are words; lists and columns stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given
from hypothesis import strategies as st

from ocr.recognition.letter_spacing import joined, words_of_line
from ocr.recognition.page_reading import read_page
from ocr.scan_profile import ScanProfile
from ocr.transcript import Glyphs, Row


def line(text: str, *, blank: float = 8.0, letter: float = 12.0) -> Row:
    """Words as wide as their letters; a blank is a gap, two blanks are a wider one."""
    words, x = [], 0.0
    for word in text.split(" "):
        if word:
            words.append(Glyphs(word, 90.0, (x, 0.0, x + letter * len(word), 20.0)))
            x += letter * len(word)
        x += blank
    return Row(tuple(words), (0.0, 0.0, x, 20.0), None, False)


def texts(row: Row) -> list[str]:
    return [word.text for word in joined([row])[0].words]


@pytest.mark.parametrize(
    ("set_so", "read"),
    [
        ("B e s c h e i d", ["Bescheid"]),
        ("R e c h n u n g  Nr. 3", ["Rechnung", "Nr.", "3"]),
        ("Der  B e s c h e i d  ist  r e c h t s k r ä ft i g  geworden.", ["Der", "Bescheid", "ist", "rechtskräftig", "geworden."]),
        ("d e s  L a n d e s", ["des", "Landes"]),
        ("W i d e r s p r u ch", ["Widerspruch"]),
        ("U R T E I L", ["URTEIL"]),
        ("„B e s c h l u s s“, Anlage", ["„Beschluss“,", "Anlage"]),
        ("g e n e h m i g t ,  aber", ["genehmigt", ",", "aber"]),
    ],
)  # fmt: skip
def test_a_spaced_word_is_one_word(set_so: str, read: list[str]) -> None:
    assert texts(line(set_so)) == read


@pytest.mark.parametrize(
    "set_so",
    ["A B C D E F", "a) b) c) d)", "1 2 3 4 5 6", "x x x x x", "J N J N J N", "z. B. i. V. m.", "D r. K", "a I b J c K", "b c d f g k"],
)  # fmt: skip
def test_lists_numbers_and_abbreviations_stay(set_so: str) -> None:
    assert texts(line(set_so)) == set_so.split()


@pytest.mark.parametrize(
    "set_so",
    [
        "Fahrerlaubnis A B E T", "Anlagen A E F G", "N O S W", "A B D E", "I V X L", "Klasse A B E M", "A B E T Z",
        "a b d e", "Spalten a c e f g",
    ],
)  # fmt: skip
def test_letters_that_each_stand_for_something_stay(set_so: str) -> None:
    assert texts(line(set_so)) == set_so.split()


@pytest.mark.parametrize(
    ("set_so", "read"),
    [
        ("E I L T", ["EILT"]),
        ("S A T Z U N G  D E R  S T A D T", ["SATZUNG", "DER", "STADT"]),
        ("b e s t", ["best"]),
        ("A b e l", ["Abel"]),
        ("d e n  L a n d r a t", ["den", "Landrat"]),
    ],
)
def test_short_words_that_are_known_or_rise_by_chance_are_words(
    set_so: str, read: list[str]
) -> None:
    assert texts(line(set_so)) == read


def test_letters_in_columns_stay() -> None:
    assert texts(line("B e s c h e i d", blank=60)) == list("Bescheid")


def test_the_box_covers_the_letters_and_the_confidence_is_the_least() -> None:
    row = line("B e s c h e i d")
    [word] = joined([row])[0].words
    assert word.box == (row.words[0].box[0], 0.0, row.words[-1].box[2], 20.0)
    assert word.confidence == 90.0


@given(
    words=st.lists(st.text(alphabet="abeZ1.,ch", min_size=1, max_size=3), max_size=12),
    gap=st.floats(0, 50),
)
def test_no_letter_is_lost_and_none_moves(words: list[str], gap: float) -> None:
    row = line(" ".join(words), blank=gap)
    after = joined([row])[0].words
    assert "".join(word.text for word in after) == "".join(words)
    assert [word.box[0] for word in after] == sorted(word.box[0] for word in after)


def test_a_born_digital_page_is_found_by_its_spaced_word(tmp_path: Path) -> None:
    paper = FPDF(format="A4")
    paper.add_page()
    paper.set_font("Helvetica", size=14)
    paper.text(30, 40, "B e s c h e i d  Nr. 3")
    paper.set_char_spacing(7)
    paper.text(30, 60, "Genehmigung")
    paper.output(str(tmp_path / "a.pdf"))
    page = read_page(tmp_path / "a.pdf", 1, 0, ScanProfile())
    assert page.source == "text"
    assert page.text.split() == ["Bescheid", "Nr.", "3", "Genehmigung"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("A n t r a g  a u f  W o h n g e l d bis Mai", "Antrag auf Wohngeld bis Mai"),
        ("Der  B e s c h e i d  ist  rechtskräftig", "Der Bescheid ist rechtskräftig"),
        ("  B E S C H E I D   ü b e r   G e b ü h r e n", "BESCHEID über Gebühren"),
        ("B e s c h e i d", "B e s c h e i d"),  # nothing says where it ends
        ("Feld A B E T   angekreuzt", "Feld A B E T angekreuzt"),
        ("Spalten  a b c d  und  x x x x", "Spalten a b c d und x x x x"),
        ("kein  A n t r", "kein Antr"),
        ("zwei  Blanks", "zwei Blanks"),
        ("", ""),
    ],
)
def test_in_typed_text_wider_blanks_say_where_spaced_words_end(typed: str, words: str) -> None:
    assert " ".join(words_of_line(typed)) == words


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", ["a ", "a  ", " ", "a a a a  "])
def test_a_long_typed_line_is_read_in_one_go(run: str) -> None:
    words_of_line(run * (1_000_000 // len(run)) + "aa")
