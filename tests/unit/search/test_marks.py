"""File marks: found in text, left alone where they only look like one, and compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.german import file_references

FOUND = [
    ("Az.: 63-12/2024-0815", "63-12/2024-0815"),
    ("Aktenzeichen: II/61.2-Bau 4711/19", "II/61.2-Bau 4711/19"),
    ("Unser Zeichen: 32.1-123.45/2023", "32.1-123.45/2023"),
    ("Mein Zeichen 20-01-03/0012", "20-01-03/0012"),
    ("Gz.: FB 3/51.12.34", "FB 3/51.12.34"),
    ("Az. 4 K 123/20.KO", "4 K 123/20.KO"),
    ("AZ 51.3-J/2025/117", "51.3-J/2025/117"),
    ("Geschäftszeichen: 12 345/2020", "12 345/2020"),
    ("Aktenzeichen BA-2024-000123 vom 3.4.2024", "BA-2024-000123"),
    ("Ihr Zeichen: Mü/Sch-12.3", "Mü/Sch-12.3"),
    ("unter dem Aktenzeichen 63.1/2026-0001 geführt", "63.1/2026-0001"),
    ("Geschäftsnummer: 12 C 345/21", "12 C 345/21"),
    ("Kassenzeichen: 5.0123.456789.1", "5.0123.456789.1"),
    ("Az.: 10 K 17/19 (VG Koblenz)", "10 K 17/19"),
    ("Bitte angeben: 63-12/2024-0815.", "63-12/2024-0815"),
    ("den Bescheid II/61.2-Bau 4711/19 vom", "II/61.2-Bau 4711/19"),
    ("Az: 1-2/3", "1-2/3"),
    ("Az.: Jug 51/2024-17", "Jug 51/2024-17"),
    ("Az.: 032-11/2-2024", "032-11/2-2024"),
    ("Unser Az.: Kita-2025/00311", "Kita-2025/00311"),
    ("Az.: 63–12/2024–0815", "63-12/2024-0815"),
    ("Az. (bitte stets angeben): 63-12/2024", "63-12/2024"),
]
NONE = [
    "am 12.03.2024 und 13.3.24",
    "Az. vom 12.03.2024",
    "Tel. 0261/1234-567",
    "Telefon (0261) 108-0, Fax 02651 12-345",
    "+49 261 1234-567",
    "Betrag 1.234,56 EUR, davon 5,5-6,0 m",
    "10-12 Uhr, 8:00-12:00 Uhr, 08.30-12.00 Uhr",
    "Seiten 12-14",
    "2024-03-12",
    "Sitzung 2023/2024",
    "56068 Koblenz",
    "IBAN DE12 3456 7890 1234 5678 90",
    "Mo-Fr 8-12",
    "§ 34 Abs. 2-3 BauGB",
    "3/4 der Stimmen, 24/7",
    "www.kreis-beispiel.de/2024/amt-1",
    "A4-Format, Hausnummer 12-14a",
    "Das Aktenzeichen ist im Schreiben anzugeben",
    "Zeichen setzen",
]


@pytest.mark.parametrize(("text", "mark"), FOUND)
def test_found_in_text(text: str, mark: str) -> None:
    assert list(
        file_references.find(f"Sehr geehrte Frau Beispiel,\n{text}\nMit freundlichen Grüßen")
    ) == [mark]


@pytest.mark.parametrize("text", NONE)
def test_not_taken_for_a_mark(text: str) -> None:
    assert list(file_references.find(text)) == []


@pytest.mark.parametrize(
    ("spelling", "ref"),
    [
        ("II/61.2-Bau 4711/19", "II/61.2-BAU 4711/19"),
        ("ii/61.2-bau 4711/19", "II/61.2-BAU 4711/19"),
        ("II / 61.2 - BAU  4711/19", "II/61.2-BAU 4711/19"),
        ("II/61.2–Bau 4711/19", "II/61.2-BAU 4711/19"),
        ("II.61.2 Bau4711-0019", "II.61.2 BAU4711-0019"),
    ],
)
def test_spellings_meet(spelling: str, ref: str) -> None:
    forms = file_references.forms(spelling)
    assert forms is not None
    assert forms.ref == ref
    assert forms.tails == (
        "II.61.2.BAU.4711.19",
        "61.2.BAU.4711.19",
        "2.BAU.4711.19",
        "BAU.4711.19",
        "4711.19",
        "19",
    )


def test_segments_keep_apart_what_letters_confuse() -> None:
    one, other = file_references.forms("63.1/11/2026"), file_references.forms("63.11/1/2026")
    assert one is not None and other is not None
    assert one.compact == other.compact
    assert one.segments != other.segments


def test_signs_alone_are_no_mark() -> None:
    assert file_references.forms(" -/. ") is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("63-12/2024-0815", True),
        ("4711/19", True),
        ("4 K 123/20.KO", True),
        ("II/61.2-Bau 4711/19", True),
        ("12.03.2024", False),
        ("2024-03-12", False),
        ("10-12", False),
        ("0261/1234-567", False),
        ("1.234,56", False),
        ("Bau-Antrag", False),
        ("Bauantrag", False),
        ("4711", False),
        ("", False),
    ],
)
def test_typed_alone(text: str, looks: bool) -> None:
    assert file_references.looks_like(text) is looks


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    for mark in file_references.find(text):
        assert file_references.forms(mark) is not None
    file_references.looks_like(text)
    file_references.without_cues(text)
    file_references.may_be(text)


@pytest.mark.parametrize(
    "text",
    [
        "az " * 60_000,
        "1" * 200_000,
        "az: " + "a-" * 100_000,
        "I/1." + "1." * 90_000,
        "az" + " " * 200_000,
    ],
)
def test_hostile_text_is_read_in_one_go(text: str) -> None:
    assert len(list(file_references.find(text))) <= file_references.MAX_FOUND
