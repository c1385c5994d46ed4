"""A command imports what it needs: seen by the modules of a real process, not by a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli import COMMANDS, load_command

WATCH = """
import json, os, sys, atexit
sys.argv[0] = "registratur"
def tell():
    with open(os.environ["MODULES_TOLD_IN"], "w") as file:
        json.dump(sorted({name.split(".")[0] for name in sys.modules}), file)
atexit.register(tell)
from api.cli import main
main()
"""
ENGINES = {
    "PIL", "aiohttp", "alembic", "cryptography", "dbos", "elasticsearch", "fastapi", "fontTools",
    "fpdf", "jinja2", "lxml", "numpy", "ocrmypdf", "pi_heif", "pikepdf", "psycopg", "pyhanko",
    "pypdfium2", "tesserocr", "uvicorn", "watchdog", "zxingcpp",
}  # fmt: skip
FOR_WORK = ENGINES | {"sqlalchemy", "structlog", "tantivy", "rich", "psutil"}


def _loaded(tmp_path: Path, *words: str, code: int, **environment: str) -> set[str]:
    told = tmp_path / "modules.json"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRATUR")}
    done = subprocess.run(
        [sys.executable, "-c", WATCH, *words],
        env={**kept, "MODULES_TOLD_IN": str(told), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return set(json.loads(told.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("startup") / "home"
    subprocess.run(
        [sys.executable, "-m", "api.cli", "init", "--sample"],
        env={**os.environ, "REGISTRATUR_HOME": str(place)}, check=True, capture_output=True,
    )  # fmt: skip
    return place


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--help"], 0),
        (["ingest", "--help"], 0),
        (["bench", "search", "--help"], 0),
        (["statsu"], 2),
        (["status", "--bogus"], 2),
        (["search"], 2),
        (["user", "role", "a", "emperor"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_help_and_wrong_calls_import_no_room(tmp_path: Path, words: list[str], code: int) -> None:
    assert not _loaded(tmp_path, *words, code=code) & FOR_WORK


def test_no_command_imports_a_room_before_it_works() -> None:
    load_all = (
        "import sys, api.cli; [api.cli.load_command(name) for name in api.cli.COMMANDS];"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", load_all], check=True, capture_output=True, text=True
    )
    assert not set(done.stdout.split()) & FOR_WORK


@pytest.mark.parametrize("words", [["status"], ["serve"], ["verify", "--all"]], ids=str)
def test_a_missing_home_is_told_before_anything_is_imported(
    tmp_path: Path, words: list[str]
) -> None:
    gone = str(tmp_path / "gone")
    assert not _loaded(tmp_path, *words, code=3, REGISTRATUR_HOME=gone) & FOR_WORK


@pytest.mark.parametrize("words", [["status"], ["serve"]], ids=str)
def test_a_wrong_setting_is_told_before_any_room_is_imported(
    home: Path, tmp_path: Path, words: list[str]
) -> None:
    extra = {"REGISTRATUR_HOME": str(home), "REGISTRATUR_LOG__LEVEL": "laut"}
    assert not _loaded(tmp_path, *words, code=2, **extra) & FOR_WORK


@pytest.mark.parametrize(
    "words",
    [["status", "--json"], ["status"], ["user", "list"], ["user", "link", "bauamt"]],
    ids=str,
)
def test_who_looks_at_the_record_imports_no_engine(
    home: Path, tmp_path: Path, words: list[str]
) -> None:
    loaded = _loaded(tmp_path, *words, code=0, REGISTRATUR_HOME=str(home))
    assert not loaded & (ENGINES | {"tantivy", "structlog"})


def test_search_imports_the_chosen_engine_alone(home: Path, tmp_path: Path) -> None:
    words = ["search", "haus", "--as", "bauamt", "--json"]
    loaded = _loaded(tmp_path, *words, code=0, REGISTRATUR_HOME=str(home))
    assert "tantivy" in loaded and not loaded & ENGINES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says(name: str) -> None:
    told = load_command(name).help or ""
    assert told.strip().splitlines()[0] == COMMANDS[name]
