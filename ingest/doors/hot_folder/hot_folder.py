"""Hot folders: a complete file is claimed by one rename, taken into custody, and then let go of.

Whoever can write into the folder is not trusted: every step goes by open handles, no link is
followed, and what was taken lies outside (``ingest/doors/hot_folder/claims.py``). A stop at any
instruction leaves the file where it was, or a claim that the next start goes on with under the same
id, so it is neither lost nor doubled.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from config import system_errors
from config.clock import new_id
from config.errors import ServiceError
from config.folders import make_shared
from config.logs import logger
from config.settings import Intake as Times
from config.settings import Stream
from ingest.doors.blocked_files import Obstacles, Telling
from ingest.doors.hot_folder.claims import FILE, Claim, ClaimArea
from ingest.doors.hot_folder.completion_markers import MARKER, drop_marker, has_marker, is_marker
from ingest.doors.hot_folder.custody import LINKED, Keeping, rest_needed
from ingest.doors.hot_folder.directory_scan import Entry, Found, Look, entries, holds_mail
from ingest.doors.hot_folder.file_groups import Group
from ingest.doors.hot_folder.ignored_names import Kind
from ingest.doors.hot_folder.open_writers import Writers
from ingest.doors.hot_folder.stability import RestWatch, Shape
from ingest.doors.hot_folder.unknown_claims import adopt
from ingest.doors.intake import printable

_NO_FILE = "Keine gewöhnliche Datei (Gerät, Pipe oder Socket)."
_DOUBTS = {
    Kind.UNFINISHED: "Sieht nach einer unvollständigen Kopie aus und wird nicht gelesen. Ist es Post: "
    "umbenennen; sonst entfernen.",
    Kind.HIDDEN: "Verborgener Name; wird nicht gelesen. Ist es Post: umbenennen; sonst entfernen.",
    Kind.BIN: "Papierkorb; wird nicht gelesen. Was darin Post ist, bitte zurücklegen.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HotFolder:
    """One stream's folder."""

    name: str  #: of the stream
    root: Path
    stream: Stream
    times: Times
    obstacles: Obstacles
    area: ClaimArea
    rest: RestWatch[bytes]
    doubts: RestWatch[bytes]  #: what is not read; nobody hurries for it
    keeping: Keeping

    def prepare(self) -> None:
        """Make the folder."""
        make_shared(self.root)

    def look(self, moment: float | None = None) -> int:
        """Take all that is complete; gives back how many files came into custody.

        ``moment``: the whole look counts as done then (monotonic seconds); None: time goes on.
        """
        clock = time.monotonic if moment is None else partial(float, moment)
        telling = Telling(self.obstacles, self.name, self.root)
        taken = 0
        try:
            with self.area.opened() as place:
                look = Look(place, clock, telling)
                self.keeping.recover(look)
                taken = self.keeping.tend(look)
                taken += self._look_through(look)
                adopt(look, self.keeping)
        except (ServiceError, OSError) as error:
            why = system_errors.why(error) if isinstance(error, OSError) else str(error)
            telling.tell(b"", f"Eingangsordner nicht nutzbar: {why}")
        else:
            telling.end()
        return taken

    def next_due(self) -> float | None:
        """When something that rests has to be looked at; monotonic seconds."""
        due = (self.rest.next_due(), self.keeping.watch.next_due())
        return min((each for each in due if each is not None), default=None)

    # ------------------------------------------------------------------ looking

    def _look_through(self, look: Look) -> int:
        taken = 0
        seen: set[bytes] = set()
        tell = look.telling.tell
        with closing(Group[Found]()) as group:
            for entry in entries(look.place.root, subfolders=self.stream.subfolders, tell=tell):
                seen.add(entry.path)
                with self._told(look, entry.path):
                    if self._is_mail(look, entry) and self._is_complete(look, entry):
                        group.add(Found.of(entry), look.moment)
                if group.is_full(look.moment):
                    taken += self._claim_and_take(look, group)
            taken += self._claim_and_take(look, group)
        self.rest.forget_all_but(seen)
        self.doubts.forget_all_but(seen)
        return taken

    @contextmanager
    def _told(self, look: Look, path: bytes) -> Iterator[None]:
        """What is in the way of one file is told, and keeps no other waiting."""
        try:
            yield
        except OSError as error:
            self._in_the_way(look, path, error)

    def _in_the_way(self, look: Look, path: bytes, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            logger("hotfolder").info("vanished before it was claimed", file=printable(path))
        else:
            self._stuck(look, path, f"Kann nicht übernommen werden: {system_errors.why(error)}.")

    def _is_mail(self, look: Look, entry: Entry) -> bool:
        """Whether it may be taken once it is complete; what may be mail and is not read is told."""
        if entry.kind is not Kind.MAIL:
            self._doubt(look, entry, _DOUBTS[entry.kind])
            return False
        if entry.is_folder:
            text = "Ordner statt Datei; dieser Strom nimmt keine Unterordner."
            look.telling.tell(entry.path, text)
            return False
        if not (stat.S_ISREG(entry.found.st_mode) or stat.S_ISLNK(entry.found.st_mode)):
            look.telling.tell(entry.path, _NO_FILE)
            return False
        if self.stream.done_marker:
            if is_marker(entry.name):
                return False
            if not has_marker(entry.folder, entry.name):
                self._doubt(
                    look, entry, f"Wartet auf {printable(os.fsencode(entry.name))}{MARKER}."
                )
                return False
        return True

    def _doubt(self, look: Look, entry: Entry, text: str) -> None:
        """Told when it has lain for long: until then it may be a copy under way."""
        shape = Shape.of(entry.found)
        self.doubts.rests(entry.path, shape, look.moment)
        if not self.doubts.has_rested(entry.path, self.times.doubtful_seconds, look.moment):
            return
        empty = entry.found.st_size == 0 and entry.kind is Kind.HIDDEN
        if holds_mail(entry.folder, entry.name) if entry.is_folder else not empty:
            look.telling.tell(entry.path, text)

    def _is_complete(self, look: Look, entry: Entry) -> bool:
        shape = Shape.of(entry.found)
        if not self.rest.rests(entry.path, shape, look.moment):
            return False
        if stat.S_ISLNK(entry.found.st_mode):
            return True
        if entry.found.st_nlink > 1:
            self._stuck(look, entry.path, LINKED)
            return False
        descriptor = os.open(entry.name, FILE, dir_fd=entry.folder)
        try:
            now = Shape.of(os.fstat(descriptor))
            writers = look.writers_of(descriptor)
            if now != shape or writers is Writers.SOME:
                self.rest.begin(entry.path, now, look.moment)
                return False
            needed = rest_needed(self.times, writers, descriptor, now)
            return self.rest.has_rested(entry.path, needed, look.moment)
        finally:
            os.close(descriptor)

    def _stuck(self, look: Look, path: bytes, text: str) -> None:
        look.telling.tell(path, text)
        self.rest.is_stuck(path)

    # ------------------------------------------------------------------ claiming

    def _claim_and_take(self, look: Look, group: Group[Found]) -> int:
        some = group.drain()
        if not some:
            return 0
        try:
            claims = [
                (claim, found.shape)
                for found, claim in self._claim(look, some)
                if self._is_file(look, found, claim)
            ]
        finally:
            for found in some:
                found.close()
        return self.keeping.admit(look, claims)

    def _claim(self, look: Look, some: Sequence[Found]) -> list[tuple[Found, Claim]]:
        """Note them all, then move each out of the reach of others."""
        wanted = [
            (found, Claim(id=new_id("i"), source=found.path, bay=look.place.bay)) for found in some
        ]
        try:
            look.place.note(*(claim for _, claim in wanted))
        except OSError as error:
            if len(some) == 1:
                self._in_the_way(look, some[0].path, error)
                return []
            logger("hotfolder").warning("not claimed together", why=system_errors.why(error))
            return [each for found in some for each in self._claim(look, [found])]
        claimed = []
        for found, claim in wanted:
            with self._told(look, found.path):
                self._bring_in(look, found, claim)
                claimed.append((found, claim))
        return claimed

    def _bring_in(self, look: Look, found: Found, claim: Claim) -> None:
        try:
            look.place.bring_in(found.folder, found.name, claim.id)
        except OSError:
            look.place.forget(claim.id)
            raise

    def _is_file(self, look: Look, found: Found, claim: Claim) -> bool:
        """See what it was that we got; what is no file goes back."""
        with self._told(look, found.path):
            got = look.place.stat(claim.id).st_mode
            if stat.S_ISREG(got) or stat.S_ISLNK(got):
                self.rest.forget(found.path)
                if self.stream.done_marker:
                    drop_marker(found.folder, found.name)
                return True
            look.place.put_back(claim.id, found.folder, found.name)  # swapped since we looked
            look.telling.tell(found.path, _NO_FILE)
        return False
