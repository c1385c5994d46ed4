"""What is on the road right now: for the sweep, the tidying after a crash, and ``--wait``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.intake import transitions
from archive.stages import ITEM_ROAD, TERMINAL, Stage
from archive.tables import schema
from archive.tables.indices import not_filed

ITEM = schema.item
DOCUMENT = schema.document
WALKING_ITEM = tuple(stage.value for stage in ITEM_ROAD if stage is not Stage.SEPARATED)
RESTING_DOCUMENT = tuple(stage.value for stage in (*TERMINAL, Stage.HELD, Stage.AWAITING_QA))


@dataclass(frozen=True, slots=True, kw_only=True)
class Walking:
    """An item or document between two stages."""

    id: str
    item_id: str
    kind: str  #: "item" or "document"
    stage: Stage
    attempt: int
    stream: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an item or document stands, and what its walk has to know of its file."""

    item_id: str
    stage: Stage
    attempt: int
    waiting_for: str | None
    stream: str
    source: str  #: name of the file that arrived, for messages
    size: int  #: of that file, bytes
    working_copy: str | None  #: address of what is read instead of it


def standing(session: Session, kind: str, object_id: str) -> Standing:
    """Of an object on the road or at rest; ``kind`` is "item" or "document". Raises NotFound."""
    table = ITEM if kind == "item" else DOCUMENT
    row = session.execute(_STANDING[kind], {"wanted": object_id}).mappings().one_or_none()
    if row is None:
        raise transitions.missing(table, object_id)
    return Standing(**{**row, "stage": Stage(row["stage"])})


def walking_objects(session: Session) -> tuple[Walking, ...]:
    """All that is between two stages."""
    return tuple(
        Walking(**{**row, "stage": Stage(row["stage"])})
        for query in (_items(), _documents())
        for row in session.execute(query).mappings()
    )


def walking_object(session: Session, object_id: str) -> Walking | None:
    """One of them, or none where it rests."""
    for query, table in ((_items(), ITEM), (_documents(), DOCUMENT)):
        row = session.execute(query.where(table.c.id == object_id)).mappings().one_or_none()
        if row is not None:
            return Walking(**{**row, "stage": Stage(row["stage"])})
    return None


def paused(session: Session) -> frozenset[str]:
    """Documents that wait for a person's look before the seal; their working files are needed."""
    query = sa.select(DOCUMENT.c.id).where(
        DOCUMENT.c.stage == Stage.AWAITING_QA.value, not_filed(DOCUMENT.c.stage)
    )
    return frozenset(session.execute(query).scalars())


def begin_again(session: Session, found: Walking, *, by: Actor, at: datetime) -> int:
    """A new attempt of an object whose walk ended without its fault; it keeps its stage."""
    table = ITEM if found.kind == "item" else DOCUMENT
    row = transitions.locked(session, table, found.id)
    attempt = int(row["attempt"]) + 1
    session.execute(sa.update(table).where(table.c.id == found.id).values(attempt=attempt))
    transitions.told(
        session, table, row, by=by, at=at, action="WALK_RESUMED", detail={"attempt": attempt}
    )
    return attempt


def exists(session: Session, item_id: str) -> bool:
    """Whether the item's custody was committed."""
    return session.execute(sa.select(ITEM.c.id).where(ITEM.c.id == item_id)).first() is not None


def _items() -> sa.Select[Any]:
    return sa.select(
        ITEM.c.id,
        ITEM.c.id.label("item_id"),
        sa.literal("item").label("kind"),
        ITEM.c.stage,
        ITEM.c.attempt,
        ITEM.c.stream,
    ).where(ITEM.c.stage.in_(WALKING_ITEM))


def _documents() -> sa.Select[Any]:
    return sa.select(
        DOCUMENT.c.id,
        DOCUMENT.c.item_id,
        sa.literal("document").label("kind"),
        DOCUMENT.c.stage,
        DOCUMENT.c.attempt,
        DOCUMENT.c.stream,
    ).where(DOCUMENT.c.stage.not_in(RESTING_DOCUMENT), not_filed(DOCUMENT.c.stage))


def _standing(table: sa.Table) -> sa.Select[Any]:
    whole = ITEM if table is ITEM else DOCUMENT.join(ITEM, ITEM.c.id == DOCUMENT.c.item_id)
    columns = (table.c.stage, table.c.attempt, table.c.waiting_for)
    return (
        sa.select(ITEM.c.id.label("item_id"), *columns, *_OF_THE_FILE)
        .select_from(whole)
        .where(table.c.id == sa.bindparam("wanted"))
    )


_OF_THE_FILE = (ITEM.c.stream, ITEM.c.source, ITEM.c.size, ITEM.c.working_copy)
_STANDING = {"item": _standing(ITEM), "document": _standing(DOCUMENT)}
