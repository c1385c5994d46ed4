"""Does what the record says still hold? One answer for each part of an object (``verify``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema, steps
from archive.audit import ChainReport, check_chain
from archive.evidence.kept import Kind, aggregate
from archive.evidence.replay import Fault, FaultKind, replay_one
from archive.model import RenditionRole
from archive.objects import ObjectStore
from archive.stages import Stage

OK, BROKEN, MISSING = "ok", "broken", "missing"
PENDING, NONE, NOT_CHECKED = "pending", "none", "not_checked"
_NO_FAULT = frozenset({OK, PENDING, NONE})
_NOTE = RenditionRole.TRANSFER_NOTE.value
_SEALED = RenditionRole.SCAN_PRODUCT.value
_NOT_JUDGED = (RenditionRole.ORIGINAL.value, RenditionRole.WORKING_COPY.value, _NOTE)
_JOINED = (RenditionRole.SUPPLEMENT.value, RenditionRole.WORKING_COPY.value)
_JOINS = ("SUPPLEMENT_RECEIVED", "COPY_OPENED")
_EVENT = schema.audit_event
Row = Mapping[str, Any]


def good(parts: Mapping[str, str]) -> bool:
    """Whether none of the parts is broken, missing or could not be checked."""
    return all(value in _NO_FAULT for value in parts.values())


def judge(
    session: Session,
    objects: ObjectStore,
    object_id: str,
    *,
    seal: Callable[[Path], str] | None = None,
    evidence: Callable[[str], str] | None = None,
    chain: ChainReport | None = None,
    faults: Sequence[Fault] | None = None,
) -> dict[str, str]:
    """The parts ``original, rendition, note, seal, evidence_record, record, audit_chain``.

    Each is ``ok|broken|missing|pending|none|not_checked``. An item, and a document that is not
    FILED, has original, record and audit chain alone. ``seal`` looks at the sealed file,
    ``evidence`` at the evidence record of a document id; without them what needs them is
    ``not_checked``. ``record``: the rows of the whole item stand as the trail promises, and what
    else they refer to is there unharmed; ``faults`` are those rows that do not, found before for
    many objects. ``chain`` is a report on the trail: on this object's events up to their anchors
    (``archive.evidence.stretches``), or on the whole, made once likewise; then a break anywhere breaks
    the trail of all, since nobody can say whose event is missing. Raises NotFound.
    """
    document = _row(session, schema.document, object_id)
    item_id = object_id if document is None else document["item_id"]
    item = _row(session, schema.item, item_id)
    if item is None:
        raise steps.missing(schema.item, object_id)
    events = _events(session, item_id)
    trail = OK if events and (chain or check_chain(session)).ok else BROKEN
    parts = dict.fromkeys(("original", "rendition", "note", "seal", "evidence_record"), NONE)
    parts["original"] = _original(session, objects, item, events)
    if document is not None and document["stage"] == Stage.FILED:
        parts |= _filed(session, objects, document, events, seal)
        parts["evidence_record"] = PENDING
        if document["evidenced"]:
            parts["evidence_record"] = evidence(object_id) if evidence else NOT_CHECKED
    if faults is None:
        faults = replay_one(session, item_aggregate(item_id))
    for part in _faulty_parts(session, faults):
        parts[part] = parts[part] if parts[part] == NONE else BROKEN
    record = faulty(faults) if faults else _rest(session, objects, item_id)
    return {**parts, "record": record, "audit_chain": trail}


def item_of(session: Session, object_id: str) -> str | None:
    """The item that this id names, by itself or by one of its documents."""
    document = _row(session, schema.document, object_id)
    if document is not None:
        return str(document["item_id"])
    return object_id if _row(session, schema.item, object_id) is not None else None


def every_item(session: Session) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each item with its documents, newest first, by their ids alone: nothing else is read yet."""
    item, document = schema.item, schema.document
    parts: dict[str, list[str]] = {}
    query = sa.select(document.c.item_id, document.c.id).order_by(document.c.position)
    for owner, part in session.execute(query):
        parts.setdefault(owner, []).append(part)
    for item_id in session.execute(sa.select(item.c.id).order_by(item.c.id.desc())).scalars():
        yield item_id, tuple(parts.pop(item_id, ()))


def documents_of(session: Session, object_id: str) -> tuple[str, ...]:
    """The documents of an item in their order; () for anything else."""
    table = schema.document
    query = sa.select(table.c.id).where(table.c.item_id == object_id).order_by(table.c.position)
    return tuple(session.execute(query).scalars())


def item_aggregate(item_id: str) -> str:
    return aggregate(Kind.ITEM, item_id)


def faulty(faults: Sequence[Fault]) -> str:
    """``ok``, ``broken``, or ``missing`` where rows are gone and nothing else is wrong."""
    if not faults:
        return OK
    return MISSING if all(fault.kind is FaultKind.MISSING for fault in faults) else BROKEN


def _faulty_parts(session: Session, faults: Sequence[Fault]) -> set[str]:
    """Which other parts a faulty row speaks of."""
    parts: set[str] = set()
    for fault in faults:
        if fault.table != "rendition":
            continue
        table = schema.rendition
        query = sa.select(table.c.role).where(table.c.id == int(fault.key))
        role = session.execute(query).scalar()
        if role == _NOTE:
            parts.add("note")
        elif role == _SEALED:
            parts |= {"rendition", "seal"}
        else:
            parts.add("rendition")
    return parts


def _rest(session: Session, objects: ObjectStore, item_id: str) -> str:
    """What the item refers to besides the parts that are judged by themselves."""
    table, document = schema.rendition, schema.document
    filed = sa.select(document.c.id).where(document.c.stage == Stage.FILED.value)
    query = sa.select(table.c.sha256).where(
        table.c.item_id == item_id,
        table.c.role != RenditionRole.ORIGINAL.value,
        sa.or_(
            table.c.document_id.is_(None),
            table.c.document_id.not_in(filed.where(document.c.item_id == item_id)),
        ),
    )
    answers = {objects.check(sha256) for sha256 in session.execute(query).scalars()}
    return next((answer for answer in (MISSING, BROKEN) if answer in answers), OK)


def _original(session: Session, objects: ObjectStore, item: Row, events: Sequence[Row]) -> str:
    """The stored bytes, and that the record still names the bytes that came into custody; the same
    of every file that was handed in or opened later."""
    received = [event for event in events if event["action"] == "RECEIPT_REGISTERED"]
    if [event["object_sha256"] for event in received] != [item["sha256"]]:
        return BROKEN
    table = schema.rendition
    query = sa.select(table.c.role, table.c.version, table.c.sha256).where(
        table.c.item_id == item["id"], table.c.role.in_(_JOINED)
    )
    joined = [tuple(row) for row in session.execute(query.order_by(table.c.id))]
    promised = [_joined(event) for event in events if event["action"] in _JOINS]
    if sorted(joined) != sorted(promised) or _reads_another(item, events, promised):
        return BROKEN
    files = {item["sha256"], item["working_copy"], *(row[2] for row in joined)} - {None}
    answers = {objects.check(sha256) for sha256 in files}
    return next(answer for answer in (MISSING, BROKEN, OK) if answer in answers)


def _joined(event: Row) -> tuple[str, int, str]:
    detail = json.loads(event["detail"])
    return str(detail["role"]), int(detail["version"]), str(event["object_sha256"])


def _reads_another(
    item: Row, events: Sequence[Row], promised: Sequence[tuple[str, int, str]]
) -> bool:
    """Whether the road reads another file than the last release said. A release of before 0006
    said nothing; then any working copy may be right, but none without a release."""
    released = [
        json.loads(event["detail"])
        for event in events
        if event["action"] == "QUARANTINE_RELEASED" and event["object_id"] == item["id"]
    ]
    said = [detail["reads"] for detail in released if "reads" in detail]
    if said or promised:
        return bool(item["working_copy"] != (said[-1] if said else None))
    return item["working_copy"] is not None and not released


def _filed(
    session: Session,
    objects: ObjectStore,
    document: Row,
    events: Sequence[Row],
    seal: Callable[[Path], str] | None,
) -> dict[str, str]:
    kept = _renditions(session, document["id"])
    found = [row for row in kept if row["superseded_at"] is None]
    earlier = [row for row in kept if row["superseded_at"] is not None]
    recorded = {(row["role"], row["version"], row["sha256"]) for row in found}
    promised = _promised(events, document["id"])
    notes = [row for row in found if row["role"] == _NOTE]
    others = [row for row in found if row["role"] not in _NOT_JUDGED]
    lost = {role for role, version, sha256 in promised if (role, version, sha256) not in recorded}
    return {
        "rendition": BROKEN if lost - {_NOTE} else _worst(objects, [*others, *earlier]),
        "note": BROKEN if _NOTE in lost else _worst(objects, notes),
        "seal": _seal(objects, [row for row in found if row["role"] == _SEALED], seal),
    }


def _seal(objects: ObjectStore, sealed: Sequence[Row], seal: Callable[[Path], str] | None) -> str:
    if not sealed:
        return NONE
    newest = max(sealed, key=lambda row: (row["version"], row["id"]))
    if not objects.has(newest["sha256"]):
        return MISSING
    return NOT_CHECKED if seal is None else seal(objects.path(newest["sha256"]))


def _worst(objects: ObjectStore, found: Iterable[Row]) -> str:
    answers = {objects.check(row["sha256"]) for row in found}
    return next((answer for answer in (MISSING, BROKEN, OK) if answer in answers), NONE)


def _promised(events: Sequence[Row], document_id: str) -> list[tuple[str, int, str]]:
    """What the event FILED says was filed: later versions may be added, none may go."""
    return [
        (role, version, sha256)
        for event in events
        if event["action"] == "FILED" and event["object_id"] == document_id
        for role, version, sha256 in json.loads(event["detail"]).get("renditions", ())
    ]


def _events(session: Session, item_id: str) -> Sequence[Row]:
    query = sa.select(_EVENT).where(_EVENT.c.correlation_id == item_id).order_by(_EVENT.c.seq)
    return [dict(row) for row in session.execute(query).mappings()]


def _renditions(session: Session, document_id: str) -> Sequence[Row]:
    table = schema.rendition
    query = sa.select(table).where(table.c.document_id == document_id).order_by(table.c.id)
    return [dict(row) for row in session.execute(query).mappings()]


def _row(session: Session, table: sa.Table, object_id: str) -> Row | None:
    found = session.execute(sa.select(table).where(table.c.id == object_id)).mappings()
    row = found.one_or_none()
    return None if row is None else dict(row)
