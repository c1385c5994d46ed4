"""Rooms within the rooms: small folders, each of which says what it is for and stands in the
map."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "archive", "ingest", "ocr", "search", "signing")
MOST = 14  #: modules of a folder
FOLDERS = sorted(
    {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    - set((ROOT / "archive" / "db" / "migrations").rglob("*"))
    - {ROOT / "archive" / "db" / "migrations"}
)
MAP = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_holds_few_modules(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST, "make a sub-room of those that belong together"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_says_what_it_is_for_and_nothing_else(folder: Path) -> None:
    body = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1 and isinstance(body[0], ast.Expr)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_folder_and_module_stands_in_the_map(folder: Path) -> None:
    (row,) = [
        line for line in MAP.splitlines() if line.startswith(f"| `{folder.relative_to(ROOT)}/` |")
    ]
    named = {word.strip(" `") for word in row.split("|")[3].split(",")} - {"-"}
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert named == there
