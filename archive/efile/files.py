"""The file plan and the e-files: plan unit -> file -> case. Lists for people:
archive/views/listing.py.

Every function works in the session it is given and never commits.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive.audit.trail import Actor, append, lock_trail, storable
from archive.db import rows
from archive.efile import file_reference
from archive.model import Case, CaseFile, PlanUnit, SubFile
from archive.office_calendar import office_date
from archive.tables import schema
from config.clock import new_id
from config.errors import Conflict, NotFound

_FILE = schema.case_file
_CASE = schema.case
_PLAN = schema.plan_unit


def ensure_unit(session: Session, unit_id: str, name: str) -> None:
    """A department, made once; a known one keeps its name."""
    _insert_once(session, schema.unit, {"id": unit_id, "name": name, "retired": False})


def ensure_plan_unit(session: Session, unit: PlanUnit) -> None:
    """A unit of the file plan, made once; its parent comes before it."""
    _insert_once(session, _PLAN, asdict(unit))


def plan(session: Session) -> tuple[PlanUnit, ...]:
    """The whole file plan in the order of its codes; ``parent`` makes it a tree."""
    found = session.execute(sa.select(_PLAN).order_by(_PLAN.c.code)).mappings()
    return tuple(rows.made_from(PlanUnit, dict(row)) for row in found)


def open_file(
    session: Session,
    plan_unit: str,
    department: str,
    subject: str,
    *,
    by: Actor,
    at: datetime,
    compartment: str | None = None,
) -> CaseFile:
    """A new e-file; its mark follows the unit's pattern, numbered within its series.

    ``compartment`` narrows further; without one the unit's own holds. Raises NotFound, Conflict
    where the unit is retired.
    """
    lock_trail(session)
    unit = plan_unit_of(session, plan_unit)
    if unit.retired:
        raise Conflict(
            f"Die Aktenplaneinheit {plan_unit} ist stillgelegt; dort beginnt keine Akte."
        )
    compartment = compartment or unit.compartment
    today = office_date(at)
    mark = _next_mark(session, unit, department, compartment, today.year)
    values: dict[str, Any] = {
        "id": new_id("f"),
        "file_mark": mark,
        "mark_key": file_reference.compact(mark),
        "subject": _short(subject),
        "plan_unit": plan_unit,
        "department": department,
        "compartment": compartment,
        "state": "OPEN",
        "opened_on": today,
    }
    session.execute(sa.insert(_FILE).values(values))
    append(
        session,
        at=at,
        by=by,
        action="FILE_OPENED",
        object_type="file",
        object_id=values["id"],
        detail={"mark": mark, "department": department},
    )
    return load_file(session, values["id"])


def open_sub_file(
    session: Session, file_id: str, title: str, *, by: Actor, at: datetime
) -> SubFile:
    """A new part of an open file, numbered from 1. Raises NotFound, Conflict."""
    values = _opened_in(session, schema.sub_file, "t", file_id, title, at=at)
    session.execute(sa.insert(schema.sub_file).values(values))
    _told_opened(session, "SUB_FILE_OPENED", "sub_file", values, by=by, at=at)
    return SubFile(**values)


def open_case(
    session: Session,
    file_id: str,
    title: str,
    *,
    by: Actor,
    at: datetime,
    sub_file_id: str | None = None,
) -> Case:
    """A new case in an open file (and its open part), numbered from 1 within the file.

    Raises NotFound, Conflict.
    """
    values = _opened_in(session, _CASE, "c", file_id, title, at=at)
    if sub_file_id is not None:
        part = schema.sub_file
        query = sa.select(part.c.state).where(part.c.id == sub_file_id, part.c.file_id == file_id)
        state = session.execute(query).scalar()
        if state is None:
            raise NotFound(f"Die Teilakte {sub_file_id} gibt es in dieser Akte nicht.")
        if state != "OPEN":
            raise Conflict(f"Die Teilakte {sub_file_id} ist nicht mehr offen.")
    session.execute(sa.insert(_CASE).values({**values, "sub_file_id": sub_file_id}))
    _told_opened(session, "CASE_OPENED", "case", values, by=by, at=at)
    return case_of(session, values["id"])


def file_for_stream(
    session: Session,
    plan_unit: str,
    department: str,
    subject: str,
    *,
    by: Actor,
    at: datetime,
    compartment: str | None = None,
) -> CaseFile:
    """This year's open file with this subject, opened where there is none; never two of them."""
    lock_trail(session)
    compartment = compartment or plan_unit_of(session, plan_unit).compartment
    year = office_date(at).year
    query = sa.select(_FILE).where(
        _FILE.c.plan_unit == plan_unit,
        _FILE.c.department == department,
        _FILE.c.compartment.is_not_distinct_from(compartment),
        _FILE.c.subject == _short(subject),
        _FILE.c.state == "OPEN",
        sa.extract("year", _FILE.c.opened_on) == year,
    )
    found = session.execute(query.order_by(_FILE.c.id).limit(1)).mappings().one_or_none()
    if found is not None:
        return rows.file_from(dict(found))
    return open_file(session, plan_unit, department, subject, by=by, at=at, compartment=compartment)


def case_for_stream(session: Session, file_id: str, title: str, *, by: Actor, at: datetime) -> Case:
    """The file's open case with this title, opened where there is none; never two of them."""
    lock_trail(session)
    query = sa.select(_CASE).where(
        _CASE.c.file_id == file_id, _CASE.c.title == _short(title), _CASE.c.state == "OPEN"
    )
    found = session.execute(query.order_by(_CASE.c.number).limit(1)).mappings().one_or_none()
    if found is not None:
        return rows.case_from(dict(found))
    return open_case(session, file_id, title, by=by, at=at)


def load_file(session: Session, file_id: str) -> CaseFile:
    """For the machine; people read through archive/views/listing.py. Raises NotFound."""
    found = session.execute(sa.select(_FILE).where(_FILE.c.id == file_id)).mappings().one_or_none()
    if found is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    return rows.file_from(dict(found))


def plan_unit_of(session: Session, code: str) -> PlanUnit:
    """Raises NotFound."""
    row = session.execute(sa.select(_PLAN).where(_PLAN.c.code == code)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Die Aktenplaneinheit {code} gibt es nicht.")
    return rows.made_from(PlanUnit, dict(row))


def case_of(session: Session, case_id: str) -> Case:
    """For the machine. Raises NotFound."""
    row = session.execute(sa.select(_CASE).where(_CASE.c.id == case_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
    return rows.case_from(dict(row))


def open_cases(session: Session, file_id: str) -> tuple[Case, ...]:
    """The open cases of a file in their order; for the machine."""
    query = sa.select(_CASE).where(_CASE.c.file_id == file_id, _CASE.c.state == "OPEN")
    found = session.execute(query.order_by(_CASE.c.number)).mappings()
    return tuple(rows.case_from(dict(row)) for row in found)


def _opened_in(
    session: Session, table: sa.Table, prefix: str, file_id: str, title: str, *, at: datetime
) -> dict[str, Any]:
    lock_trail(session)
    query = sa.select(_FILE.c.state).where(_FILE.c.id == file_id).with_for_update()
    state = session.execute(query).scalar()
    if state is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    if state != "OPEN":
        raise Conflict(f"Die Akte {file_id} ist nicht mehr offen.")
    last = sa.select(sa.func.max(table.c.number)).where(table.c.file_id == file_id)
    return {
        "id": new_id(prefix),
        "file_id": file_id,
        "number": (session.execute(last).scalar() or 0) + 1,
        "title": _short(title),
        "state": "OPEN",
        "opened_on": office_date(at),
    }


def _told_opened(
    session: Session, action: str, kind: str, values: dict[str, Any], *, by: Actor, at: datetime
) -> None:
    append(
        session,
        at=at,
        by=by,
        action=action,
        object_type=kind,
        object_id=values["id"],
        detail={"file": values["file_id"], "number": values["number"]},
    )


def _next_mark(
    session: Session, unit: PlanUnit, department: str, compartment: str | None, year: int
) -> str:
    """The next free mark of the series; a number whose mark is taken otherwise is passed over."""
    series = file_reference.series(unit, department, compartment)
    while True:
        number = _next_number(session, unit.code, year, series)
        mark = file_reference.render(
            unit.mark_pattern, code=unit.code, number=number, year=year, series=series
        )
        if session.execute(sa.select(_FILE.c.id).where(_FILE.c.file_mark == mark)).first() is None:
            return mark


def _next_number(session: Session, plan_unit: str, year: int, series: str) -> int:
    table = schema.file_counter
    insert = _insert(session, table).values(plan_unit=plan_unit, year=year, series=series, last=1)
    taken = insert.on_conflict_do_update(
        index_elements=[table.c.plan_unit, table.c.year, table.c.series],
        set_={"last": table.c.last + 1},
    ).returning(table.c.last)
    return int(session.execute(taken).scalar_one())


def _insert_once(session: Session, table: sa.Table, values: dict[str, Any]) -> None:
    session.execute(_insert(session, table).values(values).on_conflict_do_nothing())


def _insert(session: Session, table: sa.Table) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _short(text: str) -> str:
    return storable(text)[:300]
