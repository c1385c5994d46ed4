"""Suggestions from a letter's text: never an exception, never a date that cannot be."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.suggestions.from_letter import LONGEST, suggest

TODAY = date(2026, 11, 22)
LETTER = """Kreis Beispielburg
Der Landrat

Datum: 21. Juni 1994
Betreff: Bestellung eines Vertreters

Sehr geehrte Damen und Herren,
"""


def test_a_letter_gives_its_subject_sender_and_date() -> None:
    found = suggest(LETTER, "scan.pdf", TODAY)
    assert found.title == "Bestellung eines Vertreters"
    assert found.sender == "Kreis Beispielburg"
    assert found.letter_date == date(1994, 6, 21)


def test_the_line_before_the_greeting_is_the_subject_where_none_is_marked() -> None:
    text = "Büro Muster\n3.3.2025\nAkteneinsicht in Sachen Mühle\nSehr geehrte Frau Beispiel,\n"
    assert suggest(text, "scan.pdf", TODAY).title == "Akteneinsicht in Sachen Mühle"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ("Genehmigung der Wind-\nkraftanlage", "Genehmigung der Windkraftanlage"),
        ("Genehmigung der Wind\u00ad\nkraftanlage", "Genehmigung der Windkraftanlage"),
        ("Genehmigung der Wind\u2010\nkraftanlage", "Genehmigung der Windkraftanlage"),
        ("Förderung in Nordrhein-\nWestfalen", "Förderung in Nordrhein-Westfalen"),
        ("Neubau des Bau-\nund Umweltamts", "Neubau des Bau- und Umweltamts"),
        ("Streit über\ndie Zuständigkeit", "Streit über die Zuständigkeit"),
        ("Bauantrag Lindenweg 4\nIhr Schreiben vom Montag", "Bauantrag Lindenweg 4"),
        ("Anfrage wegen\nSehr geehrte Frau Beispiel,", "Anfrage wegen"),
    ],
)
def test_a_subject_goes_on_in_the_next_line_where_it_plainly_does(lines: str, title: str) -> None:
    text = f"Büro Muster\nBetreff: {lines}\nSehr geehrte Frau Beispiel,\n"
    assert suggest(text, "scan.pdf", TODAY).title == title


@pytest.mark.parametrize(
    "line",
    ["Berlin, den 3. April 2024", "Neustadt am Berg, 3.4.2024", "12345 Ort am Main", "Frau Muster"],
)
def test_place_day_and_address_are_no_subject(line: str) -> None:
    text = f"Büro Muster\n{line}\nSehr geehrte Frau Beispiel,\n"
    assert suggest(text, "scan.pdf", TODAY).title == "scan"


def test_a_subject_may_name_a_day() -> None:
    text = "Büro Muster\nIhr Antrag vom 3. April 2024\nSehr geehrte Frau Beispiel,\n"
    assert suggest(text, "scan.pdf", TODAY).title == "Ihr Antrag vom 3. April 2024"


def test_a_mail_names_its_sender_and_subject() -> None:
    text = "From: Amt <amt@kreis.example>\nTo: x\nDate: heute\nSubject: Lageplan zur Voranfrage\n"
    found = suggest(text, "nachricht.eml", TODAY)
    assert found.sender == "Amt <amt@kreis.example>"
    assert found.title == "Lageplan zur Voranfrage"


def test_no_date_after_the_receipt_and_none_that_is_no_date() -> None:
    assert suggest("am 31.02.2025 oder 1.1.2099", "x", TODAY).letter_date is None
    assert suggest("vom 1.1.2099 und 02.01.2026", "x", TODAY).letter_date == date(2026, 1, 2)


def test_a_file_without_words_is_called_by_its_name() -> None:
    assert suggest("", "bauantrag_mühle.pdf", TODAY).title == "bauantrag mühle"


@given(text=st.text(max_size=500), name=st.text(max_size=80))
def test_any_text_gives_printable_suggestions(text: str, name: str) -> None:
    found = suggest(text, name, TODAY)
    for words in (found.title, found.sender):
        assert words is None or (words.isprintable() and 0 < len(words) <= LONGEST)
    assert found.letter_date is None or found.letter_date <= TODAY
