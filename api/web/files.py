"""Akten: plan -> file -> case -> document."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Served
from api.web.forms import Visitor
from api.web.show import show
from archive import files, listing, people, viewing
from archive.model import PlanUnit

router = APIRouter(include_in_schema=False)


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
        counts = viewing.files_by_plan_unit(session, caller.reader)
        page = listing.files_for(
            session, caller.reader, plan_unit=plan or None, cursor=weiter, limit=50
        )
    chosen = next((unit for unit in units if unit.code == plan), None)
    trunk = _trunk(units, plan)
    return show(
        request,
        service,
        caller,
        "files.html",
        branches=_branches(units, counts, None),
        chosen=chosen,
        open={unit.code for unit in trunk},
        page=page,
        plan=plan,
        titles={unit.code: unit.title for unit in units},
    )


@router.get("/akten/{file_id}")
def file_page(
    request: Request,
    service: Served,
    caller: Visitor,
    file_id: str,
    vorgang: str = "",
    weiter: str | None = None,
) -> Response:
    with service.database.read() as session:
        file = listing.file_for(session, caller.reader, file_id)
        cases = listing.cases_for(session, caller.reader, file_id)
        page = listing.documents_for(
            session,
            caller.reader,
            file_id=file_id,
            case_id=vorgang or None,
            cursor=weiter,
            limit=50,
        )
        trunk = _trunk(files.plan(session), file.plan_unit)
        units = {unit.id: unit.name for unit in people.units(session)}
    return show(
        request,
        service,
        caller,
        "file.html",
        file=file,
        cases={case.id: case for case in cases},
        chosen=vorgang,
        page=page,
        trunk=trunk,
        unit=units.get(file.department, file.department),
    )


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


def _trunk(units: tuple[PlanUnit, ...], leaf: str) -> list[PlanUnit]:
    """From the plan's root to one of its units."""
    known = {unit.code: unit for unit in units}
    path: list[PlanUnit] = []
    code: str | None = leaf
    while code is not None and code in known and known[code] not in path:
        path.insert(0, known[code])
        code = known[code].parent
    return path
