"""The file plan and the filing rules, taken in from a table."""

from __future__ import annotations

from dataclasses import dataclass

from archive.file_plan import filing_rules
from archive.file_plan.filing_rules import RulesImport
from archive.file_plan.plan_import import PlanImport, import_plan
from archive.views.plan import demand_plan
from ingest.acts.act import Act, Transaction
from ingest.acts.acting import Acting, Way


def _demand(by: Acting) -> None:
    """The machine's operator may, too."""
    if by.way is not Way.MACHINE:
        demand_plan(by.reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan(Act[PlanImport]):
    """Take a plan in whole or not at all; with ``check`` only say what would be done.

    Raises Forbidden; faults of the table are in the result, each with its line.
    """

    table: bytes
    check: bool

    def within(self, change: Transaction) -> PlanImport:
        _demand(change.by)
        return import_plan(
            change.session, self.table, by=change.by.actor, at=change.at, check=self.check
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRules(Act[RulesImport]):
    """Put these filing rules in the place of all. As ``ImportPlan``."""

    table: bytes
    check: bool

    def within(self, change: Transaction) -> RulesImport:
        _demand(change.by)
        return filing_rules.import_rules(
            change.session,
            self.table,
            streams=frozenset(change.settings.streams),
            by=change.by.actor,
            at=change.at,
            check=self.check,
        )
