"""From rows to the frozen words of the house, many at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.model import (
    Case,
    CaseFile,
    Document,
    Finding,
    Item,
    Rendition,
    RenditionRole,
    Severity,
)
from archive.stages import Outcome, Stage
from archive.tables import schema
from config.errors import HoldReason

Row = Mapping[str, Any]
T = TypeVar("T")
_ITEM_FIELDS = frozenset(field.name for field in fields(Item))
_DOCUMENT_FIELDS = frozenset(field.name for field in fields(Document))
CHUNK = 500  #: values of one statement; SQLite limits their number
COUNTED = 1_000  #: rows that are counted one by one; of more it is said that there are more


def count(session: Session, table: sa.Table, where: Iterable[sa.ColumnElement[bool]]) -> int:
    """How many rows of a table fulfil all conditions."""
    query = sa.select(sa.func.count()).select_from(table).where(*where)
    return int(session.execute(query).scalar_one())


def count_some(session: Session, table: sa.Table, where: Iterable[sa.ColumnElement[bool]]) -> int:
    """As ``count`` up to ``COUNTED``; one more says that there are more, however many."""
    return int(session.execute(sa.select(some(table, where))).scalar_one())


def some(table: sa.FromClause, where: Iterable[sa.ColumnElement[bool]]) -> sa.ScalarSelect[int]:
    """What ``count_some`` asks, as part of another question."""
    found = sa.select(sa.literal_column("1", sa.Integer)).select_from(table).where(*where)
    return (
        sa.select(sa.func.count())
        .select_from(found.limit(COUNTED + 1).subquery())
        .scalar_subquery()
    )


def items_from(session: Session, rows: Sequence[Row]) -> tuple[Item, ...]:
    """Items in the order of ``rows`` (of schema.item), with findings and document ids."""
    ids = [row["id"] for row in rows]
    findings = _findings(session, schema.finding.c.item_id, ids, of_item=True)
    documents: dict[str, list[str]] = defaultdict(list)
    table = schema.document
    for part in chunks(ids):
        query = sa.select(table.c.id, table.c.item_id).where(table.c.item_id.in_(part))
        for found in session.execute(query.order_by(table.c.item_id, table.c.position)):
            documents[found.item_id].append(found.id)
    return tuple(
        Item(
            **_kept(row, _ITEM_FIELDS, _state(row)),
            findings=tuple(findings[row["id"]]),
            documents=tuple(documents[row["id"]]),
        )
        for row in rows
    )


def documents_from(session: Session, rows: Sequence[Row]) -> tuple[Document, ...]:
    """Documents in the order of ``rows`` (of schema.document), with findings and renditions."""
    ids = [row["id"] for row in rows]
    findings = _findings(session, schema.finding.c.document_id, ids, of_item=False)
    renditions = _renditions(session, ids)
    marks = _file_marks(session, [row["file_id"] for row in rows if row["file_id"]])
    return tuple(
        Document(
            **_kept(row, _DOCUMENT_FIELDS, _state(row)),
            file_mark=marks.get(row["file_id"]),
            findings=tuple(findings[row["id"]]),
            renditions=tuple(renditions[row["id"]]),
        )
        for row in rows
    )


def with_item(
    session: Session, document_id: str
) -> tuple[Document, Item, tuple[Rendition, ...]] | None:
    """A document, its item, and what is stored of the item itself, as the road needs them at each
    step; None where it is not there."""
    document, item = schema.document, schema.item
    query = sa.select(document, item).join(item, item.c.id == document.c.item_id)
    row = session.execute(query.where(document.c.id == document_id)).mappings().one_or_none()
    if row is None:
        return None
    part = {column.name: row[column] for column in document.columns}
    whole = {column.name: row[column] for column in item.columns}
    findings = _of_both(session, schema.finding, part)
    renditions = _of_both(session, schema.rendition, part)
    marks = _file_marks(session, [part["file_id"]] if part["file_id"] else [])
    return (
        Document(
            **_kept(part, _DOCUMENT_FIELDS, _state(part)),
            file_mark=marks.get(part["file_id"]),
            findings=tuple(map(_finding_from, findings[True])),
            renditions=tuple(map(rendition_from, renditions[True])),
        ),
        Item(
            **_kept(whole, _ITEM_FIELDS, _state(whole)),
            findings=tuple(map(_finding_from, findings[False])),
            documents=_siblings(session, part),
        ),
        tuple(map(rendition_from, renditions[False])),
    )


def _siblings(session: Session, document: Row) -> tuple[str, ...]:
    """The documents of its item; one that is the whole file has no others beside it."""
    if document["first_page"] is None:
        return (document["id"],)
    table = schema.document
    query = sa.select(table.c.id).where(table.c.item_id == document["item_id"])
    return tuple(session.execute(query.order_by(table.c.position)).scalars())


def _of_both(session: Session, table: sa.Table, document: Row) -> dict[bool, list[Row]]:
    """What counts of a document (True) and of its item alone (False), in the order of writing."""
    counts = table.c.superseded_at.is_(None)
    of_document = sa.select(table).where(table.c.document_id == document["id"], counts)
    of_item = sa.select(table).where(
        table.c.item_id == document["item_id"], table.c.document_id.is_(None), counts
    )
    found: dict[bool, list[Row]] = {True: [], False: []}
    rows = session.execute(of_document.union_all(of_item)).mappings()
    for row in sorted(map(dict, rows), key=itemgetter("id")):
        found[row["document_id"] is not None].append(row)
    return found


def item_renditions(session: Session, item_id: str) -> tuple[Rendition, ...]:
    """What is stored of the item itself and counts: original, supplied files, opened copies,
    signature reports."""
    table = schema.rendition
    query = sa.select(table).where(
        table.c.item_id == item_id, table.c.document_id.is_(None), table.c.superseded_at.is_(None)
    )
    found = session.execute(query.order_by(table.c.id)).mappings()
    return tuple(rendition_from(dict(row)) for row in found)


def rendition_from(row: Row) -> Rendition:
    return Rendition(
        role=RenditionRole(row["role"]),
        sha256=row["sha256"],
        size=row["size"],
        media_type=row["media_type"],
        file_name=row["file_name"],
        version=row["version"],
        derived_from=row["derived_from"],
        created_at=row["created_at"],
        detail=row["detail"],
    )


def file_from(row: Row) -> CaseFile:
    return made_from(CaseFile, row)


def case_from(row: Row) -> Case:
    return made_from(Case, row)


def made_from(kind: type[T], row: Row) -> T:
    """A frozen value of the columns that bear the names of its fields; others are left out."""
    return kind(**{field.name: row[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def _kept(row: Row, names: frozenset[str], changed: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in names} | dict(changed)


def _state(row: Row) -> dict[str, Any]:
    state: dict[str, Any] = {
        "stage": Stage(row["stage"]),
        "held_reason": HoldReason(row["held_reason"]) if row["held_reason"] else None,
        "held_from": Stage(row["held_from"]) if row["held_from"] else None,
    }
    if "outcome" in row:
        state["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    return state


def _findings(
    session: Session, key: sa.Column[Any], ids: Sequence[str], *, of_item: bool
) -> dict[str, list[Finding]]:
    table = schema.finding
    found: dict[str, list[Finding]] = defaultdict(list)
    for part in chunks(ids):
        query = sa.select(table).where(key.in_(part), table.c.superseded_at.is_(None))
        if of_item:
            query = query.where(table.c.document_id.is_(None))
        for row in session.execute(query.order_by(table.c.id)).mappings():
            found[row[key.name]].append(_finding_from(dict(row)))
    return found


def _finding_from(row: Row) -> Finding:
    return Finding(
        code=row["code"],
        text=row["text"],
        severity=Severity(row["severity"]),
        page=row["page"],
        detail=row["detail"],
    )


def _renditions(session: Session, ids: Sequence[str]) -> dict[str, list[Rendition]]:
    table = schema.rendition
    found: dict[str, list[Rendition]] = defaultdict(list)
    for part in chunks(ids):
        query = sa.select(table).where(
            table.c.document_id.in_(part), table.c.superseded_at.is_(None)
        )
        for row in session.execute(query.order_by(table.c.id)).mappings():
            found[row["document_id"]].append(rendition_from(dict(row)))
    return found


def _file_marks(session: Session, ids: Sequence[str]) -> dict[str, str]:
    table = schema.case_file
    found: dict[str, str] = {}
    for part in chunks(sorted(set(ids))):
        query = sa.select(table.c.id, table.c.file_mark).where(table.c.id.in_(part))
        found.update({row.id: row.file_mark for row in session.execute(query)})
    return found


def chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """So many at once as one statement takes."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
