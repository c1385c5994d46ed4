"""Documents: what an item consists of, each on its own road into an e-file.

Every function works in the session it is given and never commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import plausibility
from archive.audit.trail import Actor, storable
from archive.db import rows
from archive.intake import closed_records, transitions
from archive.model import Document, Item, Rendition
from archive.office_calendar import office_date
from archive.search import outbox
from archive.stages import DOCUMENT_ROAD, Stage
from archive.tables import schema
from config.errors import Conflict, HoldReason, UsageError

_ITEM = schema.item
_DOCUMENT = schema.document
_WALKING = (*(stage.value for stage in DOCUMENT_ROAD[:-1]), Stage.AWAITING_QA.value)
_BEFORE_THE_NOTE = (Stage.SEPARATED, Stage.RECOGNISED, Stage.PRESERVED)
_SETTABLE = frozenset(
    {"pages", "title", "sender", "letter_date", "document_class", "origin", "qa"}
    | {"file_id", "case_id", "received_on"}
)
_CORRECTABLE = frozenset({"title", "sender", "letter_date", "received_on"})
_NAMES = {
    "title": "Der Betreff",
    "sender": "Der Absender",
    "letter_date": "Das Briefdatum",
    "received_on": "Das Eingangsdatum",
}
_NEVER_EMPTY = frozenset({"title", "received_on"})
_WIDEST = 300  #: characters of a title or sender


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """One part of an item: 1-based page range within the original, or the whole file (None)."""

    id: str
    position: int
    first_page: int | None
    last_page: int | None
    origin: str | None
    pages: int | None


def open_documents(
    session: Session, item_id: str, parts: Sequence[NewDocument], *, by: Actor, at: datetime
) -> None:
    """Make the documents of an item; belongs into the transaction that separates it.

    Raises Conflict when it has documents already, UsageError when positions are not 1, 2, 3 ...
    """
    open_documents_of(session, transitions.locked(session, _ITEM, item_id), parts, by=by, at=at)


def open_documents_of(
    session: Session,
    item: Mapping[str, Any],
    parts: Sequence[NewDocument],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """The same for the locked row of an item."""
    item_id = item["id"]
    if [part.position for part in parts] != list(range(1, len(parts) + 1)) or not parts:
        raise UsageError(f"{item_id}: Dokumente müssen von 1 an durchgezählt sein.")
    existing = sa.select(_DOCUMENT.c.id).where(_DOCUMENT.c.item_id == item_id)
    if session.execute(existing.limit(1)).first() is not None:
        raise Conflict(f"{item_id} hat schon Dokumente.")
    for part in parts:
        values: dict[str, Any] = {
            "id": part.id,
            "item_id": item_id,
            "position": part.position,
            "first_page": part.first_page,
            "last_page": part.last_page,
            "department": item["department"],
            "compartment": item["compartment"],
            "stream": item["stream"],
            "stage": Stage.SEPARATED.value,
            "received_on": office_date(item["received_at"]),
            "origin": part.origin,
            "pages": part.pages,
        }
        session.execute(sa.insert(_DOCUMENT).values(values))
        extent = {"position": part.position, "first": part.first_page, "last": part.last_page}
        transitions.told(
            session, _DOCUMENT, values, by=by, at=at, action="DOCUMENT_OPENED", detail=extent
        )
    if item["outcome"] is not None:  # its documents walk, so that it has none
        transitions.refresh_outcome(session, item_id)


def load_document(session: Session, document_id: str) -> Document:
    """Raises NotFound. For the road and the machine; people read through
    archive/views/listing.py."""
    query = sa.select(_DOCUMENT).where(_DOCUMENT.c.id == document_id)
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise transitions.missing(_DOCUMENT, document_id)
    return rows.documents_from(session, [dict(row)])[0]


def load_with_item(
    session: Session, document_id: str
) -> tuple[Document, Item, tuple[Rendition, ...]]:
    """A document, its item, and what is stored of the item itself. Raises NotFound. For the road."""
    found = rows.with_item(session, document_id)
    if found is None:
        raise transitions.missing(_DOCUMENT, document_id)
    return found


def documents_of(session: Session, item_id: str) -> tuple[Document, ...]:
    """In the order of their place within the item."""
    query = sa.select(_DOCUMENT).where(_DOCUMENT.c.item_id == item_id)
    found = session.execute(query.order_by(_DOCUMENT.c.position)).mappings()
    return rows.documents_from(session, [dict(row) for row in found])


def documents_of_items(
    session: Session, item_ids: Sequence[str]
) -> dict[str, tuple[Document, ...]]:
    """The documents of many items at once, each in their order; items without any are left out."""
    found: dict[str, list[Document]] = {}
    for part in rows.chunks(item_ids):
        query = sa.select(_DOCUMENT).where(_DOCUMENT.c.item_id.in_(part))
        query = query.order_by(_DOCUMENT.c.item_id, _DOCUMENT.c.position)
        kept = [dict(row) for row in session.execute(query).mappings()]
        for document in rows.documents_from(session, kept):
            found.setdefault(document.item_id, []).append(document)
    return {item_id: tuple(parts) for item_id, parts in found.items()}


def advance_document(
    session: Session,
    document_id: str,
    begins: Stage,
    ends: Stage,
    *,
    by: Actor,
    at: datetime,
    action: str,
    detail: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """One step of the road; ``values`` are columns that the step found out.

    Raises Conflict when the document does not stand on ``begins``. Into the file:
    archive/efile/filing.py.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    transitions.move(
        session,
        _DOCUMENT,
        row,
        begins,
        ends,
        by=by,
        at=at,
        action=action,
        detail=detail,
        values=_fitting(values or {}, _SETTABLE),
    )


def hold_document(
    session: Session,
    document_id: str,
    reason: HoldReason,
    text: str,
    *,
    by: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Stop a walking document for a person; nothing happens when it is HELD already.

    ``detail`` goes to the audit trail; ``text`` does not. Raises Conflict at an end state.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] == Stage.HELD:
        return
    if row["stage"] not in _WALKING:
        raise Conflict(
            f"{document_id} ist abgeschlossen („{row['stage']}“) und wird nicht angehalten."
        )
    transitions.hold(session, _DOCUMENT, row, reason, text, by=by, at=at, detail=detail)


def release_document(
    session: Session, document_id: str, *, to: Stage, reason: str, by: Actor, at: datetime
) -> Document:
    """HELD -> ``to`` by a person; findings and renditions from ``to`` on are superseded.

    AWAITING_QA -> NOTED likewise, once ``record_qa`` has said "passed". The attempt goes up.
    Raises Conflict when it is neither, or never came as far as ``to``.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] == Stage.AWAITING_QA and to is Stage.NOTED and row["qa"] == "passed":
        attempt = row["attempt"] + 1
        transitions.move(
            session,
            _DOCUMENT,
            row,
            Stage.AWAITING_QA,
            Stage.NOTED,
            by=by,
            at=at,
            action="QA_RELEASED",
            reason=reason,
            detail={"attempt": attempt},
            values={"attempt": attempt},
        )
        return load_document(session, document_id)
    # What was checked is what will be made anew, so the check is void with it.
    values = {"qa": None} if to in _BEFORE_THE_NOTE else None
    transitions.release(session, _DOCUMENT, row, to, reason=reason, by=by, at=at, values=values)
    return load_document(session, document_id)


def reject_document(
    session: Session, document_id: str, *, reason: str, by: Actor, at: datetime
) -> None:
    """A person's no to a HELD document, or to one that awaits QA. Raises Conflict, UsageError."""
    reason = plausibility.remark(reason, "Der Grund der Zurückweisung", required=True)
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] not in (Stage.HELD, Stage.AWAITING_QA):
        raise Conflict(f"{document_id} ist nicht angehalten und kann nicht zurückgewiesen werden.")
    transitions.reject(session, _DOCUMENT, row, reason=reason, by=by, at=at)


def correct_metadata(
    session: Session,
    document_id: str,
    changes: Mapping[str, str | date | None],
    *,
    by: Actor,
    at: datetime,
    remark: str | None = None,
) -> None:
    """Set title, sender, letter_date, received_on by hand; old and new stay in the history.

    The audit event names the fields alone, since values may name citizens. Nothing happens when
    nothing differs. Raises UsageError for another field, and for a value that cannot be (a day to
    come, hidden signs, a subject taken away), Conflict when it is rejected, final or closed.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] == Stage.REJECTED:
        raise Conflict(f"{document_id} ist zurückgewiesen und wird nicht mehr geändert.")
    closed_records.may_change(session, row)
    values = _fitting(changes, _CORRECTABLE)
    differing = {name: value for name, value in values.items() if value != row[name]}
    differing = {name: _likely(name, value, at) for name, value in differing.items()}
    differing = {name: value for name, value in differing.items() if value != row[name]}
    if not differing:
        return
    remark = None if remark is None else plausibility.remark(remark, "Die Bemerkung")
    for name, value in differing.items():
        line = {"field": name, "old": _text(row[name]), "new": _text(value), "remark": remark}
        told = {"document_id": document_id, "actor": by.user, "at": at, **line}
        session.execute(sa.insert(schema.metadata_history).values(told))
    revise(session, row, differing)
    detail = {"fields": sorted(differing), "revision": row["revision"] + 1}
    transitions.told(
        session, _DOCUMENT, row, by=by, at=at, action="METADATA_CHANGED", detail=detail
    )


def record_qa(
    session: Session,
    document_id: str,
    *,
    result: str,
    pages: Sequence[Mapping[str, Any]],
    note_sha256: str | None,
    by: Actor,
    at: datetime,
) -> None:
    """A person's quality check, ``result`` "passed" or "failed".

    Before the seal a failed one becomes HELD; a passed one rests until ``release_document`` sets
    it on its road again. Of a FILED document (late QA) ``qa`` alone changes: an addition, made to
    a final one too, until its case or file is closed. ``note_sha256`` is the note version that this
    result made. Raises Conflict elsewhere, UsageError for another result.
    """
    if result not in ("passed", "failed"):
        raise UsageError(f"Ein Prüfergebnis ist „passed“ oder „failed“, nicht „{result}“.")
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] not in (Stage.AWAITING_QA, Stage.FILED):
        raise Conflict(f"{document_id} steht nicht zur Qualitätsprüfung an.")
    closed_records.in_open_case(session, row)
    session.execute(
        sa.insert(schema.qa_result).values(
            document_id=document_id,
            checked_by=by.user,
            at=at,
            result=result,
            pages=[dict(page) for page in pages],
            note_sha256=note_sha256,
        )
    )
    detail = {"pages": len(pages), "note": note_sha256}
    transitions.told(
        session, _DOCUMENT, row, by=by, at=at, action=f"QA_{result.upper()}", detail=detail
    )
    revise(session, row, {"qa": result})
    if row["stage"] == Stage.AWAITING_QA and result == "failed":
        text = "Die Qualitätsprüfung ist nicht bestanden."
        transitions.hold(session, _DOCUMENT, row, HoldReason.CLARIFICATION, text, by=by, at=at)


def mark_indexed(session: Session, shown: Iterable[tuple[str, int]]) -> None:
    """The index shows these revisions of documents. Of one that has changed meanwhile nothing is
    said: it is in the outbox again, perhaps for another department (``findable.not_yet_found``)."""
    for document_id, revision in shown:
        session.execute(
            sa.update(_DOCUMENT)
            .where(_DOCUMENT.c.id == document_id, _DOCUMENT.c.revision == revision)
            .values(indexed_revision=revision)
        )


def revise(session: Session, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Change a locked document under a new revision; the index follows once it is FILED."""
    revision = row["revision"] + 1
    session.execute(
        sa.update(_DOCUMENT)
        .where(_DOCUMENT.c.id == row["id"])
        .values({**values, "revision": revision})
    )
    if row["stage"] == Stage.FILED:
        outbox.add(session, row["id"], revision)


def _fitting(values: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    unknown = sorted(set(values) - allowed)
    if unknown:
        raise UsageError(f"Diese Felder werden hier nicht gesetzt: {', '.join(unknown)}.")
    return {
        name: storable(value)[:_WIDEST] if isinstance(value, str) else value
        for name, value in values.items()
    }


def _likely(name: str, value: object, at: datetime) -> object:
    """A corrected value as it is kept. Raises UsageError for one that cannot be."""
    what = _NAMES[name]
    if isinstance(value, date):
        return plausibility.past_day(value, what, today=office_date(at))
    if isinstance(value, str):
        return plausibility.line(value, what, required=name == "title") or None
    if name in _NEVER_EMPTY:
        raise UsageError(f"{what} kann nicht leer sein.")
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)
