"""Whom to trust: a folder of dated trusted-list snapshots and local anchors. Never the network.

    FOLDER/anchors/*.pem|*.crt|*.der    further anchors of this house (internal CA, test CA)
    FOLDER/lists/<date>/*.xml           snapshots of trusted lists

An empty or missing folder trusts nobody: integrity is computed all the same, the indication is
INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

ANCHORS = "anchors"
LISTS = "lists"


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust store by its folder; small, so that it travels to the isolated child."""

    folder: Path

    def files(self) -> tuple[Path, ...]:
        """All files that trust rests on, in a stable order."""
        if not self.folder.is_dir():
            return ()
        found = [
            path
            for part in (ANCHORS, LISTS)
            for path in (self.folder / part).rglob("*")
            if path.is_file() and not path.name.startswith(".")
        ]
        return tuple(sorted(found))

    def fingerprint(self) -> str:
        """SHA-256 over names and contents of all files: what a report was computed with."""
        running = hashlib.sha256()
        for path in self.files():
            running.update(str(path.relative_to(self.folder)).encode() + b"\0")
            with path.open("rb") as file:
                running.update(hashlib.file_digest(file, "sha256").digest())
        return running.hexdigest()
