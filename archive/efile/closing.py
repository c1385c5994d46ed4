"""Closing (zdA) and reopening files, sub-files and cases; signing documents off.

The guards stand twice: here, in words for people, and in the database, which refuses what a defect
of ours would let through. Nothing is closed that holds a document which is not FINAL or a follow-up
that is not done. From zdA on the retention period runs; a file is opened again by a records manager
with a reason, by another person than closed it, and never once it was offered to the archive.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access, plausibility
from archive.efile import change_history, files
from archive.efile.change_history import locked_file
from archive.efile.retention import RetentionStart, retention_end
from archive.file_states import REOPENABLE, FileState, RecordState
from archive.intake import closed_records, transitions
from archive.model import CaseFile, PlanUnit, Reader
from archive.office_calendar import office_date
from archive.search import outbox
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound

_FILE, _SUB_FILE, _CASE = schema.case_file, schema.sub_file, schema.case
_DOCUMENT, _FOLLOW_UP = schema.document, schema.follow_up
_NOUNS = {"file": "Die Akte", "sub_file": "Die Teilakte", "case": "Der Vorgang"}


# ------------------------------------------------------------------ documents
def finalise_document(session: Session, reader: Reader, document_id: str, *, at: datetime) -> None:
    """REGISTERED -> FINAL (Schlusszeichnung), once. Raises NotFound, Forbidden, Conflict."""
    query = sa.select(_DOCUMENT).where(
        _DOCUMENT.c.id == document_id, access.visible_documents(reader)
    )
    row = session.execute(query).mappings().one_or_none()
    if row is None or row["file_id"] is None:
        raise NotFound(f"Das Dokument {document_id} gibt es nicht.")
    _for_work(session, reader, row["file_id"])
    now = transitions.locked(session, _DOCUMENT, document_id)
    if now["record_state"] == RecordState.FINAL:
        raise Conflict(f"{document_id} ist schon schlussgezeichnet.")
    closed_records.in_open_case(session, now)
    _finalise(session, reader, row["file_id"], _DOCUMENT.c.id == document_id, at=at)


def finalise_file(session: Session, reader: Reader, file_id: str, *, at: datetime) -> int:
    """Sign off every document of a file that is not FINAL yet; returns how many there were."""
    _for_work(session, reader, file_id)
    return _finalise(session, reader, file_id, sa.true(), at=at)


def _finalise(
    session: Session,
    reader: Reader,
    file_id: str,
    which: sa.ColumnElement[bool],
    *,
    at: datetime,
) -> int:
    query = sa.select(_DOCUMENT.c.id, _DOCUMENT.c.item_id, _DOCUMENT.c.revision).where(
        which,
        _DOCUMENT.c.file_id == file_id,
        _DOCUMENT.c.stage == Stage.FILED.value,
        _DOCUMENT.c.record_state == RecordState.REGISTERED.value,
        _DOCUMENT.c.case_id.in_(sa.select(_CASE.c.id).where(_CASE.c.state == "OPEN")),
    )
    found = session.execute(query.order_by(_DOCUMENT.c.id)).all()
    for row in found:
        session.execute(
            sa.update(_DOCUMENT)
            .where(_DOCUMENT.c.id == row.id)
            .values(record_state=RecordState.FINAL.value, revision=row.revision + 1)
        )
        outbox.add(session, row.id, row.revision + 1)
        change_history.write(
            session,
            reader,
            file_id=file_id,
            object_type="document",
            object_id=row.id,
            item_id=row.item_id,
            action="DOCUMENT_FINALISED",
            at=at,
            changes={"record_state": (RecordState.REGISTERED, RecordState.FINAL)},
        )
    return len(found)


# ------------------------------------------------------------------ closing
def close_case(session: Session, reader: Reader, case_id: str, *, at: datetime) -> None:
    """OPEN -> CLOSED. Raises NotFound, Forbidden, Conflict."""
    case = _existing(session, _CASE, case_id)
    _for_work(session, reader, case["file_id"])
    _close_part(session, reader, "case", case, at=at)


def close_sub_file(session: Session, reader: Reader, sub_file_id: str, *, at: datetime) -> None:
    """OPEN -> CLOSED with the cases in it. Raises NotFound, Forbidden, Conflict."""
    part = _existing(session, _SUB_FILE, sub_file_id)
    _for_work(session, reader, part["file_id"])
    for case in _open_parts(session, _CASE, _CASE.c.sub_file_id == sub_file_id):
        _close_part(session, reader, "case", case, at=at)
    _close_part(session, reader, "sub_file", part, at=at)


def close_file(session: Session, reader: Reader, file_id: str, *, at: datetime) -> CaseFile:
    """zdA: OPEN -> CLOSED with all that is in it; fixes the end of retention.

    Raises NotFound, Forbidden, Conflict where something in it is open, not final or to be done.
    """
    file = _for_work(session, reader, file_id)
    _unfinished(session, _DOCUMENT.c.file_id == file_id, _FOLLOW_UP.c.file_id == file_id, file_id)
    for case in _open_parts(session, _CASE, _CASE.c.file_id == file_id):
        _close_part(session, reader, "case", case, at=at)
    for part in _open_parts(session, _SUB_FILE, _SUB_FILE.c.file_id == file_id):
        _close_part(session, reader, "sub_file", part, at=at)
    unit = files.plan_unit_of(session, file.plan_unit)
    today = office_date(at)
    values = {"state": FileState.CLOSED.value, "closed_on": today, "closed_by": reader.user}
    values |= (terms := _terms(unit, today))
    session.execute(sa.update(_FILE).where(_FILE.c.id == file_id).values(values))
    _told(session, reader, "file", file_id, file_id, "CASE_CLOSED", at=at, changes={
        "state": (FileState.OPEN, FileState.CLOSED),
        "closed_on": (None, today),
        "retention_end": (None, terms["retention_end"] or "dauernd"),
    })  # fmt: skip
    return files.load_file(session, file_id)


def _terms(unit: PlanUnit, closed_on: date) -> dict[str, Any]:
    """What the plan says on the day of zdA; it stays with the file when the plan changes."""
    end = None
    if unit.retention_years is not None:
        start = RetentionStart(unit.retention_start)
        end = retention_end(closed_on, unit.retention_years, start)
    return {
        "retention_end": end,
        "retention_years": unit.retention_years,
        "retention_start": unit.retention_start,
        "disposal_code": unit.disposal_code,
    }


def _close_part(
    session: Session, reader: Reader, kind: str, part: Mapping[str, Any], *, at: datetime
) -> None:
    table, part_id, today = _table(kind), part["id"], office_date(at)
    _stands(part, FileState.OPEN, kind)
    if kind == "case":
        _unfinished(
            session, _DOCUMENT.c.case_id == part_id, _FOLLOW_UP.c.case_id == part_id, part_id
        )
    session.execute(
        sa.update(table).where(table.c.id == part_id).values(state="CLOSED", closed_on=today)
    )
    _told(session, reader, kind, part_id, part["file_id"], "CASE_CLOSED", at=at, changes={
        "state": (FileState.OPEN, FileState.CLOSED), "closed_on": (None, today),
    })  # fmt: skip


def _unfinished(
    session: Session,
    documents: sa.ColumnElement[bool],
    follow_ups: sa.ColumnElement[bool],
    subject: str,
) -> None:
    """Raises Conflict where a document is not FINAL or a follow-up not done."""
    open_documents = sa.select(sa.func.count()).select_from(_DOCUMENT)
    not_final = session.execute(
        open_documents.where(documents, _DOCUMENT.c.record_state != RecordState.FINAL.value)
    ).scalar_one()
    if not_final:
        raise Conflict(
            f"{subject}: {not_final} Dokumente sind nicht schlussgezeichnet; erst danach zdA."
        )
    open_follow_ups = sa.select(sa.func.count()).select_from(_FOLLOW_UP)
    to_do = session.execute(
        open_follow_ups.where(follow_ups, _FOLLOW_UP.c.done_at.is_(None))
    ).scalar_one()
    if to_do:
        raise Conflict(f"{subject}: {to_do} Wiedervorlagen sind offen; erledigen oder verlegen.")


# ------------------------------------------------------------------ reopening
OWN_CLOSING = "Wer die Akte geschlossen hat, öffnet sie nicht selbst wieder."


def closed_by(session: Session, file_id: str) -> str | None:
    """Who closed the file; None while it is open. For callers who have asked for the right to it."""
    return session.scalar(sa.select(_FILE.c.closed_by).where(_FILE.c.id == file_id))


def reopen_file(
    session: Session, reader: Reader, file_id: str, *, reason: str, at: datetime
) -> CaseFile:
    """CLOSED or DUE_FOR_DISPOSAL -> OPEN; its cases stay closed until they are opened one by one.

    Raises NotFound, Forbidden for others than records managers and for whoever closed it,
    UsageError without a reason, Conflict once it was offered.
    """
    file = locked_file(session, reader, file_id)
    row = _existing(session, _FILE, file_id)
    if not access.may_manage_file(reader, file):
        raise Forbidden("Eine geschlossene Akte öffnet nur die Registratur wieder.")
    if row["closed_by"] == reader.user:
        raise Forbidden(OWN_CLOSING)
    reason = plausibility.remark(reason, "Der Grund des Wiederöffnens", required=True)
    if row["state"] not in REOPENABLE:
        raise Conflict(f"Die Akte {file.file_mark} steht auf {row['state']} und bleibt zu.")
    emptied: dict[str, Any] = dict.fromkeys(
        ("closed_on", "closed_by", "retention_end", "retention_years", "retention_start",
         "disposal_code")
    )  # fmt: skip
    session.execute(
        sa.update(_FILE).where(_FILE.c.id == file_id).values(state=FileState.OPEN.value, **emptied)
    )
    _told(session, reader, "file", file_id, file_id, "CASE_REOPENED", at=at, remark=reason, changes={
        "state": (row["state"], FileState.OPEN),
        "closed_on": (row["closed_on"], None),
        "retention_end": (row["retention_end"], None),
    })  # fmt: skip
    return files.load_file(session, file_id)


def reopen_case(
    session: Session, reader: Reader, case_id: str, *, reason: str, at: datetime
) -> None:
    """CLOSED -> OPEN in an open file (and part), by a clerk. Raises as ``reopen_file``."""
    _reopen_part(session, reader, "case", _existing(session, _CASE, case_id), reason, at=at)


def reopen_sub_file(
    session: Session, reader: Reader, sub_file_id: str, *, reason: str, at: datetime
) -> None:
    """CLOSED -> OPEN in an open file, by a clerk. Raises as ``reopen_file``."""
    part = _existing(session, _SUB_FILE, sub_file_id)
    _reopen_part(session, reader, "sub_file", part, reason, at=at)


def _reopen_part(
    session: Session,
    reader: Reader,
    kind: str,
    part: Mapping[str, Any],
    reason: str,
    *,
    at: datetime,
) -> None:
    _for_work(session, reader, part["file_id"])
    reason = plausibility.remark(reason, "Der Grund des Wiederöffnens", required=True)
    _stands(part, FileState.CLOSED, kind)
    inside = part.get("sub_file_id")
    if inside is not None:
        _stands(_existing(session, _SUB_FILE, inside), FileState.OPEN, "sub_file")
    table = _table(kind)
    session.execute(
        sa.update(table).where(table.c.id == part["id"]).values(state="OPEN", closed_on=None)
    )
    _told(session, reader, kind, part["id"], part["file_id"], "CASE_REOPENED", at=at, remark=reason, changes={
        "state": (FileState.CLOSED, FileState.OPEN), "closed_on": (part["closed_on"], None),
    })  # fmt: skip


# ------------------------------------------------------------------ retention
def recompute_retention(
    session: Session, reader: Reader, file_id: str, *, reason: str, at: datetime
) -> CaseFile:
    """Take over what the plan says now into a CLOSED file. Raises as ``reopen_file``.

    Nothing else changes an end of retention that was once computed.
    """
    file = locked_file(session, reader, file_id)
    if not access.may_manage_file(reader, file):
        raise Forbidden("Aufbewahrungsfristen ändert nur die Registratur.")
    reason = plausibility.remark(reason, "Der Grund der neuen Aufbewahrungsfrist", required=True)
    if file.state != FileState.CLOSED or file.closed_on is None:
        raise Conflict(f"Die Akte {file.file_mark} ist nicht zdA; es läuft keine Frist.")
    before = _existing(session, _FILE, file_id)
    terms = _terms(files.plan_unit_of(session, file.plan_unit), file.closed_on)
    changed = {name: (before[name], new) for name, new in terms.items() if before[name] != new}
    if changed:
        session.execute(sa.update(_FILE).where(_FILE.c.id == file_id).values(terms))
        _told(session, reader, "file", file_id, file_id, "RETENTION_CHANGED", at=at, remark=reason,
              changes=changed)  # fmt: skip
    return files.load_file(session, file_id)


# ------------------------------------------------------------------ small parts
def _for_work(session: Session, reader: Reader, file_id: str) -> CaseFile:
    file = locked_file(session, reader, file_id)
    if not access.may_work_on_file(reader, file):
        raise Forbidden("Das tut die Sachbearbeitung der zuständigen Abteilung.")
    if file.state != FileState.OPEN:
        raise Conflict(f"Die Akte {file.file_mark} ist nicht mehr offen.")
    return file


def _existing(session: Session, table: sa.Table, object_id: str) -> Mapping[str, Any]:
    row = session.execute(sa.select(table).where(table.c.id == object_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"{object_id} gibt es nicht.")
    return dict(row)


def _open_parts(
    session: Session, table: sa.Table, which: sa.ColumnElement[bool]
) -> list[Mapping[str, Any]]:
    query = sa.select(table).where(which, table.c.state == "OPEN").order_by(table.c.number)
    return [dict(row) for row in session.execute(query).mappings()]


def _stands(part: Mapping[str, Any], state: FileState, kind: str) -> None:
    if part["state"] != state:
        word = "offen" if state is FileState.OPEN else "geschlossen"
        raise Conflict(f"{_NOUNS[kind]} {part['id']} ist nicht {word}.")


def _table(kind: str) -> sa.Table:
    return _CASE if kind == "case" else _SUB_FILE


def _told(
    session: Session,
    reader: Reader,
    kind: str,
    object_id: str,
    file_id: str,
    action: str,
    *,
    at: datetime,
    changes: dict[str, tuple[object, object]],
    remark: str | None = None,
) -> None:
    change_history.write(
        session,
        reader,
        file_id=file_id,
        object_type=kind,
        object_id=object_id,
        action=action,
        at=at,
        changes=changes,
        remark=remark,
    )
