"""Signed files in a plain zip, in gzip or in Outlook's winmail.dat, which are no containers of signatures:
each is looked at by itself, like the attachments beside it.

A detached signature among them may be over another one.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from config.filekind import own_signed_members
from config.tnef import unwrapped
from config.zip_names import member_name
from signing.conclusions.model import Reason
from signing.formats.containers.asic import LARGEST_MEMBER, ZIP_ERRORS
from signing.formats.detached_content import harmless
from signing.formats.reader_result import CheckFile, Looked, inside
from signing.formats.report_lines import unread_result

GZIP = b"\x1f\x8b\x08"  #: how a packed file begins (RFC 1952)
MEMBERS = 1000
INFLATED = 512 * 2**20  #: bytes of all members together


def check_zip(
    path: Path, check_file: CheckFile, passed_over: tuple[str, ...] = ()
) -> tuple[Looked, ...]:
    """The signatures of the files in a zip; a member that cannot be read is said. Never raises for
    what it holds. ``passed_over``: how names begin (lower case) that are not looked at."""
    with tempfile.TemporaryDirectory(prefix="registratur-zip-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                return tuple(_in_members(archive, Path(folder), check_file, passed_over))
        except ZIP_ERRORS as error:
            return (_unread(Reason.FILE_UNREADABLE, str(error)),)


def holds_signatures(path: Path) -> bool:
    """Whether a zip has members below META-INF itself, or calls itself a container, or cannot be
    read; the names of a container that lies in it, not packed, stand in its bytes, too."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.lower() for name in archive.namelist()]
            return names[:1] == ["mimetype"] or any(n.startswith("meta-inf/") for n in names)
    except ZIP_ERRORS:
        return True


def check_gzip(path: Path, check_file: CheckFile) -> tuple[Looked, ...]:
    """The signatures of a packed file. Never raises for what it holds."""
    with tempfile.TemporaryDirectory(prefix="registratur-gzip-") as folder:
        place = Path(folder) / harmless(path.stem, "file")
        try:
            with gzip.open(path) as packed, place.open("wb") as file:
                for _ in range(INFLATED >> 20):
                    file.write(piece := packed.read(1 << 20))
                    if not piece:
                        break
                else:
                    return (_unread(Reason.CHECK_DIED, "larger than is looked into", "GZIP"),)
        except (EOFError, OSError, zlib.error) as error:
            return (_unread(Reason.FILE_UNREADABLE, str(error), "GZIP"),)
        return tuple(inside(path.stem[:200], check_file(place, ())))


def own_form(path: Path) -> str | None:
    """The form of signatures of a zip's own members, by their names; none where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return own_signed_members(archive.namelist())
    except ZIP_ERRORS:
        return None


def _begins(name: str, beginnings: tuple[str, ...]) -> bool:
    return name.replace("\\", "/").lower().startswith(beginnings)


def _in_members(
    archive: zipfile.ZipFile, room: Path, check_file: CheckFile, passed_over: tuple[str, ...]
) -> Iterator[Looked]:
    infos = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not _begins(info.filename, passed_over)
    ]
    if len(infos) > MEMBERS or sum(info.file_size for info in infos) > INFLATED:
        yield _unread(Reason.CHECK_DIED, "too many or too large members")
        return
    files: list[tuple[str, Path]] = []
    for number, info in enumerate(infos):
        told = member_name(info)[:200]
        name = told.rsplit("/", 1)[-1]
        place = room / str(number) / harmless(name, "member")
        reason = _unpacked(archive, info, place)
        if reason is None:
            files.append((told, place))
        else:
            yield from inside(told, (_unread(reason, "a member of a zip"),))
    yield from _each(files, check_file)


def check_wrapped(data: bytes, check_file: CheckFile) -> tuple[Looked, ...]:
    """The signatures of the files in a winmail.dat. Never raises for what it holds."""
    found, whole = unwrapped(data)
    named = [one for one in found if one.name]
    if not whole or len(named) > MEMBERS:
        return (_unread(Reason.FILE_UNREADABLE, "winmail.dat that is damaged or too large"),)
    with tempfile.TemporaryDirectory(prefix="registratur-tnef-") as folder:
        files: list[tuple[str, Path]] = []
        for number, one in enumerate(named):
            place = Path(folder) / str(number) / harmless(one.name, "file")
            place.parent.mkdir()
            place.write_bytes(one.content)
            files.append((one.name[:200], place))
        return tuple(_each(files, check_file))


def _each(files: list[tuple[str, Path]], check_file: CheckFile) -> Iterator[Looked]:
    """A signature is over a file of its own folder before one of that name in another."""
    for told, place in files:
        folder = told.rpartition("/")[0]
        near = {other.name for name, other in files if name.rpartition("/")[0] == folder}
        others = tuple(
            other
            for name, other in files
            if other != place and (name.rpartition("/")[0] == folder or other.name not in near)
        )
        yield from inside(told, check_file(place, others))


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path) -> Reason | None:
    """The member laid down; else why it was not."""
    if info.flag_bits & 0x1:
        return Reason.ENCRYPTED
    if info.file_size > LARGEST_MEMBER:
        return Reason.CHECK_DIED
    place.parent.mkdir()
    try:
        with archive.open(info) as member, place.open("wb") as file:
            shutil.copyfileobj(member, file, 1 << 20)
    except ZIP_ERRORS:
        return Reason.FILE_UNREADABLE
    return None


def _unread(reason: Reason, detail: str, container: str = "ZIP") -> Looked:
    return unread_result(
        signature_id="S1",
        field=None,
        container=container,
        form="unknown",
        reason=reason,
        detail=detail[:300],
    )
