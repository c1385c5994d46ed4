"""House rules that no linter knows."""

from __future__ import annotations

import ast
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ingest", "ocr", "archive", "search", "signing", "api", "config")
MODULES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
ONE_DOOR: dict[
    str, str | tuple[str, ...]
] = {  # an engine's package -> the modules that may import it
    "tantivy": "search/",
    "tesserocr": "ocr/",
    "dbos": ("ingest/", "api/wiring.py"),
}


@pytest.mark.parametrize("name", PACKAGES)
def test_only_we_provide(name: str) -> None:
    # an editable install does not list our names, hence the default
    assert set(packages_distributions().get(name, ["registratur"])) == {"registratur"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text().strip():
        return
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_engines_stay_behind_their_door(path: Path) -> None:
    here = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in names:
            door = ONE_DOOR.get(name.split(".")[0])
            assert door is None or here.startswith(door), f"{here} imports {name}"


def test_faces_begin_no_write_transaction() -> None:
    """What is done is done by an act (ingest/acts); a face translates. Benches fill their own home."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "api").rglob("*.py"))
        if "bench" not in path.relative_to(ROOT).parts
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "write"
        and not call.args
    ]
    assert found == []


def test_sizes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Large modules are printed, not failed: ask whether one holds two stories."""
    sizes = sorted(
        ((len(path.read_text(encoding="utf-8").splitlines()), path) for path in MODULES),
        reverse=True,
    )
    with capsys.disabled():
        for lines, path in sizes[:3]:
            if lines > 400:
                print(f"\n{lines} lines: {path.relative_to(ROOT)}", end="")
    assert sizes
