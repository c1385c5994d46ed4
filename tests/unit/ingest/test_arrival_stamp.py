"""Arrival stamps of several offices: their day is found, and nothing that a sentence says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.suggestions.arrival_stamp import arrival
from ingest.suggestions.from_letter import suggest
from ingest.suggestions.written_dates import dates
from ocr.recognition.picture_reading import read_image
from ocr.scan_profile import ScanProfile
from ocr.synthetic_letters import Letter, page

CUSTODY = date(2026, 11, 22)
HEAD = "Max Muster\nAm Berg 4\n12345 Ort\n"
TAIL = "\nBetreff: Bauvoranfrage\nSehr geehrte Damen und Herren,\nich bitte um Auskunft.\n"

STAMPS = {
    "EINGEGANGEN\n16. Mrz. 2024 Poststelle": date(2024, 3, 16),
    "EINGEGANGEN 16. Mrz. 2024": date(2024, 3, 16),
    "Eingang: 03.04.2024": date(2024, 4, 3),
    "Posteingang 3. APR. 2023": date(2023, 4, 3),
    "POSTEINGANG\nKreis Beispielburg\n03. APR. 2023": date(2023, 4, 3),
    "Eing. 3.4.24": date(2024, 4, 3),
    "Eing.: 3. April 2023   Tgb.-Nr. 12": date(2023, 4, 3),
    "Bauamt\nEingang 12. Feb. 2025\nAbt. 2   Anl. 3": date(2025, 2, 12),
    "Eingegangen am 7. Dez. 2022": date(2022, 12, 7),
    "Eingangsdatum: 2024-04-03": date(2024, 4, 3),
    "28. NOV. 2019\nEINGEGANGEN": date(2019, 11, 28),
    "E I N G E G A N G E N\n28. 11. 2019": date(2019, 11, 28),
    "Eing. 0 3. APR. 2023": date(2023, 4, 3),
    "EINGEGANGEN\n2 8. 11. 2019": None,  # torn apart: a wrong day is worse than none
    "EINGEGANGFN\n05. Okt. 1987": date(1987, 10, 5),
    "Poststelle 03.04.2024 09:12 Uhr": date(2024, 4, 3),
    "Eingelangt 5. Jänner 2021": date(2021, 1, 5),
    "Empfangen: 03.04.2024": date(2024, 4, 3),
    "Stadt Musterstadt Eingang 03. Apr. 2024": date(2024, 4, 3),
    "Kreis Neuwald – Bauamt – Posteingang: 3.4.2024": date(2024, 4, 3),
    "Frau EINGEGANGEN\nÄnne Schäfer 02. Mrz. 2024 Poststelle": date(2024, 3, 2),
    "Tageseingang 11. Juni 1996": date(1996, 6, 11),
    "Eingangsstempel Jugendamt\n4. Aug. 2020": date(2020, 8, 4),
}
NO_STAMPS = (
    "Ihr Schreiben, eingegangen am 3.4.2024, haben wir erhalten.",
    "Ihre Anfrage ist am 5.3.2024 bei uns eingegangen.",
    "Der Antrag ist am 5.3.2024\neingegangen und wird bearbeitet.",
    "Eingangs weise ich auf die Frist zum 3.4.2024 hin.",
    "Eingang zum Gebäude ab 3.4.2024 nur über den Hof, bitte die Schilder beachten.",
    "Wir bestätigen den Eingang Ihres Antrags vom\n3.4.2024 und bitten um Geduld.",
    "Datum: 3. April 2024",
    "EINGANG: Rückseite, 2. Stock",
    "Erhalten Sie bis zum 3.4.2024 keine Nachricht, gilt die Genehmigung als erteilt.",
    "Poststelle: Zimmer 3",
    "Eingegangen am 3.4.2099",
    "Bezug: Ihr Antrag, Eingang 3.4.2024",
    "Frau Muster fragte zum Eingang 3.4.2024 an",
)


@pytest.mark.parametrize("stamp", STAMPS)
def test_the_day_of_a_stamp_is_offered_and_is_no_letter_date(stamp: str) -> None:
    day = STAMPS[stamp]
    assert arrival(HEAD + stamp + TAIL, CUSTODY) == day
    if day is not None:
        assert suggest(HEAD + stamp + TAIL, "x.pdf", CUSTODY).letter_date != day
        dated = suggest(HEAD + stamp + "\nOrt, den 1. März 1985" + TAIL, "x.pdf", CUSTODY)
        assert (dated.arrived_on, dated.letter_date) == (day, date(1985, 3, 1))


@pytest.mark.parametrize("words", NO_STAMPS)
def test_a_sentence_about_an_arrival_is_no_stamp(words: str) -> None:
    assert arrival(HEAD + TAIL + words + "\n", CUSTODY) is None


def test_the_earliest_of_several_stamps_counts_and_only_the_first_page_bears_one() -> None:
    two = "Poststelle\nEINGEGANGEN\n2. Mai 2024\nBauamt\nEingang: 3. Mai 2024\n"
    assert arrival(two, CUSTODY) == date(2024, 5, 2)
    assert arrival("Seite eins\fEINGEGANGEN\n2. Mai 2024\n", CUSTODY) is None


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("EINGEGANGEN 16/03/2024", date(2024, 3, 16)),
        ("EINGEGANGEN\n16-03-2024", date(2024, 3, 16)),
        ("Per Fax eingegangen am 16/03/2024", date(2024, 3, 16)),
        ("Nachtbriefkasten 16-03-2024", date(2024, 3, 16)),
        ("Per Fax ist Ihr Antrag am 16/03/2024 eingegangen", None),
        ("Nachtbriefkasten am Haupteingang", None),
        ("EINGEGANGEN\nAz. 16/03/2024", None),
        ("EINGEGANGEN 31/02/2024", None),
        ("EINGEGANGEN\n16/03/2024/7", None),
    ],
)
def test_a_stamp_may_have_strokes_between_its_numbers(stamp: str, day: date | None) -> None:
    assert arrival(stamp, CUSTODY) == day


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("3.4.2024", date(2024, 4, 3)),
        ("03. APR. 2024", date(2024, 4, 3)),
        ("16 MRZ 2024", date(2024, 3, 16)),
        ("2024-04-03", date(2024, 4, 3)),
        ("1. Sept. 1999", date(1999, 9, 1)),
        ("16. III. 2024", date(2024, 3, 16)),
        ("16.O3.2024", date(2024, 3, 16)),
        ("1O. O3. 2024", date(2024, 3, 10)),
        ("3. Jän. 2024", date(2024, 1, 3)),
        ("12 March 2024", date(2024, 3, 12)),
        ("16/03/2024", None),  # in a letter it may be a number
        ("Az. 3.4.2024.17", None),
        ("IBAN 12 34.5.2024", None),
        ("31.02.2024", None),
        ("12. Mann 2024", None),
    ],
)
def test_dates_as_they_are_written(line: str, day: date | None) -> None:
    assert dates(line) == ([day] if day else [])


def test_short_years_are_the_last_that_have_been() -> None:
    assert dates("3.4.24", until=CUSTODY) == [date(2024, 4, 3)]
    assert dates("3.4.85", until=CUSTODY) == [date(1985, 4, 3)]
    assert dates("3.4.24") == []


def test_a_drawn_letter_with_its_stamp() -> None:
    letter = Letter(
        sender="Beispielbau GmbH",
        place="Beispielweg 4 · 24999 Beispielstadt",
        date="3. Apr. 2024",
        subject="Bauvoranfrage nach § 35 BauGB",
        body=(
            "Sehr geehrte Damen und Herren,",
            "nach den §§ 29 bis 33 BauGB bitte ich um Auskunft.",
        ),
    )
    image = page(letter).convert("L")
    rows = read_image(image, 200, ScanProfile(second_look=False)).rows
    text = "\n".join(" ".join(word.text for word in row.words) for row in rows)
    found = suggest(text, "scan.pdf", CUSTODY)
    assert found.arrived_on == found.letter_date == date(2024, 4, 3)
    assert found.title == "Bauvoranfrage nach § 35 BauGB"
    assert found.sender == "Beispielbau GmbH"


@given(text=st.text(alphabet="EINGAeingang :.0123456789\n\fMrzAp", max_size=120))
def test_a_stamp_never_bears_a_day_to_come(text: str) -> None:
    found = arrival(text, CUSTODY)
    assert found is None or date(1900, 1, 1) <= found <= CUSTODY
