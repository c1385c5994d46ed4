"""The inbox: a list of items and the figures above it, which are counted as the list is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, listing, rows, schema
from archive.model import Item, Page, Reader
from archive.paper import paper_is_kept
from archive.stages import Outcome

_ITEM = schema.item


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
    also = _clauses(narrowed)
    return listing.items(
        session, reader, since=narrowed.since, also=also, cursor=cursor, limit=limit
    )


def numbers(session: Session, reader: Reader, *, since: datetime | None) -> Numbers:
    """What ``listed`` would list for each standing, and with paper to keep."""
    filters = [access.visible_items(reader)]
    if since is not None:
        filters.append(_ITEM.c.received_at >= since)
    asked: list[sa.ScalarSelect[int]] = [
        rows.some(_ITEM, filters),
        rows.some(_ITEM, (*filters, paper_is_kept())),
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


def _clauses(narrowed: Narrowed) -> tuple[sa.ColumnElement[bool], ...]:
    found: list[sa.ColumnElement[bool]] = []
    if narrowed.standing is not None:
        found.append(_stands(narrowed.standing))
    if narrowed.keep_paper:
        found.append(paper_is_kept())
    return tuple(found)
