"""Notzugriff, verschlossene Bereiche, Pseudonyme: opened with a reason, looked at by a second person."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.service import Service
from api.web.people.granting import WAITS
from api.web.rendering.forms import Form, Posted, Visitor, back_to
from api.web.rendering.page_frame import GLASS, PSEUDONYMS, show
from archive import access
from archive.model import WHOLE, Role
from archive.people import accounts, break_glass, four_eyes, pseudonym_resolutions
from archive.views.confidential import all_compartments, glass_to_review
from config.errors import UsageError
from ingest.acts.people.confidential import (
    BreakGlass,
    EndBreakGlass,
    JudgeBreakGlass,
    JudgeResolution,
    RemoveMember,
    ResolvePseudonym,
)
from ingest.acts.people.rights import AdmitMember

router = APIRouter(include_in_schema=False)
LENGTHS = (("30", "30 Minuten"), ("120", "2 Stunden"), ("480", "8 Stunden"))
COMPARTMENTS = "/verwaltung/bereiche"


# ------------------------------------------------------------------ break-glass
@router.get(GLASS)
def glass_page(request: Request, service: Served, caller: Visitor) -> Response:
    with service.database.read() as session:
        mine = break_glass.of_reader(session, caller.reader, at=service.clock())
        judges = access.scopes_of(caller.reader, Role.AUDITOR) or caller.reader.compartments
        standing = four_eyes.standing(session, caller.reader) if judges else None
        reviews = glass_to_review(session, caller.reader)
    return show(
        request,
        service,
        caller,
        "glass.html",
        mine=mine,
        standing=standing,
        opens=access.reads_somewhere(caller.reader),
        lengths=LENGTHS,
        least=break_glass.LEAST_REASON,
        reviews=reviews,
    )


@router.post(GLASS)
def break_it(service: Served, form: Form) -> Response:
    minutes = form.text("minutes")
    if minutes not in dict(LENGTHS):
        raise UsageError("Bitte eine Dauer wählen.")
    command = BreakGlass(
        file_mark=form.text("file_mark"), reason=form.text("reason"), minutes=int(minutes)
    )
    glass = command.perform(service, form.caller.acting)
    return back_to(f"/akten/{glass.file_id}", f"Die Akte {glass.file_mark} ist zum Lesen geöffnet.")


@router.post(f"{GLASS}/{{glass_id}}/beenden")
def end(service: Served, glass_id: str, form: Form) -> Response:
    EndBreakGlass(glass_id=glass_id).perform(service, form.caller.acting)
    return back_to(GLASS, "Der Notzugriff ist beendet.")


@router.post(f"{GLASS}/{{glass_id}}/pruefen")
def review_glass(service: Served, glass_id: str, form: Form) -> Response:
    command = JudgeBreakGlass(
        glass_id=glass_id, justified=_verdict(form), remark=form.text("remark")
    )
    command.perform(service, form.caller.acting)
    return back_to(GLASS, "Ihr Urteil ist festgehalten.")


# ------------------------------------------------------------------ compartments
@router.get(COMPARTMENTS)
def compartments_page(request: Request, service: Served, caller: Visitor) -> Response:
    with service.database.read() as session:
        found = all_compartments(session, caller.reader)
        users = accounts.users(session)
    return show(
        request,
        service,
        caller,
        "compartments.html",
        compartments=found,
        names={user.id: user.display_name for user in users},
        choices=[
            (user.id, f"{user.display_name} ({user.id})")
            for user in users
            if not user.disabled and user.id != caller.reader.user
        ],
        changes=caller.may(Role.ADMIN, within=WHOLE),
    )


@router.post(f"{COMPARTMENTS}/{{name}}/mitglieder")
def let_in(service: Served, name: str, form: Form) -> Response:
    user = form.text("user")
    command = AdmitMember(compartment=name, user=user, purpose=form.text("purpose"))
    given = command.perform(service, form.caller.acting)
    if given.waiting is not None:
        return back_to(COMPARTMENTS, WAITS)
    return back_to(COMPARTMENTS, f"{user} gehört jetzt zum Bereich {name}.")


@router.post(f"{COMPARTMENTS}/{{name}}/mitglieder/{{user}}/entfernen")
def put_out(service: Served, name: str, user: str, form: Form) -> Response:
    RemoveMember(compartment=name, user=user).perform(service, form.caller.acting)
    return back_to(COMPARTMENTS, f"{user} gehört nicht mehr zum Bereich {name}.")


# ------------------------------------------------------------------ pseudonyms
@router.get(PSEUDONYMS)
def pseudonyms_page(request: Request, service: Served, caller: Visitor) -> Response:
    caller.demand(Role.PRIVACY_RESOLVER, Role.AUDITOR, within=WHOLE)
    return _pseudonyms(request, service, caller)


@router.post(PSEUDONYMS)
def resolve(request: Request, service: Served, form: Form) -> Response:
    pseudonym = form.text("pseudonym")
    command = ResolvePseudonym(pseudonym=pseudonym, reason=form.text("reason"))
    name = command.perform(service, form.caller.acting)
    return _pseudonyms(request, service, form.caller, resolved=(pseudonym, name))


@router.post(f"{PSEUDONYMS}/{{resolution_id}}/pruefen")
def review_resolution(service: Served, resolution_id: str, form: Form) -> Response:
    command = JudgeResolution(
        resolution_id=resolution_id, justified=_verdict(form), remark=form.text("remark")
    )
    command.perform(service, form.caller.acting)
    return back_to(PSEUDONYMS, "Ihr Urteil ist festgehalten.")


def _pseudonyms(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    resolved: tuple[str, str | None] | None = None,
) -> Response:
    with service.database.read() as session:
        mine = pseudonym_resolutions.of_reader(session, caller.reader)
        reviews = pseudonym_resolutions.to_review(session, caller.reader)
        standing = four_eyes.standing(session, caller.reader)
    return show(
        request,
        service,
        caller,
        "pseudonyms.html",
        mine=mine,
        standing=standing,
        reviews=reviews,
        resolved=resolved,
        resolves=caller.may(Role.PRIVACY_RESOLVER, within=WHOLE),
    )


def _verdict(form: Posted) -> bool:
    said = form.text("justified")
    if said not in ("ja", "nein"):
        raise UsageError("Bitte sagen, ob es gerechtfertigt war.")
    return said == "ja"
