"""A claim from the rename to the removal: rest, custody, and a last look before it is let go of.

A handle that was opened before the rename still writes into the claimed file. So the file is taken
into custody only when it rests in the claim too, and is kept for a while after that. What has
changed by then is taken as an arrival of its own that names the first one.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from archive.audit import Actor
from config import system_errors
from config.clock import new_id
from config.errors import ServiceError
from config.logs import logger
from config.settings import Intake as Times
from ingest.doors.claims import Claim, Place
from ingest.doors.ends import looks_finished
from ingest.doors.looking import open_above
from ingest.doors.writers import Writers, writers_of
from ingest.errors import ClaimsUnsafe, StillChanging
from ingest.intake import LINK, Arrival, Intake
from ingest.obstacles import Telling
from ingest.stability import RestWatch, Shape
from ingest.turns import Kind, Sender

MARKER = ".done"
DOOR = Actor(user="hotfolder")
LINKED = (
    "Die Datei hat noch einen anderen Namen (harter Verweis), unter dem sie sich ändern kann. "
    "Als Kopie ablegen, oder den anderen Namen entfernen."
)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a hot folder; ``moment`` in monotonic seconds."""

    place: Place
    moment: float
    telling: Telling


@dataclass(slots=True)
class _Kept:
    """What this process knows of one claim."""

    claim: Claim
    rested: Shape | None = None  #: with this content it had rested in the hot folder
    perhaps_taken: bool = True  #: the record has to be asked before custody
    in_custody: bool = False
    custody: Shape | None = None  #: as it was read into custody; None: by an earlier process
    trouble: str = ""  #: why it could not be taken


@dataclass(slots=True, kw_only=True)
class Keeping:
    """The claims of one stream."""

    stream: str
    times: Times
    done_marker: bool
    intake: Intake
    watch: RestWatch[str]
    _kept: dict[str, _Kept] = field(default_factory=dict)
    _missing: dict[str, Claim] = field(default_factory=dict)
    _recovered: bool = False

    # ------------------------------------------------------------------ coming and going on

    def recover(self, look: Look) -> None:
        """Read the records that an earlier process left; only the first look does."""
        if self._recovered:
            return
        for claim in look.place.claims():
            try:
                look.place.stat(claim.id)
            except FileNotFoundError:
                self._without_file(look, claim)
                continue
            self._kept[claim.id] = _Kept(claim)
            self.remove_marker(look, claim.source)
        self._recovered = True

    def _without_file(self, look: Look, claim: Claim) -> None:
        """The stop came before the rename or after the removal; else the bay is another one."""
        if claim.bay == look.place.bay or self.intake.is_known(claim.id):
            look.place.forget(claim.id)
        else:
            self._missing[claim.id] = claim

    def admit(self, look: Look, claim: Claim, rested: Shape | None) -> bool:
        """A claim of this process; gives back whether it came into custody at once.

        ``rested``: the shape with which it had rested in the hot folder.
        """
        self._kept[claim.id] = kept = _Kept(claim, rested, perhaps_taken=False)
        self.watch.begin(claim.id, Shape.of(look.place.stat(claim.id)), look.moment)
        return self._go_on_guarded(look, kept)

    def adopt(self, claim: Claim) -> None:
        """A claim whose file was found without us; it has to rest first."""
        self._missing.pop(claim.id, None)
        self._kept[claim.id] = _Kept(claim)

    def missing(self, claim_id: str) -> Claim | None:
        """The record whose file was not found, or none."""
        return self._missing.get(claim_id)

    def __contains__(self, claim_id: str) -> bool:
        return claim_id in self._kept

    # ------------------------------------------------------------------ looking after them

    def tend(self, look: Look) -> int:
        """Look at each claim whose time has come; gives back how many came into custody."""
        taken = 0
        for kept in list(self._kept.values()):
            if self.watch.is_due(kept.claim.id, look.moment):
                taken += self._go_on_guarded(look, kept)
            if kept.trouble:
                look.telling.tell(kept.claim.source, kept.trouble)
        for claim in self._missing.values():
            look.telling.tell(
                claim.source,
                f"Übernommen ({claim.id}), aber die Datei liegt nicht, wo sie liegen soll: Datenträger "
                "eingehängt? Wurde der Datenordner zurückgesichert oder streams.….claims geändert?",
            )
        return taken

    def _go_on_guarded(self, look: Look, kept: _Kept) -> bool:
        """What fails with one claim stays with it; it is tried again later."""
        try:
            took = self._go_on(look, kept)
        except (StillChanging, ServiceError, OSError) as error:
            why = system_errors.why(error) if isinstance(error, OSError) else str(error)
            kept.trouble = f"Noch nicht in Verwahrung: {why}"
            logger("hotfolder").warning("not yet in custody", claim=kept.claim.id, error=str(error))
        except Exception as error:  # noqa: BLE001 - one claim's failure must not stop the others
            error_id = new_id("e")
            kept.trouble = f"Noch nicht in Verwahrung: interner Fehler {error_id}."
            logger("hotfolder").error(
                "claim failed", claim=kept.claim.id, id=error_id, exc_info=error
            )
        else:
            kept.trouble = ""
            return took
        kept.perhaps_taken = True
        with suppress(KeyError):
            self.watch.again_in(kept.claim.id, self.times.rescan_seconds, look.moment)
        return False

    def _go_on(self, look: Look, kept: _Kept) -> bool:
        claim = kept.claim
        try:
            found = look.place.stat(claim.id)
        except FileNotFoundError:
            logger("hotfolder").warning(
                "claimed file is gone", claim=claim.id, taken=kept.in_custody
            )
            self._drop(look, kept)
            return False
        if not kept.in_custody and kept.perhaps_taken:
            kept.in_custody = self.intake.is_known(claim.id)
            kept.perhaps_taken = False
        if stat.S_ISLNK(found.st_mode):
            return self._go_on_with_link(look, kept, Shape.of(found))
        with _opened(look.place, claim.id) as descriptor:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ClaimsUnsafe(
                    f"Unter {claim.id} liegt keine gewöhnliche Datei; bitte entfernen."
                )
            if kept.in_custody:
                return self._look_again(look, kept, descriptor)
            return self._may_take(look, kept, descriptor) and self._take(look, kept, descriptor)

    def _may_take(self, look: Look, kept: _Kept, descriptor: int) -> bool:
        """Whether it rests in the claim: for as long as in the folder, if it did not rest there."""
        name, found = kept.claim.id, os.fstat(descriptor)
        now = Shape.of(found)
        writers = writers_of(descriptor, look.place.where)
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

    def _take(self, look: Look, kept: _Kept, descriptor: int) -> bool:
        before = Shape.of(os.fstat(descriptor))
        os.lseek(descriptor, 0, os.SEEK_SET)
        with os.fdopen(os.dup(descriptor), "rb") as content:
            unchanging = _Unchanging(content, descriptor, before)
            self.intake.take(self._arrival(kept.claim), cast(BinaryIO, unchanging))
        self._is_in_custody(look, kept, before)
        return True

    def _arrival(self, claim: Claim) -> Arrival:
        return Arrival(
            source=claim.source,
            stream=self.stream,
            by=DOOR,
            sender=Sender(Kind.FOLDER, self.stream),
            item_id=claim.id,
            continues=claim.continues,
        )

    def _is_in_custody(self, look: Look, kept: _Kept, shape: Shape) -> None:
        kept.in_custody, kept.custody = True, shape
        self.watch.begin(kept.claim.id, shape, look.moment)
        self.watch.again_in(kept.claim.id, self.times.keep_seconds, look.moment)

    def _go_on_with_link(self, look: Look, kept: _Kept, shape: Shape) -> bool:
        """Never followed. What is kept is the link itself, as text; the check will hold it."""
        if kept.in_custody:
            self._remove_source(look, kept)
            return False
        text = look.place.link_text(kept.claim.id)
        arrival = replace(self._arrival(kept.claim), media_type=LINK)
        self.intake.take(arrival, io.BytesIO(text))
        self._is_in_custody(look, kept, shape)
        return True

    # ------------------------------------------------------------------ after custody

    def _look_again(self, look: Look, kept: _Kept, descriptor: int) -> bool:
        """The time to let go has come: is it still what is in custody?"""
        name, now = kept.claim.id, Shape.of(os.fstat(descriptor))
        writers = writers_of(descriptor, look.place.where)
        if kept.custody is None:  # by an earlier process: keep it as long as any other
            self._is_in_custody(look, kept, now)
            kept.custody = _unknown(now)
            return False
        if writers is Writers.SOME:
            self.watch.begin(name, now, look.moment)
            return False
        self.intake.demand_bytes(name)  # else what lies here is the only copy
        if now == kept.custody and writers is Writers.NONE:
            self._remove_source(look, kept)
            return False
        if now != kept.custody and not self._changed_and_rests(
            look, name, descriptor, now, writers
        ):
            return False
        digest = _digest(descriptor)
        if Shape.of(os.fstat(descriptor)) != now:
            return False
        if digest == self.intake.sha256_of(name):
            self._remove_source(look, kept)
            return False
        return self._continue(look, kept, now)

    def _changed_and_rests(
        self, look: Look, name: str, descriptor: int, now: Shape, writers: Writers
    ) -> bool:
        self.watch.rests(name, now, look.moment)
        needed = rest_needed(self.times, writers, descriptor, now)
        return self.watch.has_rested(name, needed, look.moment)

    def _continue(self, look: Look, kept: _Kept, now: Shape) -> bool:
        """It was written to after its custody: that state is an arrival of its own."""
        old, place = kept.claim, look.place
        new = Claim(id=new_id("i"), source=old.source, bay=place.bay, continues=old.id)
        logger("hotfolder").warning("written to after custody", first=old.id, later=new.id)
        place.note(new)
        place.rename(old.id, new.id)
        self._drop(look, kept)
        return self.admit(look, new, now)

    def _remove_source(self, look: Look, kept: _Kept) -> None:
        """Custody is durable and the file is what is in custody: let go of the claim."""
        look.place.remove(kept.claim.id)
        self._drop(look, kept)

    def _drop(self, look: Look, kept: _Kept) -> None:
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


def is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def is_marker(name: str) -> bool:
    """Whether a name is that of a marker; scanners that know capitals alone write them too."""
    return name.lower().endswith(MARKER)


def has_marker(folder: int, name: str) -> bool:
    """Whether the file's marker lies beside it: a plain file, no link."""
    return any(_is_plain_file(folder, marker) for marker in _markers(name))


def drop_marker(folder: int, name: str) -> None:
    for marker in _markers(name):
        if _is_plain_file(folder, marker):
            with suppress(FileNotFoundError):
                os.unlink(marker, dir_fd=folder)


def _markers(name: str) -> tuple[str, ...]:
    return name + MARKER, name + MARKER.upper()


def _is_plain_file(folder: int, name: str) -> bool:
    with suppress(OSError):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return stat.S_ISREG(found.st_mode)
    return False


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


@contextmanager
def _opened(place: Place, claim_id: str) -> Iterator[int]:
    descriptor = place.open(claim_id)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _digest(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _unknown(shape: Shape) -> Shape:
    """A shape that no file has, so that its content is compared."""
    return Shape(-1, shape.mtime_ns, shape.inode, shape.device, shape.ctime_ns)
