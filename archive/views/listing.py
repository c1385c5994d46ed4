"""What a reader gets to see: lists, single objects, counts, history.

Every query here carries the reader's filter, so what lies in a foreign department or a closed
compartment changes no answer: no row, count, order, total or cursor. A foreign object and one that
does not exist give the same NotFound.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.intake import transitions
from archive.model import (
    Case,
    CaseFile,
    Document,
    HistoryEntry,
    Item,
    Page,
    Reader,
)
from archive.paging import merged_lists, page_cursors
from archive.stages import Outcome, Stage
from archive.tables import schema
from archive.tables.counters import WALKING
from archive.tables.indices import not_filed
from config.errors import NotFound

_ITEM = schema.item
_DOCUMENT = schema.document
_FILE = schema.case_file
_EVENT = schema.audit_event
LARGEST = merged_lists.LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSettle:
    """What waits for this reader's decision."""

    items: tuple[Item, ...]
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One event of the trail, for auditors."""

    seq: int
    at: datetime
    actor: str
    on_behalf: str | None
    action: str
    object_type: str
    object_id: str
    object_sha256: str | None
    outcome: str
    reason: str | None
    correlation_id: str | None
    detail: Mapping[str, Any]
    hash: str


# ------------------------------------------------------------------ items
def items(
    session: Session,
    reader: Reader,
    *,
    since: datetime | None = None,
    stage: Stage | None = None,
    outcome: Outcome | None = None,
    stream: str | None = None,
    also: Iterable[sa.ColumnElement[bool]] = (),
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Item]:
    """Newest first; ``total`` counts what this reader sees under all filters (``also``: more of
    them), up to ``rows.COUNTED``; one more says that there are more."""
    filters = [access.visible_items(reader), *also]
    reaches = access.reaches_items(reader)
    each, narrowed = merged_lists.parts(reaches, _ITEM), merged_lists.within(reaches, _ITEM)
    if since is not None:
        filters.append(_ITEM.c.received_at >= since)
    if stage is not None:
        filters.append(_ITEM.c.stage == stage.value)
        if stage.value in set(Outcome):  # of an item that rests these are the same
            filters.append(_ITEM.c.outcome == stage.value)
        elif stage is not Stage.SEPARATED and each:  # hardly any, in whatever department
            each, narrowed = (sa.true(),), ()
    if outcome is not None:
        filters.append(_ITEM.c.outcome == outcome.value)
    if stream is not None:
        filters.append(_ITEM.c.stream == stream)
    total = rows.count_some(session, _ITEM, (*filters, *narrowed))
    key = (_ITEM.c.received_at, _ITEM.c.id)
    if cursor is not None:
        at, item_id = page_cursors.read(cursor, str, str)
        moment = sa.literal(page_cursors.moment(at), schema.UtcDateTime())
        filters.append(sa.tuple_(*key) < sa.tuple_(moment, sa.literal(item_id)))
    found, more = merged_lists.page(session, _ITEM, filters, each, key, limit)
    following = None
    if more:
        following = page_cursors.made(found[-1]["received_at"].isoformat(), found[-1]["id"])
    return Page(items=rows.items_from(session, found), next_cursor=following, total=total)


def item_for(session: Session, reader: Reader, item_id: str) -> Item:
    """Raises NotFound, also where it exists and is foreign."""
    query = sa.select(_ITEM).where(_ITEM.c.id == item_id, access.visible_items(reader))
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise transitions.missing(_ITEM, item_id)
    return rows.items_from(session, [dict(row)])[0]


def demand_item(session: Session, reader: Reader, item_id: str) -> None:
    """As ``item_for``, where nothing of the item is needed but that the reader may see it."""
    query = sa.select(_ITEM.c.id).where(_ITEM.c.id == item_id, access.visible_items(reader))
    if session.execute(query).first() is None:
        raise transitions.missing(_ITEM, item_id)


def counts(
    session: Session, reader: Reader, *, since: datetime | None = None
) -> dict[str, dict[str, int]]:
    """``{"outcome": {"archived": 3, "walking": 1, ...}, "stage": {"received": 1, ...}}``."""
    filters = [access.visible_items(reader)]
    filters += [_ITEM.c.received_at >= since] if since else []
    return _counts(session, filters)


def to_settle(session: Session, reader: Reader) -> ToSettle:
    """Oldest first: items and documents that are HELD or await QA and that this reader decides."""
    held = sa.select(_ITEM).where(access.settled_items(reader))
    parts = sa.select(_DOCUMENT).where(
        access.settled_documents(reader), not_filed(_DOCUMENT.c.stage)
    )
    found = session.execute(held.order_by(_ITEM.c.received_at, _ITEM.c.id)).mappings()
    others = session.execute(parts.order_by(_DOCUMENT.c.item_id, _DOCUMENT.c.position)).mappings()
    return ToSettle(
        items=rows.items_from(session, [dict(row) for row in found]),
        documents=rows.documents_from(session, [dict(row) for row in others]),
    )


def operator_items(
    session: Session, *, limit: int | None = None, since: datetime | None = None
) -> tuple[Item, ...]:
    """For the machine's operator (``status``): every item, newest first; file names, no titles."""
    query = sa.select(_ITEM).order_by(_ITEM.c.received_at.desc(), _ITEM.c.id.desc())
    if since is not None:
        query = query.where(_ITEM.c.received_at >= since)
    if limit is not None:
        query = query.limit(limit)
    return rows.items_from(session, [dict(row) for row in session.execute(query).mappings()])


def operator_counts(
    session: Session, *, since: datetime | None = None
) -> dict[str, dict[str, int]]:
    """As ``counts``, over everything; for the machine's operator."""
    if since is not None:
        return _counts(session, [_ITEM.c.received_at >= since])
    kept = schema.item_count
    return _summed(session.execute(sa.select(kept.c.outcome, kept.c.stage, kept.c.number)))


# ------------------------------------------------------------------ documents and files
def document_for(session: Session, reader: Reader, document_id: str) -> Document:
    """Raises NotFound, also where it exists and is foreign.

    Title, sender and date of the letter are left out for those who may only know that it exists
    (auditors, the mailroom while it walks).
    """
    query = sa.select(_DOCUMENT).where(
        _DOCUMENT.c.id == document_id, access.known_documents(reader)
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise transitions.missing(_DOCUMENT, document_id)
    document = _of_its_file(reader, rows.documents_from(session, [dict(row)])[0])
    words = access.may_read_document(reader, document) or access.may_see_held_pages(
        reader, document
    )
    return document if words else document.without_words()


def documents_for(
    session: Session,
    reader: Reader,
    *,
    file_id: str | None = None,
    case_id: str | None = None,
    qa: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Document]:
    """FILED documents that this reader may read, newest receipt first."""
    filters = [access.visible_documents(reader)]
    wanted = {_DOCUMENT.c.file_id: file_id, _DOCUMENT.c.case_id: case_id, _DOCUMENT.c.qa: qa}
    filters += [column == value for column, value in wanted.items() if value is not None]
    reaches = access.reaches_files(reader)
    each, narrowed = merged_lists.parts(reaches, _DOCUMENT), merged_lists.within(reaches, _DOCUMENT)
    if each and not (file_id is None and case_id is None):
        each, narrowed = (sa.true(),), ()  # of one department anyway
    total = rows.count_some(session, _DOCUMENT, (*filters, *narrowed))
    key = (_DOCUMENT.c.received_on, _DOCUMENT.c.id)
    if cursor is not None:
        on, document_id = page_cursors.read(cursor, str, str)
        day = sa.literal(page_cursors.moment(on).date(), sa.Date)
        filters.append(sa.tuple_(*key) < sa.tuple_(day, sa.literal(document_id)))
    found, more = merged_lists.page(session, _DOCUMENT, filters, each, key, limit)
    following = None
    if more:
        following = page_cursors.made(f"{found[-1]['received_on']}T00:00:00+00:00", found[-1]["id"])
    documents = tuple(_of_its_file(reader, each) for each in rows.documents_from(session, found))
    return Page(items=documents, next_cursor=following, total=total)


def files_for(
    session: Session,
    reader: Reader,
    *,
    plan_unit: str | Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CaseFile]:
    """E-files of the reader's departments (and of one or several units of the plan), newest first."""
    filters = [access.visible_files(reader)]
    reaches = access.reaches_files(reader)
    each, narrowed = merged_lists.parts(reaches, _FILE), merged_lists.within(reaches, _FILE)
    if plan_unit is not None:
        units = [plan_unit] if isinstance(plan_unit, str) else sorted(plan_unit)
        narrowed = (_FILE.c.plan_unit.in_(units),)
        if each:
            each = tuple(_FILE.c.plan_unit == unit for unit in units)
    total = rows.count_some(session, _FILE, (*filters, *narrowed))
    if cursor is not None:
        (last,) = page_cursors.read(cursor, str)
        filters.append(_FILE.c.id < last)
    found, more = merged_lists.page(session, _FILE, filters, each, (_FILE.c.id,), limit)
    following = page_cursors.made(found[-1]["id"]) if more else None
    return Page(items=tuple(map(rows.file_from, found)), next_cursor=following, total=total)


def file_for(session: Session, reader: Reader, file_id: str) -> CaseFile:
    """Raises NotFound, also where it exists and is foreign."""
    query = sa.select(_FILE).where(_FILE.c.id == file_id, access.visible_files(reader))
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    return rows.file_from(dict(row))


def cases_for(session: Session, reader: Reader, file_id: str) -> tuple[Case, ...]:
    """The cases of a file in their order. Raises NotFound as ``file_for``."""
    file_for(session, reader, file_id)
    table = schema.case
    query = sa.select(table).where(table.c.file_id == file_id).order_by(table.c.number)
    return tuple(rows.case_from(dict(row)) for row in session.execute(query).mappings())


# ------------------------------------------------------------------ history and trail
def history(session: Session, reader: Reader, object_id: str) -> tuple[HistoryEntry, ...]:
    """What happened to an item or document, oldest first. Raises NotFound as the object would."""
    _known(session, reader, object_id)
    query = sa.select(_EVENT).where(_EVENT.c.object_id == object_id).order_by(_EVENT.c.seq)
    return tuple(_entry(dict(row)) for row in session.execute(query).mappings())


def operator_history(session: Session, object_id: str) -> tuple[HistoryEntry, ...]:
    """For ``status ID``: the events of an item and its documents."""
    query = sa.select(_EVENT).where(
        sa.or_(_EVENT.c.object_id == object_id, _EVENT.c.correlation_id == object_id)
    )
    found = session.execute(query.order_by(_EVENT.c.seq)).mappings()
    return tuple(_entry(dict(row)) for row in found)


def audit_page(
    session: Session,
    reader: Reader,
    *,
    cursor: str | None = None,
    limit: int = 50,
    action: str | None = None,
    actor: str | None = None,
    object_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[AuditLine]:
    """The trail, newest first, for auditors; everyone else gets an empty page.

    An auditor of one department gets the events of that department's items. Of items in a closed
    compartment non-members get neither reason nor detail.
    """
    wanted = {_EVENT.c.action: action, _EVENT.c.actor: actor, _EVENT.c.object_id: object_id}
    filters = [_audited(reader)]
    filters += [column == value for column, value in wanted.items() if value is not None]
    filters += [_EVENT.c.at >= since] if since else []
    filters += [_EVENT.c.at < until] if until else []
    query = sa.select(_EVENT).where(*filters)
    if cursor is not None:
        (last,) = page_cursors.read(cursor, int)
        query = query.where(_EVENT.c.seq < last)
    found, more = _slice(session, query.order_by(_EVENT.c.seq.desc()), limit)
    closed = _closed_to(session, reader, [row["correlation_id"] for row in found])
    lines = tuple(_line(row, covered=row["correlation_id"] in closed) for row in found)
    return Page(items=lines, next_cursor=page_cursors.made(found[-1]["seq"]) if more else None)


# ------------------------------------------------------------------ small parts
def _of_its_file(reader: Reader, document: Document) -> Document:
    """A broken glass opens one file: what a document says of others stays closed."""
    if not access.reads_by_glass(reader, document):
        return document
    kept = tuple(
        found
        for found in document.findings
        if found.detail.get("file_id") in (None, document.file_id)
    )
    return replace(document, findings=kept)


def _counts(session: Session, filters: list[sa.ColumnElement[bool]]) -> dict[str, dict[str, int]]:
    outcome = sa.func.coalesce(_ITEM.c.outcome, WALKING)
    query = sa.select(outcome, _ITEM.c.stage, sa.func.count()).where(*filters)
    return _summed(session.execute(query.group_by(outcome, _ITEM.c.stage)))


def _summed(found: Iterable[Any]) -> dict[str, dict[str, int]]:
    """Rows of outcome, stage and number."""
    outcomes: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    for result, stage, count in found:
        outcomes[result] += count
        stages[stage] += count
    return {"outcome": dict(sorted(outcomes.items())), "stage": dict(sorted(stages.items()))}


def _known(session: Session, reader: Reader, object_id: str) -> None:
    for table, clause in (
        (_ITEM, access.visible_items(reader)),
        (_DOCUMENT, access.known_documents(reader)),
    ):
        query = sa.select(table.c.id).where(table.c.id == object_id, clause)
        if session.execute(query).first() is not None:
            return
    raise NotFound(f"{object_id} gibt es nicht.")


def _audited(reader: Reader) -> sa.ColumnElement[bool]:
    if access.sees_everything(reader.grants):
        return sa.true()
    auditing = replace(
        reader, grants=frozenset(grant for grant in reader.grants if grant.role == "auditor")
    )
    # Asked of each event in turn: the newest ones are found without looking at all items.
    mine = sa.select(_ITEM.c.id).where(
        _ITEM.c.id == _EVENT.c.correlation_id, access.visible_items(auditing)
    )
    return sa.exists(mine)


def _closed_to(session: Session, reader: Reader, item_ids: list[str | None]) -> frozenset[str]:
    query = sa.select(_ITEM.c.id).where(
        _ITEM.c.id.in_(sorted({found for found in item_ids if found is not None})),
        _ITEM.c.compartment.is_not(None),
        _ITEM.c.compartment.not_in(sorted(reader.compartments)),
    )
    return frozenset(session.execute(query).scalars())


def _entry(row: Mapping[str, Any]) -> HistoryEntry:
    return HistoryEntry(
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        outcome=row["outcome"],
        reason=row["reason"],
        detail=json.loads(row["detail"]),
    )


def _line(row: Mapping[str, Any], *, covered: bool) -> AuditLine:
    shown = {field.name: row[field.name] for field in fields(AuditLine)}
    shown["detail"] = {} if covered else json.loads(row["detail"])
    shown["reason"] = None if covered else row["reason"]
    return AuditLine(**shown)


def _slice(
    session: Session, query: sa.Select[Any], limit: int
) -> tuple[list[dict[str, Any]], bool]:
    limit = max(1, min(limit, LARGEST))
    found = [dict(row) for row in session.execute(query.limit(limit + 1)).mappings()]
    return found[:limit], len(found) > limit
