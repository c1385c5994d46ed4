"""Documents into cases of e-files: filed once by the road, moved by people with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import outbox, schema, steps
from archive.audit import Actor
from archive.documents import revise
from archive.stages import Stage
from config.errors import Conflict, NotFound

_ITEM = schema.item
_DOCUMENT = schema.document


def file_document(
    session: Session, document_id: str, *, case_id: str, by: Actor, at: datetime
) -> None:
    """SEALED -> FILED in an open case of its own department and compartment.

    The event keeps what was filed: the addresses of original and renditions, the retention facts.
    Raises Conflict where case and document do not belong together, NotFound without the case.
    """
    row = steps.locked(session, _DOCUMENT, document_id)
    case = _open_case(session, case_id, row)
    kept = sa.select(schema.rendition.c.role, schema.rendition.c.version, schema.rendition.c.sha256)
    counts = schema.rendition.c.superseded_at.is_(None)
    renditions = session.execute(kept.where(schema.rendition.c.document_id == document_id, counts))
    original = sa.select(_ITEM.c.sha256).where(_ITEM.c.id == row["item_id"])
    steps.move(
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
            "original": session.execute(original).scalar_one(),
            "renditions": sorted([*found] for found in renditions),
            "retention_years": case["retention_years"],
            "disposal_code": case["disposal_code"],
        },
        values={"case_id": case_id, "file_id": case["file_id"]},
    )
    outbox.add(session, document_id, row["revision"])


def refile_document(
    session: Session, document_id: str, *, case_id: str, reason: str, by: Actor, at: datetime
) -> None:
    """Move a FILED document into another case of its department, out of an open one.

    Raises Conflict, NotFound.
    """
    row = steps.locked(session, _DOCUMENT, document_id)
    if row["stage"] != Stage.FILED:
        raise Conflict(f"{document_id} liegt noch in keiner Akte.")
    _not_in_closed_case(session, row)
    case = _open_case(session, case_id, row)
    revise(session, row, {"case_id": case_id, "file_id": case["file_id"]})
    detail = {"from": row["case_id"], "to": case_id}
    steps.told(
        session, _DOCUMENT, row, by=by, at=at, action="REFILED", reason=reason, detail=detail
    )


def _not_in_closed_case(session: Session, document: Mapping[str, Any]) -> None:
    case, file = schema.case, schema.case_file
    query = (
        sa.select(case.c.id)
        .join(file, file.c.id == case.c.file_id)
        .where(case.c.id == document["case_id"], case.c.state == "OPEN", file.c.state == "OPEN")
    )
    if session.execute(query).first() is None:
        raise Conflict(f"{document['id']} liegt in einer geschlossenen Akte; erst wieder öffnen.")


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
