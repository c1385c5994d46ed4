"""Numbers with letters, house numbers and dates are one token, and what only looks like one is none."""

from __future__ import annotations

import pytest

from search.german import identifiers


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("USt-IdNr. DE 123 456 789", "de123456789"),
        ("USt-IdNr. DE123456789", "de123456789"),
        ("USt-IdNr.: DE\u00a0123456789,".replace("\u00a0", " "), "de123456789"),
        ("UID ATU 1234 5678", "atu12345678"),
        ("Nummer 65 170839 J 008", "65170839j008"),
        ("Nummer 65170839J008", "65170839j008"),
        ("Versicherte A 123 456 789", "a123456789"),
        ("Kennzeichen KO-AB 123", "koab123"),
        ("Kennzeichen KO-AB123", "koab123"),
        ("Kennzeichen KO AB 123", "koab123"),
        ("Kennzeichen MYK - X 4 E", "mykx4e"),
        ("Hauptweg 12 a", "12a"),
        ("Hauptweg 12 A, Hof", "12a"),
        ("am 01.02.1980", "1980-02-01"),
        ("am 1.2.1980.", "1980-02-01"),
        ("am 1. 2. 1980", "1980-02-01"),
        ("am 1. Februar 1980", "1980-02-01"),
        ("am 3. März 1980", "1980-03-03"),
        ("am 3. Dez. 1980", "1980-12-03"),
        ("am 1980-02-01", "1980-02-01"),
        ("am 1.2.80", "80-02-01"),
    ],
)
def test_one_token_for_each_spelling(text: str, token: str) -> None:
    assert token in list(identifiers.find(text))


@pytest.mark.parametrize(
    "text",
    [
        "EU 12 34",
        "Zimmer 12, a) und b)",
        "3 z.B. im Mai",
        "250 m²",
        "am 45.13.1980",
        "Version 1.2.3.1980",
        "Flurstück 123/4",
        "A4-Blatt",
        "am 1. Antrag 1980",
        "63-12/2024-0815",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert not list(identifiers.find(text))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("DE 987 654 321", ("de987654321",)),
        ("ko-ab 123", ("koab123",)),
        ("in ab 12", ()),
        ("65 170839 j 008", ("65170839j008",)),
        ("12 a", ("12a",)),
        ("1.2.1980", ("1980-02-01", "80-02-01")),
        ("1.2.80", ("80-02-01", "1980-02-01", "2080-02-01")),
        ("Antrag 12", ()),
    ],
)
def test_how_one_is_asked_for(text: str, asked: tuple[str, ...]) -> None:
    assert identifiers.asked(text) == asked


@pytest.mark.timeout(60)
@pytest.mark.parametrize("run", ["1 ", "A ", "AB 12", "1.", "12 34 ", "1-", "DE", "- "])
def test_a_long_run_is_read_in_one_go(run: str) -> None:
    list(identifiers.find(run * (300_000 // len(run))))
    identifiers.asked(run * (300_000 // len(run)))
