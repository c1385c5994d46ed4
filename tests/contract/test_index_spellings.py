"""Signs, hyphens, spaced letters, grouped numbers and marks: either spelling finds the other, in both
engines, and what only looks alike stays unfound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from search.bench.gold_pairs import Pair, judge
from search.german.analysis import load_analyser
from search.index import Index, PageEntry, Upsert
from tests.contract.index_kit import ENGINES, MakeIndex, entry, found, maker, upsert

#: text of a page -> questions that must find it, questions that must not
Given = dict[str, tuple[list[str], list[str]]]

SIGNS: Given = {
    "nach § 35 BauGB genehmigt": (
        ["§ 35 BauGB", "§35 BauGB", "§ 35", "Paragraph 35 BauGB", "Paragraf 35", "BauGB § 35", "§"]
        + ['"§ 35 BauGB"', "genehmigt § 35", "-§36 BauGB"],
        ["§ 3", "§ 36 BauGB", "Art. 35", "Abs. 35", "-§35 BauGB"],
    ),
    "Zimmer 35, siehe BauGB": (["35 BauGB"], ["§ 35 BauGB", "§ 35", "§"]),
    "§§ 34 Abs. 2 Satz 1, 36 Abs. 4 BauGB": (
        ["§ 34", "§ 36 BauGB", "§§ 34, 36", "§§ 34 und 36 BauGB", "§ 34 Abs. 2", "Absatz 4"],
        ["§ 2", "§ 4", "§ 1"],
    ),
    "§§ 37 bis 39 VwVfG": (["§ 37", "§ 39 VwVfG", "§§ 37-39"], ["§ 40"]),
    "Paragraph 41 der Satzung": (["§ 41", "Paragraf 41"], ["§ 4"]),
    "gemäß § 42a Absatz 5 LBO": (
        ["§ 42a", "§ 42 a LBO", "Abs. 5", "§ 42a Abs. 5"],
        ["§ 42", "Abs. 42"],
    ),
    "aus Artikel 3 GG": (["Art. 3 GG", "Artikel 3", "Art 3 GG"], ["§ 3 GG", "Art. 30"]),
    "8 31 SGB II und $ 13 PAuswG": (["§ 31 SGB II", "§ 13 PAuswG"], ["§ 8"]),
    "wird nach § 31 SGB II gemindert": (
        ["§ 31 SGB", "§ 31 SGB II", "§31 SGB II", "31 SGB", "§ 31 sgb ii", '"§ 31 SGB II"'],
        ["§ 32 SGB II", "§ 31 AO", "§ 31a SGB II"],
    ),
    "gemäß §\n32\u00a0SGB XII": (["§ 32 SGB", "§32 SGB XII", "32 SGB XII"], ["§ 3 SGB"]),
    "kostet 500 €": (["500 €", "500 Euro", "EUR 500", "€ 500", "500€"], ["500 Prozent"]),
    "zu 19 % verzinst": (["19 %", "19%", "19 Prozent"], ["19 Promille"]),
    "Wohnfläche 120 m²": (["120 m²", "120 m2", "120 qm"], ["120 m³"]),
    "2½ Zimmer": (["2½", "2 ½ Zimmer", "½"], ["212 Zimmer", "12"]),
    "Beleg № 77": (["№ 77", "Nr. 77", "Nummer 77"], ["№ 78"]),
    "Wassertemperatur 21 °C": (["21 °C", "21 C", "21° C"], ["22 °C"]),
}
HYPHENS: Given = {
    "Firma Meierhofer-\nund Söhne": (
        ["Meierhofer", "Söhne", '"Meierhofer und Söhne"'],
        ["Meierhoferund"],
    ),
    "Antrags-\noder Widerspruchsverfahren": (["Antrag", "Widerspruch"], ["Antragsoder"]),
    "Kinder-\nbzw. Jugendhilfe": (["Kinder", "Jugendhilfe", '"Kinder bzw Jugendhilfe"'], []),
    "Geh-\r\n  sowie Radwege": (["Geh", "Radweg", "Gehweg"], []),
    "Bau- und Umweltamt": (["Bau", "Umweltamt", "Bauamt", '"Bau und Umweltamt"'], []),
    "die Poli\u00ad\ntik": (["Politik"], ["Poli", "tik"]),
    "die Satzun\u2010\ngen": (["Satzung"], []),
    "die Verord\u2011\nnung": (["Verordnung"], ["Ordnung"]),
    "das Ge-\nnehmi-\ngungsverfahren": (["Genehmigungsverfahren", "Genehmigung"], []),
    "Straßen=\nreinigung": (["Straßenreinigung"], []),
    "Feuer\ufffe\nwehr": (["Feuerwehr"], []),
    "Kfz-Zulassung": (["Kfz-Zulassung", "Kfzzulassung", "Zulassung", "Kfz"], []),
    "Lkw\u2011Maut": (["Lkw-Maut", "Lkwmaut"], []),
    "Ofen-\nbauer Quast": (["Ofenbauer", "Ofen"], []),
    "E-Mail-\nVerkehr": (["E-Mail-Verkehr", "Emailverkehr", "Verkehr", "Mailverkehr"], []),
    "Kinder\u00ad\nund Laden": (["Kinder", "Laden"], []),
    "Abstands-\nfläche": (["Abstandsfläche", "Abstand"], []),
    "der Zu-\nstand": (["Zustand"], ["Stand"]),
    "B e s c h e i d vom Mai": (["Bescheid", "Mai"], []),
    "Z A H L U N G S E R I N N E R U N G": (["Zahlungserinnerung", "Zahlung"], []),
}
#: letters set apart: of a word, of a list or of a form's row
SPACED: Given = {
    "Feld A B E T angekreuzt": (
        ["A", "B", "E", "T", '"A B"', '"B E"', '"Feld A B"', '"E T angekreuzt"', '"A B E T"']
        + ["ABET", '"Feld ABET angekreuzt"'],
        ["C", '"A E"', '"Feld B"', '"A angekreuzt"'],
    ),
    "Klasse a b c d gestrichen": (['"Klasse a b"', "d", '"c d gestrichen"'], ["e", '"a c"']),
    "Der B E S C H E I D ergeht": (
        ["Bescheid", "Bescheides", '"der Bescheid ergeht"', '"B E S C H E I D"'],
        ["Bescheinigung"],
    ),
    "Familie M E I E R H O F": (["Meierhof", '"Familie Meierhof"', "Familie Meierhof"], ["Meier"]),
}
NUMBERS: Given = {
    "IBAN: DE89 3704 0044 0532 0130 00": (
        ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "de89370400440532013000"],
        ["DE89370400440532013001"],
    ),
    "IBAN DE02120300000000202051": (
        ["DE02 1203 0000 0000 2020 51", "IBAN DE02 1203 0000 0000 2020 51"],
        ["DE03 1203 0000 0000 2020 51"],
    ),
    "Tel. 0261/1234-567": (
        ["02611234567", "0261 1234567", "0261 12 34 567", "+49 261 1234567"],
        [],
    ),
    "Tel. +49 (0)651 998877": (["0651998877", "0651/998877", "+49651998877"], ["651 998878"]),
    "Kassenzeichen: 5.0123.456789.1": (["5.0123.456789.1", "501234567891", "5 0123 456789 1"], []),
    "Betrag 1.234,56 EUR": (["1234,56", "1.234,56", "1 234,56 €", "1234"], ["1235,56"]),
    "Summe 12500 Euro": (["12.500", "12 500", "12.500 €"], ["12.501"]),
    "Steuer-ID 12 345 678 901": (["12345678901", "12 345 678 901"], ["12345678902"]),
    "Rechnung 2024 Nummer 99887": (["2024 99887"], ["202499887"]),
    "am 12.03.2024 geboren": (
        ["12.03.2024", "12.3.2024", "12. März 2024", "2024-03-12", "12.3.24", "geboren 12.3.2024"],
        ["1203", "12032024", "12.3.2025", "13.3.2024", "2.3.2024", "12. Mai 2024"],
    ),
    "geboren am 1.2.1980": (
        ["01.02.1980", "1. 2. 1980", "1. Februar 1980"],
        ["1.2.1981", "11.2.1980"],
    ),
    "vom 5. Mai 1979": (["5.5.1979", "05.05.1979"], ["5.6.1979"]),
    "vom 07.08.81": (["7.8.1981", "7.8.81"], ["8.7.1981"]),
    "USt-IdNr. DE 123 456 789": (["DE123456789", "DE 123 456 789", "de123456789"], ["DE123456780"]),
    "USt-IdNr. DE987654321": (["DE 987 654 321", "USt-IdNr. DE 987 654 321"], ["DE 987 654 322"]),
    "Versicherung 65 170839 J 008": (["65170839J008", "65 170839 J 008"], ["65170839J009"]),
    "Versicherung 66170839J008": (["66 170839 J 008"], ["66 170839 K 008"]),
    "Kennzeichen KO-AB 123": (
        ["KO-AB 123", "KO-AB123", "KOAB123", "KO AB 123", '"KO-AB 123"', '"KO-AB123"'],
        ["KO-AB 124", "KOAB12", "K-OA 123"],
    ),
    "Halter von KOCD456": (["KO-CD 456", "Halter KO-CD 456", '"KO-CD 456"'], ["KO-CD 45"]),
    "Halter von MYK-X77": (["MYK-X 77", "MYKX77", '"MYK-X 77"'], ["MYK-X 7"]),
    "im Hauptweg 12a": (
        ['"Hauptweg 12 a"', '"Hauptweg 12a"', "Hauptweg 12 a", "12a"],
        ["12 b", "12 c"],
    ),
    "im Nebenweg 14 b": (
        ['"Nebenweg 14b"', '"Nebenweg 14 b"', "Nebenweg 14b"],
        ["14c", '"Nebenweg 14 c"'],
    ),
    "Flurstück 123/4 Flur 5": (
        ["123/4", '"Flurstück 123/4"', "Flurstück 123 4", "123-4"],
        ["123/5", "4/123", "5/4", "123-5", "1234", "12/34"],
    ),
    "Flurstücke 123/4, 123/6 und 127": (["123/6", "123/4", "127"], ["123/127", "127/6", "4/6"]),
}
#: compounds and what they say in several words
IN_WORDS: Given = {
    "ein Schutzgebiet für Trinkwasser": (["Trinkwasserschutzgebiet"], ["Trinkwasserschutzplan"]),
    "Verfahren zur Baugenehmigung": (["Baugenehmigungsverfahren"], ["Genehmigungsverfahrensplan"]),
    "Baumschutz und Satzungsrecht": ([], ["Baumschutzsatzung"]),
}
STREETS: Given = {
    "Hauptstr. 12": (["Hauptstraße 12", "Hauptstrasse", "Haupt-Straße", "Hauptstr."], ["Hauptamt"]),
    "Bahnhofstraße 7": (["Bahnhofstr. 7", "Bahnhofstr", "Bahnhof-Straße"], ["Bahnhofstr. 8"]),
    "Haupt-Strasse 3": (["Hauptstr. 3", "Hauptstraße"], []),
    "Meierhoferstr. 9": (["Meierhofer Straße", "Meierhoferstraße 9", "Straße"], []),
    "Kleine Quarkdorfer Str. 4": (["Quarkdorferstraße", "Quarkdorfer Straße 4"], []),
}
KINDS = {
    "signs": SIGNS,
    "hyphens": HYPHENS,
    "spaced": SPACED,
    "numbers": NUMBERS,
    "streets": STREETS,
    "words": IN_WORDS,
}


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    # Bare word lists: the same on every machine.
    yield from maker(request.param, tmp_path, load_analyser(dictionaries=()))


def pairs(given: Given) -> list[Pair]:
    return [
        Pair(text, question, must)
        for text, sides in given.items()
        for must, questions in zip((True, False), sides, strict=True)
        for question in questions
    ]


def test_either_spelling_finds_the_other_and_nothing_else(make: MakeIndex) -> None:
    index = make()
    given = [pair for kind in KINDS.values() for pair in pairs(kind)]
    quality = judge(index, "spellings", given)
    assert (quality.missed, quality.wrong) == ((), ())


def test_nothing_is_misread_in_text_that_was_not_recognised(make: MakeIndex) -> None:
    index = make()
    texts = ("Seite S 12 BauGB", "für $ 12 BauGB", "Zimmer 8 12 BauGB", "nach § 12 BauGB")
    for number, text in enumerate((*texts, *texts)):
        page = PageEntry(number=1, text=text, recognised=number >= len(texts))
        index.apply([Upsert(replace(entry(str(number), title=text), pages=(page,)))])
    assert sorted(found(index, "§ 12 BauGB")) == ["3", "4", "5", "6", "7"]


def test_a_number_in_a_file_s_name_is_found(make: MakeIndex) -> None:
    index = make()
    index.apply([Upsert(replace(entry("1", "Anbei"), file_name="Flurstueck_123-5.pdf"))])
    assert found(index, "123/5") == ["1"]


def test_the_paragraph_of_the_law_asked_for_ranks_first(make: MakeIndex) -> None:
    index = make()
    index.apply(
        [
            upsert("1", "nach § 35 BauGB"),
            upsert("2", "BauGB BauGB BauGB, auch § 35 VwVfG"),
            upsert("3", "das BauGB, Seite 35"),
            upsert("4", "nur ein Blatt", title="Bescheid nach § 35 BauGB"),
        ]
    )
    assert found(index, "§ 35 BauGB") == ["4", "1", "2"]
    assert found(index, "BauGB § 35") == ["4", "2", "1"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("63.1/1/2026", ["1", "2"]),
        ("63.1/1/2026 Quarkdorf", ["1"]),
        ("Quarkdorf 63.1/1/2026", ["1"]),
        ("Quarkdorf, Az.: 63.1/1/2026", ["1"]),
        ("Unser Zeichen: 63.1/1/2026 Quarkdorf", ["1"]),
        ("(63.1/1/2026)", ["1", "2"]),
        ('"63.1/1/2026"', ["1", "2"]),
        ("1/2026", ["1", "2", "4"]),
        ("1/2026 Quarkdorf", ["1"]),
        ("az:1/2026", ["1", "2"]),
        ("1-2026", ["1", "2", "4"]),
        ("2/2026", ["3"]),
        ("12.3.2024", ["5"]),
    ],
)
def test_marks_are_asked_beside_words_and_where_they_look_like_dates(
    marked: Index, question: str, expected: list[str]
) -> None:
    assert sorted(found(marked, question)) == expected


@pytest.fixture(scope="module", params=ENGINES)
def marked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Index]:
    making = maker(request.param, tmp_path_factory.mktemp("index"), load_analyser(dictionaries=()))
    index = next(making)()
    index.apply(
        [
            upsert("1", "Halle in Quarkdorf", file_mark="63.1/1/2026"),
            upsert("2", "Scheune in Neudorf", file_mark="63.1/1/2026"),
            upsert("3", "Stall", file_mark="63.1/2/2026"),
            upsert("4", "Sitzung 1/2026"),
            upsert("5", "am 12.3.2024"),
        ]
    )
    yield index
    next(making, None)
