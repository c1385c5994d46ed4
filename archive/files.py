"""The file plan and the e-files: plan unit -> file -> case. Lists for people: archive/listing.py.

Every function works in the session it is given and never commits.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive import rows, schema
from archive.audit import Actor, append, lock_trail, storable
from archive.calendar import office_date
from archive.model import Case, CaseFile, PlanUnit
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
    return tuple(PlanUnit(**row) for row in found)


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
    """A new e-file with the mark ``<plan code>/<number>/<year>``. Raises NotFound."""
    lock_trail(session)
    if session.execute(sa.select(_PLAN.c.code).where(_PLAN.c.code == plan_unit)).first() is None:
        raise NotFound(f"Die Aktenplaneinheit {plan_unit} gibt es nicht.")
    today = office_date(at)
    number = _next_number(session, plan_unit, today.year)
    values: dict[str, Any] = {
        "id": new_id("f"),
        "file_mark": f"{plan_unit}/{number}/{today.year}",
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
        detail={"mark": values["file_mark"], "department": department},
    )
    return rows.file_from(values)


def open_case(session: Session, file_id: str, title: str, *, by: Actor, at: datetime) -> Case:
    """A new case in an open file, numbered from 1. Raises NotFound, Conflict."""
    lock_trail(session)
    query = sa.select(_FILE.c.state).where(_FILE.c.id == file_id).with_for_update()
    state = session.execute(query).scalar()
    if state is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    if state != "OPEN":
        raise Conflict(f"Die Akte {file_id} ist nicht mehr offen.")
    last = sa.select(sa.func.max(_CASE.c.number)).where(_CASE.c.file_id == file_id)
    values: dict[str, Any] = {
        "id": new_id("c"),
        "file_id": file_id,
        "number": (session.execute(last).scalar() or 0) + 1,
        "title": _short(title),
        "state": "OPEN",
        "opened_on": office_date(at),
    }
    session.execute(sa.insert(_CASE).values(values))
    append(
        session,
        at=at,
        by=by,
        action="CASE_OPENED",
        object_type="case",
        object_id=values["id"],
        detail={"file": file_id, "number": values["number"]},
    )
    return rows.case_from(values)


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
    """For the machine; people read through archive/listing.py. Raises NotFound."""
    found = session.execute(sa.select(_FILE).where(_FILE.c.id == file_id)).mappings().one_or_none()
    if found is None:
        raise NotFound(f"Die Akte {file_id} gibt es nicht.")
    return rows.file_from(dict(found))


def _next_number(session: Session, plan_unit: str, year: int) -> int:
    table = schema.file_counter
    insert = _insert(session, table).values(plan_unit=plan_unit, year=year, last=1)
    taken = insert.on_conflict_do_update(
        index_elements=[table.c.plan_unit, table.c.year], set_={"last": table.c.last + 1}
    ).returning(table.c.last)
    return int(session.execute(taken).scalar_one())


def _insert_once(session: Session, table: sa.Table, values: dict[str, Any]) -> None:
    session.execute(_insert(session, table).values(values).on_conflict_do_nothing())


def _insert(session: Session, table: sa.Table) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def _short(text: str) -> str:
    return storable(text)[:300]
