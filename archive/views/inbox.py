"""The inbox: a list of items and the figures above it, which are counted as the list is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.model import Item, Page, Reader
from archive.paging import merged_lists, page_cursors
from archive.stages import Outcome
from archive.tables import schema
from archive.views import listing

_ITEM, _PAPER = schema.item, schema.paper_kept


@unique
class Standing(StrEnum):
    """What the inbox is narrowed to: an outcome, or what has none yet."""

    WALKING = "walking"
    ARCHIVED = Outcome.ARCHIVED.value
    HELD = Outcome.HELD.value
    AWAITING_QA = Outcome.AWAITING_QA.value
    DUPLICATE = Outcome.DUPLICATE.value
    REJECTED = Outcome.REJECTED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Which items are asked for; None: of every standing."""

    since: datetime | None = None
    standing: Standing | None = None
    keep_paper: bool = False  #: only those whose paper has to be kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How many items there are since the same moment; each is the length of a list, up to
    ``rows.COUNTED``; one more says that there are more."""

    arrived: int
    standing: dict[Standing, int]
    keep_paper: int


def listed(
    session: Session,
    reader: Reader,
    narrowed: Narrowed,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Item]:
    """The items of this reader, newest first."""
    if narrowed.keep_paper:
        return _with_paper_to_keep(session, reader, narrowed, cursor, limit)
    return listing.items(
        session,
        reader,
        since=narrowed.since,
        also=() if narrowed.standing is None else (_stands(narrowed.standing),),
        cursor=cursor,
        limit=limit,
    )


def _with_paper_to_keep(
    session: Session, reader: Reader, narrowed: Narrowed, cursor: str | None, limit: int
) -> Page[Item]:
    """By the table that holds nothing else; the rights are asked of the item."""
    also = () if narrowed.standing is None else (_stands(narrowed.standing),)
    where = _of_papers(reader, narrowed.since, also)
    reaches = access.reaches_items(reader)
    total = rows.count_some(session, _PAPER, (*where, *merged_lists.within(reaches, _PAPER)))
    key = (_PAPER.c.received_at, _PAPER.c.id)
    if cursor is not None:
        at, item_id = page_cursors.read(cursor, str, str)
        moment = sa.literal(page_cursors.moment(at), schema.UtcDateTime())
        where.append(sa.tuple_(*key) < sa.tuple_(moment, sa.literal(item_id)))
    parts = merged_lists.parts(reaches, _PAPER)
    shown, more = merged_lists.page(session, _PAPER, where, parts, key, limit)
    query = sa.select(_ITEM).where(_ITEM.c.id.in_([row["id"] for row in shown]))
    newest_first = query.order_by(_ITEM.c.received_at.desc(), _ITEM.c.id.desc())
    items = [dict(row) for row in session.execute(newest_first).mappings()]
    following = None
    if more:
        following = page_cursors.made(shown[-1]["received_at"].isoformat(), shown[-1]["id"])
    return Page(items=rows.items_from(session, items), next_cursor=following, total=total)


def _of_papers(
    reader: Reader, since: datetime | None, also: tuple[sa.ColumnElement[bool], ...] = ()
) -> list[sa.ColumnElement[bool]]:
    """Over schema.paper_kept: the reader's items."""
    mine = sa.select(_ITEM.c.id).where(
        _ITEM.c.id == _PAPER.c.id, access.visible_items(reader), *also
    )
    found: list[sa.ColumnElement[bool]] = [sa.exists(mine)]
    if since is not None:
        found.append(_PAPER.c.received_at >= since)
    return found


def numbers(session: Session, reader: Reader, *, since: datetime | None) -> Numbers:
    """What ``listed`` would list for each standing, and with paper to keep."""
    reaches = access.reaches_items(reader)
    filters = [access.visible_items(reader), *merged_lists.within(reaches, _ITEM)]
    papers = (*_of_papers(reader, since), *merged_lists.within(reaches, _PAPER))
    if since is not None:
        filters.append(_ITEM.c.received_at >= since)
    asked: list[sa.ScalarSelect[int]] = [
        rows.some(_ITEM, filters),
        rows.some(_PAPER, papers),
        *(rows.some(_ITEM, (*filters, _stands(each))) for each in Standing),
    ]
    arrived, keep_paper, *counted = session.execute(
        sa.select(*(each.label(f"n{place}") for place, each in enumerate(asked)))
    ).one()
    return Numbers(
        arrived=int(arrived),
        standing={each: int(count) for each, count in zip(Standing, counted, strict=True)},
        keep_paper=int(keep_paper),
    )


def _stands(standing: Standing) -> sa.ColumnElement[bool]:
    if standing is Standing.WALKING:
        return _ITEM.c.outcome.is_(None)
    return _ITEM.c.outcome == standing.value
