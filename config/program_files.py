"""Where lies what belongs to the program and is no Python: in a checkout, or in an environment.

A wheel lays the scripts, the lock and the documentation below ``share/registratur`` of the environment
that it is installed into (``pyproject.toml``, ``shared-data``); a checkout has them beside the rooms.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

BESIDE_ROOMS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFiles:
    """``verapdf``: where the validator's library is looked for unless a setting names another place."""

    checkout: bool
    scripts: Path
    verapdf: Path


def program_files(
    beside_rooms: Path = BESIDE_ROOMS, environment: Path = Path(sys.prefix)
) -> ProgramFiles:
    """The files of the program that runs."""
    if (beside_rooms / "pyproject.toml").is_file():
        return ProgramFiles(
            checkout=True,
            scripts=beside_rooms / "scripts",
            verapdf=beside_rooms / ".cache" / "verapdf",
        )
    share = environment / "share" / "registratur"
    return ProgramFiles(checkout=False, scripts=share / "scripts", verapdf=share / "verapdf")
