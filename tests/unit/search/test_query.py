"""The query language: what people type, and what is understood."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.field_names import period
from search.query.parser import MAX_LEAVES, describe, parse
from search.query.query_tree import (
    And,
    DateField,
    Dates,
    Everything,
    Key,
    KeyField,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Reference,
    TextField,
    Word,
    wanted,
)

W = Word


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("", Everything()),
        ("   ", Everything()),
        ("Bauantrag", W("Bauantrag")),
        ("Bauantrag Müller", And((W("Bauantrag"), W("Müller")))),
        ("Bauantrag UND Müller", And((W("Bauantrag"), W("Müller")))),
        ("Bauantrag AND Müller & Koch", And((W("Bauantrag"), W("Müller"), W("Koch")))),
        ("a OR b ODER c | d", Or((W("a"), W("b"), W("c"), W("d")))),
        ("a b OR c d", Or((And((W("a"), W("b"))), And((W("c"), W("d")))))),
        ("a (b OR c)", And((W("a"), Or((W("b"), W("c")))))),
        ("oder und nicht", And((W("oder"), W("und"), W("nicht")))),
        ("-Müller", Not(W("Müller"))),
        ("a -b", And((W("a"), Not(W("b"))))),
        ("a NICHT b", And((W("a"), Not(W("b"))))),
        ("a NOT (b c)", And((W("a"), Not(And((W("b"), W("c"))))))),
        ("Bau-Antrag", W("Bau-Antrag")),
        ('"erste Seite"', Phrase("erste Seite")),
        ("„erste Seite“ x", And((Phrase("erste Seite"), W("x")))),
        ('"nie geschlossen', Phrase("nie geschlossen")),
        ('-"erste Seite"', Not(Phrase("erste Seite"))),
        ("Bau*", Prefix("Bau")),
        ("Mülller~", W("Mülller", near=True)),
        ("titel:Bauantrag", W("Bauantrag", TextField.TITLE)),
        ("Betreff:Bau*", Prefix("Bau", TextField.TITLE)),
        ('title:"neuer Antrag"', Phrase("neuer Antrag", TextField.TITLE)),
        ("absender:Müller", W("Müller", TextField.SENDER)),
        ("from:Müller", W("Müller", TextField.SENDER)),
        ("text:Müller", W("Müller", TextField.BODY)),
        ("datei:scan", W("scan", TextField.NAME)),
        ("abteilung:Bauamt", Key(KeyField.DEPARTMENT, "Bauamt")),
        ('department:"Amt 61"', Key(KeyField.DEPARTMENT, "Amt 61")),
        ("art:Bescheid", Key(KeyField.CLASS, "Bescheid")),
        ("eingangsweg:mailroom", Key(KeyField.STREAM, "mailroom")),
        ("plan:11.2", Key(KeyField.PLAN_UNIT, "11.2")),
        ("az:63-12/2024-0815", Reference("63-12/2024-0815", only=True)),
        ('aktenzeichen:"BAU 4711/19"', Reference("BAU 4711/19", only=True)),
        ("63-12/2024-0815", Reference("63-12/2024-0815")),
        ("II/61.2-Bau 4711/19", Reference("II/61.2-Bau 4711/19")),
        ("Az.: 63-12/2024-0815", Reference("63-12/2024-0815")),
        ("Bau 63-12/2024-0815", And((W("Bau"), Reference("63-12/2024-0815")))),
        ("http://example.org/x", W("http://example.org/x")),
        ("foo:bar", W("foo:bar")),
        ("12:30", W("12:30")),
        ("(", Everything()),
        ("()", Everything()),
        (") Bau (", W("Bau")),
        ("((((Bau", W("Bau")),
        ("*", Everything()),
        ("- -- !", Everything()),
        ("OR Bau OR", W("Bau")),
        ("Bau NOT", And((W("Bau"), W("NOT")))),
        ("titel:", W("titel:")),
        ("seit:gestern", And((W("seit"), W("gestern")))),
    ],
)
def test_understood_as(text: str, root: Node) -> None:
    assert parse(text).root == root


@pytest.mark.parametrize(
    ("text", "field", "first", "last"),
    [
        ("datum:2026-01..2026-03", DateField.EITHER, date(2026, 1, 1), date(2026, 3, 31)),
        ("date:2026", DateField.EITHER, date(2026, 1, 1), date(2026, 12, 31)),
        ("eingang:7.3.2026", DateField.RECEIVED, date(2026, 3, 7), date(2026, 3, 7)),
        ("eingang:03.2026", DateField.RECEIVED, date(2026, 3, 1), date(2026, 3, 31)),
        ("eingang:3/2024", DateField.RECEIVED, date(2024, 3, 1), date(2024, 3, 31)),
        ("briefdatum:2024-02-29", DateField.LETTER, date(2024, 2, 29), date(2024, 2, 29)),
        ("datum:..2026-03-05", DateField.EITHER, None, date(2026, 3, 5)),
        ("datum:2026-03-05..", DateField.EITHER, date(2026, 3, 5), None),
        ("datum:>2026-03-05", DateField.EITHER, date(2026, 3, 6), None),
        ("datum:>=2026-03", DateField.EITHER, date(2026, 3, 1), None),
        ("datum:<2026", DateField.EITHER, None, date(2025, 12, 31)),
        ("datum:<=2026", DateField.EITHER, None, date(2026, 12, 31)),
        ("seit:2026-02", DateField.RECEIVED, date(2026, 2, 1), None),
        ("bis:2026-02", DateField.RECEIVED, None, date(2026, 2, 28)),
        ("until:31.12.2025", DateField.RECEIVED, None, date(2025, 12, 31)),
    ],
)
def test_dates(text: str, field: DateField, first: date | None, last: date | None) -> None:
    assert parse(text).root == Dates(field, first, last)


@pytest.mark.parametrize(
    "text", ["2026-13", "31.2.2026", "0000", "gestern", "..", "2026..x", ">9999", "<0001", ">x", ""]
)
def test_no_date(text: str) -> None:
    assert period(text) is None


@given(st.text(max_size=300))
def test_anything_may_be_typed(text: str) -> None:
    query = parse(text)
    assert query.text == text
    assert describe(query).endswith(".")


_PIECES = st.sampled_from(
    [
        "Bau",
        "(",
        ")",
        '"',
        "„",
        "“",
        "-",
        "!",
        "OR",
        "NICHT",
        "titel:",
        "az:",
        "datum:",
        "..",
        "*",
        "~",
        "seit:",
    ]
    + [
        "2026-01",
        "63-12/2024-0815",
        "|",
        "&",
        ":",
        " ",
        "ä",
        "12.3.2026",
        "\x00",
        "\n",
        "😀",
        "½",
        "\u00ad",
    ]
)


@given(st.lists(_PIECES, max_size=60), st.sampled_from(["", " "]))
def test_odd_pieces_in_any_order(pieces: list[str], glue: str) -> None:
    query = parse(glue.join(pieces))
    assert len(list(wanted(query.root))) <= MAX_LEAVES + 1
    assert describe(query)


@given(st.lists(st.from_regex(r"[a-z]{3,12}", fullmatch=True), min_size=1, max_size=8))
def test_plain_words_are_all_wanted(words: list[str]) -> None:
    root = parse(" ".join(words)).root
    assert root == (And(tuple(map(Word, words))) if len(words) > 1 else Word(words[0]))


def test_endless_questions_are_cut() -> None:
    query = parse("wort " * 100_000)
    assert len(list(wanted(query.root))) == MAX_LEAVES
    assert describe(parse("(" * 5_000 + "a" + ")" * 5_000))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Alle Dokumente."),
        ("Bau Müller", "Dokumente mit „Bau“ und „Müller“."),
        ("a (b OR c)", "Dokumente mit „a“ und („b“ oder „c“)."),
        ("-a", "Dokumente mit nicht „a“."),
        ("titel:Bau*", "Dokumente mit einem Wort, das mit „Bau“ beginnt im Titel."),
        ('"a b"', "Dokumente mit der Wortfolge „a b“."),
        ("Mülller~", "Dokumente mit „Mülller“ (auch ähnliche Schreibweisen)."),
        ("abteilung:Bauamt", "Dokumente mit Abteilung „Bauamt“."),
        ("seit:2026-02", "Dokumente mit Eingang ab 1.2.2026."),
        ("datum:2026-02", "Dokumente mit Datum vom 1.2.2026 bis 28.2.2026."),
        ("vom:1.2.2026", "Dokumente mit Briefdatum am 1.2.2026."),
        (
            "az:63-1/2024",
            "Dokumente mit dem Aktenzeichen „63-1/2024“ oder einem, das so beginnt oder endet.",
        ),
    ],
)
def test_said_in_german(text: str, sentence: str) -> None:
    assert describe(parse(text)) == sentence


def test_near_widens_words_alone() -> None:
    widened = parse('Bau "a b" (c OR x*)').with_near()
    assert widened.root == And(
        (W("Bau", near=True), Phrase("a b"), Or((W("c", near=True), Prefix("x"))))
    )
