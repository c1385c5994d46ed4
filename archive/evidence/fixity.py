"""Does what the record says still hold? One answer for each part of an object (``verify``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import ChainReport, check_chain
from archive.evidence.replay import Event, Fault, FaultKind, Owned, owned
from archive.intake import transitions
from archive.model import RenditionRole
from archive.stages import Stage
from archive.store.objects import ObjectStore
from archive.tables import schema
from archive.tables.evident_tables import Kind, aggregate

OK, BROKEN, MISSING = "ok", "broken", "missing"
PENDING, NONE, NOT_CHECKED = "pending", "none", "not_checked"
_NO_FAULT = frozenset({OK, PENDING, NONE})
_WORST_FIRST = (MISSING, BROKEN, NOT_CHECKED, OK)
_ORIGINAL = RenditionRole.ORIGINAL.value
_NOTE = RenditionRole.TRANSFER_NOTE.value
_SEALED = RenditionRole.SCAN_PRODUCT.value
_NOT_JUDGED = (_ORIGINAL, RenditionRole.WORKING_COPY.value, _NOTE)
_JOINED = (RenditionRole.SUPPLEMENT.value, RenditionRole.WORKING_COPY.value)
_JOINS = ("SUPPLEMENT_RECEIVED", "COPY_OPENED")


class Part(NamedTuple):
    """A document of an item."""

    id: str
    position: int
    stage: str
    evidenced: bool


class Kept(NamedTuple):
    """A rendition; ``detail`` as the database has it."""

    id: int
    document_id: str | None
    role: str
    version: int
    sha256: str
    size: int
    derived_from: str | None
    superseded_at: object
    detail: Any


class Arrived(NamedTuple):
    """The row of an item."""

    id: str
    sha256: str
    size: int
    working_copy: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """An item with all that is judged of it, from one view of the record."""

    item: Arrived | None  #: none: the record does not have it
    parts: Sequence[Part]  #: in their order
    kept: Sequence[Kept]  #: oldest first
    events: Sequence[Event]
    faults: Sequence[Fault]

    def addresses(self) -> Iterator[tuple[str, int]]:
        """Every object that is asked for when the item is judged and its size in bytes as the record
        has it; some twice."""
        if self.item is not None:
            yield self.item.sha256, self.item.size
            if self.item.working_copy is not None:
                yield self.item.working_copy, 0
        for kept in self.kept:
            yield kept.sha256, kept.size

    def seal_of(self, document_id: str) -> Kept | None:
        """What the newest seal of a filed document closed."""
        sealed = [
            kept
            for kept in self.kept
            if kept.role == _SEALED
            and kept.document_id == document_id
            and kept.superseded_at is None
        ]
        return max(sealed, key=lambda kept: (kept.version, kept.id), default=None)


def stood(session: Session, item_ids: Collection[str]) -> dict[str, Stood]:
    """These items, in one view; one that the record does not have has no rows."""
    return {one: stood_of(found) for one, found in owned(session, Kind.ITEM, item_ids).items()}


def stood_of(found: Owned) -> Stood:
    """An item of which everything was read."""
    rows = found.rows
    parts = [Part(*_PART(row)) for row in rows.get("document", ())]
    kept = [Kept(*_KEPT(row)) for row in rows.get("rendition", ())]
    return Stood(
        item=next((Arrived(*_ARRIVED(row)) for row in rows.get("item", ())), None),
        parts=sorted(parts, key=lambda part: (part.position, part.id)),
        kept=sorted(kept, key=lambda kept: kept.id),
        events=found.events,
        faults=found.faults,
    )


def _places(table: sa.Table, names: Iterable[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Picks these columns from a row of the table."""
    columns = list(table.columns.keys())
    return itemgetter(*(columns.index(name) for name in names))


_ARRIVED = _places(schema.item, Arrived._fields)
_PART = _places(schema.document, Part._fields)
_KEPT = _places(schema.rendition, Kept._fields)


def good(parts: Mapping[str, str], *, unasked: Collection[str] = ()) -> bool:
    """Whether none of the parts is broken, missing or could not be checked; ``unasked`` are those
    that nobody asked for, which may read ``not_checked``."""
    return all(
        value in _NO_FAULT or (value == NOT_CHECKED and name in unasked)
        for name, value in parts.items()
    )


def judge(
    session: Session,
    objects: ObjectStore,
    object_id: str,
    *,
    seal: Callable[[Path], str] | None = None,
    evidence: Callable[[str], str] | None = None,
    chain: ChainReport | None = None,
) -> dict[str, str]:
    """``parts_of`` one object by itself; ``seal`` looks at the sealed file.

    ``chain`` is a report on the trail: on this object's events up to their anchors
    (``archive.evidence.partial_checks``), or on the whole, which is made where there is none.
    Raises NotFound.
    """
    item_id = item_of(session, object_id)
    one = None if item_id is None else stood(session, [item_id])[item_id]
    if one is None or one.item is None:
        raise transitions.missing(schema.item, object_id)

    def looked(kept: Kept) -> str:
        return NOT_CHECKED if seal is None else seal(objects.path(kept.sha256))

    return parts_of(
        one,
        object_id,
        cache(objects.check),
        seal=looked,
        evidence=evidence,
        chain=chain or check_chain(session),
    )


def parts_of(
    one: Stood,
    object_id: str,
    check: Callable[[str], str],
    *,
    seal: Callable[[Kept], str] | None = None,
    evidence: Callable[[str], str] | None = None,
    chain: ChainReport,
) -> dict[str, str]:
    """The parts ``original, rendition, note, seal, evidence_record, record, audit_chain``.

    Each is ``ok|broken|missing|pending|none|not_checked``. An item, and a document that is not
    FILED, has original, record and audit chain alone. ``check`` says of an address what its stored
    bytes are, ``seal`` looks at the sealed file, ``evidence`` at the evidence record of a document
    id; without them what needs them is ``not_checked``. ``record``: the rows of the whole item stand
    as the trail promises, and what else they refer to is there unharmed. A break anywhere in
    ``chain`` breaks the trail of all, since nobody can say whose event is missing.
    Raises LookupError where item or document is not there.
    """
    if one.item is None:
        raise LookupError(object_id)
    parts = dict.fromkeys(("original", "rendition", "note", "seal", "evidence_record"), NONE)
    parts["original"] = _original(one, one.item, check)
    document = next((part for part in one.parts if part.id == object_id), None)
    if document is None and object_id != one.item.id:
        raise LookupError(object_id)
    if document is not None and document.stage == Stage.FILED:
        parts |= _filed(one, document.id, check, seal)
        parts["evidence_record"] = PENDING
        if document.evidenced:
            parts["evidence_record"] = evidence(object_id) if evidence else NOT_CHECKED
    for part in _faulty_parts(one):
        parts[part] = parts[part] if parts[part] == NONE else BROKEN
    record = faulty(one.faults) if one.faults else _rest(one, check)
    trail = OK if one.events and chain.ok else BROKEN
    return {**parts, "record": record, "audit_chain": trail}


def item_of(session: Session, object_id: str) -> str | None:
    """The item that this id names, by itself or by one of its documents."""
    item, document = schema.item, schema.document
    query = sa.select(document.c.item_id).where(document.c.id == object_id)
    found: str | None = session.execute(query).scalar()
    if found is not None:
        return found
    return session.execute(sa.select(item.c.id).where(item.c.id == object_id)).scalar()


def item_aggregate(item_id: str) -> str:
    return aggregate(Kind.ITEM, item_id)


def faulty(faults: Sequence[Fault]) -> str:
    """``ok``, ``broken``, or ``missing`` where rows are gone and nothing else is wrong."""
    if not faults:
        return OK
    return MISSING if all(fault.kind is FaultKind.MISSING for fault in faults) else BROKEN


def _faulty_parts(one: Stood) -> set[str]:
    """Which other parts a faulty row speaks of."""
    roles = {str(kept.id): kept.role for kept in one.kept}
    parts: set[str] = set()
    for fault in one.faults:
        if fault.table != "rendition":
            continue
        role = roles.get(fault.key)
        if role == _NOTE:
            parts.add("note")
        elif role == _SEALED:
            parts |= {"rendition", "seal"}
        else:
            parts.add("rendition")
    return parts


def _rest(one: Stood, check: Callable[[str], str]) -> str:
    """What the item refers to besides the parts that are judged by themselves."""
    filed = {part.id for part in one.parts if part.stage == Stage.FILED}
    answers = {
        check(kept.sha256)
        for kept in one.kept
        if kept.role != _ORIGINAL and kept.document_id not in filed
    }
    return next((answer for answer in _WORST_FIRST if answer in answers), OK)


def _original(one: Stood, item: Arrived, check: Callable[[str], str]) -> str:
    """The stored bytes, and that the record still names the bytes that came into custody; the same
    of every file that was handed in or opened later."""
    received = [event for event in one.events if event.action == "RECEIPT_REGISTERED"]
    if [event.object_sha256 for event in received] != [item.sha256]:
        return BROKEN
    joined = [(kept.role, kept.version, kept.sha256) for kept in one.kept if kept.role in _JOINED]
    promised = [_joined(event) for event in one.events if event.action in _JOINS]
    if sorted(joined) != sorted(promised) or _reads_another(item, one.events, promised):
        return BROKEN
    files = {item.sha256, item.working_copy, *(row[2] for row in joined)}
    answers = {check(sha256) for sha256 in files if sha256 is not None}
    return next(answer for answer in _WORST_FIRST if answer in answers)


def _joined(event: Event) -> tuple[str, int, str]:
    detail = json.loads(event.detail)
    return str(detail["role"]), int(detail["version"]), str(event.object_sha256)


def _reads_another(
    item: Arrived, events: Sequence[Event], promised: Sequence[tuple[str, int, str]]
) -> bool:
    """Whether the road reads another file than the last release said. A release of before 0006
    said nothing; then any working copy may be right, but none without a release."""
    released = [
        json.loads(event.detail)
        for event in events
        if event.action == "QUARANTINE_RELEASED" and event.object_id == item.id
    ]
    said = [detail["reads"] for detail in released if "reads" in detail]
    if said or promised:
        return bool(item.working_copy != (said[-1] if said else None))
    return item.working_copy is not None and not released


def _filed(
    one: Stood, document_id: str, check: Callable[[str], str], seal: Callable[[Kept], str] | None
) -> dict[str, str]:
    its = [kept for kept in one.kept if kept.document_id == document_id]
    found = [kept for kept in its if kept.superseded_at is None]
    earlier = [kept for kept in its if kept.superseded_at is not None]
    recorded = {(kept.role, kept.version, kept.sha256) for kept in found}
    promised = _promised(one.events, document_id)
    notes = [kept for kept in found if kept.role == _NOTE]
    others = [kept for kept in found if kept.role not in _NOT_JUDGED]
    lost = {role for role, version, sha256 in promised if (role, version, sha256) not in recorded}
    return {
        "rendition": BROKEN if lost - {_NOTE} else _worst(check, [*others, *earlier]),
        "note": BROKEN if _NOTE in lost else _worst(check, notes),
        "seal": _seal(one.seal_of(document_id), check, seal),
    }


def _seal(
    sealed: Kept | None, check: Callable[[str], str], seal: Callable[[Kept], str] | None
) -> str:
    if sealed is None:
        return NONE
    if check(sealed.sha256) == MISSING:
        return MISSING
    return NOT_CHECKED if seal is None else seal(sealed)


def _worst(check: Callable[[str], str], found: Iterable[Kept]) -> str:
    answers = {check(kept.sha256) for kept in found}
    return next((answer for answer in _WORST_FIRST if answer in answers), NONE)


def _promised(events: Sequence[Event], document_id: str) -> list[tuple[str, int, str]]:
    """What the event FILED says was filed: later versions may be added, none may go."""
    return [
        (role, version, sha256)
        for event in events
        if event.action == "FILED" and event.object_id == document_id
        for role, version, sha256 in json.loads(event.detail).get("renditions", ())
    ]
