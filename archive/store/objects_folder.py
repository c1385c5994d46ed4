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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.errors import BrokenObject, HashMismatch, MissingObject
from archive.store.object_hash import hash_of_file
from archive.store.objects import (
    Fixity,
    Gathering,
    Referenced,
    Stored,
    address,
    is_address,
    nothing,
)
from archive.store.objects_unreferenced import Note, doubts
from config.errors import Unavailable
from config.flushing import flushed_whole
from config.system_errors import why

_BLOCK = 1 << 20
ASKED = 5_000  #: addresses of one question to the record
TRIES, PAUSE = 60, 0.05  #: looks whether anybody holds custody, and seconds between them


class FolderStore:
    """See ``archive.store.objects.ObjectStore``. ``fsync=False`` is for tests alone."""

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
            self._make_first_folders()
            self._settle(root.parent)
            self._settle(root)

    def _make_first_folders(self) -> None:
        """All of them from the beginning, so that no put has to flush the names of these."""
        there = {entry.name for entry in self._objects.iterdir()}
        for name in sorted({f"{number:02x}" for number in range(256)} - there):
            (self._objects / name).mkdir(mode=0o750, exist_ok=True)
        self._settle(self._objects)  # whoever made them may not have come so far

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        with self.gathering() as group:
            return group.put(source, expected=expected)

    @contextmanager
    def gathering(self) -> Iterator[Gathering]:
        """What one content costs alone, three flushes, is two for any number of them together where
        the file system can be flushed as a whole."""
        with self.custody(), self._whole() as whole:
            drafts: dict[Path, Stored] = {}
            try:
                yield _Drafts(partial(self._gather, drafts))
                with self._usable("schreiben"):
                    self._store(drafts, whole)
            finally:
                for draft in drafts:
                    with suppress(OSError):
                        draft.unlink(missing_ok=True)

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
        if gone is None:
            # The next sweep asks about all of them again, without another look at everything.
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
    def _gather(
        self, drafts: dict[Path, Stored], source: Path | BinaryIO, expected: str | None
    ) -> Stored:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                return self._gather(drafts, stream, expected)
        draft = self._unfinished / secrets.token_hex(16)
        try:
            stored = self._draft(source, draft)
            if expected is not None and stored.sha256 != expected:
                raise HashMismatch(
                    f"Die Quelle hat sich geändert: erwartet {expected}, gelesen"
                    f" {stored.sha256}. Noch einmal einliefern."
                )
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        drafts[draft] = stored
        return stored

    def _draft(self, source: BinaryIO, draft: Path) -> Stored:
        """Copy and hash; nothing is flushed yet."""
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
        return Stored(sha256=digest.hexdigest(), size=size)

    def _store(self, drafts: Mapping[Path, Stored], whole: int) -> None:
        """Bytes on the disk, read back, noted, then their names, then the names on the disk."""
        # One alone does not wait for whatever else is being written there.
        several = whole if len(drafts) > 1 else None
        self._flush(drafts, whole=several)
        for draft, stored in drafts.items():
            if hash_of_file(str(draft)) != stored.sha256:
                raise Unavailable(
                    f"Der Objektspeicher {self.root} gibt anderes zurück, als geschrieben wurde."
                    " Platte prüfen; bis dahin wird nichts angenommen."
                )
        for stored in drafts.values():
            self._mine.note.add(stored.sha256)
        folders = dict.fromkeys(
            folder for draft, stored in drafts.items() for folder in self._publish(draft, stored)
        )
        self._flush(folders, whole=several)

    def _publish(self, draft: Path, stored: Stored) -> tuple[Path, ...]:
        """Make the draft an object; gives back the folders whose names have to be flushed. Whether
        it was there already must not show in the time it takes (departments share objects), so both
        ways read, mark and flush the same."""
        place = self._place(stored.sha256)
        made_first = () if place.parent.parent.is_dir() else (self._objects,)  # taken away by hand
        place.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.link(draft, place)
        if place.stat().st_size != stored.size or hash_of_file(str(place)) != stored.sha256:
            raise BrokenObject(
                f"{place} hat nicht den Inhalt, den sein Name verspricht. Datei aus der"
                " Sicherung wiederherstellen."
            )
        # To a sweep it is as young as what is being put now. The folder too has something to flush.
        for touched in (place, place.parent):
            os.utime(touched)
        # Both every time: another process may have made a folder and not come so far.
        return place.parent, place.parent.parent, *made_first

    @contextmanager
    def _whole(self) -> Iterator[int]:
        """The store open as one, from before anything is written."""
        with self._usable("öffnen"):
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _flush(self, places: Iterable[Path], *, whole: int | None) -> None:
        """Files or folders to the disk, with all else on it where ``whole`` is the open store."""
        if not self._fsync or (whole is not None and flushed_whole(whole)):
            return
        for place in places:
            self._settle(place)

    def _settle(self, place: Path) -> None:
        """Flush a file's bytes, or the names in a folder, to the disk."""
        if not self._fsync:
            return
        descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
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


class _Drafts:
    """See ``archive.store.objects.Gathering``."""

    def __init__(self, gather: Callable[[Path | BinaryIO, str | None], Stored]) -> None:
        self._gather = gather

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        return self._gather(source, expected)


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
