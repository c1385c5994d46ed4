"""What takes part after the arrival: a file handed in later, a copy opened with a password.

Each is kept beside the original under its own address, named by an event of its own in the
transaction that lets the item walk on with it, and never stands in for the original in silence.

Every function works in the session it is given and never commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from archive import plausibility
from archive.audit.trail import Actor
from archive.errors import StillWalking
from archive.intake import duplicates, items, kept_files, transitions
from archive.intake.sources import INFECTED, Sources, sources
from archive.model import Finding, Item, Rendition, RenditionRole, Severity
from archive.office_calendar import office_date
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict, HoldReason, UsageError

SUPPLIED, OPENED = "file.supplied", "file.opened"  #: findings
_ITEM = schema.item


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Bytes that lie in the object store already, and the name they came under."""

    sha256: str
    size: int
    file_name: str
    media_type: str = "application/octet-stream"


def supply(
    session: Session, item_id: str, given: Kept, *, reason: str, by: Actor, at: datetime
) -> Item:
    """A person hands in a file for a HELD item, which walks on with it from RECEIVED.

    Raises Conflict where the item is not held, the same file is there already (as the original, as
    what walks, or as another document's), UsageError without a reason or with an empty file.
    """
    reason = plausibility.remark(reason, "Der Grund", required=True)
    row = _held(session, item_id)
    item = items.load_item(session, item_id)
    have = sources(session, item)
    _refuse_known(session, row, have, given)
    version = len(have.supplements) + 1
    supplement = Rendition(
        role=RenditionRole.SUPPLEMENT,
        sha256=given.sha256,
        size=given.size,
        media_type=given.media_type,
        file_name=given.file_name,
        version=version,
        created_at=at,
        detail={"supplied_by": by.user, "reason": reason},
    )
    found = Finding(
        code=SUPPLIED,
        text=f"Nachgereicht von {by.user} am {office_date(at):%d.%m.%Y}: „{given.file_name}“, Grund:"
        f" {reason}. Angehalten war der Eingang mit: {row['held_text']} Die zuerst angekommene"
        " Datei ist als Original unverändert aufbewahrt.",
        detail={"sha256": given.sha256, "version": version},
    )
    return _walk_on(
        session, row, have, supplement, found, action="SUPPLEMENT_RECEIVED", reason=reason,
        by=by, at=at,
    )  # fmt: skip


def open_copy(session: Session, item_id: str, given: Kept, *, by: Actor, at: datetime) -> Item:
    """A HELD item's file was opened with a password: the copy without encryption walks on.

    Raises Conflict where the item is not held for its encryption.
    """
    row = _held(session, item_id)
    if row["held_reason"] != HoldReason.ENCRYPTED:
        raise Conflict(f"{item_id} ist nicht wegen eines Kennworts angehalten; bitte neu laden.")
    have = sources(session, items.load_item(session, item_id))
    copy = Rendition(
        role=RenditionRole.WORKING_COPY,
        sha256=given.sha256,
        size=given.size,
        media_type=given.media_type,
        file_name=given.file_name,
        version=len(have.opened) + 1,
        derived_from=have.reads.sha256,
        created_at=at,
        detail={"opened_by": by.user, "opened_with": "password"},
    )
    found = Finding(
        code=OPENED,
        text=f"Geöffnet mit Kennwort von {by.user} am {office_date(at):%d.%m.%Y}; die verschlüsselte"
        " Datei bleibt, wie sie ankam. Das Kennwort ist nirgends aufbewahrt.",
        severity=Severity.INFO,
        detail={"sha256": given.sha256, "derived_from": have.reads.sha256},
    )
    return _walk_on(
        session, row, have, copy, found, action="COPY_OPENED", reason="Kennwort angegeben",
        by=by, at=at,
    )  # fmt: skip


def _walk_on(
    session: Session,
    row: Mapping[str, Any],
    have: Sources,
    new: Rendition,
    found: Finding,
    *,
    action: str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Item:
    """Keep, tell, and set on the road again from RECEIVED, reading ``new``."""
    attempt = int(row["attempt"]) + 1
    kept_files.insert_rendition(
        session, row["id"], None, new, made_from=None, attempt=attempt, at=at
    )
    for told in (found, *_infected(row, have)):
        kept_files.insert_finding(session, row["id"], None, told, made_from=None, attempt=attempt)
    transitions.told(
        session, _ITEM, row, by=by, at=at, action=action, reason=reason, sha256=new.sha256,
        detail={**_named(new, have), "held_reason": row["held_reason"]},
    )  # fmt: skip
    transitions.release(
        session, _ITEM, row, Stage.RECEIVED, reason=reason, by=by, at=at,
        detail={"reads": new.sha256}, values={"working_copy": new.sha256},
    )  # fmt: skip
    return items.load_item(session, row["id"])


def _named(new: Rendition, have: Sources) -> dict[str, Any]:
    """What the event says of a file that came later, and of what it is read instead."""
    return {
        "role": new.role.value,
        "sha256": new.sha256,
        "version": new.version,
        "size": new.size,
        "derived_from": new.derived_from,
        "original": have.original.sha256,
        "instead_of": have.reads.sha256,
    }


def _infected(row: Mapping[str, Any], have: Sources) -> tuple[Finding, ...]:
    """What was held for malware stays in custody, and is not handed out."""
    if row["held_reason"] != HoldReason.MALWARE:
        return ()
    carriers = sorted({have.reads.sha256, have.walks.sha256})
    return (infected("Zuvor angekommene Datei", carriers, str(row["held_text"])),)


def infected(what: str, addresses: list[str], why: str) -> Finding:
    """A file of an item that carries malware while another one walks."""
    return Finding(
        code=INFECTED,
        text=f"{what}: {why} Sie bleibt in Verwahrung und wird nicht ausgegeben.",
        severity=Severity.WARNING,
        detail={"sha256": addresses},
    )


def _held(session: Session, item_id: str) -> Mapping[str, Any]:
    row = transitions.locked(session, _ITEM, item_id)
    if row["stage"] != Stage.HELD:
        raise Conflict(f"{item_id} ist nicht (mehr) angehalten; bitte neu laden.")
    return row


def _refuse_known(session: Session, row: Mapping[str, Any], have: Sources, given: Kept) -> None:
    if given.size == 0:
        raise UsageError("Die nachgereichte Datei ist leer; bitte die richtige Datei wählen.")
    if given.sha256 in (have.original.sha256, have.reads.sha256):
        what = "angekommenen" if given.sha256 == have.original.sha256 else "zuletzt nachgereichten"
        raise Conflict(
            f"Die Datei gleicht der {what} Byte für Byte; nichts wurde geändert. Ist die Ursache"
            " behoben, „Nochmals versuchen“ wählen."
        )
    try:
        duplicates.refuse_duplicate(session, row)
        other = duplicates.made_of(session, row, given.sha256)
    except StillWalking as twin:
        raise Conflict(
            f"Dieselbe Datei ist gerade als {twin.item_id} unterwegs; bitte deren Ergebnis abwarten."
        ) from twin
    if other is not None:
        raise Conflict(
            f"Diese Datei liegt schon als Dokument {other} vor; nachgereicht wird sie nicht noch"
            " einmal. Den angehaltenen Eingang mit Hinweis darauf ablehnen."
        )
