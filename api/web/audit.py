"""Revision: the audit trail with filters, and whether its chain holds."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Caller, Served
from api.service import Service
from api.web import words
from api.web.forms import Form, Visitor
from api.web.render import office_midnight
from api.web.show import show
from archive import access, listing
from archive.audit import IN_GERMAN, ChainReport, check_chain
from archive.model import Role
from config.errors import Forbidden

router = APIRouter(include_in_schema=False)


@router.get("/revision")
def trail_page(request: Request, service: Served, caller: Visitor) -> Response:
    caller.demand_somewhere(Role.AUDITOR)
    return _page(request, service, caller, None)


@router.post("/revision/pruefen")
def check_now(request: Request, service: Served, form: Form) -> Response:
    if not access.sees_everything(form.caller.reader.grants):
        raise Forbidden("Die ganze Kette prüft nur die Revision des Kreises.")
    with service.database.read() as session:
        report = check_chain(session)
    return _page(request, service, form.caller, report)


def _page(
    request: Request, service: Service, caller: Caller, report: ChainReport | None
) -> Response:
    asked = {
        name: request.query_params.get(name, "").strip()[:120]
        for name in ("aktion", "person", "kennung", "seit")
    }
    filters: dict[str, Any] = {
        "action": asked["aktion"] or None,
        "actor": asked["person"] or None,
        "object_id": asked["kennung"] or None,
        "since": _since(asked["seit"]),
    }
    with service.database.read() as session:
        page = listing.audit_page(
            session,
            caller.reader,
            cursor=request.query_params.get("weiter"),
            limit=100,
            **filters,
        )
    return show(
        request,
        service,
        caller,
        "audit.html",
        page=page,
        asked=asked,
        following="/revision?" + urlencode(asked),
        actions=sorted(words.ACTIONS.items(), key=lambda pair: pair[1]),
        report=report,
        why="" if report is None else IN_GERMAN.get(report.why or "", report.why or ""),
        whole=access.sees_everything(caller.reader.grants),
    )


def _since(text: str) -> Any:
    try:
        return office_midnight(date.fromisoformat(text)) if text else None
    except ValueError:
        return None
