"""How an item or a document moves from stage to stage; the mechanics that both share.

A move is one guarded UPDATE with its audit event in the caller's transaction. What a step makes
(findings, renditions) is marked with the stage that the step began at, so that a release further
back sets it aside: it is kept, named by the event, and no longer counts
(archive/intake/earlier_attempts.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append, read_for_change, storable
from archive.intake import earlier_attempts
from archive.stages import DOCUMENT_ROAD, ITEM_ROAD, TERMINAL, Outcome, Stage, outcome_of
from archive.tables import schema
from config.errors import Conflict, HoldReason, NotFound

ITEM = schema.item
DOCUMENT = schema.document
Values = Mapping[str, Any]
_MOVED = "archive.moved"
_WALKING = frozenset({*ITEM_ROAD, *DOCUMENT_ROAD}) - TERMINAL


def locked(session: Session, table: sa.Table, object_id: str) -> Mapping[str, Any]:
    """The row, with every other writer kept out. Raises NotFound."""
    row = read_for_change(session, table, object_id)
    if row is None:
        raise missing(table, object_id)
    return row


def missing(table: sa.Table, object_id: str) -> NotFound:
    noun = "Den Eingang" if table is ITEM else "Das Dokument"
    return NotFound(f"{noun} {object_id} gibt es nicht.")


def move(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    begins: Stage,
    ends: Stage,
    *,
    by: Actor,
    at: datetime,
    action: str,
    reason: str | None = None,
    detail: Values | None = None,
    values: Values | None = None,
) -> None:
    """``begins -> ends`` for ``row``, with its event. Raises Conflict when it stands elsewhere."""
    changed = session.execute(
        sa.update(table)
        .where(table.c.id == row["id"], table.c.stage == begins.value)
        .values({"stage": ends.value, "waiting_for": None, **(values or {})})
    )
    if cast("sa.CursorResult[Any]", changed).rowcount != 1:
        raise Conflict(
            f"{row['id']} steht auf „{row['stage']}“, nicht auf „{begins.value}“; neu laden."
        )
    makes = begins is not Stage.HELD and ends is not Stage.AWAITING_QA
    _remember(session, {**row, **(values or {})}, begins if makes else None)
    told(
        session,
        table,
        row,
        by=by,
        at=at,
        action=action,
        reason=reason,
        detail={"from": begins.value, "to": ends.value, **(detail or {})},
    )
    if not (begins in _WALKING and ends in _WALKING):  # else it had no outcome, and has none
        refresh_outcome(session, item_of(row))


def told(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    action: str,
    reason: str | None = None,
    sha256: str | None = None,
    detail: Values | None = None,
) -> None:
    """The audit event of a change to this item or document; correlated by the item."""
    append(
        session,
        at=at,
        by=by,
        action=action,
        object_type="item" if table is ITEM else "document",
        object_id=row["id"],
        object_sha256=sha256,
        reason=reason,
        correlation_id=item_of(row),
        detail=detail,
    )


def item_of(row: Mapping[str, Any]) -> str:
    return str(row.get("item_id") or row["id"])


def hold(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    reason: HoldReason,
    text: str,
    *,
    by: Actor,
    at: datetime,
    detail: Values | None = None,
) -> None:
    """Stop ``row`` where it stands; the text stays out of the trail (it may name a file)."""
    begins = Stage(row["stage"])
    action = {
        HoldReason.MALWARE: "MALWARE_FOUND",
        HoldReason.CLARIFICATION: "CLARIFICATION_OPENED",
    }.get(reason, "QUARANTINED")
    move(
        session,
        table,
        row,
        begins,
        Stage.HELD,
        by=by,
        at=at,
        action=action,
        detail={**(detail or {}), "reason": reason.value},
        values={
            "held_reason": reason.value,
            "held_text": storable(text),
            "held_from": begins.value,
        },
    )


def release(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    to: Stage,
    *,
    reason: str,
    by: Actor,
    at: datetime,
    detail: Values | None = None,
    values: Values | None = None,
) -> None:
    """HELD -> ``to``; what was made at ``to`` or later is superseded. Raises Conflict."""
    again = _made_again(table, row, to)
    attempt = row["attempt"] + 1
    document_id = None if table is ITEM else row["id"]
    superseded = earlier_attempts.supersede(
        session, item_of(row), document_id, made_from=again, by_attempt=attempt, at=at
    )
    move(
        session,
        table,
        row,
        Stage.HELD,
        to,
        by=by,
        at=at,
        action="QUARANTINE_RELEASED",
        reason=reason,
        detail={"attempt": attempt, **superseded, **(detail or {})},
        values={
            "held_reason": None,
            "held_text": None,
            "held_from": None,
            "attempt": attempt,
            **(values or {}),
        },
    )


def _made_again(table: sa.Table, row: Mapping[str, Any], to: Stage) -> tuple[str, ...]:
    """The stages from ``to`` on, whose steps are taken again. Raises Conflict."""
    road = ITEM_ROAD[:-1] if table is ITEM else DOCUMENT_ROAD[:-1]
    if row["stage"] != Stage.HELD:
        raise Conflict(f"{row['id']} ist nicht angehalten und kann nicht freigegeben werden.")
    stood = Stage(row["held_from"])
    stood = Stage.NOTED if stood is Stage.AWAITING_QA else stood
    if to not in road or road.index(to) > road.index(stood):
        raise Conflict(
            f"{row['id']} wurde auf „{stood.value}“ angehalten und kann nicht auf"
            f" „{to.value}“ weitergehen."
        )
    return tuple(stage.value for stage in road[road.index(to) :])


def reject(
    session: Session,
    table: sa.Table,
    row: Mapping[str, Any],
    *,
    reason: str,
    by: Actor,
    at: datetime,
) -> None:
    move(
        session,
        table,
        row,
        Stage(row["stage"]),
        Stage.REJECTED,
        by=by,
        at=at,
        action="REJECTED",
        reason=reason,
        values={"rejected_text": storable(reason)},
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """What is remembered of an object that this transaction has moved."""

    item_id: str
    made_from: str  #: the stage that the step at work began at
    attempt: int


def moved(session: Session, object_id: str) -> Moved | None:
    """What the step at work has moved, for the rest of this transaction."""
    found = session.info.get(_MOVED)
    if found is None or found[0] is not session.get_transaction():
        return None
    known: Moved | None = found[1].get(object_id)
    return known


def made_from(session: Session, row: Mapping[str, Any]) -> str:
    """The stage that the step at work began at, whether it has moved its object yet or not."""
    known = moved(session, row["id"])
    if known is not None:
        return known.made_from
    stage = row["held_from"] if row["stage"] == Stage.HELD else row["stage"]
    return _of_note(stage)


def _of_note(stage: str) -> str:
    """What a quality check adds belongs to the note that it looked at."""
    return Stage.PRESERVED.value if stage == Stage.AWAITING_QA else str(stage)


def _remember(session: Session, row: Mapping[str, Any], begins: Stage | None) -> None:
    """For the rest of this transaction: the step at work began at ``begins`` (None: none does)."""
    found = session.info.get(_MOVED)
    if found is None or found[0] is not session.get_transaction():
        found = (session.get_transaction(), dict[str, Moved]())
        session.info[_MOVED] = found
    if begins is None:
        found[1].pop(row["id"], None)
    else:
        found[1][row["id"]] = Moved(item_of(row), _of_note(begins.value), int(row["attempt"]))


def refresh_outcome(session: Session, item_id: str) -> Outcome | None:
    """Write what ``outcome_of`` says of the item and its documents as they stand now."""
    query = (
        sa.select(ITEM.c.stage, ITEM.c.outcome, DOCUMENT.c.stage.label("part"))
        .select_from(ITEM.outerjoin(DOCUMENT, DOCUMENT.c.item_id == ITEM.c.id))
        .where(ITEM.c.id == item_id)
    )
    found = session.execute(query).all()
    if not found:
        raise missing(ITEM, item_id)
    parts = tuple(Stage(row.part) for row in found if row.part is not None)
    outcome = outcome_of(Stage(found[0].stage), parts)
    value = None if outcome is None else outcome.value
    if value != found[0].outcome:
        session.execute(sa.update(ITEM).where(ITEM.c.id == item_id).values(outcome=value))
    return outcome
