"""``registratur trust`` and ``signatures``: lists in, their state out; content beside or named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import application
from api.commands.service.doctor_checks import trusted_lists
from api.commands.service.doctor_remarks import State
from config.errors import ConfigError
from config.settings import Settings
from ingest.home import HomeMissing
from tests.unit.signing.make import cms, signer, write

RUN = CliRunner()


@pytest.fixture
def lists(shared_data: Path) -> Path:
    return shared_data / "trustlists"


def test_lists_are_taken_in_whatever_their_order(lists: Path, tmp_path: Path) -> None:
    trust = application()
    names = ("tsl-be-v6.xml", "eu-lotl.xml", "eu-lotl-pivot-335.xml")
    store = ["--trust", str(tmp_path / "trust"), "--json"]
    taken = RUN.invoke(trust, ["trust", "import", *(str(lists / name) for name in names), *store])
    assert taken.exit_code == 1  # the pivot is not confirmed
    result = json.loads(taken.stdout)
    assert [one["territory"] for one in result["imported"]] == ["EU", "BE"]
    assert [Path(one["file"]).name for one in result["refused"]] == ["eu-lotl-pivot-335.xml"]
    state = RUN.invoke(trust, ["trust", "status", *store])
    assert [one["name"] for one in json.loads(state.stdout)["lists"]] == ["LOTL", "BE"]
    settings = Settings(home=tmp_path)
    (remark,) = trusted_lists(settings)
    assert "2 Listen" in remark.text


def test_nobody_is_trusted_and_doctor_says_so(tmp_path: Path) -> None:
    (remark,) = trusted_lists(Settings(home=tmp_path))
    assert remark.state is State.MISSING and not remark.ok
    assert "kein Zertifikat" in remark.text and "trust import" in remark.remedy


def test_nothing_is_fetched_unless_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRATUR_HOME", str(tmp_path / "missing"))
    result = RUN.invoke(application(), ["trust", "refresh"])
    assert isinstance(result.exception, HomeMissing)
    write(tmp_path, "registratur.toml", b"")
    monkeypatch.setenv("REGISTRATUR_HOME", str(tmp_path))
    result = RUN.invoke(application(), ["trust", "refresh"])
    assert isinstance(result.exception, ConfigError)
    assert "trust_lists.refresh" in str(result.exception)


def test_detached_content_lies_beside_or_is_named(tmp_path: Path) -> None:
    content = b"Sehr geehrte Damen und Herren"
    signature = cms(content, signer(), detached=True)
    beside = tmp_path / "beside"
    apart, there = tmp_path / "apart", tmp_path / "there"
    for folder in (beside, apart, there):
        folder.mkdir()
    write(beside, "brief.txt", content)
    write(there, "anders.txt", content)
    calls = {
        "intact": [str(write(beside, "brief.txt.p7s", signature))],
        "indeterminate": [str(write(apart, "brief.txt.p7s", signature))],
    }
    for conclusion, arguments in calls.items():
        result = RUN.invoke(application(), ["signatures", *arguments, "--json"])
        assert json.loads(result.stdout)[0]["conclusion"] == conclusion
    for named in (there, there / "anders.txt"):
        result = RUN.invoke(
            application(),
            ["signatures", str(apart / "brief.txt.p7s"), "--content", str(named), "--json"],
        )
        assert result.exit_code == 0
        assert json.loads(result.stdout)[0]["conclusion"] == "intact"
