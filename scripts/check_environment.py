"""Compare the installed environment with a lock file: ``check_environment.py [--list-strangers] LOCK``.

``pip check`` looks at no extras and at no lock. Here every requirement that the project or any
installed package has, extras included, must stand in the lock with one version and a hash, and be
installed in that version. Exit 1, and a line for each fault, where that is not so.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = "registratur"
BOOTSTRAP = frozenset({"pip", "setuptools"})  #: what "python3 -m venv" itself brings
PINNED = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*(.+?))?(?=\s+--|\s*$)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)")


@dataclass(slots=True)
class Locked:
    """One line of a lock: the only version that may be installed, and its hashes."""

    version: str
    hashes: set[str] = field(default_factory=set)


def read_lock(text: str) -> dict[str, Locked]:
    """The lock's packages for this interpreter by their canonical name.

    Raises:
        ValueError: a line is no exact version or hash (a range, an address, an option).
    """
    found: dict[str, Locked] = {}
    for entry in _entries(text):
        first = PINNED.match(entry)
        if first is None:
            raise ValueError(f"no exact version: {entry[:80]}")
        if first[3] and not Marker(first[3]).evaluate():
            continue  # another version of Python or another system
        name = str(canonicalize_name(first[1]))
        if name in found:
            raise ValueError(f"named twice: {name}")
        found[name] = Locked(version=first[2], hashes=set(HASH.findall(entry)))
    return found


def _entries(text: str) -> Iterator[str]:
    """Lines of the lock with what is continued joined to one."""
    lines = (line.rstrip() for line in text.splitlines() if not line.lstrip().startswith("#"))
    entry = ""
    for line in lines:
        entry += " " + line.removesuffix("\\").strip()
        if not line.endswith("\\"):
            if entry.strip():
                yield entry.strip()
            entry = ""


def requirements_of(project: Mapping[str, Any], groups: Iterable[str]) -> list[Requirement]:
    """What ``pyproject.toml`` asks for: its dependencies, and those of the groups."""
    lines = list(project["project"]["dependencies"])
    for group in groups:
        lines += project["dependency-groups"][group]
    return [Requirement(line) for line in lines]


def faults(
    lock: Mapping[str, Locked],
    wanted: Iterable[Requirement],
    installed: Mapping[str, metadata.Distribution],
) -> list[str]:
    """One sentence for each requirement that the lock does not answer; extras are followed."""
    told = [f"{name}: no hash" for name, locked in lock.items() if not locked.hashes]
    seen: set[tuple[str, str]] = set()
    waiting = [("the project", requirement) for requirement in wanted]
    while waiting:
        asker, requirement = waiting.pop()
        name = str(canonicalize_name(requirement.name))
        locked = lock.get(name)
        if locked is None:
            told.append(f"{asker} wants {requirement}, which is not in the lock")
            continue
        if not requirement.specifier.contains(locked.version, prereleases=True):
            told.append(f"{asker} wants {requirement}, the lock has {locked.version}")
        if name not in installed:
            told.append(f"{asker} wants {requirement}, which is not installed")
            continue
        if installed[name].version != locked.version:
            told.append(f"{name} {installed[name].version} is installed, not {locked.version}")
        for extra in {"", *requirement.extras}:
            if (name, extra) not in seen:
                seen.add((name, extra))
                asked = _required(installed[name], extra)
                waiting += [(f"{name}[{extra}]" if extra else name, one) for one in asked]
    return sorted(set(told))


def _required(distribution: metadata.Distribution, extra: str) -> Iterator[Requirement]:
    environment = {**default_environment(), "extra": extra}
    for line in distribution.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement


def installed_here() -> dict[str, metadata.Distribution]:
    """What this interpreter's environment holds, by canonical name."""
    return {str(canonicalize_name(one.name)): one for one in metadata.distributions()}


def strangers(lock: Mapping[str, Locked], installed: Iterable[str]) -> list[str]:
    """What is installed and stands in no lock: left over from an earlier one."""
    return sorted(set(installed) - set(lock) - BOOTSTRAP - {PROJECT})


def main(arguments: list[str]) -> int:
    lock_file = ROOT / arguments[-1]
    lock = read_lock(lock_file.read_text(encoding="utf-8"))
    if "--list-strangers" in arguments:
        sys.stdout.writelines(f"{name}\n" for name in strangers(lock, installed_here()))
        return 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = ["build", "dev"] if lock_file.name == "requirements-dev.lock" else ["build"]
    told = faults(lock, requirements_of(project, groups), installed_here())
    sys.stdout.writelines(f"{line}\n" for line in told)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
