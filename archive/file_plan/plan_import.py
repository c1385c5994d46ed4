"""The file plan as a whole: imported from a table in one transaction, or not at all.

Units that a file does not name stay as they are; a unit is taken out of use by ``stillgelegt``.
What a closed file has as its end of retention does not change with the plan
(archive/efile/closing.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append, lock_trail
from archive.efile import files
from archive.file_plan.csv_lines import LineError
from archive.file_plan.plan_table import ReadPlan, read_plan
from archive.model import PlanUnit
from archive.people import accounts, compartments
from archive.tables import schema

_PLAN = schema.plan_unit
_FILE = schema.case_file


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanImport:
    """What an import did, or would do: codes. With errors nothing was done."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    not_named: tuple[str, ...]  #: units of the plan that the file does not name; they stay
    errors: tuple[LineError, ...]
    done: bool


def import_plan(
    session: Session, data: bytes, *, by: Actor, at: datetime, check: bool = False
) -> PlanImport:
    """Take a table in; with ``check``, or where anything is wrong, only say what would be."""
    lock_trail(session)
    before = {unit.code: unit for unit in files.plan(session)}
    departments = frozenset(unit.id for unit in accounts.units(session))
    found = read_plan(data, departments=departments, existing=before)
    errors = (*found.errors, *_refused(session, found, before))
    new = {unit.code: unit for unit in found.units}
    changed = tuple(code for code in new if code in before and new[code] != before[code])
    result = PlanImport(
        added=tuple(code for code in new if code not in before),
        changed=changed,
        unchanged=tuple(code for code in new if code in before and code not in changed),
        not_named=tuple(code for code in before if code not in found.lines),
        errors=tuple(sorted(errors, key=lambda error: error.line)),
        done=not errors and not check,
    )
    if result.done:
        _apply(session, found, result)
        append(
            session,
            at=at,
            by=by,
            action="PLAN_IMPORTED",
            object_type="plan",
            object_id="-",
            object_sha256=hashlib.sha256(data).hexdigest(),
            detail={"added": len(result.added), "changed": list(changed)[:100]},
        )
    return result


def _refused(
    session: Session, found: ReadPlan, before: Mapping[str, PlanUnit]
) -> tuple[LineError, ...]:
    """What is right in itself and does not fit what is there."""
    errors = []
    known = compartments.parents(session)
    for unit in found.units:
        line = found.lines[unit.code]
        old = before.get(unit.code)
        moves = old is not None and old.compartment != unit.compartment
        if moves and _has_files(session, unit.code):
            text = f"{unit.code} hat schon Akten; ihr Bereich bleibt, wie er ist"
            errors.append(LineError(line=line, text=text))
        name = unit.compartment
        if name in known and name in found.within and known[name] != found.within[name]:
            place = f"im Bereich {known[name]}" if known[name] else "in keinem anderen"
            text = f"der Bereich {name} liegt bisher {place}"
            errors.append(LineError(line=line, text=text))
    errors += _around(found, before)
    return tuple(errors)


def _around(found: ReadPlan, before: Mapping[str, PlanUnit]) -> list[LineError]:
    """Units below a changed one that the file does not name would keep what they had taken over."""
    new = {unit.code: unit for unit in found.units}
    errors = []
    for unit in before.values():
        above = new.get(unit.parent or "")
        if unit.code in new or above is None or above.compartment == before[above.code].compartment:
            continue
        text = (
            f"{above.code}: der Bereich ändert sich; auch die Einheit {unit.code} darunter nennen"
        )
        errors.append(LineError(line=found.lines[above.code], text=text))
    return errors


def _has_files(session: Session, code: str) -> bool:
    query = sa.select(_FILE.c.id).where(_FILE.c.plan_unit == code).limit(1)
    return session.execute(query).first() is not None


def _apply(session: Session, found: ReadPlan, result: PlanImport) -> None:
    for name in found.within:
        compartments.ensure(session, name, within=found.within[name])
    for unit in found.units:
        values = asdict(unit)
        if unit.code in result.added:
            session.execute(sa.insert(_PLAN).values(values))
        elif unit.code in result.changed:
            session.execute(sa.update(_PLAN).where(_PLAN.c.code == unit.code).values(values))
