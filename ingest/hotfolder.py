"""Hot folders: a complete file is claimed by rename, taken into custody, and only then removed.

All that is ours lies in ``.registratur`` inside the folder. A claim is a folder named by the item's
future id with two entries: ``from`` (where it lay, written first) and ``file`` (the claimed file).
A crash at any instruction leaves either the file where it was, or a claim that the next start goes
on with under the same id, so it is neither lost nor doubled.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from archive.audit import Actor
from config.clock import new_id
from config.errors import ServiceError
from config.logs import logger
from config.settings import Stream
from ingest.errors import StillChanging
from ingest.intake import Arrival, Intake, printable
from ingest.obstacles import Obstacles
from ingest.stability import RestWatch, Shape, is_being_written, is_partial, is_regular

OURS = ".registratur"
MARKER = ".done"
DOOR = Actor(user="hotfolder")


@dataclass(frozen=True, slots=True, kw_only=True)
class HotFolder:
    """One stream's folder."""

    name: str  #: of the stream
    root: Path
    stream: Stream
    intake: Intake
    obstacles: Obstacles
    rest: RestWatch

    def prepare(self) -> None:
        """Make the folder and our own place in it."""
        (self.root / OURS).mkdir(parents=True, exist_ok=True)

    def recover(self) -> int:
        """Go on with the claims that an earlier process left; gives back how many there were."""
        claims = sorted(entry for entry in (self.root / OURS).iterdir() if entry.is_dir())
        for claim in claims:
            self._take_guarded(claim)
        return len(claims)

    def look(self, moment: float | None = None) -> int:
        """Take all that is complete; gives back how many files were taken."""
        moment = time.monotonic() if moment is None else moment
        self.recover()
        taken = 0
        seen: set[Path] = set()
        for path in self._files(self.root):
            seen.add(path)
            if self._is_complete(path, moment):
                taken += self._claim_and_take(path)
        self.rest.forget_all_but(seen)
        self.obstacles.settle(self.name, {printable(os.fsencode(path)) for path in seen})
        return taken

    # ------------------------------------------------------------------ looking

    def _files(self, folder: Path) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        except OSError as error:
            self._obstacle(folder, f"Ordner nicht lesbar: {error.strerror}")
            return
        for entry in entries:
            if entry.name == OURS or is_partial(entry.name):
                continue
            if self.stream.done_marker and entry.name.endswith(MARKER):
                continue
            path = Path(entry.path)
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif self.stream.subfolders:
                yield from self._files(path)
            else:
                self._obstacle(path, "Ordner statt Datei; dieser Strom nimmt keine Unterordner.")
                yield path

    def _is_complete(self, path: Path, moment: float) -> bool:
        try:
            found = path.lstat()
        except FileNotFoundError:
            return False
        if stat.S_ISDIR(found.st_mode):
            return False
        if not (is_regular(found) or stat.S_ISLNK(found.st_mode)):
            self._obstacle(path, "Keine gewöhnliche Datei (Gerät, Pipe oder Socket).")
            return False
        if self.stream.done_marker and not _marker(path).exists():
            return False
        return self.rest.rests(path, Shape.of(found), moment)

    # ------------------------------------------------------------------ claiming and taking

    def _claim_and_take(self, path: Path) -> bool:
        try:
            claim = self._claim(path)
        except StillChanging:
            return False
        except FileNotFoundError:
            logger("hotfolder").info("vanished before it was claimed", file=printable(bytes(path)))
            return False
        except OSError as error:
            self._obstacle(path, f"Kann nicht übernommen werden: {error.strerror}.")
            return False
        return self._take_guarded(claim)

    def _claim(self, path: Path) -> Path:
        if not path.is_symlink():
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if is_being_written(descriptor):
                    raise StillChanging(f"{path} wird noch geschrieben.")
            finally:
                os.close(descriptor)
        claim = self.root / OURS / new_id("i")
        claim.mkdir()
        (claim / "from").write_bytes(os.fsencode(path.relative_to(self.root)))
        try:
            path.rename(claim / "file")
        except OSError:
            shutil.rmtree(claim)
            raise
        return claim

    def _take_guarded(self, claim: Path) -> bool:
        """Take a claim; what cannot be taken now stays claimed and is tried at the next look."""
        try:
            self._take(claim)
        except StillChanging:
            return False
        except (ServiceError, OSError) as error:
            self._obstacle(claim, f"Noch nicht in Verwahrung: {error}")
            logger("hotfolder").warning("not yet in custody", claim=claim.name, error=str(error))
            return False
        return True

    def _take(self, claim: Path) -> None:
        file, note = claim / "file", claim / "from"
        if not os.path.lexists(file):
            shutil.rmtree(claim)  # the crash came before the rename: the file is where it was
            return
        source = note.read_bytes()
        if not self.intake.is_known(claim.name):
            arrival = Arrival(source=source, stream=self.name, by=DOOR, item_id=claim.name)
            self._give(file, arrival)
        self._remove_source(claim, source)

    def _give(self, file: Path, arrival: Arrival) -> None:
        if file.is_symlink():
            # Never followed. What is kept is the link itself, as text; the check will hold it.
            self.intake.take(arrival, io.BytesIO(os.fsencode(file.readlink())))
            return
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as content:
            before = Shape.of(os.fstat(descriptor))
            if is_being_written(descriptor):
                raise StillChanging(f"{arrival.source!r} wird noch geschrieben.")
            # A writer that comes while we copy is seen by the read-back of the size and time.
            self.intake.take(arrival, cast(BinaryIO, _Unchanging(content, descriptor, before)))

    def _remove_source(self, claim: Path, source: bytes) -> None:
        """Custody is durable: let go of the claim, and of the marker beside the old place."""
        if self.stream.done_marker:
            with suppress(FileNotFoundError):
                _marker(self.root / os.fsdecode(source)).unlink()
        (claim / "file").unlink()
        shutil.rmtree(claim)
        descriptor = os.open(self.root / OURS, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _obstacle(self, path: Path, text: str) -> None:
        self.obstacles.report(self.name, printable(os.fsencode(path)), text)


class _Unchanging:
    """A file that refuses to end well when it changed while it was read."""

    def __init__(self, content: BinaryIO, descriptor: int, before: Shape) -> None:
        self._content = content
        self._descriptor = descriptor
        self._before = before

    def read(self, size: int = -1) -> bytes:
        part = self._content.read(size)
        at_the_end = len(part) < size or size < 0
        if at_the_end and Shape.of(os.fstat(self._descriptor)) != self._before:
            raise StillChanging("Die Datei änderte sich während des Lesens.")
        return part


def _marker(path: Path) -> Path:
    return path.with_name(path.name + MARKER)
