"""Documents into cases of e-files: filed once by the road, moved by people with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import plausibility
from archive.audit.trail import Actor, lock_trail
from archive.efile import files
from archive.intake import closed_records, transitions
from archive.intake.documents import revise
from archive.model import Case, CaseFile, RenditionRole
from archive.search import outbox
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict, NotFound

_ITEM = schema.item
_DOCUMENT = schema.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a document should go: a file that is there, or this year's file of a plan unit with a
    subject, which may have to be opened. Nothing is opened by deciding so."""

    department: str  #: of the document when it was decided
    compartment: str | None
    month: str  #: title of the case that is taken or opened where the file has not one open case
    file_id: str | None = None
    plan_unit: str | None = None
    subject: str | None = None
    by_stream: bool = False  #: always into the case of the month


def case_at(session: Session, place: Place, *, by: Actor, at: datetime) -> Case:
    """The open case that ``place`` means, with file and case opened where there are none yet.

    Belongs into the transaction that files the document: an empty file uses up a mark. Raises
    Conflict where the file was closed meanwhile, NotFound without the unit.
    """
    lock_trail(session)
    if place.file_id is not None:
        entry = files.load_file(session, place.file_id)
    else:
        entry = files.file_for_stream(
            session,
            place.plan_unit or "",
            place.department,
            place.subject or "",
            by=by,
            at=at,
            compartment=place.compartment,
        )
    if place.by_stream:
        return files.case_for_stream(session, entry.id, place.month, by=by, at=at)
    return case_in(session, entry, place.month, by=by, at=at)


def case_in(session: Session, entry: CaseFile, month: str, *, by: Actor, at: datetime) -> Case:
    """The one open case of a file; where there is none, or several, this month's."""
    found = files.open_cases(session, entry.id)
    if len(found) == 1:
        return found[0]
    return files.case_for_stream(session, entry.id, month, by=by, at=at)


def file_in_place(
    session: Session, document_id: str, place: Place, *, by: Actor, at: datetime
) -> None:
    """SEALED -> FILED where ``place`` says, which is opened in this very transaction if it must be.

    Raises Conflict where the document was given to another department since it was decided, where
    the file was closed, or where it does not stand on SEALED; then nothing was opened.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    if (row["department"], row["compartment"]) != (place.department, place.compartment):
        raise Conflict(f"{document_id} gehört inzwischen zu {row['department']}; neu entscheiden.")
    if row["stage"] != Stage.SEALED:
        raise Conflict(f"{document_id} steht auf „{row['stage']}“ und wird nicht abgelegt.")
    case = case_at(session, place, by=by, at=at)
    _file_in(session, row, case.id, by=by, at=at)


def file_document(
    session: Session, document_id: str, *, case_id: str, by: Actor, at: datetime
) -> None:
    """SEALED -> FILED in an open case of its own department and compartment.

    The event keeps what was filed: the addresses of original and renditions, the retention facts.
    Raises Conflict where case and document do not belong together, NotFound without the case.
    """
    row = transitions.locked(session, _DOCUMENT, document_id)
    _file_in(session, row, case_id, by=by, at=at)


def _file_in(
    session: Session, row: Mapping[str, Any], case_id: str, *, by: Actor, at: datetime
) -> None:
    case = _open_case(session, case_id, row)
    kept = sa.select(schema.rendition.c.role, schema.rendition.c.version, schema.rendition.c.sha256)
    counts = schema.rendition.c.superseded_at.is_(None)
    renditions = session.execute(kept.where(schema.rendition.c.document_id == row["id"], counts))
    transitions.move(
        session,
        _DOCUMENT,
        row,
        Stage.SEALED,
        Stage.FILED,
        by=by,
        at=at,
        action="FILED",
        detail={
            "file": case["file_id"],
            "case": case_id,
            **_arrivals(session, row["item_id"]),
            "renditions": sorted([*found] for found in renditions),
            "retention_years": case["retention_years"],
            "disposal_code": case["disposal_code"],
        },
        values={"case_id": case_id, "file_id": case["file_id"]},
    )
    outbox.add(session, row["id"], row["revision"])


def _arrivals(session: Session, item_id: str) -> dict[str, Any]:
    """The files that the document stands on, for the event: what came, and what was read."""
    table = schema.rendition
    supplement = sa.and_(
        table.c.item_id == _ITEM.c.id, table.c.role == RenditionRole.SUPPLEMENT.value
    )
    query = (
        sa.select(_ITEM.c.sha256, _ITEM.c.working_copy, table.c.sha256)
        .select_from(_ITEM.outerjoin(table, supplement))
        .where(_ITEM.c.id == item_id)
        .order_by(table.c.id)
    )
    found = session.execute(query).all()
    original, working_copy, _ = found[0]
    named = {"original": original, "reads": working_copy or original}
    supplied = [sha256 for *_, sha256 in found if sha256 is not None]
    return {**named, "supplements": supplied} if supplied else named


def refile_document(
    session: Session, document_id: str, *, case_id: str, reason: str, by: Actor, at: datetime
) -> None:
    """Move a FILED document into another case of its department, out of an open one.

    Raises Conflict (also for a final one), NotFound, UsageError without a reason.
    """
    reason = plausibility.remark(reason, "Der Grund", required=True)
    row = transitions.locked(session, _DOCUMENT, document_id)
    if row["stage"] != Stage.FILED:
        raise Conflict(f"{document_id} liegt noch in keiner Akte.")
    closed_records.may_change(session, row)
    case = _open_case(session, case_id, row)
    revise(session, row, {"case_id": case_id, "file_id": case["file_id"]})
    detail = {"from": row["case_id"], "to": case_id}
    transitions.told(
        session, _DOCUMENT, row, by=by, at=at, action="REFILED", reason=reason, detail=detail
    )


def _open_case(session: Session, case_id: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    case, file, plan = schema.case, schema.case_file, schema.plan_unit
    query = (
        sa.select(
            case.c.file_id,
            case.c.state.label("case_state"),
            file.c.state.label("file_state"),
            file.c.department,
            file.c.compartment,
            plan.c.retention_years,
            plan.c.disposal_code,
        )
        .join(file, file.c.id == case.c.file_id)
        .join(plan, plan.c.code == file.c.plan_unit)
        .where(case.c.id == case_id)
    )
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
    if (found["case_state"], found["file_state"]) != ("OPEN", "OPEN"):
        raise Conflict(f"Der Vorgang {case_id} ist nicht mehr offen; nichts wird dort abgelegt.")
    if (found["department"], found["compartment"]) != (
        document["department"],
        document["compartment"],
    ):
        raise Conflict(f"Der Vorgang {case_id} gehört nicht zur Abteilung von {document['id']}.")
    return dict(found)
