"""Writing down what was kept: rows of ``rendition`` and ``finding``, in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import storable
from archive.model import Finding, Rendition
from archive.tables import schema

_FINDING = ("code", "text", "severity", "page")
_RENDITION = ("role", "version", "sha256")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose something is, and which step of which attempt made it."""

    item_id: str
    document_id: str | None
    made_from: str | None
    attempt: int


def add_findings(session: Session, owner: Owner, findings: Sequence[Finding]) -> None:
    """Those that do not count of it already."""
    known = _present(session, schema.finding, _FINDING, owner) if findings else {}
    for new in findings:
        details = known[new.code, storable(new.text), new.severity.value, new.page]
        if dict(new.detail) not in details:
            details.append(dict(new.detail))
            insert_finding(
                session, owner.item_id, owner.document_id, new,
                made_from=owner.made_from, attempt=owner.attempt,
            )  # fmt: skip


def add_renditions(
    session: Session, owner: Owner, renditions: Sequence[Rendition], *, at: datetime
) -> None:
    """Those that do not count of it already."""
    known = _present(session, schema.rendition, _RENDITION, owner) if renditions else {}
    for new in renditions:
        details = known[new.role.value, new.version, new.sha256]
        if dict(new.detail) not in details:
            details.append(dict(new.detail))
            insert_rendition(
                session, owner.item_id, owner.document_id, new,
                made_from=owner.made_from, attempt=owner.attempt, at=at,
            )  # fmt: skip


def _present(
    session: Session, table: sa.Table, names: Sequence[str], owner: Owner
) -> Mapping[tuple[object, ...], list[dict[str, Any]]]:
    """The details of what counts of it, by the columns ``names``."""
    query = sa.select(*(table.c[name] for name in names), table.c.detail).where(
        table.c.superseded_at.is_(None),
        table.c.item_id == owner.item_id,
        table.c.document_id.is_not_distinct_from(owner.document_id),
    )
    found: dict[tuple[object, ...], list[dict[str, Any]]] = defaultdict(list)
    for *key, detail in session.execute(query):
        found[tuple(key)].append(detail)
    return found


def insert_rendition(
    session: Session,
    item_id: str,
    document_id: str | None,
    rendition: Rendition,
    *,
    made_from: str | None,
    attempt: int,
    at: datetime,
) -> None:
    """``made_from``: the stage that its step began at, None for what is part of custody."""
    values = _values(item_id, document_id, rendition, made_from=made_from, attempt=attempt, at=at)
    session.execute(sa.insert(schema.rendition).values(values))


def insert_originals(session: Session, originals: Sequence[tuple[str, Rendition]]) -> None:
    """What first custody holds of each of these items (``created_at`` is given)."""
    rows = [
        _values(item_id, None, original, made_from=None, attempt=1, at=original.created_at)
        for item_id, original in originals
    ]
    statement = sa.insert(schema.rendition)
    # The trail promises rows by the keys that the database draws: for several it has to tell them.
    session.execute(statement if len(rows) == 1 else statement.return_defaults(), rows)


def _values(
    item_id: str,
    document_id: str | None,
    rendition: Rendition,
    *,
    made_from: str | None,
    attempt: int,
    at: datetime | None,
) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "document_id": document_id,
        "version": rendition.version,
        "role": rendition.role.value,
        "sha256": rendition.sha256,
        "size": rendition.size,
        "media_type": rendition.media_type,
        "file_name": storable(rendition.file_name),
        "derived_from": rendition.derived_from,
        "made_from": made_from,
        "attempt": attempt,
        "created_at": rendition.created_at or at,
        "detail": dict(rendition.detail),
    }


def insert_finding(
    session: Session,
    item_id: str,
    document_id: str | None,
    found: Finding,
    *,
    made_from: str | None,
    attempt: int,
) -> None:
    """``made_from`` as for renditions; what is part of custody is never superseded."""
    session.execute(
        sa.insert(schema.finding).values(
            item_id=item_id,
            document_id=document_id,
            code=found.code,
            text=storable(found.text),
            severity=found.severity.value,
            page=found.page,
            made_from=made_from,
            attempt=attempt,
            detail=dict(found.detail),
        )
    )
