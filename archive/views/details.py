"""What the faces show beside lists and single objects: news, corrections, checks, the plan's size.

As in ``listing.py`` every query carries the reader's filter; what is asked by a document's id has
been looked up for this reader before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.model import Case, Item, Reader, Rendition, SubFile
from archive.stages import Stage
from archive.tables import schema
from archive.tables.indices import not_filed
from config.errors import NotFound

_ITEM = schema.item


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One change of a document's metadata by hand."""

    field: str
    old: str | None
    new: str | None
    actor: str
    at: datetime
    remark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QaLook:
    """One page-by-page look at a document."""

    checked_by: str
    at: datetime
    result: str  #: "passed" or "failed"
    pages: tuple[Mapping[str, Any], ...]


def newest_event(session: Session) -> int:
    """Where the trail ends; cheap. For finding out whether to look again, not for showing: its
    growth tells of what others do."""
    return int(session.execute(sa.select(schema.audit_head.c.seq)).scalar_one())


def corrections(session: Session, document_id: str) -> tuple[Correction, ...]:
    """Newest first."""
    table = schema.metadata_history
    query = sa.select(table).where(table.c.document_id == document_id).order_by(table.c.id.desc())
    return tuple(
        Correction(
            field=row.field,
            old=row.old,
            new=row.new,
            actor=row.actor,
            at=row.at,
            remark=row.remark,
        )
        for row in session.execute(query)
    )


def qa_looks(session: Session, document_id: str) -> tuple[QaLook, ...]:
    """Newest first."""
    table = schema.qa_result
    query = sa.select(table).where(table.c.document_id == document_id).order_by(table.c.id.desc())
    return tuple(
        QaLook(checked_by=row.checked_by, at=row.at, result=row.result, pages=tuple(row.pages))
        for row in session.execute(query)
    )


def renditions_of_item(session: Session, item_id: str) -> tuple[Rendition, ...]:
    """Original, opened copy and signature report of an item looked up for the reader before."""
    return rows.item_renditions(session, item_id)


def case_of(session: Session, case_id: str) -> Case:
    """The case of a document that was looked up for the reader before. Raises NotFound."""
    table = schema.case
    row = session.execute(sa.select(table).where(table.c.id == case_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
    return rows.case_from(dict(row))


def case_for(session: Session, reader: Reader, case_id: str) -> Case:
    """One case. Raises NotFound, also where its file is foreign."""
    table, file = schema.case, schema.case_file
    query = (
        sa.select(table)
        .join(file, file.c.id == table.c.file_id)
        .where(table.c.id == case_id, access.visible_files(reader))
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
    return rows.case_from(dict(row))


def sub_files_of(session: Session, reader: Reader, file_id: str) -> tuple[SubFile, ...]:
    """The parts of a file in their order; none where the file is foreign."""
    table, file = schema.sub_file, schema.case_file
    query = (
        sa.select(table)
        .join(file, file.c.id == table.c.file_id)
        .where(access.visible_files(reader), table.c.file_id == file_id)
    )
    found = session.execute(query.order_by(table.c.number)).mappings()
    return tuple(rows.made_from(SubFile, dict(row)) for row in found)


def files_by_plan_unit(session: Session, reader: Reader) -> dict[str, int]:
    """How many files this reader may read in each unit of the plan."""
    departments = {each.department for each in access.reaches_files(reader)}
    kept, table = schema.file_count, schema.case_file
    counted = sa.select(kept.c.plan_unit, kept.c.number).where(
        kept.c.compartment.in_(["", *sorted(reader.compartments)]),
        *(() if None in departments else (kept.c.department.in_(departments),)),
    )
    through_glass = sa.select(table.c.plan_unit, sa.literal(1)).where(
        table.c.id.in_(sorted(reader.opened_files)),
        table.c.compartment.not_in(sorted(reader.compartments)),
        access.visible_files(reader),
    )
    found: Counter[str] = Counter()
    for query in (counted, *((through_glass,) if reader.opened_files else ())):
        for unit, number in session.execute(query):
            found[unit] += number
    return dict(found)


def some_items(session: Session, reader: Reader, ids: Collection[str]) -> tuple[Item, ...]:
    """Those of ``ids`` that this reader may see."""
    if not ids:
        return ()
    query = sa.select(_ITEM).where(_ITEM.c.id.in_(sorted(ids)), access.visible_items(reader))
    found = session.execute(query.order_by(_ITEM.c.id)).mappings()
    return rows.items_from(session, [dict(row) for row in found])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A document of an item in a list: how far it is, and whether this reader may open it."""

    id: str
    item_id: str
    stage: Stage
    held_from: Stage | None
    held_text: str | None
    waiting_for: str | None
    pages: int | None
    readable: bool


def parts_of(
    session: Session, reader: Reader, item_ids: Collection[str]
) -> dict[str, tuple[Part, ...]]:
    """The documents of items that were looked up for this reader before, in their order."""
    table = schema.document
    query = (
        sa.select(table, sa.case((access.visible_documents(reader), 1), else_=0).label("readable"))
        .where(table.c.item_id.in_(sorted(item_ids)))
        .order_by(table.c.item_id, table.c.position)
    )
    found: dict[str, list[Part]] = {}
    for row in session.execute(query):
        found.setdefault(row.item_id, []).append(
            Part(
                id=row.id,
                item_id=row.item_id,
                stage=Stage(row.stage),
                held_from=Stage(row.held_from) if row.held_from else None,
                held_text=row.held_text,
                waiting_for=row.waiting_for,
                pages=row.pages,
                readable=bool(row.readable),
            )
        )
    return {item_id: tuple(parts) for item_id, parts in found.items()}


def to_settle_count(session: Session, reader: Reader) -> int:
    """How much waits for this reader's decision, as ``listing.to_settle`` lists it."""
    return sum(
        rows.count_some(session, table, clauses)
        for table, clauses in (
            (schema.item, [access.settled_items(reader)]),
            (
                schema.document,
                [access.settled_documents(reader), not_filed(schema.document.c.stage)],
            ),
        )
    )
