"""What was changed of a file, its parts and cases: old, new, who, when and why. Append-only.

Every change writes one line here, for people, and one event of the audit trail, for evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import Actor, append, lock_trail, storable
from archive.db.rows import file_from
from archive.model import CaseFile, Reader
from archive.tables import schema
from config.errors import NotFound

_T = schema.record_history


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """One change of a file, sub-file or case."""

    object_type: str  #: "file", "sub_file", "case"
    object_id: str
    field: str
    old: str | None
    new: str | None
    actor: str
    at: datetime
    remark: str | None


def actor(reader: Reader) -> Actor:
    """The reader as the one who does it."""
    return Actor(user=reader.user, on_behalf=reader.on_behalf)


def locked_file(session: Session, reader: Reader, file_id: str) -> CaseFile:
    """The file, with every other writer kept out. Raises NotFound, also where it is foreign."""
    lock_trail(session)
    table = schema.case_file
    query = sa.select(table).where(table.c.id == file_id, access.visible_files(reader))
    row = session.execute(query.with_for_update()).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    return file_from(dict(row))


def write(
    session: Session,
    reader: Reader,
    *,
    file_id: str,
    object_type: str,
    object_id: str,
    action: str,
    at: datetime,
    changes: dict[str, tuple[object, object]],
    remark: str | None = None,
    item_id: str | None = None,
) -> None:
    """Note that ``field: (old, new)`` changed, in history and trail; ``item_id``: of a document."""
    for field, (old, new) in changes.items():
        session.execute(
            sa.insert(_T).values(
                file_id=file_id,
                object_type=object_type,
                object_id=object_id,
                field=field,
                old=_text(old),
                new=_text(new),
                actor=reader.user,
                at=at,
                remark=None if remark is None else storable(remark),
            )
        )
    append(
        session,
        at=at,
        by=actor(reader),
        action=action,
        object_type=object_type,
        object_id=object_id,
        reason=remark,
        correlation_id=item_id,
        detail={
            "file": file_id,
            **{field: [_text(old), _text(new)] for field, (old, new) in changes.items()},
        },
    )


def of_file(session: Session, reader: Reader, file_id: str) -> tuple[RecordChange, ...]:
    """Everything that was changed of a file and in it, oldest first. Raises NotFound."""
    files = schema.case_file
    seen = sa.select(files.c.id).where(files.c.id == file_id, access.visible_files(reader))
    if session.execute(seen).first() is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    query = sa.select(_T).where(_T.c.file_id == file_id).order_by(_T.c.id)
    return tuple(
        RecordChange(
            object_type=row.object_type,
            object_id=row.object_id,
            field=row.field,
            old=row.old,
            new=row.new,
            actor=row.actor,
            at=row.at,
            remark=row.remark,
        )
        for row in session.execute(query)
    )


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
