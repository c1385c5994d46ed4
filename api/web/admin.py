"""Verwaltung: people and roles, departments, streams, tokens, state of the service. No content."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import refusals
from api.auth import Caller, Served
from api.service import Service
from api.web import words
from api.web.forms import Form, Posted, Visitor, back_to
from api.web.show import show
from archive import listing, outbox, people, sign_in
from archive.model import Grant, Role
from config.errors import UsageError

router = APIRouter(include_in_schema=False)
PLACE = "/verwaltung"


@router.get(PLACE)
def admin_page(request: Request, service: Served, caller: Visitor) -> Response:
    caller.demand(Role.ADMIN)
    return _page(request, service, caller)


@router.post(f"{PLACE}/personen")
def add_user(service: Served, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    user = form.text("user")
    with service.database.write() as session:
        people.add_user(session, user, form.text("name"), by=form.caller.actor, at=service.clock())
    return back_to(PLACE, f"Das Konto {user} ist angelegt. Als Nächstes: Rolle und Anmeldelink.")


@router.post(f"{PLACE}/personen/{{user}}/rollen")
def grant_role(service: Served, user: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    grant = _grant(form)
    with service.database.write() as session:
        people.grant_role(session, user, grant, by=form.caller.actor, at=service.clock())
    return back_to(PLACE, f"{user} hat jetzt die Rolle {words.ROLES[grant.role]}.")


@router.post(f"{PLACE}/personen/{{user}}/rollen/entziehen")
def revoke_role(service: Served, user: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    grant = _grant(form)
    with service.database.write() as session:
        people.revoke_role(session, user, grant, by=form.caller.actor, at=service.clock())
    return back_to(PLACE, f"{user} hat die Rolle {words.ROLES[grant.role]} nicht mehr.")


@router.post(f"{PLACE}/personen/{{user}}/sperren")
def disable_user(service: Served, user: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    if user == form.caller.reader.user:
        raise UsageError("Das eigene Konto sperrt eine andere Person.")
    with service.database.write() as session:
        people.disable_user(session, user, by=form.caller.actor, at=service.clock())
    return back_to(PLACE, f"{user} ist gesperrt; Sitzungen, Links und Token sind beendet.")


@router.post(f"{PLACE}/personen/{{user}}/entsperren")
def enable_user(service: Served, user: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.enable_user(session, user, by=form.caller.actor, at=service.clock())
    return back_to(PLACE, f"{user} ist entsperrt.")


@router.post(f"{PLACE}/personen/{{user}}/link")
def new_link(request: Request, service: Served, user: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    ttl = timedelta(hours=service.settings.web.link_hours)
    with service.database.write() as session:
        token = sign_in.new_link(session, user, ttl, by=form.caller.actor, at=service.clock())
    address = f"{service.settings.public_url}/anmelden/link/{token}"
    return _page(request, service, form.caller, link=(user, address))


@router.post(f"{PLACE}/abteilungen")
def add_unit(service: Served, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.add_unit(
            session,
            form.text("unit"),
            form.text("name"),
            by=form.caller.actor,
            at=service.clock(),
        )
    return back_to(PLACE, f"Die Abteilung {form.text('name')} ist angelegt.")


@router.post(f"{PLACE}/token/{{entry}}/widerrufen")
def revoke_token(service: Served, entry: str, form: Form) -> Response:
    form.caller.demand(Role.ADMIN)
    with service.database.write() as session:
        sign_in.revoke_token(session, entry, by=form.caller.actor, at=service.clock())
    return back_to(PLACE, "Das Token ist widerrufen.")


@router.post(f"{PLACE}/suchindex/nochmals")
def retry_refused(service: Served, form: Form) -> Response:
    count = refusals.retry(service, form.caller)
    if count == 0:
        return back_to(PLACE, "Der Suchindex hat nichts abgewiesen.")
    what = "eine Änderung" if count == 1 else f"{count} Änderungen"
    return back_to(PLACE, f"Der Suchindex versucht {what} nochmals.")


def _grant(form: Posted) -> Grant:
    role = form.text("role")
    if role not in set(Role):
        raise UsageError("Bitte eine Rolle wählen.")
    return Grant(
        role=Role(role),
        department=form.text("department") or None,
        stream=form.text("stream") or None,
    )


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    link: tuple[str, str] | None = None,
) -> Response:
    with service.database.read() as session:
        users = people.users(session)
        units = people.units(session)
        tokens = [token for token in sign_in.tokens(session) if token.revoked_at is None]
        counts = listing.operator_counts(session)
        lag = outbox.lag(session)
    return show(
        request,
        service,
        caller,
        "admin.html",
        users=users,
        units=units,
        unit_names={unit.id: unit.name for unit in units},
        streams=service.settings.streams,
        tokens=tokens,
        roles=[(role.value, name) for role, name in words.ROLES.items()],
        link=link,
        walking=counts["outcome"].get("walking", 0),
        held=counts["outcome"].get("held", 0),
        obstacles=len(service.obstacles.all()),
        lag=lag,
        refused=refusals.refusals(service, caller),
        index=service.index.health(),
        renewal=service.engines.renewal.progress,
        now=service.clock(),
    )
