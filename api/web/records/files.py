"""Akten: plan -> file -> case -> document, to look at. What is done with them: ``file_acts.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.service import Service
from api.web.rendering.forms import Visitor
from api.web.rendering.page_frame import show
from archive import access
from archive.desk import follow_ups
from archive.efile import change_history, closing, files
from archive.file_states import REOPENABLE
from archive.model import Case, CaseFile, PlanUnit, Reader
from archive.office_calendar import office_date
from archive.people import accounts
from archive.views import details, file_details, listing

router = APIRouter(include_in_schema=False)
TABS = (
    ("dokumente", "Dokumente"),
    ("wiedervorlagen", "Wiedervorlagen"),
    ("verlauf", "Verlauf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A unit of the plan with what is below it and how many files the reader may open there."""

    unit: PlanUnit
    count: int
    children: tuple[Branch, ...]

    @property
    def total(self) -> int:
        return self.count + sum(child.total for child in self.children)


@router.get("/akten")
def plan_page(
    request: Request,
    service: Served,
    caller: Visitor,
    plan: str = "",
    weiter: str | None = None,
) -> Response:
    with service.database.read() as session:
        units = files.plan(session)
        counts = details.files_by_plan_unit(session, caller.reader)
        page = listing.files_for(
            session,
            caller.reader,
            plan_unit=_with_all_below(units, plan) if plan else None,
            cursor=weiter,
            limit=50,
        )
        departments = {unit.id: unit.name for unit in accounts.units(session)}
    chosen = next((unit for unit in units if unit.code == plan), None)
    trunk = _trunk(units, plan)
    return show(
        request,
        service,
        caller,
        "files.html",
        branches=_branches(units, counts, None),
        below=_branches(units, counts, plan) if chosen else (),
        chosen=chosen,
        open={unit.code for unit in trunk},
        page=page,
        plan=plan,
        places=_places(caller.reader, chosen, departments),
        titles={unit.code: unit.title for unit in units},
    )


@router.get("/akten/{file_id}")
def file_page(
    request: Request,
    service: Served,
    caller: Visitor,
    file_id: str,
    ansicht: str = "dokumente",
    weiter: str | None = None,
) -> Response:
    with service.database.read() as session:
        file = listing.file_for(session, caller.reader, file_id)
        cases = listing.cases_for(session, caller.reader, file_id)
        page = listing.documents_for(
            session, caller.reader, file_id=file_id, cursor=weiter, limit=50
        )
        counts = file_details.documents_by_case(session, caller.reader, file_id)
        changes = change_history.of_file(session, caller.reader, file_id)
        noted = follow_ups.of_file(session, caller.reader, file_id)
        parts = details.sub_files_of(session, caller.reader, file_id)
    tab = ansicht if ansicht in dict(TABS) else TABS[0][0]
    return show(
        request,
        service,
        caller,
        "file.html",
        tab=tab,
        tabs=TABS,
        cases={case.id: case for case in cases},
        numbers=counts,
        subjects={part.id: part for part in parts},
        open_parts=[
            (part.id, f"{part.number}. {part.title}") for part in parts if part.state == "OPEN"
        ],
        changes=tuple(reversed(changes)),
        follow_ups=noted,
        today=office_date(service.clock()),
        page=page,
        **_frame(service, caller, file),
    )


@router.get("/vorgaenge/{case_id}")
def case_page(
    request: Request,
    service: Served,
    caller: Visitor,
    case_id: str,
    weiter: str | None = None,
) -> Response:
    with service.database.read() as session:
        case = details.case_for(session, caller.reader, case_id)
        file = listing.file_for(session, caller.reader, case.file_id)
        page = listing.documents_for(
            session, caller.reader, case_id=case_id, cursor=weiter, limit=50
        )
        noted = [
            each
            for each in follow_ups.of_file(session, caller.reader, file.id)
            if each.case_id == case_id
        ]
    return show(
        request,
        service,
        caller,
        "case.html",
        case=case,
        cases={case.id: case},
        follow_ups=noted,
        today=office_date(service.clock()),
        page=page,
        **_frame(service, caller, file, case),
    )


def _frame(
    service: Service, caller: Caller, file: CaseFile, case: Case | None = None
) -> dict[str, Any]:
    """What the pages of a file and of a case have in common: where it is, and what may be done."""
    reader = caller.reader
    with service.database.read() as session:
        trunk = _trunk(files.plan(session), file.plan_unit)
        units = {unit.id: unit.name for unit in accounts.units(session)}
        left = file_details.open_work(
            session, reader, file.id, case_id=None if case is None else case.id
        )
        own = closing.closed_by(session, file.id) == reader.user
    works = access.may_work_on_file(reader, file)
    reopens = access.may_manage_file(reader, file) and file.state in REOPENABLE
    return {
        "file": file,
        "trunk": trunk,
        "unit": units.get(file.department, file.department),
        "left": left,
        "works": works and file.state == "OPEN",
        "reopens": reopens,
        "stays_closed": closing.OWN_CLOSING if own else "",
        "manages": access.may_manage_file(reader, file) and file.state == "CLOSED",
        "takes": access.may_export_file(reader, file),
        "glass": file.id in reader.opened_files and not access.may_export_file(reader, file),
    }


def _places(
    reader: Reader, unit: PlanUnit | None, departments: dict[str, str]
) -> list[tuple[str, str]]:
    """The departments that the reader may begin a file for in this unit."""
    if unit is None or unit.retired:
        return []
    return [
        (key, name)
        for key, name in departments.items()
        if unit.department in (None, key) and access.may_open_file(reader, key, unit.compartment)
    ]


def _branches(
    units: tuple[PlanUnit, ...], counts: dict[str, int], parent: str | None
) -> tuple[Branch, ...]:
    return tuple(
        Branch(
            unit=unit,
            count=counts.get(unit.code, 0),
            children=_branches(units, counts, unit.code),
        )
        for unit in units
        if unit.parent == parent
    )


def _with_all_below(units: tuple[PlanUnit, ...], code: str) -> frozenset[str]:
    """A unit and what is below it: its number in the tree counts the files of them all."""
    children = {unit.code for unit in units if unit.parent == code and unit.code != code}
    return frozenset({code}.union(*(_with_all_below(units, child) for child in children)))


def _trunk(units: tuple[PlanUnit, ...], leaf: str) -> list[PlanUnit]:
    """From the plan's root to one of its units."""
    known = {unit.code: unit for unit in units}
    path: list[PlanUnit] = []
    code: str | None = leaf
    while code is not None and code in known and known[code] not in path:
        path.insert(0, known[code])
        code = known[code].parent
    return path
