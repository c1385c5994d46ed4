"""The object store of one machine: a folder.

``objects/ab/cd/<sha256>`` appears by one hard link after the bytes are on the disk, were read back
and have the right hash, so a crash leaves a whole object or none. What stays: whoever may write
the folder may change it; ``check`` finds that.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import secrets
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from archive.errors import BrokenObject, HashMismatch, MissingObject
from archive.objects import Fixity, Referenced, Stored, address, is_address, nothing
from archive.objects_doubts import Note, doubts
from archive.objects_reading import hash_of_file
from config.errors import Unavailable
from config.system_errors import why

_BLOCK = 1 << 20
ASKED = 5_000  #: addresses of one question to the record
TRIES, PAUSE = 60, 0.05  #: looks whether anybody holds custody, and seconds between them


class FolderStore:
    """See ``archive.objects.ObjectStore``. ``fsync=False`` is for tests alone."""

    def __init__(self, root: Path, *, fsync: bool = True) -> None:
        self.root = root
        self._fsync = fsync
        self._objects = root / "objects"
        self._unfinished = root / ".tmp"
        self._doubts = root / ".doubts"
        self._mine = threading.local()  #: this thread's note, while it holds custody
        with self._usable("anlegen"):
            if self._objects.is_dir() and not os.access(root, os.W_OK):
                return  # a medium that can only be read
            for folder in (self._objects, self._unfinished, self._doubts):
                folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            self._settle(root.parent)
            self._settle(root)

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self.put(stream, expected=expected)
        with self.custody():
            draft = self._unfinished / secrets.token_hex(16)
            try:
                stored = self._draft(source, draft)
                if expected is not None and stored.sha256 != expected:
                    raise HashMismatch(
                        f"Die Quelle hat sich geändert: erwartet {expected}, gelesen"
                        f" {stored.sha256}. Noch einmal einliefern."
                    )
                with self._usable("schreiben"):
                    self._mine.note.add(stored.sha256)
                    self._publish(draft, stored)
            finally:
                with suppress(OSError):
                    draft.unlink(missing_ok=True)
            return stored

    def path(self, sha256: str) -> Path:
        place = self._place(sha256)
        with self._usable("lesen"):
            if not place.is_file():
                raise MissingObject(f"Im Objektspeicher {self.root} fehlt {sha256}.")
        return place

    def open(self, sha256: str) -> BinaryIO:
        place = self.path(sha256)
        with self._usable("lesen"):
            return place.open("rb")

    def has(self, sha256: str) -> bool:
        with self._usable("lesen"):
            return self._place(sha256).is_file()

    def size(self, sha256: str) -> int:
        place = self.path(sha256)
        with self._usable("lesen"):
            return place.stat().st_size

    def delete(self, sha256: str) -> None:
        place = self._place(sha256)
        with self._usable("löschen"):
            if place.is_file():
                place.unlink()
                self._settle(place.parent)

    def addresses(self) -> Iterator[str]:
        with self._usable("lesen"):
            for first in sorted(self._objects.iterdir()):
                for second in sorted(first.iterdir()):
                    names = sorted(entry.name for entry in second.iterdir())
                    yield from filter(is_address, names)

    def check(self, sha256: str) -> Fixity:
        name = address(sha256)
        with self._usable("lesen"):
            found = hash_of_file(f"{self._objects}/{name[:2]}/{name[2:4]}/{name}")
        if found is None:
            self._place(sha256)  # where the whole folder is away, nothing is missing
            return "missing"
        return "ok" if found == sha256 else "broken"

    @contextmanager
    def custody(self) -> Iterator[None]:
        """A shared lock on ``.lock``; several may hold it, in one process or in many. Within
        another of the same thread it is that one."""
        if getattr(self._mine, "note", None) is not None:
            yield
            return
        descriptor = self._lock()
        try:
            with self._usable("sperren"):
                fcntl.flock(descriptor, fcntl.LOCK_SH)
            note = self._mine.note = Note(self._doubts, self._unfinished)
            try:
                yield
            finally:
                self._mine.note = None
                note.close()
        finally:
            os.close(descriptor)

    def doubt(self, addresses: Collection[str]) -> None:
        with self.custody(), self._usable("schreiben"):
            for sha256 in addresses:
                self._mine.note.add(address(sha256))

    def sweep(
        self,
        referenced: Referenced,
        *,
        promised: Referenced = nothing,
        surely: Referenced | None = None,
        older_than: datetime | None = None,
    ) -> tuple[str, ...]:
        with self._usable("aufräumen"):
            found = doubts(self._doubts)
        strays: set[str] = set()
        everything = self._older(older_than) if older_than else ()
        for some in _batches(itertools.chain(sorted(found.addresses), everything)):
            strays |= some - referenced(some)
        strays -= promised(frozenset(strays)) if strays else frozenset()
        gone = self._remove(strays, surely or referenced)
        if (
            gone is None
        ):  # the next sweep asks about all of them again, without another look at everything
            self.doubt(strays - found.addresses)
            return ()
        with self._usable("aufräumen"):
            found.settle()
        return gone

    def _remove(self, strays: Collection[str], referenced: Referenced) -> tuple[str, ...] | None:
        """Those that nothing refers to now that nobody holds custody, and drafts of dead processes.
        None: somebody has held custody all the while."""
        with self._usable("aufräumen"):
            drafts = any(self._unfinished.iterdir()) if self._unfinished.is_dir() else False
        if not strays and not drafts:
            return ()
        descriptor = self._lock()
        try:
            if not _alone(descriptor):
                return None
            with self._usable("aufräumen"):
                for draft in self._unfinished.iterdir():
                    draft.unlink()
            gone = []
            for some in _batches(sorted(strays)):
                for sha256 in sorted(some - referenced(some)):
                    if self.has(sha256):
                        self.delete(sha256)
                        gone.append(sha256)
            return tuple(gone)
        finally:
            os.close(descriptor)

    # -------------------------------------------------------------- put, in its parts
    def _draft(self, source: BinaryIO, draft: Path) -> Stored:
        """Copy, flush to the disk, read back; the hash of both must agree."""
        digest = hashlib.sha256()
        size = 0
        with self._usable("schreiben"):
            descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as target:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                with self._usable("schreiben"):
                    _write_all(target.fileno(), block)
            with self._usable("schreiben"):
                os.fchmod(target.fileno(), 0o440)
                if self._fsync:
                    os.fsync(target.fileno())
        with self._usable("zurücklesen"):
            if _hash_of(draft) != digest.hexdigest():
                raise Unavailable(
                    f"Der Objektspeicher {self.root} gibt anderes zurück, als geschrieben wurde."
                    " Platte prüfen; bis dahin wird nichts angenommen."
                )
        return Stored(sha256=digest.hexdigest(), size=size)

    def _publish(self, draft: Path, stored: Stored) -> None:
        """Make the draft an object. Whether it was there already must not show in the time it takes
        (departments share objects), so both ways read, mark and flush the same."""
        place = self._place(stored.sha256)
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(draft, place)
        if place.stat().st_size != stored.size or _hash_of(place) != stored.sha256:
            raise BrokenObject(
                f"{place} hat nicht den Inhalt, den sein Name verspricht. Datei aus der"
                " Sicherung wiederherstellen."
            )
        # To a sweep it is as young as what is being put now. The folder too has something to flush.
        for touched in (place, place.parent):
            os.utime(touched)
        # All of them every time: another process may have made a folder and not come so far.
        for folder in (place.parent, place.parent.parent, self._objects):
            self._settle(folder)

    def _settle(self, folder: Path) -> None:
        """Flush the names in ``folder`` to the disk."""
        if not self._fsync:
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # -------------------------------------------------------------- small parts
    def _place(self, sha256: str) -> Path:
        name = address(sha256)
        if not self._objects.is_dir():
            # A disk that is not mounted must not look like an archive whose objects are lost.
            raise Unavailable(f"Der Ordner {self._objects} fehlt. Ist die Platte eingehängt?")
        return self._objects / name[:2] / name[2:4] / name

    def _older(self, limit: datetime) -> Iterator[str]:
        """All addresses whose bytes were put last before ``limit``."""
        for sha256 in self.addresses():
            with self._usable("lesen"), suppress(FileNotFoundError):
                if self._place(sha256).stat().st_mtime < limit.timestamp():
                    yield sha256

    def _lock(self) -> int:
        with self._usable("sperren"):
            return os.open(self.root / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)

    @contextmanager
    def _usable(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(
                f"Der Objektspeicher {self.root} ist nicht nutzbar ({doing}: {why(error)})."
                " Platz, Rechte und Platte prüfen; danach geht es von selbst weiter."
            ) from error


def _alone(descriptor: int) -> bool:
    """Whether the lock could be had by itself within a few seconds."""
    for _ in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(PAUSE)
        else:
            return True
    return False


def _batches(addresses: Iterable[str]) -> Iterator[frozenset[str]]:
    rest = iter(addresses)
    while some := frozenset(itertools.islice(rest, ASKED)):
        yield some


def _write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


def _hash_of(place: Path) -> str:
    with place.open("rb") as stream:
        # Else what was just written would be read from memory, not from the disk.
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(stream, "sha256").hexdigest()
