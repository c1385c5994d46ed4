"""What looks like a citation or like one number, and is none; each with its neighbour that is one."""

from __future__ import annotations

import pytest

from search.german import compound_ellipsis, grouped_numbers, legal_citations
from search.german.analysis import load_analyser
from search.german.tokens import normalise


@pytest.mark.parametrize(
    "text",
    ["Tabelle 8 12 LEGO", "Reihe 5 30 TEMPO", "S 3 BINGO", "Stand 8 12 EXPO", "Seite $ 12 KGaA"],
)
def test_words_in_capitals_make_no_misread_paragraph(text: str) -> None:
    assert not list(legal_citations.marks(text))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("8 31 SGB II", "§31"),
        ("$ 13 PAuswG", "§13"),
        ("8 35 BauGB", "§35"),
        ("S 5 AufenthG", "§5"),
        ("5 12 StVO", "§12"),
        ("8 823 BGB", "§823"),
        ("$ 80 VwGO", "§80"),
        ("8 28 VwVfG", "§28"),
        ("8 55 InfektionsschutzG", "§55"),
        ("8 7 LBO", "§7"),
        ("8 9a Abs. 2", "§9a"),
    ],
)
def test_a_misread_paragraph_of_a_law_is_found(text: str, mark: str) -> None:
    assert mark in list(legal_citations.marks(text))


@pytest.mark.parametrize(
    "text",
    ["Zimmer 8 31 SGB-Stelle", "$ 12 BauGB-Kurs", "S 5 AufenthG-Novelle", "8 7 LBO-Entwurf"],
)
def test_what_a_hyphen_makes_another_word_is_no_law(text: str) -> None:
    assert not list(legal_citations.marks(text))


@pytest.mark.parametrize("text", ["S 12 BauGB", "$ 13 PAuswG", "8 31 SGB II", "5 12 StVO"])
def test_nothing_is_misread_in_what_was_typed(text: str) -> None:
    assert not list(legal_citations.marks(text, recognised=False))
    assert list(legal_citations.marks(f"§{text[1:]}", recognised=False))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("§ 12 und 3 Wochen", ["§12"]),
        ("§ 12 und 3 Monate später", ["§12"]),
        ("§ 5 bis 8 Uhr", ["§5"]),
        ("§§ 5, 10 000 Euro", ["§5"]),
        ("§§ 5, 10 Euro", ["§5"]),
        ("§§ 5, 10 € Gebühr", ["§5"]),
        ("§ 5 und 6 m Abstand", ["§5"]),
        ("§ 5 und 10.000 Euro", ["§5"]),
        ("§§ 5, 10,50 Euro", ["§5"]),
        ("§§ 5, 6 a, 7", ["§5", "§6", "§6a", "§7"]),
        ("§§ 5, 6 und 14 Tagen", ["§5", "§6"]),
        ("§§ 12 bis 14 VwVfG", ["§12", "§14"]),
        ("§§ 34, 35 und § 3 sowie §35", ["§34", "§35", "§3"]),
        ("§§ 5, 10 Tagebuchgesetz", ["§5", "§10"]),
    ],
)
def test_a_number_with_a_unit_is_no_paragraph(text: str, marks: list[str]) -> None:
    assert sorted(legal_citations.marks(text)) == sorted(marks)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 34 56 78", []),
        ("2023 2024 2025", []),
        ("Titel 2023 2024 2025", []),
        ("Haushalt 4711 8150 12", []),
        ("Summe 12 500", ["12500"]),
        ("Steuer-ID 12 345 678 901", ["12345678901"]),
        ("0261 12 34 567", ["02611234567", "1234567"]),
        ("(0261) 12 34 56", ["0261123456", "123456"]),
        ("+49 261 12 34", ["02611234", "492611234"]),
        ("Kassenzeichen: 5 0123 456789 1", ["501234567891"]),
        ("Kundennummer 4711 0815 12", ["4711081512"]),
        ("DE89 3704 0044 0532 0130 00", ["de89370400440532013000"]),
    ],
)
def test_groups_are_one_number_where_something_says_so(text: str, found: list[str]) -> None:
    made = list(grouped_numbers.find(text))
    assert set(found) <= set(made)
    assert bool(made) == bool(found)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", ["§", "Art ", "§ 1, ", "$", "8 1 A"])
def test_a_long_run_of_signs_is_read_in_one_go(run: str) -> None:
    list(legal_citations.marks(run * (300_000 // len(run))))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", ["a", "und", "Ä", "ab-", "wie", " "])
def test_a_long_run_of_letters_is_read_in_one_go(run: str) -> None:
    list(compound_ellipsis.find(run * (300_000 // len(run)) + " x -y", lambda word: [word]))


def test_left_out_parts_are_found_at_a_words_beginning() -> None:
    text = normalise("die Geh- und Radwege, Haupteingang und -ausgang")
    split = {"Radwege": ["Rad", "wege"], "Haupteingang": ["Haupt", "eingang"]}
    assert list(compound_ellipsis.find(text, lambda word: split.get(word, [word]))) == [
        "Gehwege",
        "Hauptausgang",
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("An- und Abmeldung", {"Anmeldung"}),
        ("An-/Abmeldung", {"Anmeldung"}),
        ("an- bzw. abmelden", {"anmelden"}),
        ("An-und Abmeldung", {"Anmeldung"}),
        ("Ein-\nund Ausfahrt", {"Einfahrt"}),
        ("Ein- und Auszahlungen", {"Einzahlungen"}),
        ("Ein-, Um- und Auszug", {"Einzug", "Umzug"}),
        ("Ein- und Ausgangsbereich", {"Eingangsbereich"}),
        ("Zu- und Abgang", {"Zugang"}),
        ("Auf- & Abbau", {"Aufbau"}),
        ("Vor- und Nachteile", {"Vorteile"}),
        ("Vor- und Nachbereitungszeit", {"Vorbereitungszeit"}),
        ("Vor- und Nachuntersuchung", {"Voruntersuchung"}),
        ("Ober- und Untergeschoss", {"Obergeschoss"}),
        ("Be- und Entladung", {"Beladung"}),
        ("Ver- und Entsorgung", {"Versorgung"}),
        ("An- und Verkauf", {"Ankauf"}),
        ("Zu- und Überweisung", {"Zuweisung"}),
        ("In- und Ausland", {"Inland"}),
        ("In- und Außerbetriebnahme", {"Inbetriebnahme"}),
        ("Hin- und Rückfahrt", {"Hinfahrt"}),
        ("An- und Abmeldezahl", {"Anmeldezahl"}),
        ("Geh- und Radweg", {"Gehweg"}),
        ("Ab- und zu", set()),
        ("Ein- und dasselbe", set()),
        ("Bau- und Verkauf", set()),
        ("An- und Ankauf", set()),
        ("Auf- und Erde", set()),
    ],
)
def test_a_prefix_stands_before_what_another_stands_before(text: str, meant: set[str]) -> None:
    analyser = load_analyser(dictionaries=())
    assert set(analyser.left_out(text)) == meant


def test_a_prefix_may_as_well_be_the_first_part_of_a_compound() -> None:
    found = load_analyser(dictionaries=()).left_out("Ab- und Oberflächenwasser")
    assert "Abwasser" in found
