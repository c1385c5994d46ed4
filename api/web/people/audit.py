"""Revision: the audit trail in sentences with filters, as a table, and whether its chain holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.http.auth import Caller, Served
from api.http.responses import DOWNLOAD, disposition
from api.service import Service
from api.web.rendering import labels
from api.web.rendering.event_texts import as_csv, told
from api.web.rendering.forms import Form, Visitor
from api.web.rendering.page_frame import show, stream_names
from api.web.rendering.render import office_midnight
from archive import access
from archive.audit import auditable_objects
from archive.audit.trail import IN_GERMAN, ChainReport, check_chain
from archive.model import Page, Role
from archive.people import accounts
from archive.views import listing
from archive.views.listing import AuditLine
from config.errors import Forbidden, UsageError
from ingest.acts.efile.exports import NoteTrailExport

router = APIRouter(include_in_schema=False)
FIELDS = ("aktion", "person", "kennung", "von", "bis")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
BLOCK = 500  #: events of one question while the table is written


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The filters as they were typed, what they mean, and what is wrong with them."""

    typed: Mapping[str, str]
    filters: Mapping[str, Any] = field(default_factory=dict)
    wrong: str = ""


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


@router.get("/revision/protokoll.csv")
def trail_table(request: Request, service: Served, caller: Visitor) -> StreamingResponse:
    """The same events under the same filters, written while they are sent; noted in the trail."""
    caller.demand_somewhere(Role.AUDITOR)
    asked = _asked(request)
    if asked.wrong:
        raise UsageError(asked.wrong)
    if not caller.head:
        _tell(service, caller, asked.filters)

    def pages(cursor: str | None) -> Page[AuditLine]:
        with service.database.read() as session:
            return listing.audit_page(
                session, caller.reader, cursor=cursor, limit=BLOCK, **asked.filters
            )

    return StreamingResponse(
        as_csv(pages, _names(service)),
        media_type="text/csv; charset=utf-8",
        headers={**DOWNLOAD, "Content-Disposition": disposition("protokoll.csv")},
    )


def _tell(service: Service, caller: Caller, filters: Mapping[str, Any]) -> None:
    """That the table was handed out, and with which filters."""
    NoteTrailExport(filters=filters).perform(service, caller.acting)


def _page(
    request: Request, service: Service, caller: Caller, report: ChainReport | None
) -> Response:
    asked = _asked(request)
    page: Page[AuditLine] = Page(items=())
    with service.database.read() as session:
        if not asked.wrong:
            page = listing.audit_page(
                session,
                caller.reader,
                cursor=request.query_params.get("weiter") or None,
                limit=100,
                **asked.filters,
            )
        ids = {line.object_id for line in page.items}
        reachable = auditable_objects.reachable(session, caller.reader, ids)
    names = _names(service)
    query = urlencode(asked.typed)
    return show(
        request,
        service,
        caller,
        "audit.html",
        lines=[told(line, names, reachable) for line in page.items],
        page=page,
        asked=asked,
        following=f"/revision?{query}",
        table=f"/revision/protokoll.csv?{query}",
        actions=sorted(labels.ACTIONS.items(), key=lambda pair: pair[1]),
        report=report,
        why="" if report is None else IN_GERMAN.get(report.why or "", report.why or ""),
        whole=access.sees_everything(caller.reader.grants),
    )


def _names(service: Service) -> dict[str, str]:
    """Departments and streams as people call them."""
    with service.database.read() as session:
        units = {unit.id: unit.name for unit in accounts.units(session)}
    return {**stream_names(service), **units}


def _asked(request: Request) -> Asked:
    typed = {name: request.query_params.get(name, "").strip()[:120] for name in FIELDS}
    typed["von"] = typed["von"] or request.query_params.get("seit", "").strip()[:120]
    try:
        since, last = _day(typed["von"]), _day(typed["bis"])
        until = None if last is None else office_midnight(last + timedelta(days=1))
        begin = None if since is None else office_midnight(since)
    except (ValueError, OverflowError):
        return Asked(typed=typed, wrong="„Von“ und „Bis“ sind Tage der Form JJJJ-MM-TT.")
    if since is not None and last is not None and last < since:
        return Asked(typed=typed, wrong="„Bis“ liegt vor „Von“; so ist nichts zu finden.")
    filters = {
        "action": typed["aktion"] or None,
        "actor": typed["person"] or None,
        "object_id": typed["kennung"] or None,
        "since": begin,
        "until": until,
    }
    return Asked(typed=typed, filters=filters)


def _day(text: str) -> date | None:
    """A day as 2026-01-31. Raises ValueError."""
    if not text:
        return None
    if not _DAY.fullmatch(text):  # ISO 8601 has other forms, which the page does not name
        raise ValueError(text)
    return date.fromisoformat(text)
