"""``registratur verify``: what it prints where, its exit codes, and how it says how far it has come."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import application
from api.commands.bench.verification import run as bench
from api.commands.records.verify import Steps
from api.commands.service.init import make_home
from api.wiring_evidence import evidence
from archive.db.database import Database
from archive.store.objects_folder import FolderStore
from config.errors import UsageError
from config.settings import load
from ingest.verification.run import ITEMS, TRAIL, Progress, run_of
from ingest.verification.run_state import FILE, FOLDER
from ingest.verification.whole_archive import judge_all
from tests.contract.rig import Rig

SIX = ("original", "rendition", "note", "seal", "evidence_record", "record", "audit_chain")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two files that are held."""
    place = tmp_path_factory.mktemp("verify") / "home"
    make_home(place, with_sample=True, environment={})
    settings = load(place, environment={})
    store = FolderStore(place / "objects", fsync=False)
    database = Database(settings.database_url)
    with database.write() as session:
        rig = Rig(session)
        for name in ("i1", "i2"):
            rig.item(name)
            rig.hold(name)
            store.put(io.BytesIO(name.encode()))
    database.close()
    return place


@pytest.fixture
def home(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REGISTRATUR_HOME", str(made))
    return made


@pytest.fixture
def rotten(home: Path) -> Iterator[None]:
    store = FolderStore(home / "objects", fsync=False)
    (place,) = [each for each in map(store.path, store.addresses()) if each.read_bytes() == b"i1"]
    place.chmod(0o640)
    place.write_bytes(b"ix")
    yield
    place.write_bytes(b"i1")


def run(*words: str) -> Any:
    return CliRunner().invoke(application(), ["verify", *words], catch_exceptions=True)


def test_everything_is_good_and_says_what_was_not_asked_for(home: Path) -> None:
    done = run("--all", "--json")
    assert done.exit_code == 0
    judged = json.loads(done.stdout)
    assert {"i1", "i2", "house", "trail", "anchor", "schema", "index"} <= {e["id"] for e in judged}
    for each in judged:
        assert set(each) == {"id", *SIX, "ok", "faults", "judged_at", "not_asked"}
        assert each["ok"] and datetime.fromisoformat(each["judged_at"]).tzinfo is not None
    people = run("--all", "--seals")
    assert "Siegel: 0 geprüft" in people.stdout
    assert people.stdout.splitlines()[-1] == f"{len(judged)} geprüft, 0 mit Mängeln"


def test_a_fault_is_told_aside_when_it_is_found_and_ends_with_1(home: Path, rotten: None) -> None:
    done = run("--all", "--json")
    assert done.exit_code == 1
    (bad,) = [each for each in json.loads(done.stdout) if not each["ok"]]
    assert (bad["id"], bad["original"]) == ("i1", "broken")
    assert done.stderr.startswith("MANGEL i1  original: broken")
    assert run("i1", "i2", "--json").exit_code == 1
    assert not (home / FOLDER / FILE).exists()


def test_a_stopped_run_is_gone_on_with_and_told_whole(home: Path, rotten: None) -> None:
    def stop(step: Progress) -> None:
        if step.what == ITEMS:
            raise KeyboardInterrupt

    with (
        evidence(load(home, environment={})) as kept,
        pytest.raises(KeyboardInterrupt),
        run_of(kept, home, resume=False, hear=stop, say=print) as begun,
    ):
        list(judge_all(kept, begun))
    done = run("--all", "--resume", "--json")
    assert done.exit_code == 1
    assert "Vor der Unterbrechung" in done.stderr and "2 geprüft, 1 mit Mängeln" in done.stderr
    judged = json.loads(done.stdout)
    assert [each["id"] for each in judged if not each["ok"]] == ["i1"]
    assert len({each["id"] for each in judged}) == len(judged) > 6
    again = run("--all", "--resume")
    assert "keine unterbrochene Prüfung" in again.stderr
    assert "Siegel: 0 nicht geprüft; das tut --seals" in again.stdout


@pytest.mark.parametrize("words", [("--seals", "i1"), ("--resume", "i1"), ()])
def test_what_makes_no_sense_is_refused(home: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run(*words).exception, UsageError)


@pytest.mark.campaign
def test_the_bench_verifies_what_it_has_made(capsys: pytest.CaptureFixture[str]) -> None:
    """All but the index, which it does not fill."""
    bench(documents=100, keep=None, rounds=1, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["files"] > 500 and told["bytes"] > 10_000_000
    ended = {each["name"]: each["exit_code"] for each in told["measured"]}
    assert ended == {"sha256sum": 0, "hashlib": 0, "verify --all": 1, "verify trail": 0}


def test_every_few_seconds_it_says_how_far_it_has_come() -> None:
    moments = iter([0.0, 1.0, 6.0, 7.0, 12.0])
    heard: list[str] = []
    steps = Steps(lambda: next(moments), heard.append)
    steps.hear(Progress(what=TRAIL, done=500, of=1000, faults=0, size=0))
    steps.hear(Progress(what=TRAIL, done=1000, of=1000, faults=0, size=0))
    steps.hear(Progress(what=ITEMS, done=100, of=1000, faults=1, size=10_000_000))
    steps.hear(Progress(what=ITEMS, done=300, of=1000, faults=2, size=60_000_000))
    assert heard == [
        "1000 von 1000 Ereignissen, 0 mit Mängeln, noch etwa 0 s für diesen Schritt",
        "300 von 1000 Eingängen, 2 mit Mängeln, 5 MB/s, noch etwa 18 s für diesen Schritt",
    ]
