"""Items: one arrived file each, from first custody to its recorded end state.

Every function works in the session it is given and never commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import plausibility
from archive.audit.trail import Actor, lock_trail, storable
from archive.db import rows
from archive.intake import closed_records, duplicates, kept_files, transitions
from archive.model import Finding, Item, Rendition, RenditionRole
from archive.search import outbox
from archive.stages import ITEM_ROAD, TERMINAL, Outcome, Stage
from archive.tables import schema
from config.errors import Conflict, HoldReason, NotFound

_ITEM = schema.item
_DOCUMENT = schema.document
_WALKING = tuple(stage.value for stage in ITEM_ROAD[:-1])
find_duplicate = duplicates.find_duplicate
_RESTING = tuple(sorted(stage.value for stage in TERMINAL | {Stage.HELD, Stage.AWAITING_QA}))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """What first custody knows: the bytes are in the object store under ``sha256``."""

    id: str
    source: str
    source_bytes: bytes
    sha256: str
    size: int
    stream: str
    department: str
    compartment: str | None
    received_by: str
    media_type: str
    file_name: str


def open_item(session: Session, new: NewItem, *, by: Actor, at: datetime) -> None:
    """Open the record: row RECEIVED, its original, the event RECEIPT_REGISTERED."""
    open_items(session, ((new, at),), by=by)


def open_items(session: Session, arrived: Sequence[tuple[NewItem, datetime]], *, by: Actor) -> None:
    """Open the records of several, each with its moment and an event of its own."""
    lock_trail(session)
    rows = [_as_row(new, at) for new, at in arrived]
    session.execute(sa.insert(_ITEM), rows)
    originals = [
        (
            new.id,
            Rendition(
                role=RenditionRole.ORIGINAL,
                sha256=new.sha256,
                size=new.size,
                media_type=new.media_type,
                file_name=new.file_name,
                created_at=at,
            ),
        )
        for new, at in arrived
    ]
    kept_files.insert_originals(session, originals)
    for (new, at), row in zip(arrived, rows, strict=True):
        transitions.told(
            session,
            _ITEM,
            row,
            by=by,
            at=at,
            action="RECEIPT_REGISTERED",
            sha256=new.sha256,
            detail={"stream": new.stream, "department": new.department, "size": new.size},
        )


def _as_row(new: NewItem, at: datetime) -> dict[str, Any]:
    return {
        "id": new.id,
        "source": storable(new.source),
        "source_bytes": new.source_bytes,
        "sha256": new.sha256,
        "size": new.size,
        "stream": new.stream,
        "department": new.department,
        "compartment": new.compartment,
        "stage": Stage.RECEIVED.value,
        "received_at": at,
        "received_by": new.received_by,
    }


def load_item(session: Session, item_id: str) -> Item:
    """Raises NotFound. For the road and the machine; people read through
    archive/views/listing.py."""
    row = session.execute(sa.select(_ITEM).where(_ITEM.c.id == item_id)).mappings().one_or_none()
    if row is None:
        raise transitions.missing(_ITEM, item_id)
    return rows.items_from(session, [dict(row)])[0]


def addresses(session: Session, item_ids: Sequence[str]) -> dict[str, str]:
    """The SHA-256 of what first custody holds of each of these items that there are."""
    found: dict[str, str] = {}
    for part in rows.chunks(item_ids):
        query = sa.select(_ITEM.c.id, _ITEM.c.sha256).where(_ITEM.c.id.in_(part))
        found.update((row.id, row.sha256) for row in session.execute(query))
    return found


def advance_item(
    session: Session,
    item_id: str,
    begins: Stage,
    ends: Stage,
    *,
    by: Actor,
    at: datetime,
    action: str,
    detail: Mapping[str, Any] | None = None,
) -> Mapping[str, Any]:
    """One step of the road; gives back the row as it was. Raises Conflict when the item does not
    stand on ``begins``.

    On the way off RECEIVED the rule of ``find_duplicate`` is asked once more, under the lock: it
    raises Repeats (a duplicate by now) or StillWalking. Nothing was changed then.
    """
    row = transitions.locked(session, _ITEM, item_id)
    if begins is Stage.RECEIVED:
        duplicates.refuse_duplicate(session, row)
    transitions.move(session, _ITEM, row, begins, ends, by=by, at=at, action=action, detail=detail)
    return row


def hold_item(
    session: Session,
    item_id: str,
    reason: HoldReason,
    text: str,
    *,
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Stop a walking item for a person; nothing happens when it is HELD already.

    Once separated its documents walk for it, so those of them that still walk are held.
    ``detail`` goes to the audit trail (an error's id); ``text`` does not. Raises Conflict at an
    end state.
    """
    row = transitions.locked(session, _ITEM, item_id)
    if row["stage"] == Stage.HELD:
        return
    if row["stage"] == Stage.SEPARATED:
        for part in _documents(session, item_id):
            if part["stage"] not in _RESTING:
                transitions.hold(
                    session, _DOCUMENT, part, reason, text, by=by, at=at, detail=detail
                )
        return
    if row["stage"] not in _WALKING:
        raise Conflict(f"{item_id} ist abgeschlossen („{row['stage']}“) und wird nicht angehalten.")
    transitions.hold(session, _ITEM, row, reason, text, by=by, at=at, detail=detail)


def release_item(
    session: Session,
    item_id: str,
    *,
    to: Stage,
    reason: str,
    by: Actor,
    at: datetime,
) -> Item:
    """HELD -> ``to`` by a person: the attempt goes up, what is made again is superseded.

    With another file to read from: archive/intake/supplements.py. Raises Conflict when it is not
    HELD, never came as far as ``to``, or became a duplicate while it was HELD and would pass by
    that check (release it to RECEIVED then).
    """
    row = transitions.locked(session, _ITEM, item_id)
    if to is not Stage.RECEIVED:
        duplicates.refuse_duplicate(session, row)
    transitions.release(session, _ITEM, row, to, reason=reason, by=by, at=at)
    return load_item(session, item_id)


def reject_item(session: Session, item_id: str, *, reason: str, by: Actor, at: datetime) -> None:
    """A person's no to a HELD item; of a separated one, to all its HELD documents.

    Raises Conflict where nothing is HELD, UsageError without a reason.
    """
    reason = plausibility.remark(reason, "Der Grund der Zurückweisung", required=True)
    row = transitions.locked(session, _ITEM, item_id)
    if row["stage"] == Stage.HELD:
        transitions.reject(session, _ITEM, row, reason=reason, by=by, at=at)
        return
    held = [part for part in _documents(session, item_id) if part["stage"] == Stage.HELD]
    if not held:
        raise Conflict(f"{item_id} ist nicht angehalten und kann nicht zurückgewiesen werden.")
    for part in held:
        transitions.reject(session, _DOCUMENT, part, reason=reason, by=by, at=at)


def mark_duplicate(
    session: Session, item_id: str, document_id: str, *, by: Actor, at: datetime
) -> None:
    """RECEIVED -> DUPLICATE of a document made of the same bytes, in department and compartment.

    Raises Conflict when they differ or the item stands elsewhere, NotFound without the document.
    """
    row = transitions.locked(session, _ITEM, item_id)
    query = (
        sa.select(
            _ITEM.c.sha256, _ITEM.c.working_copy, _DOCUMENT.c.department, _DOCUMENT.c.compartment
        )
        .join(_DOCUMENT, _DOCUMENT.c.item_id == _ITEM.c.id)
        .where(_DOCUMENT.c.id == document_id)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise transitions.missing(_DOCUMENT, document_id)
    place = (row["department"], row["compartment"])
    if row["sha256"] not in found[:2] or tuple(found[2:]) != place:
        raise Conflict(f"{item_id} ist kein Duplikat von {document_id}.")
    transitions.move(
        session,
        _ITEM,
        row,
        Stage.RECEIVED,
        Stage.DUPLICATE,
        by=by,
        at=at,
        action="DUPLICATE_FOUND",
        detail={"document": document_id},
        values={"duplicate_of": document_id},
    )


def redirect_item(
    session: Session, item_id: str, department: str, *, by: Actor, at: datetime, reason: str
) -> None:
    """Give the item and all its documents to another department; ingest files them anew there.

    Raises NotFound, Conflict where one of them is final or in a closed case, UsageError.
    """
    reason = plausibility.remark(reason, "Der Grund", required=True)
    row = transitions.locked(session, _ITEM, item_id)
    unit = schema.unit
    if session.execute(sa.select(unit.c.id).where(unit.c.id == department)).first() is None:
        raise NotFound(f"Die Abteilung {department} gibt es nicht.")
    if row["department"] == department:
        raise Conflict(f"{item_id} gehört schon zu {department}.")
    for part in _documents(session, item_id):
        closed_records.may_change(session, part)
    for table, key in ((_ITEM, _ITEM.c.id), (_DOCUMENT, _DOCUMENT.c.item_id)):
        session.execute(
            sa.update(table)
            .where(key == item_id)
            .values(department=department, revision=table.c.revision + 1)
        )
    # Nobody there has found it yet: for their saved searches it is news.
    session.execute(
        sa.update(_DOCUMENT).where(_DOCUMENT.c.item_id == item_id).values(indexed_revision=None)
    )
    for part in _documents(session, item_id):
        if part["stage"] == Stage.FILED:
            outbox.add(session, part["id"], part["revision"])
    transitions.told(
        session,
        _ITEM,
        dict(row),
        by=by,
        at=at,
        action="REDIRECTED",
        reason=reason,
        detail={"from": row["department"], "to": department},
    )


def keep(
    session: Session,
    item_id: str,
    document_id: str | None,
    findings: Iterable[Finding],
    renditions: Iterable[Rendition],
    *,
    at: datetime,
) -> None:
    """Keep what a step made of an item (``document_id`` None) or document, each thing once."""
    step, attempt = _step_at_work(session, item_id, document_id)
    owner = kept_files.Owner(item_id, document_id, made_from=step, attempt=attempt)
    kept_files.add_findings(session, owner, tuple(findings))
    kept_files.add_renditions(session, owner, tuple(renditions), at=at)


def add_findings(
    session: Session, item_id: str, document_id: str | None, findings: Iterable[Finding]
) -> None:
    """Keep findings of an item (``document_id`` None) or document; a repeated one is kept once."""
    step, attempt = _step_at_work(session, item_id, document_id)
    owner = kept_files.Owner(item_id, document_id, made_from=step, attempt=attempt)
    kept_files.add_findings(session, owner, tuple(findings))


def add_rendition(
    session: Session, item_id: str, document_id: str | None, rendition: Rendition, *, at: datetime
) -> None:
    """Refer to a stored object; the same role, version and address is referred to once."""
    keep(session, item_id, document_id, (), (rendition,), at=at)


def set_waiting(session: Session, object_id: str, text: str | None) -> None:
    """ "wartet auf ..." of an item or document, or None when it goes on; no audit event."""
    value = None if text is None else storable(text)
    for table in (_ITEM, _DOCUMENT):
        session.execute(sa.update(table).where(table.c.id == object_id).values(waiting_for=value))


def refresh_outcome(session: Session, item_id: str) -> Outcome | None:
    """Recompute the outcome from the stages; every change here and in documents.py does so."""
    return transitions.refresh_outcome(session, item_id)


def walking(session: Session) -> int:
    """How many items have no outcome yet."""
    query = sa.select(sa.func.count()).select_from(_ITEM).where(_ITEM.c.outcome.is_(None))
    return session.execute(query).scalar_one()


def oldest_walking(session: Session) -> datetime | None:
    """When the item that has been under way longest was received."""
    query = sa.select(_ITEM.c.received_at).where(_ITEM.c.outcome.is_(None))
    return session.execute(query.order_by(_ITEM.c.received_at).limit(1)).scalar()


def _documents(session: Session, item_id: str) -> list[Mapping[str, Any]]:
    query = sa.select(_DOCUMENT).where(_DOCUMENT.c.item_id == item_id)
    found = session.execute(query.order_by(_DOCUMENT.c.position).with_for_update()).mappings()
    return [dict(row) for row in found]


def _step_at_work(session: Session, item_id: str, document_id: str | None) -> tuple[str, int]:
    """The stage that the step at work began at, and the attempt that it belongs to."""
    table, key = (_ITEM, item_id) if document_id is None else (_DOCUMENT, document_id)
    moved = transitions.moved(session, key)
    if moved is not None and moved.item_id == item_id:
        return moved.made_from, moved.attempt
    row = session.execute(sa.select(table).where(table.c.id == key)).mappings().one_or_none()
    if row is None or transitions.item_of(dict(row)) != item_id:
        raise transitions.missing(table, key)
    return transitions.made_from(session, dict(row)), int(row["attempt"])
