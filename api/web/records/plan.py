"""Aktenplan pflegen: a table is uploaded, looked at, and then taken in; the same for filing rules."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import Caller, Served, confirm, signed_in
from api.http.upload import received
from api.service import Service
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import PLAN, show
from archive.efile import files
from archive.file_plan.filing_rules import KINDS, RulesImport
from archive.file_plan.plan_import import PlanImport
from archive.views.plan import demand_plan
from archive.views.plan import rules as filing_rules
from config.errors import UsageError
from ingest.acts.act import Act
from ingest.acts.efile.plan import ImportPlan, ReplaceRules

router = APIRouter(include_in_schema=False)
LARGEST = 2**20  #: bytes of a table; with its preview it must fit into a form
TAKERS: dict[str, Callable[..., Act[PlanImport] | Act[RulesImport]]] = {
    "plan": ImportPlan,
    "regeln": ReplaceRules,
}
KIND_WORDS = {kind.value: word.capitalize() for word, kind in KINDS.items()}


@router.get(PLAN)
def plan_page(request: Request, service: Served, caller: Visitor) -> Response:
    demand_plan(caller.reader)
    return _page(request, service, caller)


@router.post(f"{PLAN}/vorschau")
async def preview(request: Request, service: Served) -> Response:
    """What the table would do; nothing is changed."""
    caller = await run_in_threadpool(signed_in, request, service)
    demand_plan(caller.reader)
    async with received(request, service.uploads, LARGEST) as sent:
        confirm(caller, sent.fields.get("csrf"))
        if sent.path is None:
            raise UsageError("Es fehlt die Tabelle.")
        table, name = await run_in_threadpool(sent.path.read_bytes), sent.file_name
    what = sent.fields.get("was", "")
    return await run_in_threadpool(_preview, request, service, caller, what, table, name)


@router.post(f"{PLAN}/uebernehmen")
def take_in(request: Request, service: Served, form: Form) -> Response:
    """Take in what was looked at. What changed since then is looked at again by the import itself."""
    what = form.text("was")
    try:
        table = base64.urlsafe_b64decode(form.text("tabelle").encode("ascii"))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise UsageError("Das Formular ist unvollständig; bitte die Tabelle neu laden.") from error
    made = _take(service, form.caller, what, table, check=False)
    if made.errors:
        return _show_preview(request, service, form.caller, what, table, "", made)
    if isinstance(made, RulesImport):
        return back_to(PLAN, f"{len(made.rules)} Ablageregeln gelten jetzt.")
    return back_to(PLAN, f"Übernommen: {len(made.added)} neu, {len(made.changed)} geändert.")


def _preview(
    request: Request, service: Service, caller: Caller, what: str, table: bytes, name: str
) -> Response:
    made = _take(service, caller, what, table, check=True)
    return _show_preview(request, service, caller, what, table, name, made)


def _show_preview(
    request: Request,
    service: Service,
    caller: Caller,
    what: str,
    table: bytes,
    name: str,
    made: object,
) -> Response:
    return _page(
        request,
        service,
        caller,
        looked={
            "what": what,
            "name": name,
            "made": made,
            "table": base64.urlsafe_b64encode(table).decode(),
            "sha256": hashlib.sha256(table).hexdigest(),
        },
    )


def _take(
    service: Service, caller: Caller, what: str, table: bytes, *, check: bool
) -> PlanImport | RulesImport:
    if what not in TAKERS:
        raise UsageError("Das Formular ist unvollständig; bitte die Seite neu laden.")
    return TAKERS[what](table=table, check=check).perform(service, caller.acting)


def _page(
    request: Request, service: Service, caller: Caller, *, looked: dict[str, Any] | None = None
) -> Response:
    with service.database.read() as session:
        units = files.plan(session)
        rules = filing_rules(session, caller.reader)
    return show(
        request,
        service,
        caller,
        "plan.html",
        units=units,
        rules=rules,
        kinds=KIND_WORDS,
        looked=looked,
    )
