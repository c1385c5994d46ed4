"""Step ``check``: type by content, limits, encryption, active content, malware, duplicates."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from archive.intake import items
from archive.intake.sources import Sources
from archive.intake.supplements import infected
from archive.model import Finding, Item, RenditionRole, Severity
from config.errors import HoldReason, InputError
from ingest.doors.intake import LINK
from ingest.engines import Engines
from ingest.ports.malware import Verdict
from ingest.road.step_input import arrived, finding, item_and_source
from ingest.road.step_outcome import Change
from ocr.accepted_kinds import FileKind
from ocr.children import INSPECT
from ocr.preflight.incoming import Limits, Preflight

FACTS = "facts.json"
SECONDS = 300.0  #: for looking through one file
_NO_LINKS = (
    "Verknüpfung nicht angenommen: im Eingangsordner lag keine Datei, sondern ein Verweis auf eine"
    " andere. Sein Ziel wird nie gelesen; verwahrt ist der Verweis selbst. Die Datei in den"
    " Eingangsordner legen oder hier nachreichen."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What ``check`` learned and later steps need."""

    kind: FileKind
    media_type: str
    pages: int
    digital: bool
    einvoice: bool


def check(engines: Engines, item_id: str) -> Change:
    """Look at the file before anything else may touch it.

    Raises:
        InputError: it cannot go on as it is (empty, unreadable, encrypted, not accepted, ...).
        Unavailable: the scanner or the store is away; or the same bytes are still on the road.
    """
    item, files, source = arrived(engines, item_id)
    _wait_for_a_twin(engines, item)
    if files.walks.media_type == LINK:
        raise InputError(HoldReason.TYPE_NOT_ACCEPTED, _NO_LINKS)
    try:
        preflight = _inspect(engines, item, source)
        scanned = _scan(engines, item, source)
    except InputError as error:
        if files.walks.role is not RenditionRole.SUPPLEMENT:
            raise
        text = f"Nachgereichte Datei „{files.walks.file_name}“: {error.text}"
        raise InputError(error.reason, text) from error
    _keep_facts(engines, item_id, preflight)
    return Change(
        action="CHECKED",
        detail={
            "kind": preflight.kind.value,
            "pages": preflight.pages,
            "digital": preflight.digital,
            "malware": engines.malware.name,
            "sha256": files.reads.sha256,
        },
        findings=(*map(finding, preflight.findings), *scanned, *_scan_others(engines, item, files)),
    )


def _scan_others(engines: Engines, item: Item, files: Sources) -> tuple[Finding, ...]:
    """Malware in the item's other arrivals: they stay in custody and are not handed out."""
    found = []
    for other in files.arrivals:
        if other.sha256 == files.reads.sha256 or other.sha256 in files.infected:
            continue
        verdict, what = engines.malware.scan(
            engines.objects.path(other.sha256), subject=item.source
        )
        if verdict is Verdict.FOUND:
            name = other.file_name or item.source
            found.append(
                infected(f"Datei „{name}“", [other.sha256], f"Schadsoftware gefunden ({what}).")
            )
    return tuple(found)


def _wait_for_a_twin(engines: Engines, item: Item) -> None:
    """Wait while an equal file is ahead of this one; whether it is a duplicate, the commit decides."""
    with engines.database.read() as session:
        items.find_duplicate(
            session,
            item.sha256,
            department=item.department,
            compartment=item.compartment,
            not_item=item.id,
        )


def facts(engines: Engines, item_id: str) -> Facts:
    """What ``check`` found out; looked at anew where its working file is gone."""
    path = engines.scratch.find(item_id, FACTS)
    if path is None:
        item, source = item_and_source(engines, item_id)
        path = _keep_facts(engines, item_id, _inspect(engines, item, source))
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Facts(**{**raw, "kind": FileKind(raw["kind"])})


def _inspect(engines: Engines, item: Item, source: Path) -> Preflight:
    limits = engines.settings.limits
    allowed = Limits(
        max_bytes=limits.file_bytes,
        max_pages=limits.pages,
        max_pixels_per_page=limits.page_pixels,
    )
    return engines.workshop.run(
        INSPECT(source, allowed),
        seconds=SECONDS,
        subject=item.source,
        priority=engines.priority(item.stream),
    )


def _keep_facts(engines: Engines, item_id: str, preflight: Preflight) -> Path:
    with engines.scratch.room(item_id) as room:
        made = room / FACTS
        made.write_text(
            json.dumps(
                {
                    "kind": preflight.kind.value,
                    "media_type": preflight.media_type,
                    "pages": preflight.pages,
                    "digital": preflight.digital,
                    "einvoice": preflight.einvoice,
                }
            ),
            encoding="utf-8",
        )
        return engines.scratch.publish(item_id, FACTS, made)


def _scan(engines: Engines, item: Item, source: Path) -> tuple[Finding, ...]:
    verdict, what = engines.malware.scan(source, subject=item.source)
    if verdict is Verdict.FOUND:
        raise InputError(
            HoldReason.MALWARE,
            f"{item.source}: Schadsoftware gefunden ({what}). Nicht öffnen; IT-Sicherheit melden.",
        )
    if verdict is Verdict.CLEAN:
        return ()
    if engines.procedure(item.stream).protection_need != "NORMAL":
        raise InputError(
            HoldReason.CLARIFICATION,
            f"{item.source}: nicht auf Schadsoftware geprüft ({what}); beim Schutzbedarf dieses "
            "Verfahrens ist das nötig. malware.socket einrichten, dann „Nochmals versuchen“.",
        )
    return (
        Finding(
            code="malware.not_scanned",
            text=f"Nicht auf Schadsoftware geprüft ({what}).",
            severity=Severity.INFO,
        ),
    )
