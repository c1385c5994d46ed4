"""A page for somebody signed in: frame, open decisions, and the word of the last change."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.auth import Caller
from api.service import Service
from api.web.render import Look
from archive import access, break_glass, follow_ups, quality_work, resolutions, viewing
from archive.calendar import office_date
from archive.model import Role

FLASH = "meldung"
DESK = "/wiedervorlagen"
HELD, QUALITY = "/klaeren", "/sichtpruefung"
GLASS, PSEUDONYMS, PLAN = "/notzugriff", "/pseudonyme", "/aktenplan"
_MAILROOM = (Role.MAIL_CLERK, Role.SCAN_OPERATOR, Role.SCAN_SUPERVISOR)
CONTENT = (Role.CASE_WORKER, Role.RECORDS_MANAGER)
# Where somebody with one of these roles has something to do; rights are asked elsewhere.
ROOMS = (
    ("/eingang", "mail", "Eingang", (*_MAILROOM, *CONTENT, Role.QA_INSPECTOR, Role.AUDITOR)),
    (
        HELD,
        "warning",
        "Zu klären",
        (*_MAILROOM, Role.QA_INSPECTOR),
    ),
    (QUALITY, "check", "Sichtprüfung", (Role.CASE_WORKER, Role.QA_INSPECTOR)),
    ("/suche", "search", "Suche", (*CONTENT, Role.AUDITOR)),
    ("/akten", "folder", "Akten", CONTENT),
    ("/zuordnen", "arrow-forward", "Zuordnen", (Role.CASE_WORKER,)),
    (DESK, "calendar-today", "Wiedervorlagen", CONTENT),
    (GLASS, "visibility", "Notzugriff", (*CONTENT, Role.AUDITOR)),
    (PSEUDONYMS, "help", "Pseudonyme", (Role.PRIVACY_RESOLVER, Role.AUDITOR)),
    (PLAN, "edit", "Aktenplan", (Role.RECORDS_MANAGER,)),
    ("/revision", "checklist", "Revision", (Role.AUDITOR,)),
    ("/verwaltung", "account-circle", "Verwaltung", (Role.ADMIN,)),
)


def rooms_of(caller: Caller) -> list[tuple[str, str, str]]:
    """Address, picture and name of the pages that the caller's roles have use for."""
    return [
        room[:3]
        for room in ROOMS
        if caller.may(*room[3]) and (room[0] != PLAN or access.may_manage_plan(caller.reader))
    ]


def show(
    request: Request, service: Service, caller: Caller, template: str, **context: Any
) -> HTMLResponse:
    """Render a page with the caller's frame around it."""
    look: Look = request.app.state.look
    message = _message(request)
    answer = look.page(
        request,
        template,
        {
            **frame(service, caller),
            "reads": caller.may(*CONTENT, Role.AUDITOR),
            "searches_text": caller.may(*CONTENT),
            "message": message,
            **context,
        },
    )
    if message:
        answer.delete_cookie(FLASH, httponly=True, samesite="lax")
    return answer


def piece(
    request: Request, service: Service, caller: Caller, template: str, **context: Any
) -> HTMLResponse:
    """A part of a page, with what the menu shows and without the frame around."""
    look: Look = request.app.state.look
    return look.page(request, template, {**frame(service, caller), **context})


def frame(service: Service, caller: Caller) -> dict[str, Any]:
    """The caller's menu: where there is something to do, and how much. Each figure is the length of
    the list behind it."""
    reader = caller.reader
    today = office_date(service.clock())
    with service.database.read() as session:
        counts = {
            HELD: viewing.to_settle_count(session, reader) + len(service.obstacles.seen_by(reader)),
            QUALITY: quality_work.to_check_count(session, reader),
            DESK: follow_ups.due_count(session, reader, until=today),
            GLASS: break_glass.to_review_count(session, reader),
            PSEUDONYMS: resolutions.to_review_count(session, reader),
        }
    return {"me": caller, "rooms": rooms_of(caller), "counts": counts}


def _message(request: Request) -> str:
    try:
        return bytes.fromhex(request.cookies.get(FLASH, "")[:2000]).decode()
    except ValueError:
        return ""
