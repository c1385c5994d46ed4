"""A page for somebody signed in: frame, open decisions, and the word of the last change."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from api.http.auth import Caller
from api.service import Service
from api.web.rendering.render import Look
from archive import access
from archive.desk import follow_ups
from archive.model import WHOLE, Reader, Role
from archive.office_calendar import office_date
from archive.people import break_glass, grant_lists, pseudonym_resolutions
from archive.views import details, quality_work
from ingest.doors.blocked_files_list import Obstacle

FLASH = "meldung"
DESK, SEARCH = "/wiedervorlagen", "/suche"
HELD, QUALITY = "/klaeren", "/sichtpruefung"
GLASS, PSEUDONYMS, PLAN = "/notzugriff", "/pseudonyme", "/aktenplan"
RIGHTS = "/rechte"
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
    (SEARCH, "search", "Suche", (*CONTENT, Role.AUDITOR)),
    ("/akten", "folder", "Akten", CONTENT),
    ("/zuordnen", "arrow-forward", "Zuordnen", (Role.CASE_WORKER,)),
    (DESK, "calendar-today", "Wiedervorlagen", CONTENT),
    (GLASS, "visibility", "Notzugriff", (*CONTENT, Role.AUDITOR)),
    (PSEUDONYMS, "help", "Pseudonyme", (Role.PRIVACY_RESOLVER, Role.AUDITOR)),
    (PLAN, "edit", "Aktenplan", (Role.RECORDS_MANAGER,)),
    ("/revision", "checklist", "Revision", (Role.AUDITOR,)),
    ("/verwaltung", "account-circle", "Verwaltung", (Role.ADMIN,)),
    (RIGHTS, "visibility", "Rechtevergabe", (Role.ADMIN, Role.AUDITOR)),
)
_OF_FILES = ("/akten", "/zuordnen", DESK)  #: nothing for a role narrowed to a stream


def rooms_of(caller: Caller) -> list[tuple[str, str, str]]:
    """Address, picture and name of the pages that the caller's roles have use for."""
    return [room[:3] for room in ROOMS if _has_use(caller, room[0], room[3])]


def _has_use(caller: Caller, target: str, roles: tuple[Role, ...]) -> bool:
    if target in (PLAN, PSEUDONYMS):  # of the whole house alone
        return caller.may(*roles, within=WHOLE)
    if target == SEARCH:
        return searches(caller)
    if target in _OF_FILES and not access.reads_somewhere(caller.reader):
        return False
    return bool(access.scopes_of(caller.reader, *roles))


def searches(caller: Caller) -> bool:
    """Whether the caller finds anything: text in files, or evidence as an auditor."""
    return access.reads_somewhere(caller.reader) or bool(
        access.scopes_of(caller.reader, Role.AUDITOR)
    )


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
            "reads": searches(caller),
            "searches_text": access.reads_somewhere(caller.reader),
            "message": message,
            **context,
        },
    )
    if message:
        answer.delete_cookie(FLASH, httponly=True, samesite="lax")
    return answer


def stream_names(service: Service) -> dict[str, str]:
    """The streams as people call them."""
    return {name: stream.title or name for name, stream in service.settings.streams.items()}


def obstacles_of(service: Service, reader: Reader) -> tuple[Obstacle, ...]:
    """What lies at the doors that this reader tends."""
    departments = {name: each.department for name, each in service.settings.streams.items()}
    return service.obstacles.seen_by(reader, departments)


def _rights_to_do(session: Session, service: Service, caller: Caller) -> int:
    if not access.scopes_of(caller.reader, Role.ADMIN, Role.AUDITOR):
        return 0  # without a query: that is nearly everybody, at every page
    return grant_lists.to_do_count(session, caller.reader, at=service.clock())


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
            HELD: details.to_settle_count(session, reader) + len(obstacles_of(service, reader)),
            QUALITY: quality_work.to_check_count(session, reader),
            DESK: follow_ups.due_count(session, reader, until=today),
            GLASS: break_glass.to_review_count(session, reader),
            PSEUDONYMS: pseudonym_resolutions.to_review_count(session, reader),
            RIGHTS: _rights_to_do(session, service, caller),
        }
        told = grant_lists.unnoticed_count(session, reader)
    return {"me": caller, "rooms": rooms_of(caller), "counts": counts, "told": told}


def _message(request: Request) -> str:
    try:
        return bytes.fromhex(request.cookies.get(FLASH, "")[:2000]).decode()
    except ValueError:
        return ""
