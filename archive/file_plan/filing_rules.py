"""Rules that say into which file a document goes: by separator sheet, sender or document class.

They are a table of the archive and not settings: they name units of the plan and departments, change
with the office's work, and each change is in the trail. The whole table is taken in at once from a
CSV (docs/reference/file-plan.md), or not at all; its order decides, the first rule that fits counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum, unique

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append, lock_trail
from archive.efile import files
from archive.file_plan.csv_lines import Line, LineError, read
from archive.model import PlanUnit
from archive.people import accounts
from archive.tables import schema

REQUIRED = ("art", "wert", "abteilung", "aktenplan", "betreff")
OPTIONAL = ("strom",)
_T = schema.filing_rule
_LEAST_PART = 3  #: characters before a * that a value needs


@unique
class RuleKind(StrEnum):
    """What of a document is compared."""

    SEPARATOR = "separator"  #: the value of the separator sheet before it
    SENDER = "sender"
    CLASS = "class"


KINDS = {
    "trennblatt": RuleKind.SEPARATOR,
    "absender": RuleKind.SENDER,
    "dokumentart": RuleKind.CLASS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingRule:
    """``value`` is compared without regard to case and blanks; ``*`` at its end: begins with."""

    position: int
    stream: str | None  #: None = every stream
    department: str  #: for documents of this department alone; nothing is filed elsewhere
    kind: RuleKind
    value: str
    plan_unit: str
    subject: str  #: of the file; the open one of this year, begun where there is none

    def fits(self, found: str | None) -> bool:
        value, text = _folded(self.value), _folded(found or "")
        if value.endswith("*"):
            return text.startswith(value[:-1].rstrip())
        return text == value


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesImport:
    """What an import did, or would do; with errors nothing was done."""

    rules: tuple[FilingRule, ...]
    errors: tuple[LineError, ...]
    done: bool


def rules(session: Session) -> tuple[FilingRule, ...]:
    """All rules in their order."""
    found = session.execute(sa.select(_T).order_by(_T.c.position)).mappings()
    return tuple(
        FilingRule(
            position=row["position"],
            stream=row["stream"],
            department=row["department"],
            kind=RuleKind(row["kind"]),
            value=row["value"],
            plan_unit=row["plan_unit"],
            subject=row["subject"],
        )
        for row in found
    )


def first_fitting(
    known: tuple[FilingRule, ...],
    *,
    stream: str,
    department: str,
    found: Mapping[RuleKind, str | None],
) -> FilingRule | None:
    """The rule for a document of this stream and department, of which ``found`` is known."""
    for rule in known:
        here = rule.department == department and rule.stream in (None, stream)
        if here and rule.fits(found.get(rule.kind)):
            return rule
    return None


def import_rules(
    session: Session,
    data: bytes,
    *,
    streams: frozenset[str],
    by: Actor,
    at: datetime,
    check: bool = False,
) -> RulesImport:
    """Put a table in the place of all rules; with ``check``, or where anything is wrong, not."""
    lock_trail(session)
    lines, errors = read(data, required=REQUIRED, optional=OPTIONAL)
    wrong = list(errors)
    units = {unit.code: unit for unit in files.plan(session)}
    departments = frozenset(unit.id for unit in accounts.units(session))
    made = tuple(_rule(number, line) for number, line in enumerate(lines, start=1))
    for line, rule in zip(lines, made, strict=True):
        for problem in _problems(line, rule, units, departments, streams):
            wrong.append(LineError(line=line.number, text=problem))
    result = RulesImport(
        rules=tuple(rule for rule in made if rule is not None),
        errors=tuple(sorted(wrong, key=lambda error: error.line)),
        done=not wrong and not check,
    )
    if result.done:
        session.execute(sa.delete(_T))
        for rule in result.rules:
            session.execute(sa.insert(_T).values({**asdict(rule), "kind": rule.kind.value}))
        append(
            session,
            at=at,
            by=by,
            action="FILING_RULES_SET",
            object_type="plan",
            object_id="-",
            object_sha256=hashlib.sha256(data).hexdigest(),
            detail={"rules": len(result.rules)},
        )
    return result


def _rule(number: int, line: Line) -> FilingRule | None:
    kind = KINDS.get(line.cells["art"].lower())
    if kind is None:
        return None
    return FilingRule(
        position=number,
        stream=line.cells.get("strom") or None,
        department=line.cells["abteilung"],
        kind=kind,
        value=line.cells["wert"],
        plan_unit=line.cells["aktenplan"],
        subject=line.cells["betreff"],
    )


def _problems(
    line: Line,
    rule: FilingRule | None,
    units: Mapping[str, PlanUnit],
    departments: frozenset[str],
    streams: frozenset[str],
) -> list[str]:
    if rule is None:
        return [f"art: „{line.cells['art'][:40]}“; möglich sind {', '.join(KINDS)}"]
    problems = []
    if len(_folded(rule.value).rstrip("* ")) < (_LEAST_PART if "*" in rule.value else 1):
        problems.append(f"wert: mindestens {_LEAST_PART} Zeichen vor dem *, sonst eines")
    if "*" in rule.value[:-1] or len(rule.value) > 300:
        problems.append("wert: bis 300 Zeichen, ein * nur am Ende")
    if rule.department not in departments:
        problems.append(f"die Abteilung {rule.department[:40]} gibt es nicht")
    if rule.stream is not None and rule.stream not in streams:
        problems.append(f"den Eingangsstrom {rule.stream[:40]} gibt es nicht")
    unit = units.get(rule.plan_unit)
    if unit is None:
        problems.append(f"die Aktenplaneinheit {rule.plan_unit[:40]} gibt es nicht")
    elif unit.retired:
        problems.append(f"die Aktenplaneinheit {unit.code} ist stillgelegt")
    elif unit.department not in (None, rule.department):
        problems.append(f"die Aktenplaneinheit {unit.code} gehört zu {unit.department}")
    if not 1 <= len(rule.subject) <= 300:
        problems.append("der Betreff hat 1 bis 300 Zeichen")
    return problems


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
