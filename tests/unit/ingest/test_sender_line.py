"""Who a letter is from: a name, never a sentence, a date, a label or whom it is for."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.suggestions.from_letter import suggest
from ingest.suggestions.sender_line import is_name, sender

NAMES = (
    "Kreis Beispielburg",
    "Der Landrat des Kreises Beispielburg",
    "Ministerium für Umwelt, Naturschutz und Verkehr des Landes Nordrhein-Westfalen",
    "Architekturbüro Musterhaus",
    "Familie Beispielmann",
    "Untere Denkmalschutzbehörde",
    "Rechtsanwaltskanzlei Muster & Partner",
    "Müller Bau GmbH & Co. KG",
    "Dr. Erika Muster",
    "Informationstechnik Nord GmbH",
    "Anlagenbau Diestelmann e.K.",
    "Stadt Frankfurt am Main",
    "DEUTSCHE RENTENVERSICHERUNG",
    "von der Heide, Karl",
    "AOK – Die Gesundheitskasse",
    "Rechtsanwälte Dr. Muster & Partner mbB",
    "Lebenshilfe Beispielburg gGmbH",
    "Volksbank Beispielburg eG",
    "Stadtwerke Beispielburg kAöR",
)
NO_NAMES = (
    "Ich beantrage hiermit die Baugenehmigung für mein Grundstück.",
    "wurden die Unterlagen am selben Tag übergeben",
    "Hiermit lege ich Widerspruch ein",
    "Sehr geehrte Damen und Herren,",
    "Liebe Frau Muster",
    "Betreff: Bauantrag",
    "Betr. Bauantrag Lindenweg",
    "Berlin, den 3. April 2024",
    "Datum: 3.4.2024",
    "Herrn Karl Muster",
    "An das Landratsamt",
    "Frau",
    "Aktenzeichen: 63.1/2024",
    "Telefon 0123 456",
    "Ihr Zeichen",
    "Rechnung Nr. 3",
    "Bescheid",
    "Widerspruchsbescheid",
    "Antrag auf Baugenehmigung",
    "EINGEGANGEN",
    "Posteingang",
    "Die Verwaltung prüft den Antrag und teilt das Ergebnis mit",
    "Der Zeuge sagte aus, dass er nichts gesehen habe",
    "Können Sie mir helfen?",
    "Seite 2 von 4",
    "§ 35 BauGB",
    "Per Einschreiben",
    "Mit Schreiben vom Montag",
    "Am Berg 4",
    "Lindenstr. 12 a",
)


@pytest.mark.parametrize("line", NAMES)
def test_names_of_offices_firms_and_people(line: str) -> None:
    assert sender([line, "Am Berg 4", "12345 Ort"]) == line


@pytest.mark.parametrize("line", NO_NAMES)
def test_what_names_nobody(line: str) -> None:
    assert not is_name(line)
    assert sender([line]) is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (
            ["Kreis Neuwald · Schloßallee 12 · 31999 Neuwald", "Herrn", "Karl Muster"],
            "Kreis Neuwald",
        ),
        (["Kreis Neuwald - Schloßallee 12 - 31999 Neuwald"], "Kreis Neuwald"),
        (["Herrn", "Karl Muster", "Am Berg 4", "12345 Ort", "Sehr geehrter Herr Muster,"], None),
        (["An das", "Landratsamt Neuwald", "31999 Neuwald", "Karl Muster"], "Karl Muster"),
        (["EINGEGANGEN", "16. Mrz. 2024", "Stadtwerke Beispielstadt"], "Stadtwerke Beispielstadt"),
        (["Rechnung Nr. 3", "Müller Bau GmbH"], "Müller Bau GmbH"),
        (["Sehr geehrte Frau Muster,", "Karl Beispiel"], None),
        (["Der Kläger trägt vor", "er habe nichts gewusst und"], None),
        (["Die Feuerwehr Ort Mitte", "wurde gerufen, als es brannte"], None),
    ],
)
def test_the_line_of_the_head(head: list[str], name: str | None) -> None:
    assert sender(head) == name


@given(
    words=st.lists(
        st.sampled_from(["ich", "beantrage", "hiermit", "wurde", "gestern", "Haus", "Die"]),
        min_size=5,
    )
)
def test_running_text_is_never_a_sender(words: list[str]) -> None:
    line = " ".join([*words, "wurde"])
    assert suggest(line + "\n" + line, "x.pdf", date(2026, 11, 22)).sender is None


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", [", ", " ", "ab, ", " · ", "A"])
def test_a_line_as_long_as_a_file_is_read_in_one_go(run: str) -> None:
    line = "31999 Neuwald " + run * (300_000 // len(run)) + "x"
    assert sender([line, line, "Kreis Neuwald"]) in ("Kreis Neuwald", "31999 Neuwald", None)
    suggest(line + "\n" + line, "x.pdf", date(2026, 11, 22))
