"""Claims: what was taken out of a hot folder and is not let go of yet.

Whoever can write into a hot folder is not trusted with them. A claim has two parts: its *record*
in the home (``claims/STREAM/records/ID.json``), which alone says that there is a claim and where
the file lay; and the *file*, moved by one rename into the bay. The bay lies in the home too
(``claims/STREAM/files/ID``) where home and hot folder are on one mount; else in the folder that
the stream's settings name; else in ``.registratur`` inside the hot folder, where what has no
record is only a find like any other. Form 2 of the record is described in
docs/reference/archive.md.

The order makes it safe to stop at any instruction: record, rename, custody, removal of the file,
removal of the record.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.flushing import flushed_whole
from config.logs import logger
from config.settings import Settings, Stream
from config.system_errors import why
from ingest.doors.hot_folder.open_writers import FileSystem, file_system
from ingest.errors import ClaimsUnsafe

OURS = ".registratur"
FORM = 2
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
INSIDE = FOLDER | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ID = re.compile(r"i[0-9a-f]{32}")
_FOR_US_ALONE = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One file that we took out of a hot folder."""

    id: str  #: of the item that it becomes
    source: bytes  #: where it lay, below the hot folder
    bay: int  #: inode of the folder that it was moved into
    continues: str | None = None  #: the item whose file was written to after its custody


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A hot folder and its claims by open handles, for the time of one look."""

    root: int
    records: int
    files: int
    where: FileSystem  #: of the hot folder
    is_inside: bool  #: the bay lies in the hot folder

    def note(self, *claims: Claim) -> None:
        """Write their records, durably. Raises OSError, and then there are none."""
        try:
            for claim in claims:
                self._write(claim)
            if len(claims) == 1 or not flushed_whole(self.records):
                for claim in claims:
                    self._flush(claim)
        except OSError:
            for claim in claims:
                self.forget(claim.id)
            raise

    def _write(self, claim: Claim) -> None:
        fields = {**asdict(claim), "form": FORM, "source": claim.source.hex()}
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        descriptor = os.open(_record(claim.id), flags, 0o600, dir_fd=self.records)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            json.dump(fields, file)

    def _flush(self, claim: Claim) -> None:
        descriptor = os.open(_record(claim.id), FILE, dir_fd=self.records)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def forget(self, claim_id: str) -> None:
        """Remove a record whose file is gone, or never came."""
        with suppress(FileNotFoundError):
            os.unlink(_record(claim_id), dir_fd=self.records)

    def bring_in(self, folder: int, name: str, claim_id: str) -> None:
        """Move ``name`` out of an open folder; whatever lies there now comes."""
        os.rename(name, claim_id, src_dir_fd=folder, dst_dir_fd=self.files)

    def put_back(self, claim_id: str, folder: int, name: str) -> None:
        """Undo ``bring_in`` for what is no file; nothing that came meanwhile is replaced."""
        if stat.S_ISDIR(self.stat(claim_id).st_mode):
            os.rename(claim_id, name, src_dir_fd=self.files, dst_dir_fd=folder)
        else:
            os.link(claim_id, name, src_dir_fd=self.files, dst_dir_fd=folder, follow_symlinks=False)
            os.unlink(claim_id, dir_fd=self.files)
        self.forget(claim_id)

    def stat(self, claim_id: str) -> os.stat_result:
        """Of the entry itself. Raises FileNotFoundError."""
        return os.stat(claim_id, dir_fd=self.files, follow_symlinks=False)

    def open(self, claim_id: str) -> int:
        """The claimed file for reading; never a link's target. The caller closes."""
        return os.open(claim_id, FILE, dir_fd=self.files)

    def link_text(self, claim_id: str) -> bytes:
        return os.fsencode(os.readlink(claim_id, dir_fd=self.files))

    def rename(self, old: str, new: str) -> None:
        os.rename(old, new, src_dir_fd=self.files, dst_dir_fd=self.files)

    def remove(self, claim_id: str) -> None:
        """Let go of the file, then of the record."""
        with suppress(FileNotFoundError):
            os.unlink(claim_id, dir_fd=self.files)
        self.forget(claim_id)

    @property
    def bay(self) -> int:
        return os.fstat(self.files).st_ino

    def claims(self) -> Iterator[Claim]:
        """All that have a record; one that was cut off by a power failure has no source."""
        with os.scandir(self.records) as scan:
            names = sorted(entry.name for entry in scan)
        for name in names:
            claim_id, _, suffix = name.partition(".")
            if suffix == "json" and is_id(claim_id):
                yield self._read(claim_id)

    def _read(self, claim_id: str) -> Claim:
        descriptor = os.open(_record(claim_id), FILE, dir_fd=self.records)
        with os.fdopen(descriptor, encoding="ascii") as file:
            text = file.read()
        try:
            fields: dict[str, Any] = json.loads(text)
            return Claim(
                id=claim_id,
                source=bytes.fromhex(fields["source"]),
                bay=fields["bay"],
                continues=fields["continues"],
            )
        except (ValueError, KeyError, TypeError):
            logger("hotfolder").warning("record of a claim is not readable", claim=claim_id)
            return Claim(id=claim_id, source=os.fsencode(f"{OURS}/{claim_id}"), bay=self.bay)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimArea:
    """Where one stream's claims are kept."""

    home: Path  #: ``claims/STREAM`` in the home
    root: Path  #: the hot folder
    beside: Path | None = None  #: a folder on the hot folder's file system, for us alone

    @contextmanager
    def opened(self) -> Iterator[Place]:
        """Open all by handles, and make what is missing.

        Raises:
            ClaimsUnsafe: another account could write into the bay.
            OSError: the hot folder or the home cannot be used.
        """
        handles: list[int] = []
        try:
            for folder in (self.root, _own(self.home / "records"), _own(self.home / "files")):
                handles.append(os.open(folder, FOLDER))
            root, records, files = handles
            where = file_system(root)
            inside = False
            if file_system(files) != where:
                files, inside = self._elsewhere(root)
                handles.append(files)
            self._check(files, where, inside=inside)
            yield Place(root=root, records=records, files=files, where=where, is_inside=inside)
        finally:
            for handle in handles:
                os.close(handle)

    def _elsewhere(self, root: int) -> tuple[int, bool]:
        """A bay on the hot folder's own file system, and whether it lies in the hot folder."""
        if self.beside is not None:
            self.beside.mkdir(mode=_FOR_US_ALONE, parents=True, exist_ok=True)
            return os.open(self.beside, FOLDER), False
        with suppress(FileExistsError):
            os.mkdir(OURS, _FOR_US_ALONE, dir_fd=root)
        try:
            return os.open(OURS, INSIDE, dir_fd=root), True
        except OSError as error:
            raise ClaimsUnsafe(
                f"{self.root / OURS} ist kein Ordner des Dienstes ({why(error)}). Entfernen; "
                "bis dahin wird aus diesem Eingangsordner nichts übernommen."
            ) from error

    def _check(self, files: int, where: FileSystem, *, inside: bool) -> None:
        found = os.fstat(files)
        if self.beside is not None and not inside and file_system(files).mount != where.mount:
            raise ClaimsUnsafe(
                f"{self.beside} liegt nicht auf demselben Dateisystem wie {self.root}; nur dort "
                "lässt sich in einem Schritt umbenennen. streams.….claims berichtigen."
            )
        if not where.is_local:
            return  # owners and modes are the server's business; doctor says so
        if found.st_uid == os.geteuid() and found.st_mode & 0o077:
            os.fchmod(files, _FOR_US_ALONE)
        elif found.st_uid != os.geteuid():
            raise ClaimsUnsafe(
                f"Der Ordner für Übernommenes zu {self.root} gehört einem anderen Konto. Er muss "
                "dem Dienst allein gehören (Rechte 0700); entfernen, er wird neu angelegt."
            )


def claim_area(settings: Settings, name: str, stream: Stream) -> ClaimArea:
    """Where the claims of the stream ``name`` are kept."""
    return ClaimArea(
        home=settings.home / "claims" / quote(name, safe=""),
        root=settings.at_home(stream.folder, f"hot/{name}"),
        beside=settings.home / stream.claims if stream.claims else None,
    )


def is_id(name: str) -> bool:
    """Whether ``name`` is an item's id and nothing else: it becomes part of a path."""
    return _ID.fullmatch(name) is not None


def _record(claim_id: str) -> str:
    if not is_id(claim_id):
        raise ValueError("a claim is named by an item's id")
    return f"{claim_id}.json"


def _own(folder: Path) -> Path:
    folder.mkdir(mode=_FOR_US_ALONE, parents=True, exist_ok=True)
    return folder
