"""What lies in ``.registratur`` without a record of ours: claims of the earlier form, or forgeries.

Nothing there is believed. A file is a find like any other: it gets a new id and a record, and has
to rest. Of the earlier form (``ID/file`` with ``ID/from``) only the name is read, and only where it
is a path below the hot folder; whether custody was taken already is told by the bytes.
"""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress

from config.clock import new_id
from config.system_errors import why
from ingest.doors.hot_folder.claims import FILE, INSIDE, OURS, Claim, is_id
from ingest.doors.hot_folder.custody import Keeping
from ingest.doors.hot_folder.directory_scan import Look

AT_A_TIME = 100  #: finds of one look, so that forgeries do not keep the mail waiting
_LONGEST_NAME = 65_536


def adopt(look: Look, keeping: Keeping) -> None:
    """Take up what lies there; what is no file is told of as one obstacle."""
    try:
        area = os.open(OURS, INSIDE, dir_fd=look.place.root)
    except FileNotFoundError:
        return
    except OSError as error:
        look.telling.tell(
            os.fsencode(OURS), f"Ist kein Ordner des Dienstes ({why(error)}); bitte entfernen."
        )
        return
    try:
        _go_through(look, keeping, area)
    finally:
        os.close(area)
    if not look.place.is_inside:
        with suppress(OSError):  # not empty yet
            os.rmdir(OURS, dir_fd=look.place.root)


def _go_through(look: Look, keeping: Keeping, area: int) -> None:
    odd = done = 0
    with os.scandir(area) as scan:
        for entry in scan:
            if entry.name in keeping and look.place.is_inside:
                continue
            if not is_id(entry.name):
                odd += 1
                continue
            if done == AT_A_TIME:
                break
            done += 1
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                odd += not _adopt_earlier_form(look, keeping, area, entry.name)
            elif _is_mail(found):
                _adopt_file(look, keeping, area, entry.name)
            else:
                odd += 1
    if odd:
        look.telling.tell(
            os.fsencode(OURS),
            "Enthält Fremdes, das nicht übernommen wird. Bitte ansehen und entfernen.",
        )


def _adopt_file(look: Look, keeping: Keeping, area: int, name: str) -> None:
    """A claimed file whose record is lost, or is not where it was when we looked for it."""
    claim = keeping.missing(name)
    if claim is None:
        claim = _new_claim(look, f"{OURS}/{name}".encode())
        look.place.note(claim)
    look.place.bring_in(area, name, claim.id)
    keeping.adopt(claim)


def _adopt_earlier_form(look: Look, keeping: Keeping, area: int, name: str) -> bool:
    """Gives back whether nothing is left of it."""
    try:
        folder = os.open(name, INSIDE, dir_fd=area)
    except OSError:
        return False
    try:
        with suppress(FileNotFoundError):
            found = os.stat("file", dir_fd=folder, follow_symlinks=False)
            if not _is_mail(found):
                return False
            source = _source(folder) or f"{OURS}/{name}/file".encode()
            if _is_in_custody(keeping, folder, name):
                os.unlink("file", dir_fd=folder)
            else:
                claim = _new_claim(look, source)
                look.place.note(claim)
                look.place.bring_in(folder, "file", claim.id)
                keeping.adopt(claim)
            keeping.remove_marker(look, source)
        with suppress(OSError):
            os.unlink("from", dir_fd=folder)
    finally:
        os.close(folder)
    try:
        os.rmdir(name, dir_fd=area)
    except OSError:
        return False
    return True


def _new_claim(look: Look, source: bytes) -> Claim:
    return Claim(id=new_id("i"), source=source, bay=look.place.bay)


def _is_mail(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)


def _source(folder: int) -> bytes | None:
    """The name that an earlier release wrote, if it is a path below the hot folder."""
    try:
        descriptor = os.open("from", FILE, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as note:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        text = note.read(_LONGEST_NAME + 1)
    parts = text.split(b"/")
    if len(text) > _LONGEST_NAME or b"\0" in text or any(p in (b"", b".", b"..") for p in parts):
        return None
    return text


def _is_in_custody(keeping: Keeping, folder: int, item_id: str) -> bool:
    """Whether the item of that id holds these very bytes."""
    try:
        wanted = keeping.intake.addresses([item_id]).get(item_id)
        descriptor = os.open("file", FILE, dir_fd=folder)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as content:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return regular and hashlib.file_digest(content, "sha256").hexdigest() == wanted
