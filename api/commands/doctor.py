"""``registratur doctor``: what is missing, and what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path

from api.commands.common import ConfigOption, JsonOption, say, tell
from api.wiring import ANCHOR_KEY, TRIAL_KEY, anchors_of, program_verapdf
from archive.database import schema_state
from config import logs
from config.errors import ServiceError
from config.settings import Settings, home_of, load
from ingest.home import HomeLock
from ingest.malware import ClamdScanner
from ocr.tools import check as tools
from signing.trust import Trust
from signing.trust_state import state_of

PACKAGES = ("ingest", "ocr", "archive", "search", "signing", "api", "config")
LOW_SPACE = 5 * 2**30
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  #: no honest clock is before this program


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing looked at."""

    name: str
    ok: bool
    text: str
    remedy: str = ""


def doctor(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Prüfen, was fehlt, und sagen, was zu tun ist."""
    logs.set_up("error", json_lines=False)
    remarks = list(_look(home_of(), config))
    if as_json:
        say([asdict(remark) for remark in remarks])
    else:
        for remark in remarks:
            tell(f"{'gut   ' if remark.ok else 'FEHLT '} {remark.name}: {remark.text}"
                 + (f"\n        → {remark.remedy}" if remark.remedy else ""))  # fmt: skip
    if not all(remark.ok for remark in remarks):
        sys.exit(1)


def _look(home: Path, config: Path | None) -> Iterator[Remark]:
    yield from _program()
    for tool in tools(program_verapdf()):
        yield Remark(name=tool.name, ok=tool.ok, text=tool.version or "fehlt", remedy=tool.remedy)
    if not home.is_dir():
        yield Remark(
            name="Datenordner", ok=False, text=f"{home} gibt es nicht", remedy="registratur init"
        )
        return
    try:
        settings = load(home, file=config)
    except ServiceError as error:
        yield Remark(name="Einstellungen", ok=False, text=str(error), remedy="Datei berichtigen")
        return
    yield from _home(settings)
    yield from _folders(settings)
    yield from _parts(settings)
    yield from _trusted_lists(settings)


def _program() -> Iterator[Remark]:
    owners = packages_distributions()
    foreign = [n for n in PACKAGES if set(owners.get(n, ["registratur"])) != {"registratur"}]
    yield Remark(
        name="Programmpakete",
        ok=not foreign,
        text=f"fremde Pakete gleichen Namens: {', '.join(foreign)}" if foreign else "unvermischt",
        remedy="eigene Python-Umgebung nehmen (make setup)" if foreign else "",
    )
    now = datetime.now(UTC)
    yield Remark(
        name="Uhr",
        ok=now > BUILT,
        text=now.isoformat(timespec="seconds"),
        remedy="" if now > BUILT else "Zeit stellen (NTP); Vermerke und Siegel tragen sie",
    )


def _home(settings: Settings) -> Iterator[Remark]:
    home = settings.home
    free = shutil.disk_usage(home).free
    yield Remark(
        name="Speicherplatz",
        ok=free > LOW_SPACE,
        text=f"{free / 2**30:.1f} GiB frei in {home}",
        remedy="" if free > LOW_SPACE else "Platz schaffen; bei voller Platte wartet der Eingang",
    )
    open_to_all = bool(home.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP))
    yield Remark(
        name="Rechte des Datenordners",
        ok=not open_to_all,
        text="andere haben Zugriff" if open_to_all else "nur der Dienst",
        remedy=f"chmod 700 {home}" if open_to_all else "",
    )
    current, head = schema_state(settings.database_url)
    yield Remark(
        name="Datenbank",
        ok=current == head,
        text=f"Fassung {current}, gebraucht {head}",
        remedy="" if current == head else "sichern, dann registratur migrate",
    )
    yield _anchor(settings)
    holder = HomeLock(home).holder()
    yield Remark(name="Dienst", ok=True, text=f"läuft (Prozess {holder})" if holder else "ruht")
    if settings.county.sample or (home / TRIAL_KEY).exists():
        yield Remark(
            name="Probebetrieb",
            ok=True,
            text="Musterkreis oder Testsiegel: nicht für echte Akten",
            remedy="für den Betrieb: registratur init ohne --sample, eigener Siegelschlüssel",
        )


def _anchor(settings: Settings) -> Remark:
    """How far the trail is anchored, and by which key: to be noted elsewhere."""
    if not (settings.home / ANCHOR_KEY).exists():
        return Remark(
            name="Anker", ok=False, text=f"{settings.home / ANCHOR_KEY} fehlt",
            remedy="die Sicherung einspielen; nach einem Wechsel der Fassung: registratur migrate",
        )  # fmt: skip
    anchors = anchors_of(settings)
    newest = anchors.newest()
    said = f"{newest.events} Ereignisse, {newest.at}" if newest else f"keiner in {anchors.folder}"
    return Remark(
        name="Anker",
        ok=newest is not None,
        text=f"{said}; Schlüssel {anchors.fingerprint}",
        remedy="" if newest else "Ordner einhängen oder die Sicherung einspielen",
    )


def _folders(settings: Settings) -> Iterator[Remark]:
    for name, stream in settings.streams.items():
        folder = settings.at_home(stream.folder, f"hot/{name}")
        if not folder.is_dir():
            yield Remark(
                name=f"Eingangsordner {name}", ok=False, text=f"{folder} fehlt",
                remedy=f"mkdir -p {folder}",
            )  # fmt: skip
            continue
        usable = os.access(folder, os.R_OK | os.W_OK | os.X_OK)
        for_all = bool(folder.stat().st_mode & stat.S_IWOTH)
        yield Remark(
            name=f"Eingangsordner {name}",
            ok=usable and not for_all,
            text=f"{folder}" + (" (alle dürfen schreiben)" if for_all else ""),
            remedy="" if usable and not for_all else f"Rechte von {folder} auf Dienst und Scanner",
        )
        if not stream.person:
            yield Remark(
                name=f"Person im Dienst {name}", ok=False, text="keine eingetragen",
                remedy=f"streams.{name}.person setzen; ohne sie wird angehalten",
            )  # fmt: skip


def _parts(settings: Settings) -> Iterator[Remark]:
    socket = settings.malware.socket
    if not socket:
        yield Remark(
            name="Virenscanner", ok=True, text="keiner eingerichtet; steht an jedem Dokument",
            remedy="clamd einrichten und malware.socket setzen",
        )  # fmt: skip
        return
    alive = ClamdScanner(socket, lambda path, subject: ()).is_alive()
    yield Remark(
        name="Virenscanner", ok=alive, text=f"{socket} {'antwortet' if alive else 'antwortet nicht'}",
        remedy="" if alive else "clamd starten; bis dahin wartet der Eingang",
    )  # fmt: skip


def _trusted_lists(settings: Settings) -> Iterator[Remark]:
    try:
        state = state_of(
            Trust(settings.at_home(settings.signing.trust, "trust")), datetime.now(UTC)
        )
    except ServiceError as error:
        yield Remark(name="Vertrauenslisten", ok=False, text=str(error), remedy="Datei entfernen")
        return
    ending = [one for one in state.lists if one.state != "current"]
    said = [f"{one.name} gilt bis {one.info.next_update:%d.%m.%Y}" for one in ending]
    none = "keine; kein Zertifikat wird als vertrauenswürdig erkannt"
    count = f"{len(state.lists)} Listen, {state.anchors} eigene Anker"
    empty = not state.lists and not state.anchors
    yield Remark(
        name="Vertrauenslisten",
        ok=not state.overdue,
        text=none if empty else "; ".join([count, *said, *state.left_out]),
        remedy="registratur trust import DATEI oder trust refresh" if empty or ending else "",
    )
