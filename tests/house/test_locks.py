"""What is installed is what the locks name: exact versions, hashes, extras included; nothing resolved."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-web.lock")


def _check_environment() -> ModuleType:
    """The script that ``make setup`` checks its work with."""
    spec = importlib.util.spec_from_file_location(
        "check_environment", ROOT / "scripts" / "check_environment.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


CHECK = _check_environment()
HASH = "--hash=sha256:" + "0" * 64


def _distribution(folder: Path, name: str, version: str, *lines: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    head = (f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}", *lines)
    (info / "METADATA").write_text("\n".join(head) + "\n", encoding="utf-8")


def _faults(folder: Path, lock: str, *wanted: str) -> list[str]:
    installed = {one.name: one for one in metadata.distributions(path=[str(folder)])}
    told: list[str] = CHECK.faults(
        CHECK.read_lock(lock), [Requirement(one) for one in wanted], installed
    )
    return told


def test_every_requirement_of_what_is_installed_stands_in_the_lock_extras_included() -> None:
    lock = CHECK.read_lock((ROOT / "requirements-dev.lock").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = CHECK.requirements_of(project, ("build", "dev"))
    assert CHECK.faults(lock, wanted, CHECK.installed_here()) == []


def test_an_extra_that_one_package_wants_of_another_is_followed(tmp_path: Path) -> None:
    _distribution(tmp_path, "outer", "1.0", "Requires-Dist: inner[more]>=1")
    extra = ("Provides-Extra: more", 'Requires-Dist: hidden>=2; extra == "more"')
    _distribution(tmp_path, "inner", "1.0", *extra)
    lock = f"outer==1.0 {HASH}\ninner==1.0 {HASH}\n"
    (told,) = _faults(tmp_path, lock, "outer")
    assert told.startswith("inner[more] wants hidden") and "not in the lock" in told
    _distribution(tmp_path, "hidden", "1.0")
    (told,) = _faults(tmp_path, f"{lock}hidden==1.0 {HASH}\n", "outer")
    assert "wants hidden>=2" in told and "the lock has 1.0" in told
    assert _faults(tmp_path, f"outer==1.0 {HASH}\ninner==1.0 {HASH}\n", "inner") == []


def test_another_version_than_the_locks_is_told(tmp_path: Path) -> None:
    _distribution(tmp_path, "inner", "2.0")
    assert _faults(tmp_path, f"inner==1.0 {HASH}\n", "inner") == ["inner 2.0 is installed, not 1.0"]
    assert "not installed" in _faults(tmp_path / "none", f"inner==1.0 {HASH}\n", "inner")[0]


def test_a_line_without_a_hash_is_told(tmp_path: Path) -> None:
    _distribution(tmp_path, "inner", "1.0")
    assert _faults(tmp_path, "inner==1.0\n", "inner") == ["inner: no hash"]


@pytest.mark.parametrize(
    "line", ["inner>=1.0", "inner", "inner @ https://x/y.whl", "-e .", "--pre"]
)
def test_a_line_that_is_no_exact_version_is_no_lock(line: str) -> None:
    with pytest.raises(ValueError, match="no exact version"):
        CHECK.read_lock(line)


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_name_exact_versions_with_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    lock = CHECK.read_lock(text)
    assert lock and all(one.hashes for one in lock.values())
    assert "://" not in text and "--index" not in text


def test_the_development_lock_holds_the_other_unchanged() -> None:
    runtime, everything = (
        CHECK.read_lock((ROOT / name).read_text(encoding="utf-8")) for name in LOCKS[:2]
    )
    assert {name: everything.get(name) for name in runtime} == runtime


def test_npm_has_exact_versions_with_checksums_and_no_address() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    named = {**wanted["dependencies"], **wanted["devDependencies"]}
    for name, version in named.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert locked[f"node_modules/{name}"]["version"] == version
    for place, package in locked.items():
        if place:
            assert package["integrity"].startswith("sha512-"), place
            assert "resolved" not in package, place


@pytest.mark.parametrize("script", ["fetch-verapdf", "fetch-elasticsearch"])
def test_ivy_fetches_named_revisions_with_checksums(script: str) -> None:
    text = (ROOT / "scripts" / script).read_text(encoding="utf-8")
    lines = re.findall(r"^[0-9a-f]{64} .*$", text, re.MULTILINE)
    if script == "fetch-verapdf":
        assert len(lines) > 10
    for line in lines:
        assert re.fullmatch(r"[0-9a-f]{64} [\w.-]+ [\w.-]+ \d[\w.-]* jar", line), line
    fetch = (ROOT / "scripts" / "ivy-fetch").read_text(encoding="utf-8")
    assert 'transitive="false"' in fetch and "sha256sum --check" in fetch
    assert "ivy-fetch" in text and "-dependency" not in text + fetch


def test_the_setup_never_lets_pip_resolve() -> None:
    for name in ("setup", "install-lock", "build-assets", "run"):
        text = (ROOT / "scripts" / name).read_text(encoding="utf-8")
        for line in text.replace("\\\n", " ").splitlines():
            if re.search(r"(pip|pip\[@\]\}\"?)\b.* install ", line) and not line.startswith("#"):
                assert "--no-deps" in line, f"{name}: {line}"
                assert "--require-hashes" in line or "--no-index" in line, f"{name}: {line}"
