"""What goes over the wire of the file plan and the filing rules."""

from __future__ import annotations

from pydantic import Field

from api.schemas.common import Wire
from archive.file_plan.csv_lines import LineError
from archive.file_plan.filing_rules import FilingRule, RulesImport
from archive.file_plan.plan_import import PlanImport
from archive.model import PlanUnit


class PlanUnitOut(Wire):
    code: str
    parent: str | None
    title: str
    department: str | None = Field(description="null: of all.")
    retention_years: int | None = Field(description="null: permanent.")
    retention_start: str
    disposal_code: str
    protection_need: str
    compartment: str | None
    mark_pattern: str
    retired: bool
    files: int = Field(description="How many of its files you may read.")

    @classmethod
    def of(cls, unit: PlanUnit, files: int) -> PlanUnitOut:
        return cls(
            code=unit.code,
            parent=unit.parent,
            title=unit.title,
            department=unit.department,
            retention_years=unit.retention_years,
            retention_start=unit.retention_start,
            disposal_code=unit.disposal_code,
            protection_need=unit.protection_need,
            compartment=unit.compartment,
            mark_pattern=unit.mark_pattern,
            retired=unit.retired,
            files=files,
        )


class PlanOut(Wire):
    items: list[PlanUnitOut]


class LineErrorOut(Wire):
    line: int = Field(description="The header is line 1.")
    text: str

    @classmethod
    def of(cls, error: LineError) -> LineErrorOut:
        return cls(line=error.line, text=error.text)


class PlanImportOut(Wire):
    """What was done, or would be; with errors nothing was."""

    done: bool
    added: list[str]
    changed: list[str]
    unchanged: list[str]
    not_named: list[str] = Field(description="Units that the table does not name; they stay.")
    errors: list[LineErrorOut]

    @classmethod
    def of(cls, made: PlanImport) -> PlanImportOut:
        return cls(
            done=made.done,
            added=list(made.added),
            changed=list(made.changed),
            unchanged=list(made.unchanged),
            not_named=list(made.not_named),
            errors=[LineErrorOut.of(error) for error in made.errors],
        )


class FilingRuleOut(Wire):
    position: int
    stream: str | None
    department: str
    kind: str
    value: str
    plan_unit: str
    subject: str

    @classmethod
    def of(cls, rule: FilingRule) -> FilingRuleOut:
        return cls(
            position=rule.position,
            stream=rule.stream,
            department=rule.department,
            kind=rule.kind.value,
            value=rule.value,
            plan_unit=rule.plan_unit,
            subject=rule.subject,
        )


class FilingRuleList(Wire):
    items: list[FilingRuleOut]


class RulesImportOut(Wire):
    """The rules as they are now, or would be; with errors nothing was done."""

    done: bool
    items: list[FilingRuleOut]
    errors: list[LineErrorOut]

    @classmethod
    def of(cls, made: RulesImport) -> RulesImportOut:
        return cls(
            done=made.done,
            items=[FilingRuleOut.of(rule) for rule in made.rules],
            errors=[LineErrorOut.of(error) for error in made.errors],
        )
