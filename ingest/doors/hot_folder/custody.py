"""A claim from the rename to the removal: rest, custody, and a last look before it is let go of.

A handle that was opened before the rename still writes into the claimed file. So the file is taken
into custody only when it rests in the claim too, and is kept for a while after that. What has
changed by then is taken as an arrival of its own that names the first one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from archive.errors import BrokenObject
from config import system_errors
from config.clock import new_id
from config.errors import ServiceError, Unavailable
from config.logs import logger
from config.settings import Intake as Times
from ingest.doors.hot_folder.claims import Claim, Place
from ingest.doors.hot_folder.claims_under_way import Kept, Known, Ready
from ingest.doors.hot_folder.completion_markers import drop_marker, is_there
from ingest.doors.hot_folder.directory_scan import Look, open_above
from ingest.doors.hot_folder.file_endings import looks_finished
from ingest.doors.hot_folder.file_groups import Group
from ingest.doors.hot_folder.open_writers import Writers
from ingest.doors.hot_folder.stability import RestWatch, Shape
from ingest.doors.intake import Intake
from ingest.errors import ClaimsUnsafe, StillChanging

LINKED = (
    "Die Datei hat noch einen anderen Namen (harter Verweis), unter dem sie sich ändern kann. "
    "Als Kopie ablegen, oder den anderen Namen entfernen."
)


@dataclass(slots=True, kw_only=True)
class Keeping:
    """The claims of one stream."""

    stream: str
    times: Times
    done_marker: bool
    intake: Intake
    watch: RestWatch[str]
    _kept: dict[str, Kept] = field(default_factory=dict)
    _missing: dict[str, Claim] = field(default_factory=dict)
    _recovered: bool = False

    # ------------------------------------------------------------------ coming and going on

    def recover(self, look: Look) -> None:
        """Read the records that an earlier process left; only the first look does."""
        if self._recovered:
            return
        claims = tuple(look.place.claims())
        known = Known(self.intake, [claim.id for claim in claims])
        for claim in claims:
            try:
                look.place.stat(claim.id)
            except FileNotFoundError:
                self._without_file(look, claim, known)
                continue
            self._kept[claim.id] = Kept(claim)
            self.remove_marker(look, claim.source)
        self._recovered = True

    def _without_file(self, look: Look, claim: Claim, known: Known) -> None:
        """The stop came before the rename or after the removal; else the bay is another one."""
        if claim.bay == look.place.bay or known.is_taken(claim.id):
            look.place.forget(claim.id)
        else:
            self._missing[claim.id] = claim

    def admit(self, look: Look, claims: Sequence[tuple[Claim, Shape | None]]) -> int:
        """Claims of this process; gives back how many came into custody at once.

        The shapes: with which each had rested in the hot folder.
        """
        look.open_files.forget()  # a handle may have been opened until the rename
        new = [Kept(claim, rested, perhaps_taken=False) for claim, rested in claims]
        for kept in new:
            self._kept[kept.claim.id] = kept
        return self._go_on_with(look, new)

    def adopt(self, claim: Claim) -> None:
        """A claim whose file was found without us; it has to rest first."""
        self._missing.pop(claim.id, None)
        self._kept[claim.id] = Kept(claim)

    def missing(self, claim_id: str) -> Claim | None:
        """The record whose file was not found, or none."""
        return self._missing.get(claim_id)

    def __contains__(self, claim_id: str) -> bool:
        return claim_id in self._kept

    # ------------------------------------------------------------------ looking after them

    def tend(self, look: Look) -> int:
        """Look at each claim whose time has come; gives back how many came into custody."""
        kept_now = tuple(self._kept.values())
        due = [kept for kept in kept_now if self.watch.is_due(kept.claim.id, look.moment)]
        taken = self._go_on_with(look, due)
        for kept in kept_now:
            if kept.trouble:
                look.telling.tell(kept.claim.source, kept.trouble)
        for claim in self._missing.values():
            look.telling.tell(
                claim.source,
                f"Übernommen ({claim.id}), aber die Datei liegt nicht, wo sie liegen soll: Datenträger "
                "eingehängt? Wurde der Datenordner zurückgesichert oder streams.….claims geändert?",
            )
        return taken

    def _go_on_with(self, look: Look, some: Sequence[Kept]) -> int:
        """What can be taken into custody is taken in groups; what fails with one stays with it."""
        known = Known(self.intake, [each.claim.id for each in some if not _is_new(each)])
        taken = 0
        with closing(Group[Ready]()) as group:
            for kept in some:
                ready = self._go_on_guarded(look, kept, known)
                if ready is None:
                    continue
                if not group.has_room(ready.shape.size):
                    taken += self._take_all(look, group.drain())
                group.add(ready, look.moment)
                if group.is_full(look.moment):
                    taken += self._take_all(look, group.drain())
            return taken + self._take_all(look, group.drain())

    def _go_on_guarded(self, look: Look, kept: Kept, known: Known) -> Ready | None:
        try:
            ready = self._go_on(look, kept, known)
        except Exception as error:  # noqa: BLE001 - one claim's failure must not stop the others
            self._is_in_trouble(look, kept, error)
            return None
        kept.trouble = ""
        return ready

    def _is_in_trouble(self, look: Look, kept: Kept, error: Exception) -> None:
        """It is tried again later."""
        if isinstance(error, StillChanging | ServiceError | OSError):
            why = system_errors.why(error) if isinstance(error, OSError) else str(error)
            kept.trouble = f"Noch nicht in Verwahrung: {why}"
            logger("hotfolder").warning("not yet in custody", claim=kept.claim.id, error=str(error))
        else:
            error_id = new_id("e")
            kept.trouble = f"Noch nicht in Verwahrung: interner Fehler {error_id}."
            logger("hotfolder").error(
                "claim failed", claim=kept.claim.id, id=error_id, exc_info=error
            )
        kept.perhaps_taken = True
        with suppress(KeyError):
            self.watch.again_in(kept.claim.id, self.times.rescan_seconds, look.moment)

    def _go_on(self, look: Look, kept: Kept, known: Known) -> Ready | None:
        """One step with it; a file that may be taken into custody is given back, open."""
        claim = kept.claim
        try:
            found = look.place.stat(claim.id)
        except FileNotFoundError:
            logger("hotfolder").warning(
                "claimed file is gone", claim=claim.id, taken=kept.in_custody
            )
            self._drop(look, kept)
            return None
        if not kept.in_custody and kept.perhaps_taken:
            kept.in_custody = known.is_taken(claim.id)
            kept.perhaps_taken = False
        if stat.S_ISLNK(found.st_mode):
            return self._go_on_with_link(look, kept, Shape.of(found))
        with _opened(look.place, claim.id) as descriptor:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ClaimsUnsafe(
                    f"Unter {claim.id} liegt keine gewöhnliche Datei; bitte entfernen."
                )
            if kept.in_custody:
                return self._look_again(look, kept, descriptor, known)
            if not self._may_take(look, kept, descriptor):
                return None
            shape = Shape.of(os.fstat(descriptor))
            return Ready(kept=kept, shape=shape, descriptor=os.dup(descriptor))

    def _may_take(self, look: Look, kept: Kept, descriptor: int) -> bool:
        """Whether it rests in the claim: for as long as in the folder, if it did not rest there."""
        name, found = kept.claim.id, os.fstat(descriptor)
        now = Shape.of(found)
        writers = look.writers_of(descriptor)
        self.watch.rests(name, now, look.moment)
        if writers is Writers.SOME:
            self.watch.begin(name, now, look.moment)
            return False
        if found.st_nlink > 1:
            raise StillChanging(LINKED)
        if kept.rested is not None and now.has_same_content(kept.rested):
            needed = 0.0 if writers is Writers.NONE else self.times.settle_seconds
        else:
            needed = rest_needed(self.times, writers, descriptor, now)
        return self.watch.has_rested(name, needed, look.moment)

    def _go_on_with_link(self, look: Look, kept: Kept, shape: Shape) -> Ready | None:
        """Never followed. What is kept is the link itself, as text; the check will hold it."""
        if not kept.in_custody:
            return Ready(kept=kept, shape=shape, link=look.place.link_text(kept.claim.id))
        self._remove_source(look, kept)
        return None

    def _take_all(self, look: Look, some: Sequence[Ready]) -> int:
        """By one commit where it can be done; else one by one, so that each has its own failure."""
        new = [ready for ready in some if ready.kept.claim.continues is None]
        alone = [ready for ready in some if ready.kept.claim.continues is not None]
        try:
            taken = self._take_together(look, new) if len(new) > 1 else None
            return (taken or 0) + self._take_each(look, alone if taken is not None else some)
        finally:
            for ready in some:
                ready.close()

    def _take_together(self, look: Look, some: Sequence[Ready]) -> int | None:
        """None: it could not be done so, or did not say that it was."""
        incoming = [(ready.arrival(self.stream), ready.content()) for ready in some]
        try:
            unread = self.intake.take_together(incoming)
        except Exception as error:  # noqa: BLE001 - one content's failure must not stop the others
            logger("hotfolder").warning(
                "not taken together; taking one by one", files=len(some), why=str(error)
            )
            for ready in some:
                ready.kept.perhaps_taken = True
            return None
        for ready in some:
            why = unread.get(ready.kept.claim.id)
            if why is None:
                self._is_in_custody(look, ready.kept, ready.shape)
            else:
                self._is_in_trouble(look, ready.kept, why)
        return len(some) - len(unread)

    def _take_each(self, look: Look, some: Sequence[Ready]) -> int:
        known = Known(self.intake, [ready.kept.claim.id for ready in some])
        taken = 0
        away: Unavailable | None = None
        for ready in some:
            try:
                if away is not None:
                    raise away  # each would wait as long for the same
                self._take(look, ready, known)
            except BrokenObject as error:  # of this content alone
                self._is_in_trouble(look, ready.kept, error)
            except Unavailable as error:
                away = error
                self._is_in_trouble(look, ready.kept, error)
            except Exception as error:  # noqa: BLE001 - as for each claim
                self._is_in_trouble(look, ready.kept, error)
            else:
                taken += 1
        return taken

    def _take(self, look: Look, ready: Ready, known: Known) -> None:
        kept = ready.kept
        if kept.perhaps_taken and known.is_taken(kept.claim.id):
            kept.in_custody, kept.perhaps_taken = True, False
            return
        self.intake.take(ready.arrival(self.stream), ready.content())
        self._is_in_custody(look, kept, ready.shape)

    def _is_in_custody(self, look: Look, kept: Kept, shape: Shape) -> None:
        kept.in_custody, kept.custody = True, shape
        kept.perhaps_taken, kept.trouble = False, ""
        self.watch.begin(kept.claim.id, shape, look.moment)
        self.watch.again_in(kept.claim.id, self.times.keep_seconds, look.moment)

    # ------------------------------------------------------------------ after custody

    def _look_again(self, look: Look, kept: Kept, descriptor: int, known: Known) -> Ready | None:
        """The time to let go has come: is it still what is in custody? A later state is given back."""
        name, now = kept.claim.id, Shape.of(os.fstat(descriptor))
        writers = look.writers_of(descriptor)
        if kept.custody is None:  # by an earlier process: keep it as long as any other
            self._is_in_custody(look, kept, now)
            kept.custody = _unknown(now)
            return None
        if writers is Writers.SOME:
            self.watch.begin(name, now, look.moment)
            return None
        address = known.address(name)
        self.intake.demand_bytes(address)  # else what lies here is the only copy
        if now == kept.custody and writers is Writers.NONE:
            self._remove_source(look, kept)
            return None
        if now != kept.custody and not self._changed_and_rests(
            look, name, descriptor, now, writers
        ):
            return None
        digest = _digest(descriptor)
        if Shape.of(os.fstat(descriptor)) != now:
            return None
        if digest == address:
            self._remove_source(look, kept)
            return None
        return self._continue(look, kept, now, known)

    def _changed_and_rests(
        self, look: Look, name: str, descriptor: int, now: Shape, writers: Writers
    ) -> bool:
        self.watch.rests(name, now, look.moment)
        needed = rest_needed(self.times, writers, descriptor, now)
        return self.watch.has_rested(name, needed, look.moment)

    def _continue(self, look: Look, kept: Kept, now: Shape, known: Known) -> Ready | None:
        """It was written to after its custody: that state is an arrival of its own."""
        old, place = kept.claim, look.place
        new = Claim(id=new_id("i"), source=old.source, bay=place.bay, continues=old.id)
        logger("hotfolder").warning("written to after custody", first=old.id, later=new.id)
        place.note(new)
        place.rename(old.id, new.id)
        self._drop(look, kept)
        self._kept[new.id] = later = Kept(new, now, perhaps_taken=False)
        return self._go_on(look, later, known)

    def _remove_source(self, look: Look, kept: Kept) -> None:
        """Custody is durable and the file is what is in custody: let go of the claim."""
        look.place.remove(kept.claim.id)
        self._drop(look, kept)

    def _drop(self, look: Look, kept: Kept) -> None:
        look.place.forget(kept.claim.id)
        self._kept.pop(kept.claim.id, None)
        self.watch.forget(kept.claim.id)

    def remove_marker(self, look: Look, source: bytes) -> None:
        """The marker beside the old place, unless the next file of that name lies there already."""
        if not self.done_marker:
            return
        folder = open_above(look.place.root, source)
        if folder is None:
            return
        try:
            name = os.fsdecode(source.rpartition(b"/")[2])
            if not is_there(folder, name):
                drop_marker(folder, name)
        finally:
            os.close(folder)


def rest_needed(times: Times, writers: Writers, descriptor: int, shape: Shape) -> float:
    """Seconds that a file must not have changed before it counts as complete."""
    needed = times.settle_seconds
    if writers is Writers.UNKNOWN:
        needed = max(needed, times.foreign_seconds)
    if not looks_finished(descriptor, shape.size):
        needed = max(needed, times.unfinished_seconds)
    return needed


@contextmanager
def _opened(place: Place, claim_id: str) -> Iterator[int]:
    descriptor = place.open(claim_id)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_new(kept: Kept) -> bool:
    """Whether nothing has to be asked of it."""
    return not (kept.in_custody or kept.perhaps_taken)


def _digest(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _unknown(shape: Shape) -> Shape:
    """A shape that no file has, so that its content is compared."""
    return Shape(-1, shape.mtime_ns, shape.inode, shape.device, shape.ctime_ns)
