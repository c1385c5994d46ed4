"""Working files between two steps of one document: fsynced, named, gone when the road ends.

Remaining risk: they lie unencrypted below the home; put the home on an encrypted file system where
the protection need for confidentiality asks for it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


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
        """The published file ``name`` of ``owner``; none where another host made it, or a backup
        was put back without it. Whoever asks can make it again."""
        found = self._root / owner / name
        return found if found.is_file() else None

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
        """Make ``made`` durable under ``name``; replaces what an earlier try left."""
        target = self._root / owner / name
        with made.open("rb") as file:
            os.fsync(file.fileno())
        made.replace(target)
        _sync_folder(target.parent)
        _sync_folder(self._root)
        return target

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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
