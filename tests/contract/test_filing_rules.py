"""Rules of filing: taken in whole or not at all, the first that fits counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.db.database import Database
from archive.file_plan.filing_rules import (
    FilingRule,
    RuleKind,
    RulesImport,
    first_fitting,
    import_rules,
    rules,
)
from tests.contract.rig import PERSON, Rig

HEAD = "strom;art;wert;abteilung;aktenplan;betreff\n"
RULES = (
    HEAD
    + "mailroom;Trennblatt;TRENNBLATT-BAU;bauamt;b.1;Bauanträge\n"
    + ";Absender;Stadtwerke *;bauamt;b.1;Versorger\n"
    + ";Dokumentart;rechnung;jugendamt;j.1;Rechnungen\n"
)


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        made = Rig(session)
        made.county()
        yield made


def take(rig: Rig, text: str, *, check: bool = False) -> RulesImport:
    return import_rules(
        rig.session,
        text.encode(),
        streams=frozenset({"mailroom", "legacy"}),
        by=PERSON,
        at=rig.at(),
        check=check,
    )


def test_the_table_takes_the_place_of_all_rules(rig: Rig) -> None:
    assert take(rig, RULES, check=True).done is False
    assert rules(rig.session) == ()
    assert take(rig, RULES).done
    found = rules(rig.session)
    assert [(rule.kind, rule.subject) for rule in found] == [
        (RuleKind.SEPARATOR, "Bauanträge"),
        (RuleKind.SENDER, "Versorger"),
        (RuleKind.CLASS, "Rechnungen"),
    ]
    assert take(rig, HEAD).done
    assert rules(rig.session) == ()


@pytest.mark.parametrize(
    ("line", "word"),
    [
        (";Farbe;x;bauamt;b.1;y", "art"),
        (";Absender;;bauamt;b.1;y", "wert"),
        (";Absender;S*;bauamt;b.1;y", "wert"),
        (";Absender;S*x;bauamt;b.1;y", "wert"),
        (";Absender;x;nirgends;b.1;y", "nirgends"),
        (";Absender;x;bauamt;b.9;y", "b.9"),
        (";Absender;x;bauamt;j.1;y", "gehört zu jugendamt"),
        ("fax;Absender;x;bauamt;b.1;y", "fax"),
        (";Absender;x;bauamt;b.1;", "Betreff"),
    ],
)
def test_mistakes_are_named_by_their_line(rig: Rig, line: str, word: str) -> None:
    take(rig, RULES)
    before = rules(rig.session)
    result = take(rig, f"{HEAD};Absender;x;bauamt;b.1;y\n{line}\n")
    assert not result.done
    assert {error.line for error in result.errors} == {3}
    assert any(word in error.text for error in result.errors)
    assert rules(rig.session) == before


def test_the_first_rule_that_fits_counts(rig: Rig) -> None:
    take(rig, RULES)
    known = rules(rig.session)

    def subject(stream: str = "mailroom", department: str = "bauamt", **found: str) -> str | None:
        of = {RuleKind(kind): value for kind, value in found.items()}
        rule: FilingRule | None = first_fitting(
            known, stream=stream, department=department, found=of
        )
        return None if rule is None else rule.subject

    assert subject(separator="trennblatt-bau", sender="Stadtwerke Musterstadt") == "Bauanträge"
    assert subject(sender="stadtwerke  Musterstadt") == "Versorger"
    assert subject(sender="Die Stadtwerke") is None
    assert subject(stream="legacy", separator="TRENNBLATT-BAU") is None
    assert subject(department="jugendamt", sender="Stadtwerke Nord") is None
    assert subject(department="jugendamt", **{"class": "Rechnung"}) == "Rechnungen"
    assert subject() is None
