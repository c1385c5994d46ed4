"""``registratur plan``: tables in and out of a sample home, as a program and as a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli import application
from api.commands.service.init import make_home

PLAN = (
    "kennzeichen;uebergeordnet;titel;abteilung;jahre;bereich\n"
    "11;;Personal;bauamt;30;personal\n"
    "11.2;11;Beihilfe;;5;beihilfe\n"
)
RULES = "art;wert;abteilung;aktenplan;betreff\nAbsender;Stadtwerke *;bauamt;63.2;Versorger\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    make_home(place, with_sample=True, environment={})
    monkeypatch.setenv("REGISTRATUR_HOME", str(place))
    return tmp_path


def call(*words: str) -> Result:
    return CliRunner().invoke(application(), ["plan", *words])


def said(result: Result) -> Any:
    return json.loads(result.stdout)


def table(home: Path, text: str) -> str:
    place = home / "table.csv"
    place.write_text(text, encoding="utf-8")
    return str(place)


def test_a_plan_goes_in_and_comes_out(home: Path) -> None:
    checked = call("import", table(home, PLAN), "--check", "--json")
    assert (checked.exit_code, said(checked)["done"]) == (0, False)
    taken = call("import", table(home, PLAN), "--json")
    assert (taken.exit_code, said(taken)["added"]) == (0, ["11", "11.2"])
    units = {unit["code"]: unit for unit in said(call("show", "--json"))}
    assert units["11.2"]["compartment"] == "beihilfe" and units["11.2"]["retention_years"] == 5
    assert "11.2  Beihilfe  (bauamt, 5 Jahre" in call("show").stdout


def test_mistakes_name_file_and_line(home: Path) -> None:
    wrong = call("import", table(home, PLAN.replace(";5;", ";fünf;")))
    assert wrong.exit_code == 1
    assert "table.csv:3: jahre:" in wrong.stdout and "nichts wurde übernommen" in wrong.stdout
    assert "11" not in {unit["code"] for unit in said(call("show", "--json"))}
    assert call("import", str(home / "nothing.csv")).exit_code != 0


def test_rules_go_in_and_come_out(home: Path) -> None:
    assert said(call("rules", "--json"))["rules"] == []
    assert call("rules", table(home, RULES)).exit_code == 0
    (rule,) = said(call("rules", "--json"))["rules"]
    assert (rule["kind"], rule["plan_unit"]) == ("sender", "63.2")
    assert "Stadtwerke *" in call("rules").stdout
    wrong = call("rules", table(home, RULES.replace("63.2", "51.1")), "--json")
    assert (wrong.exit_code, said(wrong)["errors"][0]["line"]) == (1, 2)
