"""The file plan and the filing rules taken in from a table, by a records manager of all departments.

``archive.plan`` and ``archive.filing_rules`` ask for no right themselves: the machine's operator
works with them too. Faces ask here.
"""

from __future__ import annotations

from api.auth import Caller
from api.service import Service
from archive import access, filing_rules
from archive.filing_rules import FilingRule, RulesImport
from archive.plan import PlanImport, import_plan
from config.errors import Forbidden


def demand(caller: Caller) -> None:
    """Raises Forbidden for all others than records managers of the whole house."""
    if not access.may_manage_plan(caller.reader):
        raise Forbidden("Aktenplan und Ablageregeln pflegt die Registratur des ganzen Hauses.")


def take_plan(service: Service, caller: Caller, table: bytes, *, check: bool) -> PlanImport:
    """Take a plan in, or say what would be done. Raises Forbidden."""
    demand(caller)
    with service.database.write() as session:
        return import_plan(session, table, by=caller.actor, at=service.clock(), check=check)


def take_rules(service: Service, caller: Caller, table: bytes, *, check: bool) -> RulesImport:
    """Put these rules in the place of all. Raises Forbidden."""
    demand(caller)
    with service.database.write() as session:
        return filing_rules.import_rules(
            session,
            table,
            streams=frozenset(service.settings.streams),
            by=caller.actor,
            at=service.clock(),
            check=check,
        )


def rules(service: Service, caller: Caller) -> tuple[FilingRule, ...]:
    """All filing rules in their order. Raises Forbidden: they name departments and senders."""
    demand(caller)
    with service.database.read() as session:
        return filing_rules.rules(session)
