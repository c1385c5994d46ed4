"""The file plan and the filing rules: to read, and taken in as tables."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool

from api.http.auth import Asking, Changing, Served
from api.http.problems import UnsupportedBody
from api.http.responses import problems
from api.schemas.file_plan import (
    FilingRuleList,
    FilingRuleOut,
    PlanImportOut,
    PlanOut,
    PlanUnitOut,
    RulesImportOut,
)
from archive.efile import files
from archive.views import details
from archive.views.plan import rules
from config.errors import UsageError
from ingest.acts.efile.plan import ImportPlan, ReplaceRules

router = APIRouter(tags=["plan"])
Check = Annotated[bool, Query(description="Only say what would be done.")]


def _table(example: str) -> dict[str, Any]:
    # No type: whatever is sent as text is text, so nothing could be refused for its type.
    schema = {"description": "CSV, docs/reference/file-plan.md"}
    content = {"text/csv": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


@router.get("/plan", responses=problems())
def get_plan(caller: Asking, service: Served) -> PlanOut:
    """The file plan in the order of its codes; `parent` makes it a tree."""
    with service.database.read() as session:
        units = files.plan(session)
        counts = details.files_by_plan_unit(session, caller.reader)
    return PlanOut(items=[PlanUnitOut.of(unit, counts.get(unit.code, 0)) for unit in units])


@router.post(
    "/plan",
    responses=problems(415),
    openapi_extra=_table(
        "kennzeichen;titel;uebergeordnet;abteilung;jahre\n63;Bauordnung;;bauamt;30\n"
    ),
)
async def import_plan(
    request: Request, caller: Changing, service: Served, check: Check = False
) -> PlanImportOut:
    """Take a table in, whole or not at all (docs/reference/file-plan.md). `done` says whether it
    was; every mistake is named by its line."""
    table = await _body(request)
    command = ImportPlan(table=table, check=check)
    made = await run_in_threadpool(command.perform, service, caller.acting)
    return PlanImportOut.of(made)


@router.get("/filing-rules", responses=problems())
def list_rules(caller: Asking, service: Served) -> FilingRuleList:
    """The filing rules in their order, for records managers."""
    with service.database.read() as session:
        found = rules(session, caller.reader)
    return FilingRuleList(items=[FilingRuleOut.of(rule) for rule in found])


@router.post(
    "/filing-rules",
    responses=problems(415),
    openapi_extra=_table(
        "art;wert;abteilung;aktenplan;betreff\nAbsender;Finanzamt*;bauamt;63.1;Steuersachen\n"
    ),
)
async def import_rules(
    request: Request, caller: Changing, service: Served, check: Check = False
) -> RulesImportOut:
    """Put a table in the place of all rules, whole or not at all."""
    table = await _body(request)
    command = ReplaceRules(table=table, check=check)
    made = await run_in_threadpool(command.perform, service, caller.acting)
    return RulesImportOut.of(made)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "text/csv":
        raise UnsupportedBody("Hier wird eine Tabelle erwartet (text/csv).")
    table = await request.body()
    if not table:
        raise UsageError("Die Tabelle ist leer.")
    return table
