"""What is built to be installed elsewhere: all that the program reads, nothing of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.test_rooms import ROOMS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (*ROOMS, "config")
VENDOR = Path("api", "web", "static", "vendor")
CHECKOUT_ONLY = {"api/reference.py"}


def _build(source: Path, target: Path, *kind: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(target), *kind],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (ROOT / VENDOR / "STAMP").is_file():
        pytest.skip("the web assets are not there: scripts/build-assets")
    target = tmp_path_factory.mktemp("built")
    done = _build(ROOT, target)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive in a folder of its own."""
    (archive,) = built.glob("*.tar.gz")
    target = tmp_path_factory.mktemp("unpacked")
    shutil.unpack_archive(archive, target)
    (root,) = target.iterdir()
    return root


def _members(built: Path) -> set[str]:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _below(folder: Path) -> set[str]:
    return {
        str(path.relative_to(ROOT))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(built: Path) -> None:
    ours = {name for room in PACKAGES for name in _below(ROOT / room)} - CHECKOUT_ONLY
    members = {
        name for name in _members(built) if not name.split("/")[0].startswith("registratur-")
    }
    assert members == ours


@pytest.mark.parametrize(
    "name",
    [
        "api/web/static/vendor/kern/kern.min.css",
        "api/web/static/vendor/htmx/htmx.min.js",
        "api/web/templates/base.html",
        "archive/db/migrations/script.py.mako",
        "ocr/pdfa/Checker.java",
        "search/german/words.txt",
        *(f"{room}/py.typed" for room in PACKAGES),
    ],
)
def test_the_wheel_holds_what_is_no_python(built: Path, name: str) -> None:
    assert name in _members(built)


def test_the_wheel_brings_scripts_lock_and_documentation(built: Path) -> None:
    share = {
        name.split("/data/share/registratur/")[1]
        for name in _members(built)
        if "/data/share/registratur/" in name
    }
    docs = _below(ROOT / "docs")
    scripts = {"scripts/fetch-verapdf", "scripts/ivy-fetch"}
    assert share == docs | scripts | {"requirements.lock", "CHANGELOG.md"}


def test_the_source_archive_builds_the_same_wheel(
    built: Path, unpacked: Path, tmp_path: Path
) -> None:
    done = _build(unpacked, tmp_path, "-t", "wheel")
    assert done.returncode == 0, done.stderr
    (first,), (second,) = built.glob("*.whl"), tmp_path.glob("*.whl")
    assert first.name == second.name and first.read_bytes() == second.read_bytes()


def test_the_source_archive_holds_what_a_checkout_works_with(unpacked: Path) -> None:
    for name in ("Makefile", "scripts/setup", "tests/conftest.py", "requirements-dev.lock",
                 "package-lock.json", "docs/index.md", "LICENSE", "SECURITY.md"):  # fmt: skip
        assert (unpacked / name).is_file(), name
    assert not (unpacked / ".venv").exists() and not (unpacked / ".cache").exists()


def test_without_the_web_assets_nothing_is_built(unpacked: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(unpacked, bare, ignore=shutil.ignore_patterns("vendor", "tests"))
    done = _build(bare, tmp_path / "out", "-t", "wheel")
    assert done.returncode != 0 and "scripts/build-assets" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("out/*.whl"))
