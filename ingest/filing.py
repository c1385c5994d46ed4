"""Step ``file``: into the e-file, with retention and access, in one transaction with the outbox.

Where a document goes (docs/reference/file-plan.md), the first that holds: a rule for the separator
sheet before it; an open file of its own department that its text names surely enough; a rule for its
sender or class; the file of its stream. It never leaves its department and compartment.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from archive import files, filing_rules
from archive.audit import Actor
from archive.filing_rules import FilingRule, RuleKind
from archive.model import Case, CaseFile, Document, Finding, RenditionRole, Severity
from config.errors import ChildDeath, UsageError
from config.settings import Stream
from ingest.actors import SERVICE
from ingest.change import Change
from ingest.engines import Engines
from ingest.filing_marks import MarkSuggestion, suggestions
from ingest.subject import Subject, recognition_of, subject
from ocr.separators import PREFIXES, is_separator
from search import marks as text_marks

SEPARATOR_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where it goes and what a person is told about it."""

    case: Case
    findings: tuple[Finding, ...]


def file(engines: Engines, document_id: str) -> Change:
    """Find the case that the document belongs into; it is opened where there is none yet."""
    about = subject(engines, document_id)
    named = _named(engines, about)
    separator, unread = _separator(engines, about)
    with engines.database.write() as session:
        target = _target(session, engines, about, named, separator)
    return Change(action="FILED", case_id=target.case.id, findings=(*target.findings, *unread))


def case_for(
    session: Session, stream: Stream, document: Document, *, by: Actor, at: datetime
) -> Case:
    """This month's case of the stream in the document's department."""
    entry = files.file_for_stream(
        session,
        _plan_unit(session, stream, document),
        document.department,
        f"Posteingang {stream.title or document.stream}",
        by=by,
        at=at,
        compartment=document.compartment,
    )
    return files.case_for_stream(session, entry.id, _month(document), by=by, at=at)


def case_in(
    session: Session, entry: CaseFile, document: Document, *, by: Actor, at: datetime
) -> Case:
    """The one open case of a file; where there is none, or several, this month's."""
    found = files.open_cases(session, entry.id)
    if len(found) == 1:
        return found[0]
    return files.case_for_stream(session, entry.id, _month(document), by=by, at=at)


# ------------------------------------------------------------------ where it goes
def _target(
    session: Session,
    engines: Engines,
    about: Subject,
    named: tuple[MarkSuggestion, ...],
    separator: str | None,
) -> Target:
    at, document = engines.clock(), about.document
    surest = named[0] if named else None
    sure = surest is not None and surest.confidence >= about.procedure.filing_threshold
    rule = _rule(session, document, {RuleKind.SEPARATOR: separator})
    if rule is None and not sure:
        words = {RuleKind.SENDER: document.sender, RuleKind.CLASS: _class(about)}
        rule = _rule(session, document, words)
    shown = tuple(each.finding(filed=False) for each in named)
    if rule is not None:
        return Target(
            case=_by_rule(session, rule, document, at=at), findings=(_ruled(rule), *shown)
        )
    if sure and surest is not None:
        case = case_in(session, surest.file, document, by=SERVICE, at=at)
        return Target(case=case, findings=(surest.finding(filed=True), *shown[1:]))
    case = case_for(session, about.stream, document, by=SERVICE, at=at)
    return Target(case=case, findings=shown)


def _rule(
    session: Session, document: Document, found: dict[RuleKind, str | None]
) -> FilingRule | None:
    known = tuple(
        rule
        for rule in filing_rules.rules(session)
        if _takes(session, rule.plan_unit, document)
    )  # fmt: skip
    return filing_rules.first_fitting(
        known, stream=document.stream, department=document.department, found=found
    )


def _by_rule(session: Session, rule: FilingRule, document: Document, *, at: datetime) -> Case:
    entry = files.file_for_stream(
        session,
        rule.plan_unit,
        document.department,
        rule.subject,
        by=SERVICE,
        at=at,
        compartment=document.compartment,
    )
    return case_in(session, entry, document, by=SERVICE, at=at)


def _ruled(rule: FilingRule) -> Finding:
    return Finding(
        code="filing.by_rule",
        text=f"Abgelegt nach der Regel {rule.position} ({rule.plan_unit} {rule.subject}).",
        severity=Severity.INFO,
        detail={"rule": rule.position, "kind": rule.kind.value, "plan_unit": rule.plan_unit},
    )


def _takes(session: Session, plan_unit: str, document: Document) -> bool:
    """Whether files of a unit are open to exactly those who may see the document, or wider."""
    unit = files.plan_unit_of(session, plan_unit)
    return not unit.retired and unit.compartment in (None, document.compartment)


def _plan_unit(session: Session, stream: Stream, document: Document) -> str:
    """The stream's unit where it is this department's; else the department's first unit.

    Raises:
        UsageError: the file plan has no unit for the department (and compartment).
    """
    department = document.department
    units = [
        unit
        for unit in files.plan(session)
        if not unit.retired and unit.compartment in (None, document.compartment)
    ]
    if any(u.code == stream.plan_unit and u.department in (None, department) for u in units):
        return stream.plan_unit
    parents = {unit.parent for unit in units}
    own = sorted(u.code for u in units if u.department == department and u.code not in parents)
    if not own:
        raise UsageError(
            f"Für die Abteilung {department} gibt es im Aktenplan keine Einheit, in die das Dokument "
            "gehört; bitte anlegen."
        )
    return own[0]


# ------------------------------------------------------------------ what is known of it
def _named(engines: Engines, about: Subject) -> tuple[MarkSuggestion, ...]:
    if all(each.role is not RenditionRole.TEXT for each in about.document.renditions):
        return ()
    recognition = recognition_of(engines, about.document)
    with engines.database.read() as session:
        return suggestions(session, about.document, recognition, text_marks.find)


def _separator(engines: Engines, about: Subject) -> tuple[str | None, tuple[Finding, ...]]:
    """The value of the separator sheet before the document, read again where a rule asks for it."""
    first = about.document.first_page
    with engines.database.read() as session:
        asked = any(
            rule.kind is RuleKind.SEPARATOR and rule.department == about.document.department
            for rule in filing_rules.rules(session)
        )
    if first is None or first < 2 or not asked:
        return None, ()
    try:
        codes: list[tuple[int, str, str]] = engines.workshop.run(
            "ocr.separators:codes",
            about.source,
            first - 1,
            first - 1,
            seconds=SEPARATOR_SECONDS,
            subject=about.name,
            priority=engines.priority(about.item.stream),
        )
    except ChildDeath as error:
        text = f"Das Trennblatt vor Seite {first} war für die Ablageregeln nicht lesbar ({error})."
        return None, (Finding(code="filing.separator_unread", text=text),)
    found = [value for _, kind, value in codes if is_separator(kind, value, PREFIXES, True)]
    return (found[0] if found else None), ()


def _class(about: Subject) -> str | None:
    return about.document.document_class or about.stream.document_class


def _month(document: Document) -> str:
    return f"Eingang {document.received_on:%m/%Y}"
