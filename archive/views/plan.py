"""The filing rules, for whoever keeps the file plan: they name departments and senders."""

from __future__ import annotations

from sqlalchemy.orm import Session

from archive import access
from archive.file_plan import filing_rules
from archive.file_plan.filing_rules import FilingRule
from archive.model import Reader
from config.errors import Forbidden


def demand_plan(reader: Reader) -> None:
    """Raises Forbidden for all others than records managers of the whole house."""
    if not access.may_manage_plan(reader):
        raise Forbidden("Aktenplan und Ablageregeln pflegt die Registratur des ganzen Hauses.")


def rules(session: Session, reader: Reader) -> tuple[FilingRule, ...]:
    """All filing rules in their order. Raises Forbidden."""
    demand_plan(reader)
    return filing_rules.rules(session)
