"""Notzugriff, verschlossene Bereiche, Pseudonyme: opened with a reason, looked at by a second person."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import confidential
from api.auth import Caller, Served
from api.service import Service
from api.web.forms import Form, Posted, Visitor, back_to
from api.web.granting import WAITS
from api.web.show import GLASS, PSEUDONYMS, show
from archive import access, break_glass, people, resolutions, second_person
from archive.model import WHOLE, Role
from config.errors import UsageError

router = APIRouter(include_in_schema=False)
LENGTHS = (("30", "30 Minuten"), ("120", "2 Stunden"), ("480", "8 Stunden"))
COMPARTMENTS = "/verwaltung/bereiche"


# ------------------------------------------------------------------ break-glass
@router.get(GLASS)
def glass_page(request: Request, service: Served, caller: Visitor) -> Response:
    with service.database.read() as session:
        mine = break_glass.of_reader(session, caller.reader, at=service.clock())
        judges = access.scopes_of(caller.reader, Role.AUDITOR) or caller.reader.compartments
        standing = second_person.standing(session, caller.reader) if judges else None
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
        reviews=confidential.glass_to_review(service, caller),
    )


@router.post(GLASS)
def break_it(service: Served, form: Form) -> Response:
    minutes = form.text("minutes")
    if minutes not in dict(LENGTHS):
        raise UsageError("Bitte eine Dauer wählen.")
    glass = confidential.break_it(
        service,
        form.caller,
        form.text("file_mark"),
        reason=form.text("reason"),
        minutes=int(minutes),
    )
    return back_to(f"/akten/{glass.file_id}", f"Die Akte {glass.file_mark} ist zum Lesen geöffnet.")


@router.post(f"{GLASS}/{{glass_id}}/beenden")
def end(service: Served, glass_id: str, form: Form) -> Response:
    with service.database.write() as session:
        break_glass.end(session, form.caller.reader, glass_id, at=service.clock())
    return back_to(GLASS, "Der Notzugriff ist beendet.")


@router.post(f"{GLASS}/{{glass_id}}/pruefen")
def review_glass(service: Served, glass_id: str, form: Form) -> Response:
    with service.database.write() as session:
        break_glass.acknowledge(
            session,
            form.caller.reader,
            glass_id,
            justified=_verdict(form),
            remark=form.text("remark"),
            at=service.clock(),
        )
    return back_to(GLASS, "Ihr Urteil ist festgehalten.")


# ------------------------------------------------------------------ compartments
@router.get(COMPARTMENTS)
def compartments_page(request: Request, service: Served, caller: Visitor) -> Response:
    found = confidential.all_compartments(service, caller)
    with service.database.read() as session:
        users = people.users(session)
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
    given = confidential.let_in(service, form.caller, name, user, form.text("purpose"))
    if given.waiting is not None:
        return back_to(COMPARTMENTS, WAITS)
    return back_to(COMPARTMENTS, f"{user} gehört jetzt zum Bereich {name}.")


@router.post(f"{COMPARTMENTS}/{{name}}/mitglieder/{{user}}/entfernen")
def put_out(service: Served, name: str, user: str, form: Form) -> Response:
    confidential.put_out(service, form.caller, name, user)
    return back_to(COMPARTMENTS, f"{user} gehört nicht mehr zum Bereich {name}.")


# ------------------------------------------------------------------ pseudonyms
@router.get(PSEUDONYMS)
def pseudonyms_page(request: Request, service: Served, caller: Visitor) -> Response:
    caller.demand(Role.PRIVACY_RESOLVER, Role.AUDITOR, within=WHOLE)
    return _pseudonyms(request, service, caller)


@router.post(PSEUDONYMS)
def resolve(request: Request, service: Served, form: Form) -> Response:
    pseudonym = form.text("pseudonym")
    name = confidential.resolve(service, form.caller, pseudonym, form.text("reason"))
    return _pseudonyms(request, service, form.caller, resolved=(pseudonym, name))


@router.post(f"{PSEUDONYMS}/{{resolution_id}}/pruefen")
def review_resolution(service: Served, resolution_id: str, form: Form) -> Response:
    with service.database.write() as session:
        resolutions.acknowledge(
            session,
            form.caller.reader,
            resolution_id,
            justified=_verdict(form),
            remark=form.text("remark"),
            at=service.clock(),
        )
    return back_to(PSEUDONYMS, "Ihr Urteil ist festgehalten.")


def _pseudonyms(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    resolved: tuple[str, str | None] | None = None,
) -> Response:
    with service.database.read() as session:
        mine = resolutions.of_reader(session, caller.reader)
        reviews = resolutions.to_review(session, caller.reader)
        standing = second_person.standing(session, caller.reader)
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
