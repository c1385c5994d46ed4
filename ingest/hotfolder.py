"""Hot folders: a complete file is claimed by one rename, taken into custody, and then let go of.

Whoever can write into the folder is not trusted: every step goes by open handles, no link is
followed, and what was taken lies outside (``ingest/doors/claims.py``). A stop at any instruction
leaves the file where it was, or a claim that the next start goes on with under the same id, so it
is neither lost nor doubled.
"""

from __future__ import annotations

import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from config import system_errors
from config.clock import new_id
from config.errors import ServiceError
from config.folders import make_shared
from config.logs import logger
from config.settings import Intake as Times
from config.settings import Stream
from ingest.doors.adopting import adopt
from ingest.doors.claims import FILE, Claim, ClaimArea
from ingest.doors.keeping import (
    LINKED,
    MARKER,
    Keeping,
    Look,
    drop_marker,
    has_marker,
    is_marker,
    rest_needed,
)
from ingest.doors.looking import Entry, entries, holds_mail
from ingest.doors.names import Kind
from ingest.doors.writers import Writers, writers_of
from ingest.intake import printable
from ingest.obstacles import Obstacles, Telling
from ingest.stability import RestWatch, Shape

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
        """Take all that is complete; gives back how many files came into custody."""
        moment = time.monotonic() if moment is None else moment
        telling = Telling(self.obstacles, self.name, self.root)
        taken = 0
        try:
            with self.area.opened() as place:
                look = Look(place, moment, telling)
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
        for entry in entries(look.place.root, subfolders=self.stream.subfolders, tell=tell):
            seen.add(entry.path)
            try:
                if self._is_mail(look, entry) and self._is_complete(look, entry):
                    taken += self._claim_and_take(look, entry)
            except FileNotFoundError:
                name = printable(entry.path)
                logger("hotfolder").info("vanished before it was claimed", file=name)
            except OSError as error:
                self._stuck(
                    look, entry, f"Kann nicht übernommen werden: {system_errors.why(error)}."
                )
        self.rest.forget_all_but(seen)
        self.doubts.forget_all_but(seen)
        return taken

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
            self._stuck(look, entry, LINKED)
            return False
        descriptor = os.open(entry.name, FILE, dir_fd=entry.folder)
        try:
            now = Shape.of(os.fstat(descriptor))
            writers = writers_of(descriptor, look.place.where)
            if now != shape or writers is Writers.SOME:
                self.rest.begin(entry.path, now, look.moment)
                return False
            needed = rest_needed(self.times, writers, descriptor, now)
            return self.rest.has_rested(entry.path, needed, look.moment)
        finally:
            os.close(descriptor)

    def _stuck(self, look: Look, entry: Entry, text: str) -> None:
        look.telling.tell(entry.path, text)
        self.rest.is_stuck(entry.path)

    # ------------------------------------------------------------------ claiming

    def _claim_and_take(self, look: Look, entry: Entry) -> bool:
        claim = self._claim(look, entry)
        if claim is None:
            return False
        self.rest.forget(entry.path)
        if self.stream.done_marker:
            drop_marker(entry.folder, entry.name)
        return self.keeping.admit(look, claim, Shape.of(entry.found))

    def _claim(self, look: Look, entry: Entry) -> Claim | None:
        """Move it out of the reach of others, then see what it was that we got."""
        place = look.place
        claim = Claim(id=new_id("i"), source=entry.path, bay=place.bay)
        place.note(claim)
        try:
            place.bring_in(entry.folder, entry.name, claim.id)
        except OSError:
            place.forget(claim.id)
            raise
        got = place.stat(claim.id).st_mode
        if stat.S_ISREG(got) or stat.S_ISLNK(got):
            return claim
        place.put_back(claim.id, entry.folder, entry.name)  # swapped since we looked
        look.telling.tell(entry.path, _NO_FILE)
        return None
