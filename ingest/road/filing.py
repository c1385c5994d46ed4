"""Step ``file``: into the e-file, with retention and access, in one transaction with the outbox.

The step only decides; the commit opens file and case where there are none yet and files in the same
transaction, so nothing is opened for a document that is held or given away in between.

Where a document goes (docs/reference/file-plan.md), the first that holds: a rule for the separator
sheet before it; an open file of its own department that its text names surely enough; a rule for its
sender or class; the file of its stream. It never leaves its department and compartment.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from archive.efile import files
from archive.efile.filing import Place
from archive.file_plan import filing_rules
from archive.file_plan.filing_rules import FilingRule, RuleKind
from archive.model import Document, Finding, RenditionRole, Severity
from config.errors import ChildDeath, UsageError
from config.logs import logger
from config.settings import Stream
from ingest.engines import Engines
from ingest.road.step_input import Subject, recognition_of, subject
from ingest.road.step_outcome import Change
from ingest.suggestions.files_named import MarkSuggestion, suggestions
from ocr.children import SEPARATOR_CODES
from ocr.preflight.separator_sheets import PREFIXES, is_separator
from search.german import file_references as text_marks

SEPARATOR_SECONDS = 60.0


def file(engines: Engines, document_id: str) -> Change:
    """Decide where the document belongs; the commit files it there."""
    about = subject(engines, document_id)
    with engines.database.read() as session:
        rules = _rules(session, about.document)
    named = _named(engines, about)
    separator, unread = _separator(engines, about, rules)
    with engines.database.read() as session:
        place, told = _decide(session, about, named, separator, rules)
    return Change(action="FILED", place=place, findings=(*told, *unread))


def stream_place(session: Session, stream: Stream, document: Document) -> Place:
    """This month's case of the stream in the document's department.

    Raises:
        UsageError: the file plan has no unit for the department (and compartment).
    """
    return Place(
        department=document.department,
        compartment=document.compartment,
        plan_unit=_plan_unit(session, stream, document),
        subject=f"Posteingang {stream.title or document.stream}",
        month=month_of(document),
        by_stream=True,
    )


def month_of(document: Document) -> str:
    """Title of the case for what came in a document's month."""
    return f"Eingang {document.received_on:%m/%Y}"


# ------------------------------------------------------------------ where it goes
def _decide(
    session: Session,
    about: Subject,
    named: tuple[MarkSuggestion, ...],
    separator: str | None,
    rules: tuple[FilingRule, ...],
) -> tuple[Place, tuple[Finding, ...]]:
    """Where it goes, and what a person is told about it."""
    document = about.document
    surest = named[0] if named else None
    sure = surest is not None and surest.confidence >= about.procedure.filing_threshold
    rule = _rule(session, document, rules, {RuleKind.SEPARATOR: separator})
    if rule is None and not sure:
        words = {RuleKind.SENDER: document.sender, RuleKind.CLASS: _class(about)}
        rule = _rule(session, document, rules, words)
    shown = tuple(each.finding(filed=False) for each in named)
    if rule is not None:
        return _by_rule(rule, document), (_ruled(rule), *shown)
    if sure and surest is not None:
        return _into(document, surest.file.id), (surest.finding(filed=True), *shown[1:])
    return stream_place(session, about.stream, document), shown


def _into(document: Document, file_id: str) -> Place:
    return Place(
        department=document.department,
        compartment=document.compartment,
        file_id=file_id,
        month=month_of(document),
    )


def _rules(session: Session, document: Document) -> tuple[FilingRule, ...]:
    """Those for documents of this one's department, in their order."""
    known = filing_rules.rules(session)
    return tuple(rule for rule in known if rule.department == document.department)


def _rule(
    session: Session,
    document: Document,
    rules: tuple[FilingRule, ...],
    found: dict[RuleKind, str | None],
) -> FilingRule | None:
    known = tuple(rule for rule in rules if _takes(session, rule.plan_unit, document))
    return filing_rules.first_fitting(
        known, stream=document.stream, department=document.department, found=found
    )


def _by_rule(rule: FilingRule, document: Document) -> Place:
    return Place(
        department=document.department,
        compartment=document.compartment,
        plan_unit=rule.plan_unit,
        subject=rule.subject,
        month=month_of(document),
    )


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


def _separator(
    engines: Engines, about: Subject, rules: tuple[FilingRule, ...]
) -> tuple[str | None, tuple[Finding, ...]]:
    """The value of the separator sheet before the document, read again where a rule asks for it."""
    first = about.document.first_page
    asked = any(rule.kind is RuleKind.SEPARATOR for rule in rules)
    if first is None or first < 2 or not asked:
        return None, ()
    try:
        codes = engines.workshop.run(
            SEPARATOR_CODES(about.source, first - 1, first - 1),
            seconds=SEPARATOR_SECONDS,
            subject=about.name,
            priority=engines.priority(about.item.stream),
        )
    except ChildDeath as error:
        logger("filing").warning("separator unread", subject=about.name, why=str(error))
        text = f"Das Trennblatt vor Seite {first} war für die Ablageregeln nicht lesbar."
        return None, (Finding(code="filing.separator_unread", text=text),)
    found = [value for _, kind, value in codes if is_separator(kind, value, PREFIXES, True)]
    return (found[0] if found else None), ()


def _class(about: Subject) -> str | None:
    return about.document.document_class or about.stream.document_class
