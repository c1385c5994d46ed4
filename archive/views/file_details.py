"""What the faces show of files beside lists and single objects; as in ``listing.py`` every query
carries the reader's filter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.efile import file_reference
from archive.file_states import RecordState
from archive.model import Case, CaseFile, Document, Page, Reader
from archive.paging import merged_lists, page_cursors
from archive.stages import Stage
from archive.tables import schema
from archive.tables.indices import stands_on
from config.errors import Conflict, NotFound

_FILE, _CASE, _DOCUMENT = schema.case_file, schema.case, schema.document
_FOLLOW_UP, _FINDING, _NAMING = schema.follow_up, schema.finding, schema.to_place
SUGGESTED = "filing.suggested"  #: code of the finding
SUGGESTION_REJECTED = (
    "SUGGESTION_REJECTED"  #: the event that settles it (archive/desk/rejected_suggestions.py)
)
AT_ONCE = 50  #: documents of one page
MOST_STRETCHES = 4  #: of the list that are looked at for one page
_CHUNK = 500  # SQLite limits the number of bound values


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What stands between a file (or case) and its zdA."""

    not_final: int
    follow_ups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """Another open file that a document names, and how surely."""

    file: CaseFile
    confidence: float  #: 0..1
    page: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPlace:
    """A document that may belong elsewhere."""

    document: Document
    suggested: tuple[Suggested, ...]


def documents_by_case(session: Session, reader: Reader, file_id: str) -> dict[str, int]:
    """How many documents this reader may read in each case of a file."""
    query = (
        sa.select(_DOCUMENT.c.case_id, sa.func.count())
        .where(
            access.visible_documents(reader),
            _DOCUMENT.c.file_id == file_id,
            stands_on(Stage.FILED, _DOCUMENT.c.stage),  # as all of them
        )
        .group_by(_DOCUMENT.c.case_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def open_work(
    session: Session, reader: Reader, file_id: str, *, case_id: str | None = None
) -> OpenWork:
    """What is open in a file, or in one case of it; nothing where it is foreign."""
    seen = _FILE.c.id == file_id, access.visible_files(reader)
    inside = sa.select(_FILE.c.id).where(*seen)
    documents: list[sa.ColumnElement[bool]] = [
        _DOCUMENT.c.file_id.in_(inside),
        _DOCUMENT.c.record_state != RecordState.FINAL.value,
    ]
    follow_ups: list[sa.ColumnElement[bool]] = [
        _FOLLOW_UP.c.file_id.in_(inside),
        _FOLLOW_UP.c.done_at.is_(None),
    ]
    if case_id is not None:
        documents.append(_DOCUMENT.c.case_id == case_id)
        follow_ups.append(_FOLLOW_UP.c.case_id == case_id)
    return OpenWork(
        not_final=rows.count(session, _DOCUMENT, documents),
        follow_ups=rows.count(session, _FOLLOW_UP, follow_ups),
    )


def files_of(session: Session, reader: Reader, ids: Collection[str]) -> dict[str, CaseFile]:
    """Those of these files that the reader may read, by identifier."""
    found: dict[str, CaseFile] = {}
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _CHUNK):
        query = sa.select(_FILE).where(
            _FILE.c.id.in_(ordered[start : start + _CHUNK]), access.visible_files(reader)
        )
        for row in session.execute(query).mappings():
            found[row["id"]] = rows.file_from(dict(row))
    return found


def file_by_mark(session: Session, reader: Reader, mark: str) -> CaseFile:
    """The file that a typed mark names; written as ours is before other spellings.

    Raises NotFound where the reader may read none of that mark, Conflict where it fits several.
    """
    query = sa.select(_FILE).where(
        _FILE.c.mark_key == file_reference.compact(mark), access.visible_files(reader)
    )
    found = [rows.file_from(dict(row)) for row in session.execute(query).mappings()]
    exact = [
        file for file in found if file_reference.plain(file.file_mark) == file_reference.plain(mark)
    ]
    fitting = exact or found
    if not fitting:
        raise NotFound(f"Eine Akte {mark} gibt es nicht.")
    if len(fitting) > 1:
        raise Conflict(f"„{mark}“ passt auf mehrere Akten; bitte mit allen Trennzeichen angeben.")
    return fitting[0]


def places_of(
    session: Session, reader: Reader, case_ids: Collection[str]
) -> dict[str, tuple[CaseFile, Case]]:
    """File and case of those of these cases that the reader may read."""
    query = (
        sa.select(_CASE)
        .join(_FILE, _FILE.c.id == _CASE.c.file_id)
        .where(_CASE.c.id.in_(sorted(set(case_ids))[:_CHUNK]), access.visible_files(reader))
    )
    cases = [rows.case_from(dict(row)) for row in session.execute(query).mappings()]
    files = files_of(session, reader, [case.file_id for case in cases])
    return {case.id: (files[case.file_id], case) for case in cases}


def suggested_for(session: Session, reader: Reader, document: Document) -> tuple[Suggested, ...]:
    """The open files that a document of the reader's names beside its own, surest first; none once
    a person has turned them down."""
    turned_down = sa.select(_DOCUMENT.c.id).where(_DOCUMENT.c.id == document.id, _turned_down())
    if session.execute(turned_down).first() is not None:
        return ()
    return _suggested(document, files_of(session, reader, _files_named(document)))


def _files_named(document: Document) -> list[str]:
    return [
        str(found.detail.get("file_id")) for found in document.findings if found.code == SUGGESTED
    ]


def _suggested(document: Document, files: Mapping[str, CaseFile]) -> tuple[Suggested, ...]:
    """``files``: those that the reader may read of all that the document names."""
    wanted = [found for found in document.findings if found.code == SUGGESTED]
    made = [
        Suggested(
            file=file, confidence=float(found.detail.get("confidence", 0)), page=found.page
        )
        for found in wanted
        if (file := files.get(str(found.detail.get("file_id")))) is not None
        and file.state == "OPEN"
        and file.id != document.file_id
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda each: (-each.confidence, each.file.id)))


def to_place(
    session: Session, reader: Reader, *, cursor: str | None = None, limit: int = AT_ONCE
) -> Page[ToPlace]:
    """Documents that name another file than the one they lie in, newest receipt first: what the
    machine was not sure enough of. Settled are those that a clerk has signed off, and those whose
    suggestions a clerk has turned down.

    A page may be short where suggested files are closed by now. Raises UsageError for a cursor that
    is none.
    """
    made: list[ToPlace] = []
    following = cursor
    for _ in range(MOST_STRETCHES):
        stretch, following = _stretch_to_place(session, reader, following, limit - len(made))
        made += stretch
        if following is None or len(made) >= limit:
            break
    return Page(items=tuple(made), next_cursor=following)


def _stretch_to_place(
    session: Session, reader: Reader, cursor: str | None, limit: int
) -> tuple[list[ToPlace], str | None]:
    """Of the next ``limit`` documents those with a suggestion that still holds; where to go on."""
    mine = (
        sa.select(_DOCUMENT.c.id)
        .join(_CASE, _CASE.c.id == _DOCUMENT.c.case_id)
        .where(
            _DOCUMENT.c.id == _NAMING.c.id,
            access.visible_documents(reader),
            _CASE.c.state == "OPEN",
        )
    )
    where: list[sa.ColumnElement[bool]] = [sa.exists(mine)]
    key = (_NAMING.c.received_on, _NAMING.c.id)
    if cursor is not None:
        on, document_id = page_cursors.read(cursor, str, str)
        day = sa.literal(page_cursors.moment(on).date(), sa.Date)
        where.append(sa.tuple_(*key) < sa.tuple_(day, sa.literal(document_id)))
    parts = merged_lists.parts(access.reaches_files(reader), _NAMING)
    shown, more = merged_lists.page(session, _NAMING, where, parts, key, limit)
    query = sa.select(_DOCUMENT).where(_DOCUMENT.c.id.in_([row["id"] for row in shown]))
    query = query.order_by(_DOCUMENT.c.received_on.desc(), _DOCUMENT.c.id.desc())
    found = rows.documents_from(session, [dict(row) for row in session.execute(query).mappings()])
    files = files_of(session, reader, [name for each in found for name in _files_named(each)])
    made = [ToPlace(document=each, suggested=_suggested(each, files)) for each in found]
    following = None
    if more:
        following = page_cursors.made(f"{shown[-1]['received_on']}T00:00:00+00:00", shown[-1]["id"])
    return [each for each in made if each.suggested], following


def names_another_file() -> sa.ColumnElement[bool]:
    """Over schema.document: filed, not signed off, with a suggestion that nobody has turned down."""
    # In so many words, as the index has it (archive/tables/indices.py).
    named = sa.literal_column(f"'{SUGGESTED}'", sa.String)
    names = sa.select(_FINDING.c.id).where(
        _FINDING.c.document_id == _DOCUMENT.c.id,
        _FINDING.c.code == named,
        _FINDING.c.superseded_at.is_(None),
    )
    return sa.and_(
        _DOCUMENT.c.stage == Stage.FILED.value,
        _DOCUMENT.c.record_state == RecordState.REGISTERED.value,
        sa.exists(names),
        ~_turned_down(),
    )


def _turned_down() -> sa.ColumnElement[bool]:
    """Over schema.document: a person said that it lies right where it is."""
    event = schema.audit_event
    return sa.exists(
        sa.select(event.c.seq).where(
            event.c.object_id == _DOCUMENT.c.id, event.c.action == SUGGESTION_REJECTED
        )
    )
