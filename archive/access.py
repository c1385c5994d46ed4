"""Who may see what: one set of rules, read both as a decision and as a filter of a query.

A reader's grants become ``Reach`` values; ``_covers`` decides with them on one object and
``_clause`` asks the database the same. Where no reach covers an object the answer is no: there is
no rule that opens by absence. A closed compartment is open to its members alone, whatever else
their roles say; a break-glass access (archive/people/break_glass.py) opens one closed file for
reading, to somebody who would read it were they a member, and gives no other right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

import sqlalchemy as sa

from archive.model import WHOLE, CaseFile, Document, Grant, Item, Reader, Role, Scope
from archive.stages import Stage
from archive.tables import schema
from archive.tables.columns import judged

_MAILROOM = frozenset({Role.MAIL_CLERK, Role.SCAN_OPERATOR, Role.SCAN_SUPERVISOR})
_CONTENT = frozenset({Role.CASE_WORKER, Role.RECORDS_MANAGER})
_SEE_ITEMS = _MAILROOM | _CONTENT | {Role.QA_INSPECTOR, Role.DELIVERY_MANAGER, Role.AUDITOR}
_SETTLE = frozenset({Role.MAIL_CLERK, Role.SCAN_SUPERVISOR})
_HELD = frozenset({Stage.HELD})
_QA = frozenset({Stage.AWAITING_QA})
_FILED = frozenset({Stage.FILED})
_NOT_FILED = frozenset(Stage) - _FILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What one grant reaches: None for department or stream means every one."""

    department: str | None
    stream: str | None
    stages: frozenset[Stage] | None = None  #: None = at any stage


class _Object(Protocol):
    @property
    def department(self) -> str: ...
    @property
    def compartment(self) -> str | None: ...
    @property
    def stream(self) -> str: ...
    @property
    def stage(self) -> Stage: ...


# ------------------------------------------------------------------ the rules
def _reaches(
    reader: Reader, roles: Iterable[Role], stages: frozenset[Stage] | None = None
) -> frozenset[Reach]:
    wanted = frozenset(roles)
    return frozenset(
        Reach(department=grant.department, stream=grant.stream, stages=stages)
        for grant in reader.grants
        if grant.role in wanted
    )


def _reading(reader: Reader) -> frozenset[Reach]:
    """The content of FILED documents: by department. A grant narrowed to a stream gives none,
    since files are not ordered by stream."""
    return frozenset(reach for reach in _reaches(reader, _CONTENT, _FILED) if reach.stream is None)


def _seeing(reader: Reader) -> frozenset[Reach]:
    """Items: the mailroom by stream, departments and auditors by department."""
    return _reaches(reader, _SEE_ITEMS)


def _settling(reader: Reader) -> frozenset[Reach]:
    """What is held, and what awaits quality assurance."""
    return _reaches(reader, _SETTLE, _HELD) | _reaches(reader, {Role.QA_INSPECTOR}, _QA)


def _looking(reader: Reader) -> frozenset[Reach]:
    """The pages of what is held: those who settle it or may scan it again."""
    return _reaches(reader, _MAILROOM, _HELD) | _settling(reader)


def _following(reader: Reader) -> frozenset[Reach]:
    """Documents as facts, without content: on the road for all who see the item, and evidence."""
    walking = _reaches(reader, _SEE_ITEMS, _NOT_FILED)
    return walking | _reaches(reader, {Role.AUDITOR})


def _auditing(reader: Reader) -> frozenset[Reach]:
    """Files whose broken glass an auditor judges: by department."""
    return frozenset(reach for reach in _reaches(reader, {Role.AUDITOR}) if reach.stream is None)


def reaches_items(reader: Reader) -> frozenset[Reach]:
    """Where the items lie that the reader may see; no filter (``visible_items``)."""
    return _seeing(reader)


def reaches_files(reader: Reader) -> frozenset[Reach]:
    """Where the files lie that the reader may read, and the FILED documents; no filter."""
    return _reading(reader)


# ------------------------------------------------------------------ roles and their scope
def scopes_of(reader: Reader, *roles: Role) -> frozenset[Scope]:
    """Where the reader holds one of the roles: empty, or what every answer is to be cut down to."""
    return frozenset(grant.scope for grant in reader.grants if grant.role in roles)


def holds(reader: Reader, *roles: Role, within: Scope) -> bool:
    """Whether one of the roles is held for all of ``within``; a part of it is not enough."""
    return any(scope.covers(within) for scope in scopes_of(reader, *roles))


def reads_somewhere(reader: Reader) -> bool:
    """Whether there is any department whose filed documents the reader may read."""
    return bool(_reading(reader))


# ------------------------------------------------------------------ decisions
def may_read_document(reader: Reader, document: Document) -> bool:
    """Title, text and pages of a FILED document."""
    opened = document.file_id in reader.opened_files
    return _covers(_reading(reader), reader, document, opened=opened)


def may_know_document(reader: Reader, document: Document) -> bool:
    """That it exists, its stage and evidence; its words only with one of the other rights."""
    return may_read_document(reader, document) or _covers(_following(reader), reader, document)


def may_see_evidence(reader: Reader, document: Document) -> bool:
    """Its reports and seals without its content: the auditors whose scope it lies in."""
    return _covers(_reaches(reader, {Role.AUDITOR}), reader, document)


def may_see_reports(reader: Reader, document: Document) -> bool:
    """Its reports and seals: whoever sees its pages, and the auditors whose scope it lies in."""
    sees = may_read_document(reader, document) or may_see_held_pages(reader, document)
    return sees or may_see_evidence(reader, document)


def may_correct_document(reader: Reader, document: Document) -> bool:
    """Its title, sender and dates: whoever reads it by right; a broken glass is for reading alone."""
    return _covers(_reading(reader), reader, document)


def reads_by_glass(reader: Reader, document: Document) -> bool:
    """Whether nothing but a break-glass access opens this document to the reader."""
    return may_read_document(reader, document) and not may_correct_document(reader, document)


def may_see_item(reader: Reader, item: Item) -> bool:
    """The item in lists, with the name it came under."""
    return _covers(_seeing(reader), reader, item, opened=item.id in reader.opened_items)


def seen_items(reader: Reader, items: Iterable[Item]) -> tuple[Item, ...]:
    """Those of the items that the reader ``may_see_item``."""
    reaches = _seeing(reader)
    return tuple(
        item
        for item in items
        if _covers(reaches, reader, item, opened=item.id in reader.opened_items)
    )


def may_see_held_pages(reader: Reader, held: Item | Document) -> bool:
    """The pages of what is HELD (or awaits QA), for those who have to settle it."""
    return _covers(_looking(reader), reader, held)


def may_settle(reader: Reader, held: Item | Document) -> bool:
    """Release, reject or redirect what is HELD; pass or fail what awaits QA."""
    return _covers(_settling(reader), reader, held)


def may_redirect(reader: Reader, item: Item) -> bool:
    """Give an item of one's streams to another department, at any stage."""
    return _covers(_reaches(reader, _SETTLE), reader, item)


def may_tend_stream(reader: Reader, stream: str, *, department: str) -> bool:
    """See what lies at the door of a stream of this department: the mailroom."""
    return holds(reader, *_MAILROOM, within=Scope(department=department, stream=stream))


def may_check_quality(reader: Reader, document: Document) -> bool:
    """Look at every page: the department's clerks of what is FILED, inspectors before the seal."""
    clerks = _reaches(reader, {Role.CASE_WORKER}, _FILED) & _reading(reader)
    inspectors = _reaches(reader, {Role.QA_INSPECTOR}, _FILED | _QA)
    return _covers(clerks | inspectors, reader, document)


def may_read_file(reader: Reader, file: CaseFile) -> bool:
    """The file's mark and subject, its cases."""
    return _reads_department(reader, file.department) and (
        _open_to(reader, file.compartment) or file.id in reader.opened_files
    )


def may_export_file(reader: Reader, file: CaseFile) -> bool:
    """Take it away as a whole: whoever reads it by right, not through a broken glass."""
    return _reads_department(reader, file.department) and _open_to(reader, file.compartment)


def may_work_on_file(reader: Reader, file: CaseFile) -> bool:
    """Open cases in it, sign documents off, set follow-ups, close it: the department's clerks."""
    return _may_act(reader, Role.CASE_WORKER, file.department, file.compartment)


def may_open_file(reader: Reader, department: str, compartment: str | None) -> bool:
    """Begin a file in this department, closed to all but members of ``compartment``."""
    return _may_act(reader, Role.CASE_WORKER, department, compartment)


def may_manage_file(reader: Reader, file: CaseFile) -> bool:
    """Open a closed file again, compute its retention anew: the records managers."""
    return _may_act(reader, Role.RECORDS_MANAGER, file.department, file.compartment)


def may_purge(reader: Reader, item: Item) -> bool:
    """Forget what earlier attempts of an item made: the records managers of its department."""
    return _may_act(reader, Role.RECORDS_MANAGER, item.department, item.compartment)


def may_break_glass(reader: Reader, file: CaseFile) -> bool:
    """Open for reading, for a while: a closed file that would be read were they a member."""
    closed = not _open_to(reader, file.compartment)
    return closed and _reads_department(reader, file.department)


def may_review_glass(reader: Reader, file: CaseFile) -> bool:
    """Judge a break-glass access of somebody else: auditors, and those whose file it is."""
    auditing = any(reach.department in (None, file.department) for reach in _auditing(reader))
    member = _open_to(reader, file.compartment) and _reads_department(reader, file.department)
    return auditing or member


def _may_act(reader: Reader, role: Role, department: str, compartment: str | None) -> bool:
    return _open_to(reader, compartment) and any(
        reach.stream is None and reach.department in (None, department)
        for reach in _reaches(reader, {role})
    )


def _reads_department(reader: Reader, department: str) -> bool:
    return any(reach.department in (None, department) for reach in _reading(reader))


def may_review_resolutions(reader: Reader) -> bool:
    """Judge the resolution of a pseudonym by somebody else: auditors of all, other resolvers.

    Whose pseudonym it is nobody may know before, so it belongs to no department.
    """
    return holds(reader, Role.AUDITOR, Role.PRIVACY_RESOLVER, within=WHOLE)


def may_manage_plan(reader: Reader) -> bool:
    """Read the file plan and the filing rules in: records managers of all departments."""
    return holds(reader, Role.RECORDS_MANAGER, within=WHOLE)


def _covers(
    reaches: frozenset[Reach], reader: Reader, thing: _Object, *, opened: bool = False
) -> bool:
    return (opened or _open_to(reader, thing.compartment)) and any(
        reach.department in (None, thing.department)
        and reach.stream in (None, thing.stream)
        and (reach.stages is None or thing.stage in reach.stages)
        for reach in reaches
    )


def _open_to(reader: Reader, compartment: str | None) -> bool:
    return compartment is None or compartment in reader.compartments


# ------------------------------------------------------------------ the same, as filters
def visible_documents(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_read_document`` over schema.document."""
    return _clause(_reading(reader), reader, schema.document, _glass(reader, schema.document))


def known_documents(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_know_document`` over schema.document."""
    if reader.opened_files:
        following = _clause(_following(reader), reader, schema.document)
        return sa.or_(visible_documents(reader), following)
    return _clause(_reading(reader) | _following(reader), reader, schema.document)


def visible_items(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_see_item`` over schema.item."""
    return _clause(_seeing(reader), reader, schema.item, _glass(reader, schema.item))


def settled_items(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_settle`` over schema.item."""
    return _clause(_settling(reader), reader, schema.item)


def settled_documents(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_settle`` over schema.document."""
    return _clause(_settling(reader), reader, schema.document)


def visible_files(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_read_file`` over schema.case_file."""
    files = schema.case_file
    opened = [_compartment_clause(reader, files), *_glass(reader, files)]
    return sa.and_(sa.or_(*opened), _of_departments(_reading(reader)))


def judged_glass(reader: Reader) -> sa.ColumnElement[bool]:
    """``may_review_glass`` over schema.case_file."""
    member = sa.and_(
        _compartment_clause(reader, schema.case_file), _of_departments(_reading(reader))
    )
    return sa.or_(_of_departments(_auditing(reader)), member)


def _of_departments(reaches: frozenset[Reach]) -> sa.ColumnElement[bool]:
    """Files of the departments that are reached; files have no stream."""
    department = judged(schema.case_file.c.department)
    reached = (
        sa.true() if reach.department is None else department == reach.department
        for reach in reaches
    )
    return sa.or_(sa.false(), *reached)


def _clause(
    reaches: frozenset[Reach],
    reader: Reader,
    table: sa.Table,
    opened: Iterable[sa.ColumnElement[bool]] = (),
) -> sa.ColumnElement[bool]:
    covered = [_reach_clause(reach, table) for reach in reaches]
    compartment = sa.or_(_compartment_clause(reader, table), *opened)
    return sa.and_(compartment, sa.or_(sa.false(), *covered))


def _glass(reader: Reader, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
    """What a break-glass access opens; no clause at all where there is none."""
    column, opened = {
        "document": (schema.document.c.file_id, reader.opened_files),
        "case_file": (schema.case_file.c.id, reader.opened_files),
        "item": (schema.item.c.id, reader.opened_items),
    }[table.name]
    return (column.in_(sorted(opened)),) if opened else ()


def _reach_clause(reach: Reach, table: sa.Table) -> sa.ColumnElement[bool]:
    parts: list[sa.ColumnElement[bool]] = [sa.true()]
    if reach.department is not None:
        parts.append(judged(table.c.department) == reach.department)
    if reach.stream is not None:
        parts.append(judged(table.c.stream) == reach.stream)
    if reach.stages is not None:
        parts.append(table.c.stage.in_(sorted(stage.value for stage in reach.stages)))
    return sa.and_(*parts)


def _compartment_clause(reader: Reader, table: sa.Table) -> sa.ColumnElement[bool]:
    member = table.c.compartment.in_(sorted(reader.compartments))
    return sa.or_(table.c.compartment.is_(None), member)


# ------------------------------------------------------------------ the same, for the index
def scopes(reader: Reader, departments: Iterable[str] = ()) -> frozenset[str]:
    """The marks of which a FILED document must carry one to be found by this reader.

    What a break-glass access opens is read in its file and not found by searching.
    A grant for all departments gives ``dept:*``, and each of ``departments`` by name for an index
    whose entries carry the one mark of ``document_scope``. None at all: nothing is found.
    """
    marks: set[str] = set()
    every: set[str | None] = {None, *departments}
    for reach in _reading(reader):
        named = every if reach.department is None else {reach.department}
        for department in named:
            marks.add(_mark(department, None))
            marks.update(_mark(department, member) for member in reader.compartments)
    return frozenset(marks)


def document_scope(document: Document) -> str:
    """The narrowest mark of a document."""
    return _mark(document.department, document.compartment)


def document_scopes(document: Document) -> frozenset[str]:
    """All marks of a document, for an index entry: its own and that of all departments."""
    return frozenset({document_scope(document), _mark(None, document.compartment)})


def _mark(department: str | None, compartment: str | None) -> str:
    # Quoted, so that no name can be spelled like another one's mark.
    place = "*" if department is None else quote(department, safe="")
    closed = "" if compartment is None else f"/comp:{quote(compartment, safe='')}"
    return f"dept:{place}{closed}"


def sees_everything(grants: Iterable[Grant]) -> bool:
    """Whether an auditor's grants reach the whole trail."""
    return any(grant.role is Role.AUDITOR and grant.scope == WHOLE for grant in grants)
