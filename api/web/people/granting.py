"""Rechtevergabe: what waits for a second person, what acted at once, and what was decided."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.sample.county import sign_in_address
from api.service import Service
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import RIGHTS, show
from archive import access
from archive.model import Role
from archive.people import accounts
from archive.people.grant_requests import Given
from archive.views.rights import rights
from config.errors import UsageError
from ingest.acts.people.rights import ConfirmRequest, JudgeRequest, NoticeGrants, RefuseRequest

router = APIRouter(include_in_schema=False)
WAITS = "Beantragt. Es gilt, sobald eine zweite Verwaltungsperson es bestätigt."


@router.get(RIGHTS)
def rights_page(request: Request, service: Served, caller: Visitor) -> Response:
    return _page(request, service, caller)


@router.post(f"{RIGHTS}/{{request_id}}/bestaetigen")
def confirm(request: Request, service: Served, request_id: str, form: Form) -> Response:
    done = ConfirmRequest(request=request_id).perform(service, form.caller.acting)
    if done.link is not None:
        return _page(request, service, form.caller, link=address(service, done))
    return back_to(RIGHTS, "Bestätigt. Es gilt ab jetzt.")


@router.post(f"{RIGHTS}/{{request_id}}/ablehnen")
def refuse(service: Served, request_id: str, form: Form) -> Response:
    command = RefuseRequest(request=request_id, remark=form.text("remark"))
    command.perform(service, form.caller.acting)
    return back_to(RIGHTS, "Der Antrag ist erledigt; nichts wurde gegeben.")


@router.post(f"{RIGHTS}/{{request_id}}/pruefen")
def review(service: Served, request_id: str, form: Form) -> Response:
    said = form.text("justified")
    if said not in ("ja", "nein"):
        raise UsageError("Bitte sagen, ob es gerechtfertigt war.")
    command = JudgeRequest(request=request_id, justified=said == "ja", remark=form.text("remark"))
    command.perform(service, form.caller.acting)
    return back_to(RIGHTS, "Ihr Urteil ist festgehalten.")


@router.post("/konto/rechte/gesehen")
def take_note(service: Served, form: Form) -> Response:
    NoticeGrants().perform(service, form.caller.acting)
    return back_to("/konto", "Zur Kenntnis genommen.")


def address(service: Service, given: Given) -> str:
    """The page that takes the new one-time link."""
    return sign_in_address(service.settings.public_url, given.link or "")


def _page(request: Request, service: Service, caller: Caller, *, link: str = "") -> Response:
    with service.database.read() as session:
        found = rights(session, caller.reader, at=service.clock())
        units = {unit.id: unit.name for unit in accounts.units(session)}
    return show(
        request,
        service,
        caller,
        "granting.html",
        decides=bool(access.scopes_of(caller.reader, Role.ADMIN)),
        requests=found.open,
        obstacles=found.obstacles,
        standing=found.standing,
        reviews=found.reviews,
        latest=found.latest,
        unit_names=units,
        link=link,
    )
