"""Working files between two steps of one document: named, checked, gone when the road ends.

They are not flushed to the disk. Their names hold the SHA-256 of what was written, and whoever asks
for one gets it only when it has these bytes still; what a power failure, a full or a broken disk has
spoilt is made again.

Remaining risk: they lie unencrypted below the home; put the home on an encrypted file system where
the protection need for confidentiality asks for it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_DIGITS = 64  #: of a SHA-256 in hexadecimal


class Scratch:
    """A folder for each document on the road.

    Where the home can only be read, the folder is a temporary one: checking wants room, too.
    """

    def __init__(self, root: Path) -> None:
        self._elsewhere: tempfile.TemporaryDirectory[str] | None = None
        if not os.access(root if root.is_dir() else root.parent, os.W_OK):
            self._elsewhere = tempfile.TemporaryDirectory(prefix="registratur-work-")
            root = Path(self._elsewhere.name)
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._open_rooms: Counter[str] = Counter()
        self._changing = threading.Lock()  #: of the open rooms, and of what a sweep may remove

    def find(self, owner: str, name: str) -> Path | None:
        """The published file ``name`` of ``owner``, with the bytes that were published; none where
        they were lost, another host made it, or a backup was put back without it. Whoever asks can
        make it again."""
        for found in self._published(owner, name):
            if found.name == _checked_name(name, found):
                return found
        return None

    @contextmanager
    def room(self, owner: str) -> Iterator[Path]:
        """A private folder for the time of one step; removed at the end of it."""
        base = self._root / owner
        with self._changing:
            self._open_rooms[owner] += 1
        try:
            base.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryDirectory(dir=base, prefix="step-") as name:
                yield Path(name)
        finally:
            with self._changing:
                self._open_rooms[owner] -= 1
                if not self._open_rooms[owner]:
                    del self._open_rooms[owner]

    def publish(self, owner: str, name: str, made: Path) -> Path:
        """Keep ``made`` under ``name``; replaces what an earlier try left. A crash of the service
        leaves it whole or not at all."""
        target = self._root / owner / _checked_name(name, made)
        earlier = [each for each in self._published(owner, name) if each != target]
        made.replace(target)
        for each in earlier:
            each.unlink(missing_ok=True)
        return target

    def _published(self, owner: str, name: str) -> list[Path]:
        """What bears the name, whatever became of its bytes."""
        with suppress(FileNotFoundError):
            return [
                entry
                for entry in (self._root / owner).iterdir()
                if entry.name[_DIGITS:] == f"-{name}" and entry.is_file()
            ]
        return []

    def clear(self, owner: str) -> None:
        """Remove all working files of ``owner``."""
        shutil.rmtree(self._root / owner, ignore_errors=True)

    def sweep(self, walks: Callable[[str], bool]) -> tuple[str, ...]:
        """Remove the folders of those that no longer walk; gives back their names.

        What is held does not walk, and yet a password may be tried on it: open rooms stay.
        """
        idle = [
            entry.name
            for entry in sorted(self._root.iterdir())
            if entry.is_dir() and not walks(entry.name)
        ]
        return tuple(owner for owner in idle if self._cleared(owner))

    def _cleared(self, owner: str) -> bool:
        with self._changing:
            if owner in self._open_rooms:
                return False
            self.clear(owner)
            return True


def _checked_name(name: str, file: Path) -> str:
    """As a file of these bytes is called that is published as ``name``."""
    with file.open("rb") as stream:
        return f"{hashlib.file_digest(stream, 'sha256').hexdigest()}-{name}"
