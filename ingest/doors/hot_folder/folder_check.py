"""What ``doctor`` says of a hot folder: whether claims are safe there, and whether writers are seen.

Only looks: it may run under another account than the service, and what it made would then be in
the service's way. The service's account is the owner of the home.
"""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings, Stream
from config.system_errors import why
from ingest.doors.hot_folder.claims import FOLDER, INSIDE, OURS, ClaimArea, claim_area
from ingest.doors.hot_folder.directory_scan import entries
from ingest.doors.hot_folder.ignored_names import Kind
from ingest.doors.hot_folder.open_writers import PROC, FileSystem, file_system

_MOST_FILES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRemark:
    """One thing looked at; what is not ``ok`` must be mended before the stream is used."""

    name: str
    ok: bool
    text: str
    remedy: str = ""


def examine_door(settings: Settings, name: str, stream: Stream) -> Iterator[DoorRemark]:
    """All that can be said of the hot folder of the stream ``name``, which must exist."""
    area = claim_area(settings, name, stream)
    service = settings.home.stat().st_uid
    with _opened(area.root) as root:
        where = file_system(root)
        yield _place(settings, name, area, root, service)
        yield from _around(name, area)
        yield from _writers(settings, name, root, where, service)
        if not where.is_local and not settings.intake.polling:
            yield DoorRemark(
                name=f"Benachrichtigung {name}",
                ok=True,
                text=f"Dateisystem {where.kind or 'unbekannt'} meldet keine Änderungen",
                remedy="intake.polling = true",
            )


def _place(settings: Settings, name: str, area: ClaimArea, root: int, service: int) -> DoorRemark:
    where = file_system(root)
    with _opened(settings.home) as home:
        in_home = file_system(home) == where
    title = f"Übernommenes {name}"
    if in_home:
        return DoorRemark(name=title, ok=True, text="im Datenordner, außerhalb des Eingangsordners")
    if area.beside is not None:
        return _beside(title, area.beside, where, service)
    wrong = _wrong_inside(root, where, service)
    if wrong:
        return DoorRemark(
            name=title,
            ok=False,
            text=f"{area.root / OURS}: {wrong}; es wird nichts übernommen",
            remedy=f"{area.root / OURS} entfernen; der Dienst legt ihn neu an (Rechte 0700)",
        )
    return DoorRemark(
        name=title,
        ok=True,
        text=f"im Eingangsordner selbst ({OURS}), weil der Datenordner auf einem anderen "
        "Dateisystem liegt; was dort liegt, wird wie Fremdes geprüft",
        remedy=f"streams.{name}.claims: ein Ordner auf {area.root.parent}, den nur der Dienst "
        "erreicht",
    )


def _beside(title: str, beside: Path, where: FileSystem, service: int) -> DoorRemark:
    existing = next(path for path in (beside, *beside.parents) if path.is_dir())
    with _opened(existing) as handle:
        same = file_system(handle).mount == where.mount
    if not same:
        return DoorRemark(
            name=title,
            ok=False,
            text=f"{beside} liegt auf einem anderen Dateisystem als der Eingangsordner",
            remedy="streams.….claims auf dasselbe Dateisystem legen; nur dort wird in einem Schritt "
            "umbenannt",
        )
    found = existing.stat()
    shared = existing == beside and (found.st_uid != service or found.st_mode & 0o077 != 0)
    if shared and where.is_local:
        return DoorRemark(
            name=title,
            ok=False,
            text=f"{beside} ist für andere als den Dienst offen",
            remedy=f"chown {_account(service)} {beside}; chmod 700 {beside}",
        )
    return DoorRemark(name=title, ok=True, text=str(beside))


def _wrong_inside(root: int, where: FileSystem, service: int) -> str:
    try:
        handle = os.open(OURS, INSIDE, dir_fd=root)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"kein Ordner ({why(error)})"
    owner = os.fstat(handle).st_uid
    os.close(handle)
    if where.is_local and owner != service:
        return f"gehört dem Konto {_account(owner)}"
    return ""


def _around(name: str, area: ClaimArea) -> Iterator[DoorRemark]:
    above = area.root.resolve().parent
    mode = above.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield DoorRemark(
            name=f"Ort des Eingangsordners {name}",
            ok=False,
            text=f"in {above} dürfen alle schreiben und den Eingangsordner austauschen",
            remedy=f"chmod o-w {above}",
        )
    with suppress(OSError):
        if (PROC / "sys/fs/protected_hardlinks").read_text(encoding="ascii").strip() == "0":
            yield DoorRemark(
                name=f"Harte Verweise {name}",
                ok=True,
                text="jedes Konto darf auf fremde Dateien verweisen; solche werden nicht übernommen",
                remedy="sysctl fs.protected_hardlinks=1",
            )


def _writers(
    settings: Settings, name: str, root: int, where: FileSystem, service: int
) -> Iterator[DoorRemark]:
    """Where a lease cannot tell, only rest decides, and every file waits for it."""
    seconds = f"{settings.intake.foreign_seconds:g}"
    title = f"Schreibende {name}"
    if not where.is_local:
        yield DoorRemark(
            name=title,
            ok=True,
            text=f"auf {where.kind or 'diesem Dateisystem'} ist nicht zu sehen, wer noch schreibt; "
            f"jede Datei ruht {seconds} s",
            remedy=f"sicherer: streams.{name}.done_marker = true (docs/how-to/scanner.md)",
        )
        return
    found = entries(root, subfolders=True, tell=lambda path, text: None)
    some = [entry for entry, _ in zip(found, range(_MOST_FILES), strict=False)]
    mail = [entry.found.st_uid for entry in some if entry.kind is Kind.MAIL and not entry.is_folder]
    foreign = sorted({_account(uid) for uid in mail if uid != service})
    if foreign and service != 0:
        yield DoorRemark(
            name=title,
            ok=True,
            text=f"Dateien gehören {', '.join(foreign)}, nicht dem Dienst; ob sie noch geschrieben "
            f"werden, ist nicht zu sehen, sie ruhen {seconds} s",
            remedy=f"Samba: force user = {_account(service)}; NFS: all_squash mit anonuid={service}; "
            "oder dem Dienst CAP_LEASE geben (docs/how-to/scanner.md)",
        )


def _account(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    handle = os.open(folder, FOLDER)
    try:
        yield handle
    finally:
        os.close(handle)
