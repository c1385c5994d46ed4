"""Follow-ups (Wiedervorlage): what somebody, or the department, looks at again on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, plausibility
from archive.audit.trail import append
from archive.db.rows import count, made_from
from archive.efile import files
from archive.efile.change_history import actor, locked_file
from archive.model import CaseFile, Reader
from archive.office_calendar import office_date
from archive.tables import schema
from config.clock import new_id
from config.errors import Conflict, Forbidden, NotFound

_T = schema.follow_up
_FILE = schema.case_file
MOST = 500  #: of one list
LONGEST = 365 * 100  #: days that something may be put off


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    id: str
    file_id: str
    case_id: str | None
    for_user: str | None  #: None = the department of the file
    due: date
    reason: str
    made_by: str
    made_at: datetime
    done_by: str | None
    done_at: datetime | None


def add(
    session: Session,
    reader: Reader,
    file_id: str,
    *,
    due: date,
    reason: str,
    at: datetime,
    case_id: str | None = None,
    for_user: str | None = None,
) -> FollowUp:
    """Note that an open file (or a case in it) is to be looked at again.

    Raises NotFound, Forbidden, UsageError without a reason, Conflict where it is closed.
    """
    file = _for_work(session, reader, file_id)
    reason = plausibility.remark(reason, "Der Anlass der Wiedervorlage", required=True)
    _likely(due, at)
    if case_id is not None:
        _open_case(session, file, case_id)
    if for_user is not None:
        users = schema.app_user
        if session.execute(sa.select(users.c.id).where(users.c.id == for_user)).first() is None:
            raise NotFound(f"Den Benutzer {for_user} gibt es nicht.")
    values: dict[str, Any] = {
        "id": new_id("w"),
        "file_id": file_id,
        "case_id": case_id,
        "for_user": for_user,
        "due": due,
        "reason": reason[:1000],
        "made_by": reader.user,
        "made_at": at,
        "done_by": None,
        "done_at": None,
    }
    session.execute(sa.insert(_T).values(values))
    _told(session, reader, values, "FOLLOW_UP_SET", at=at)
    return FollowUp(**values)


def done(session: Session, reader: Reader, follow_up_id: str, *, at: datetime) -> None:
    """It was looked at. Raises NotFound, Forbidden, Conflict where it is done already."""
    row = _existing(session, reader, follow_up_id)
    session.execute(
        sa.update(_T).where(_T.c.id == follow_up_id).values(done_by=reader.user, done_at=at)
    )
    _told(session, reader, row, "FOLLOW_UP_DONE", at=at)


def move(
    session: Session,
    reader: Reader,
    follow_up_id: str,
    *,
    at: datetime,
    due: date | None = None,
    file_id: str | None = None,
) -> None:
    """Put it off, or onto another open file of the reader's. Raises as ``add`` and ``done``."""
    row = _existing(session, reader, follow_up_id)
    values: dict[str, Any] = {} if due is None else {"due": _likely(due, at)}
    if file_id is not None and file_id != row["file_id"]:
        _for_work(session, reader, file_id)
        values |= {"file_id": file_id, "case_id": None}
    if values:
        session.execute(sa.update(_T).where(_T.c.id == follow_up_id).values(values))
        _told(session, reader, {**row, **values}, "FOLLOW_UP_MOVED", at=at)


def to_do(
    session: Session, reader: Reader, *, until: date, mine: bool = False
) -> tuple[FollowUp, ...]:
    """What is due by ``until`` in files that this reader may read, soonest first.

    ``mine``: only what is for the reader or for the whole department.
    """
    query = sa.select(_T).where(*_due(reader, until, mine=mine))
    found = session.execute(query.order_by(_T.c.due, _T.c.id).limit(MOST)).mappings()
    return tuple(made_from(FollowUp, dict(row)) for row in found)


def due_count(session: Session, reader: Reader, *, until: date) -> int:
    """How many ``to_do`` with ``mine`` would list without its limit, for the menu."""
    return count(session, _T, _due(reader, until, mine=True))


def _due(reader: Reader, until: date, *, mine: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """Over follow-ups; their files are asked one by one, there are many more of them."""
    own = sa.or_(_T.c.for_user.is_(None), _T.c.for_user == reader.user)
    readable = sa.exists().where(_FILE.c.id == _T.c.file_id, access.visible_files(reader))
    due = (readable, _T.c.done_at.is_(None), _T.c.due <= until)
    return (*due, own) if mine else due


def of_file(session: Session, reader: Reader, file_id: str) -> tuple[FollowUp, ...]:
    """All of a file, done ones too, by their day; none where the file is foreign."""
    query = (
        sa.select(_T)
        .join(_FILE, _FILE.c.id == _T.c.file_id)
        .where(access.visible_files(reader), _T.c.file_id == file_id)
    )
    found = session.execute(query.order_by(_T.c.due, _T.c.id)).mappings()
    return tuple(made_from(FollowUp, dict(row)) for row in found)


def _existing(session: Session, reader: Reader, follow_up_id: str) -> dict[str, Any]:
    row = session.execute(sa.select(_T).where(_T.c.id == follow_up_id)).mappings().one_or_none()
    missing = NotFound(f"Die Wiedervorlage {follow_up_id} gibt es nicht.")
    if row is None:
        raise missing
    try:
        _for_work(session, reader, row["file_id"])
    except NotFound:
        raise missing from None
    if row["done_at"] is not None:
        raise Conflict(f"Die Wiedervorlage {follow_up_id} ist schon erledigt.")
    return dict(row)


def _likely(due: date, at: datetime) -> date:
    """Raises UsageError for a day that nobody means."""
    today = office_date(at)
    return plausibility.day(
        due, "Der Tag der Wiedervorlage", latest=today + timedelta(days=LONGEST)
    )


def _for_work(session: Session, reader: Reader, file_id: str) -> CaseFile:
    file = locked_file(session, reader, file_id)
    if not access.may_work_on_file(reader, file):
        raise Forbidden("Wiedervorlagen setzt die Sachbearbeitung der zuständigen Abteilung.")
    if file.state != "OPEN":
        raise Conflict(f"Die Akte {file.file_mark} ist nicht mehr offen.")
    return file


def _open_case(session: Session, file: CaseFile, case_id: str) -> None:
    case = files.case_of(session, case_id)
    if case.file_id != file.id:
        raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
    if case.state != "OPEN":
        raise Conflict(f"Der Vorgang {case_id} ist nicht mehr offen.")


def _told(
    session: Session, reader: Reader, row: dict[str, Any], action: str, *, at: datetime
) -> None:
    append(
        session,
        at=at,
        by=actor(reader),
        action=action,
        object_type="follow_up",
        object_id=row["id"],
        detail={"file": row["file_id"], "case": row["case_id"], "due": row["due"].isoformat()},
    )
