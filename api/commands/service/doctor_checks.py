"""The checks of ``registratur doctor``: one function each, gathered in ``CHECKS``.

A new check is a function from the settings to its remarks and a line in ``CHECKS``; it imports what
it looks at itself, and need not catch what it cannot do.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from api.commands.service.doctor_remarks import Remark, State
from config.errors import ServiceError
from config.settings import Settings, Stream

STATES = {  # of the search index
    "ready": "bereit",
    "outdated": "von einer anderen Fassung",
    "lost": "fehlt",
    "damaged": "beschädigt",
    "away": "antwortet nicht",
}
LOW_SPACE = 5 * 2**30


def tools(settings: Settings) -> Iterator[Remark]:
    """The programs and libraries that recognition and PDF/A need."""
    from api.wiring_reading import verapdf_of
    from ocr.tools import check

    for tool in check(verapdf_of(settings)):
        yield Remark(
            name=tool.name,
            state=State.GOOD if tool.ok else State.MISSING,
            text=tool.version or ("vorhanden" if tool.ok else "fehlt"),
            remedy=tool.remedy,
        )


def space(settings: Settings) -> Iterator[Remark]:
    """Room on the disks of the home and of the object store."""
    objects = settings.at_home(settings.objects.url, "objects")
    places = [settings.home, *([objects] if objects.is_dir() else [])]
    disks = {place.stat().st_dev: place for place in reversed(places)}
    for place in disks.values():
        free = shutil.disk_usage(place).free
        enough = free > LOW_SPACE
        yield Remark(
            name="Speicherplatz",
            state=State.GOOD if enough else State.BAD,
            text=f"{free / 2**30:.1f} GiB frei in {place}",
            remedy="" if enough else "Platz schaffen; bei voller Platte wartet der Eingang",
        )


def rights(settings: Settings) -> Iterator[Remark]:
    """Who may read the home: its account alone."""
    home = settings.home
    open_to_others = bool(home.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    yield Remark(
        name="Rechte des Datenordners",
        state=State.BAD if open_to_others else State.GOOD,
        text="Gruppe oder andere haben Zugriff" if open_to_others else "nur der Dienst",
        remedy=f"chmod 700 {home}" if open_to_others else "",
    )


def database(settings: Settings) -> Iterator[Remark]:
    """Whether the database answers and has the program's form."""
    from archive.db.database import schema_state
    from archive.errors import NewerDatabase

    try:
        current, head = schema_state(settings.database_url)
    except NewerDatabase as error:
        remedy = "wie genannt; registratur migrate hilft hier nicht"
        yield Remark(name="Datenbank", state=State.BAD, text=str(error), remedy=remedy)
        return
    yield Remark(
        name="Datenbank",
        state=State.GOOD if current == head else State.BAD,
        text=f"Fassung {current}, gebraucht {head}",
        remedy="" if current == head else "sichern, dann registratur migrate",
    )
    yield from _statistics(settings)


def _statistics(settings: Settings) -> Iterator[Remark]:
    """Whether a PostgreSQL server keeps what its planner goes by; lists grow slow without."""
    from archive.db import planner_statistics
    from archive.db.database import Database

    database = Database(settings.database_url)
    try:
        if not planner_statistics.gathers_itself(database):
            yield Remark(
                name="Datenbank",
                state=State.BAD,
                text="autovacuum oder track_counts ist aus: Listen werden mit dem Bestand langsamer",
                remedy="beide in postgresql.conf einschalten, dann ANALYZE ausführen",
            )
    finally:
        database.close()


def anchor(settings: Settings) -> Iterator[Remark]:
    """How far the trail is anchored, and by which key: to be noted elsewhere."""
    from api.wiring_evidence import ANCHOR_KEY, anchors_of

    key = settings.home / ANCHOR_KEY
    if not key.exists():
        yield Remark(
            name="Anker", state=State.MISSING, text=f"{key} fehlt",
            remedy="die Sicherung einspielen; nach einem Wechsel der Fassung: registratur migrate",
        )  # fmt: skip
        return
    anchors = anchors_of(settings)
    newest = anchors.newest()
    said = f"{newest.events} Ereignisse, {newest.at}" if newest else f"keiner in {anchors.folder}"
    yield Remark(
        name="Anker",
        state=State.GOOD if newest else State.MISSING,
        text=f"{said}; Schlüssel {anchors.fingerprint}",
        remedy="" if newest else "Ordner einhängen oder die Sicherung einspielen",
    )


def objects(settings: Settings) -> Iterator[Remark]:
    """Whether the object store is there and can be written."""
    from api.wiring_reading import objects_of

    objects_of(settings)
    folder = settings.at_home(settings.objects.url, "objects")
    there, usable = folder.is_dir(), os.access(folder, os.R_OK | os.W_OK | os.X_OK)
    yield Remark(
        name="Objektspeicher",
        state=State.GOOD if usable else State.BAD if there else State.NOTE,
        text=f"{folder}" + ("" if usable else ": kein Zugriff" if there else " entsteht mit dem"
                            " ersten Eingang"),
        remedy=f"Rechte von {folder} auf den Dienst" if there and not usable else "",
    )  # fmt: skip


def service(settings: Settings) -> Iterator[Remark]:
    """Whether a service runs, and whether this home is for trials."""
    from api.http.listen_address import Listening
    from ingest.home import HomeLock

    holder = HomeLock(settings.home).holder()
    address = Listening(settings.home).address()
    running = f"läuft (Prozess {holder})" if holder else "ruht"
    yield Remark(
        name="Dienst", state=State.NOTE, text=running + (f", hört an {address}" if address else "")
    )
    if settings.county.sample:
        yield Remark(
            name="Probebetrieb",
            state=State.NOTE,
            text="Musterkreis: nicht für echte Akten",
            remedy="für den Betrieb: registratur init ohne --sample",
        )


def seal(settings: Settings) -> Iterator[Remark]:
    """Whether the county's key seals now; a trial key seals nothing in earnest."""
    from asn1crypto import cms

    from api.wiring import sealer

    if not settings.seal.pkcs12:
        yield Remark(
            name="Siegelschlüssel",
            state=State.NOTE,
            text="Testsiegel, nicht qualifiziert: nicht für echte Akten",
            remedy="seal.pkcs12 und seal.passphrase_file setzen",
        )
        return
    message = sealer(settings).seal_data(b"registratur doctor", subject="registratur doctor")
    (certificate,) = cms.ContentInfo.load(message)["content"]["certificates"]
    begin, end = certificate.chosen.not_valid_before, certificate.chosen.not_valid_after
    valid = begin <= datetime.now(UTC) <= end
    yield Remark(
        name="Siegelschlüssel",
        state=State.GOOD if valid else State.BAD,
        text=f"{certificate.chosen.subject.human_friendly}, gültig {begin:%d.%m.%Y} bis {end:%d.%m.%Y}",
        remedy="" if valid else "ein gültiges Zertifikat eintragen (seal.pkcs12)",
    )


def index(settings: Settings) -> Iterator[Remark]:
    """What the search index says of itself."""
    from api.wiring_reading import index_of
    from search.german.analysis import load_analyser
    from search.index import IndexState

    opened = index_of(settings, load_analyser())
    try:
        health = opened.health()
    finally:
        opened.close()
    count = "" if health.documents is None else f", {health.documents} Dokumente"
    empty = health.state is IndexState.LOST and not (settings.home / "index").exists()
    ready = health.state is IndexState.READY
    remedy = (
        "den Server starten oder search.url berichtigen; bis dahin wartet die Suche"
        if health.state is IndexState.AWAY
        else "registratur reindex, oder den Dienst laufen lassen"
    )
    yield Remark(
        name="Suchindex",
        state=State.GOOD if ready else State.NOTE if empty else State.BAD,
        text=f"{health.engine}: {'entsteht mit dem ersten Dokument' if empty else STATES[health.state.value]}"
        f"{count}" + (f"; {health.text}" if health.text else ""),
        remedy="" if ready or empty else remedy,
    )


def folders(settings: Settings) -> Iterator[Remark]:
    """The hot folders and who is on duty at each."""
    if not settings.streams:
        yield Remark(
            name="Eingangsströme",
            state=State.MISSING,
            text="keine eingerichtet",
            remedy="streams.NAME in registratur.toml (docs/reference/settings.md)",
        )
    for name, stream in settings.streams.items():
        folder = settings.at_home(stream.folder, f"hot/{name}")
        if not folder.is_dir():
            yield Remark(
                name=f"Eingangsordner {name}", state=State.MISSING, text=f"{folder} fehlt",
                remedy=f"mkdir -p {folder}",
            )  # fmt: skip
            continue
        usable = os.access(folder, os.R_OK | os.W_OK | os.X_OK)
        for_all = bool(folder.stat().st_mode & stat.S_IWOTH)
        well = usable and not for_all
        yield Remark(
            name=f"Eingangsordner {name}",
            state=State.GOOD if well else State.BAD,
            text=f"{folder}" + (" (alle dürfen schreiben)" if for_all else ""),
            remedy="" if well else f"Rechte von {folder} auf Dienst und Scanner",
        )
        if usable:
            yield from _door(settings, name, stream)
        if not stream.person:
            yield Remark(
                name=f"Person im Dienst {name}", state=State.MISSING, text="keine eingetragen",
                remedy=f"streams.{name}.person setzen; ohne sie wird angehalten",
            )  # fmt: skip


def _door(settings: Settings, name: str, stream: Stream) -> Iterator[Remark]:
    """Whether claims are safe at that hot folder, and whether its writers are seen."""
    from ingest.doors.hot_folder.folder_check import examine_door

    for found in examine_door(settings, name, stream):
        good = State.NOTE if found.remedy else State.GOOD
        yield Remark(
            name=found.name,
            state=good if found.ok else State.BAD,
            text=found.text,
            remedy=found.remedy,
        )


def doors(settings: Settings) -> Iterator[Remark]:
    """What lies at a door and cannot be taken, as the running service sees it."""
    from ingest.doors.blocked_files_list import told
    from ingest.home import HomeLock

    if HomeLock(settings.home).holder() is None:
        yield Remark(
            name="An der Tür", state=State.NOTE, text="der Dienst ruht; niemand sieht in die Ordner"
        )
        return
    found = told(settings.home)
    if not found:
        yield Remark(name="An der Tür", state=State.GOOD, text="nichts liegengeblieben")
    for each in found:
        yield Remark(
            name=f"An der Tür {each.stream}",
            state=State.BAD,
            text=f"{each.path}: {each.text} (seit {each.since.astimezone():%d.%m.%Y %H:%M})",
            remedy="wie genannt beheben; es ist noch nicht in Verwahrung",
        )


def malware(settings: Settings) -> Iterator[Remark]:
    """Whether arriving files are scanned."""
    from ingest.ports.malware import ClamdScanner

    socket = settings.malware.socket
    if not socket:
        yield Remark(
            name="Virenscanner", state=State.MISSING,
            text="keiner eingerichtet; an jedem Dokument steht „nicht geprüft“",
            remedy="clamd einrichten und malware.socket setzen",
        )  # fmt: skip
        return
    alive = ClamdScanner(socket, lambda path, subject: ()).is_alive()
    yield Remark(
        name="Virenscanner",
        state=State.GOOD if alive else State.BAD,
        text=f"{socket} {'antwortet' if alive else 'antwortet nicht'}",
        remedy="" if alive else "clamd starten; bis dahin wartet der Eingang",
    )


def trusted_lists(settings: Settings) -> Iterator[Remark]:
    """Whom signature checks trust, and how long."""
    from signing.trust.trust_folder import Trust
    from signing.trust.trust_state import state_of

    folder = settings.at_home(settings.signing.trust, "trust")
    try:
        state = state_of(Trust(folder), datetime.now(UTC))
    except ServiceError as error:
        yield Remark(
            name="Vertrauenslisten", state=State.BAD, text=str(error), remedy="Datei entfernen"
        )
        return
    remedy = "registratur trust import DATEI oder trust refresh"
    if not state.lists and not state.anchors:
        said = "keine; kein Zertifikat wird als vertrauenswürdig erkannt"
        text = "; ".join([said, *state.left_out])
        yield Remark(name="Vertrauenslisten", state=State.MISSING, text=text, remedy=remedy)
        return
    ending = [one for one in state.lists if one.state != "current"]
    ends = [f"{one.name} gilt bis {one.info.next_update:%d.%m.%Y}" for one in ending]
    count = f"{len(state.lists)} Listen, {state.anchors} eigene Anker"
    ill = bool(state.overdue or state.left_out)
    yield Remark(
        name="Vertrauenslisten",
        state=State.BAD if ill else State.NOTE if ending else State.GOOD,
        text="; ".join([count, *ends, *state.left_out]),
        remedy=remedy if ending else "Dateien entfernen, die nicht benutzt werden" if ill else "",
    )


def secrets(settings: Settings) -> Iterator[Remark]:
    """Files with passwords: readable by their account alone."""
    word = settings.seal.passphrase_file
    for path in (Path(word),) if word else ():
        open_to_others = bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
        yield Remark(
            name="Kennwort des Siegelschlüssels",
            state=State.BAD if open_to_others else State.GOOD,
            text=f"{path}: " + ("andere haben Zugriff" if open_to_others else "nur der Dienst"),
            remedy=f"chmod 600 {path}" if open_to_others else "",
        )


CHECKS: tuple[tuple[str, Callable[[Settings], Iterator[Remark]]], ...] = (
    ("Werkzeuge", tools),
    ("Speicherplatz", space),
    ("Rechte des Datenordners", rights),
    ("Datenbank", database),
    ("Anker", anchor),
    ("Objektspeicher", objects),
    ("Dienst", service),
    ("Siegelschlüssel", seal),
    ("Kennwort des Siegelschlüssels", secrets),
    ("Eingangsströme", folders),
    ("An der Tür", doors),
    ("Virenscanner", malware),
    ("Vertrauenslisten", trusted_lists),
    ("Suchindex", index),
)
