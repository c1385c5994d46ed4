"""Which objects of a folder store may be referred to by nothing: notes beside the objects.

Whoever puts an object notes its address first. While the note's writer holds custody the note is
locked; afterwards, by an end or by a crash, it says what a sweep has to ask the record about. Only a
power failure can lose a note that nobody has swept; then the daily look at all objects finds it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.store.objects import is_address
from config.logs import logger
from config.system_errors import why


class Note:
    """The addresses that one holder of custody has put; a file as soon as there is one."""

    def __init__(self, folder: Path, drafts: Path) -> None:
        self._folder = folder
        self._drafts = drafts
        self._descriptor: int | None = None

    def add(self, sha256: str) -> None:
        """Raises OSError where nothing can be written."""
        if self._descriptor is None:
            self._descriptor = self._open()
        line = f"\n{sha256}\n".encode("ascii")  # behind what a full disk may have cut off
        if os.write(self._descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Leave the note to the next sweep."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        """Locked before anybody can find it."""
        name = secrets.token_hex(16)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._drafts / name, flags, 0o640)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            (self._drafts / name).rename(self._folder / name)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor


@dataclass(frozen=True, slots=True)
class Doubts:
    """What notes without a holder say."""

    addresses: frozenset[str]
    notes: tuple[Path, ...]

    def settle(self) -> None:
        """The record was asked; the notes may go."""
        for note in self.notes:
            note.unlink(missing_ok=True)


def doubts(folder: Path) -> Doubts:
    """Of all notes whose writers have ended; () where there is no such folder."""
    found: set[str] = set()
    notes = []
    with suppress(FileNotFoundError):
        for note in sorted(folder.iterdir()):
            said = _said(note)
            if said is not None:
                found.update(said)
                notes.append(note)
    return Doubts(frozenset(found), tuple(notes))


def _said(note: Path) -> Collection[str] | None:
    """None: its writer still holds custody, somebody else has settled it, or it cannot be read; then
    the daily look at all objects finds what it says."""
    try:
        with note.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            lines = file.read().decode("ascii", "replace").splitlines()
    except (BlockingIOError, FileNotFoundError):
        return None
    except OSError as error:
        logger("sweep").warning("a note cannot be read", note=note.name, why=why(error))
        return None
    return [line for line in lines if is_address(line)]
