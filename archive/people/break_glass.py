"""Break-glass: one person's way into one closed file, for a reason and a short time.

It opens for reading alone, only what the person would read were they a member of the compartment,
and ends by itself. Every try is in the trail, the refused ones too. A second person (an auditor, or
one whose file it is) sees it and says whether it was justified; until then it is on their list.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import append, lock_trail, storable
from archive.db import rows
from archive.db.rows import file_from
from archive.efile import file_reference
from archive.efile.change_history import actor
from archive.model import CaseFile, Document, Reader
from archive.people import four_eyes
from archive.tables import schema
from config.clock import new_id
from config.errors import Conflict, NotFound, UsageError

_T = schema.break_glass
_FILE = schema.case_file
_EVENT = schema.audit_event
LONGEST = timedelta(hours=8)
LEAST_REASON = 10  #: characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """One access and what became of it; ``justified`` is None until a second person has looked."""

    id: str
    user_id: str
    file_id: str
    file_mark: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    seen_by: str | None
    seen_at: datetime | None
    justified: bool | None
    remark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document that was opened through a broken glass."""

    document_id: str
    at: datetime


def open_file(
    session: Session,
    reader: Reader,
    file_mark: str,
    *,
    reason: str,
    length: timedelta,
    at: datetime,
) -> Glass | None:
    """Open the closed file with this mark until ``at + length``.

    None: for this reader there is no such file to be opened. That is in the trail as well, so the
    caller must commit before saying so. Raises UsageError for a missing reason or a long time.
    """
    if len(reason.strip()) < LEAST_REASON:
        raise UsageError(f"Der Notzugriff braucht einen Grund ({LEAST_REASON} Zeichen oder mehr).")
    if not timedelta(0) < length <= LONGEST:
        raise UsageError("Ein Notzugriff dauert höchstens acht Stunden.")
    lock_trail(session)
    file = _closed_file(session, reader, file_mark)
    if file is None:
        _told(session, reader, "-", "BREAK_GLASS", at=at, reason=reason, outcome="refused")
        return None
    values: dict[str, Any] = {
        "id": new_id("g"),
        "user_id": reader.user,
        "file_id": file.id,
        "reason": storable(reason.strip())[:2000],
        "opened_at": at,
        "ends_at": at + length,
    }
    session.execute(sa.insert(_T).values(values))
    detail = {"file": file.id, "ends_at": values["ends_at"].isoformat()}
    _told(session, reader, values["id"], "BREAK_GLASS", at=at, reason=reason, detail=detail)
    return _load(session, values["id"])


def end(session: Session, reader: Reader, glass_id: str, *, at: datetime) -> None:
    """Close it before its time. Raises NotFound for others than whoever opened it."""
    lock_trail(session)
    glass = _load(session, glass_id)
    if glass is None or glass.user_id != reader.user:
        raise NotFound(f"Den Notzugriff {glass_id} gibt es nicht.")
    if glass.ends_at > at:
        session.execute(sa.update(_T).where(_T.c.id == glass_id).values(ends_at=at))
        _told(session, reader, glass_id, "BREAK_GLASS_ENDED", at=at)


def note_reading(session: Session, reader: Reader, document: Document, *, at: datetime) -> None:
    """Put into the trail that a document was read through a broken glass; else nothing."""
    if not access.reads_by_glass(reader, document):
        return
    append(
        session,
        at=at,
        by=actor(reader),
        action="READ",
        object_type="document",
        object_id=document.id,
        correlation_id=document.item_id,
        detail={"file": document.file_id, "break_glass": True},
    )


def readings(session: Session, glass: Glass) -> tuple[Reading, ...]:
    """What was read through it, in the order of time; for whoever judges it."""
    document = schema.document
    inside = sa.select(document.c.id).where(document.c.file_id == glass.file_id)
    query = sa.select(_EVENT.c.object_id, _EVENT.c.at).where(
        _EVENT.c.object_id.in_(inside),
        _EVENT.c.action == "READ",
        _EVENT.c.actor == glass.user_id,
        _EVENT.c.at >= glass.opened_at,
        _EVENT.c.at <= glass.ends_at,
    )
    return tuple(
        Reading(document_id=row.object_id, at=row.at)
        for row in session.execute(query.order_by(_EVENT.c.seq))
    )


def of_reader(session: Session, reader: Reader, *, at: datetime) -> tuple[Glass, ...]:
    """What is open to this reader now, soonest to end first."""
    query = _select().where(_T.c.user_id == reader.user, _T.c.ends_at > at)
    return _glasses(session, query.order_by(_T.c.ends_at))


def to_review(session: Session, reader: Reader) -> tuple[Glass, ...]:
    """Accesses of others that nobody has looked at and that this reader judges, oldest first."""
    query = _select().where(*_waiting(session, reader))
    return _glasses(session, query.order_by(_T.c.opened_at, _T.c.id))


def to_review_count(session: Session, reader: Reader) -> int:
    """How many ``to_review`` lists, for the menu."""
    return rows.count(session, _T, _waiting(session, reader))


def _waiting(session: Session, reader: Reader) -> tuple[sa.ColumnElement[bool], ...]:
    """Over broken glasses; their files are asked one by one, there are many more of them."""
    same = four_eyes.hands(session).one_with(reader.user)
    judged = sa.exists().where(_FILE.c.id == _T.c.file_id, access.judged_glass(reader))
    return _T.c.seen_by.is_(None), _T.c.user_id.not_in(same), judged


def acknowledge(
    session: Session,
    reader: Reader,
    glass_id: str,
    *,
    justified: bool,
    remark: str,
    at: datetime,
) -> None:
    """Say as the second person whether it was justified; what was not needs a remark.

    What was not justified ends at once. Raises NotFound where it is the reader's own
    (``four_eyes.are_two``) or not theirs to judge, Conflict where somebody has judged it,
    UsageError.
    """
    lock_trail(session)
    glass = _load(session, glass_id)
    if (
        glass is None
        or not four_eyes.are_two(session, reader.user, glass.user_id)
        or not access.may_review_glass(reader, _file(session, glass.file_id))
    ):
        raise NotFound(f"Den Notzugriff {glass_id} gibt es nicht.")
    if glass.seen_by is not None:
        raise Conflict(f"Den Notzugriff {glass_id} hat schon {glass.seen_by} geprüft.")
    if not justified and not remark.strip():
        raise UsageError("Was nicht gerechtfertigt war, braucht eine Bemerkung.")
    session.execute(
        sa.update(_T)
        .where(_T.c.id == glass_id)
        .values(
            seen_by=reader.user,
            seen_at=at,
            justified=justified,
            remark=storable(remark.strip())[:2000] or None,
            ends_at=glass.ends_at if justified else min(glass.ends_at, at),
        )
    )
    detail = {"file": glass.file_id, "user": glass.user_id, "justified": justified}
    _told(
        session, reader, glass_id, "BREAK_GLASS_SEEN", at=at, reason=remark or None, detail=detail
    )


def _closed_file(session: Session, reader: Reader, file_mark: str) -> CaseFile | None:
    query = sa.select(_FILE).where(_FILE.c.mark_key == file_reference.compact(file_mark))
    for row in session.execute(query.order_by(_FILE.c.id)).mappings():
        file = file_from(dict(row))
        same = file_reference.plain(file.file_mark) == file_reference.plain(file_mark)
        if same and access.may_break_glass(reader, file):
            return file
    return None


def _select() -> sa.Select[Any]:
    mark = sa.select(_FILE.c.file_mark).where(_FILE.c.id == _T.c.file_id).scalar_subquery()
    return sa.select(_T, mark.label("file_mark"))


def _glasses(session: Session, query: sa.Select[Any]) -> tuple[Glass, ...]:
    names = [field.name for field in fields(Glass)]
    return tuple(
        Glass(**{name: row[name] for name in names}) for row in session.execute(query).mappings()
    )


def _load(session: Session, glass_id: str) -> Glass | None:
    found = _glasses(session, _select().where(_T.c.id == glass_id))
    return found[0] if found else None


def _file(session: Session, file_id: str) -> CaseFile:
    row = session.execute(sa.select(_FILE).where(_FILE.c.id == file_id)).mappings().one()
    return file_from(dict(row))


def _told(
    session: Session,
    reader: Reader,
    glass_id: str,
    action: str,
    *,
    at: datetime,
    reason: str | None = None,
    outcome: str = "ok",
    detail: dict[str, Any] | None = None,
) -> None:
    append(
        session,
        at=at,
        by=actor(reader),
        action=action,
        object_type="break_glass",
        object_id=glass_id,
        outcome=outcome,
        reason=reason,
        detail=detail,
    )
