"""Verwaltung: people and roles, departments, streams, tokens, state of the service. No content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.service import Service
from api.web.people.granting import WAITS, address
from api.web.rendering import labels
from api.web.rendering.forms import Form, Posted, Visitor, back_to
from api.web.rendering.page_frame import show, stream_names
from archive import access
from archive.model import WHOLE, Grant, Role, Scope
from archive.people import accounts
from archive.search import outbox
from archive.views import listing
from archive.views.index import refusals
from archive.views.people import closed_above, some_people_of, tokens_of
from config.errors import UsageError
from ingest.acts.people.accounts import AddUnit, AddUser, DisableUser, EnableUser, RevokeToken
from ingest.acts.people.rights import GiveLink, GrantRole, RevokeRole
from ingest.acts.road.upkeep import RetryRefused

router = APIRouter(include_in_schema=False)
PLACE = "/verwaltung"
EVERYWHERE = "*"  #: said in a form in so many words


@router.get(PLACE)
def admin_page(request: Request, service: Served, caller: Visitor) -> Response:
    return _page(request, service, caller)


@router.post(f"{PLACE}/personen")
def add_user(service: Served, form: Form) -> Response:
    user = form.text("user")
    AddUser(user=user, name=form.text("name")).perform(service, form.caller.acting)
    return back_to(PLACE, f"Das Konto {user} ist angelegt. Als Nächstes: Rolle und Anmeldelink.")


@router.post(f"{PLACE}/personen/{{user}}/rollen")
def grant_role(service: Served, user: str, form: Form) -> Response:
    grant = _grant(form)
    given = GrantRole(user=user, grant=grant).perform(service, form.caller.acting)
    if given.waiting is not None:
        return back_to(PLACE, WAITS)
    return back_to(PLACE, f"{user} hat jetzt die Rolle {labels.ROLES[grant.role]}.")


@router.post(f"{PLACE}/personen/{{user}}/rollen/entziehen")
def revoke_role(service: Served, user: str, form: Form) -> Response:
    grant = Grant(
        role=_role(form),
        department=form.text("department") or None,
        stream=form.text("stream") or None,
    )
    RevokeRole(user=user, grant=grant).perform(service, form.caller.acting)
    return back_to(PLACE, f"{user} hat die Rolle {labels.ROLES[grant.role]} nicht mehr.")


@router.post(f"{PLACE}/personen/{{user}}/sperren")
def disable_user(service: Served, user: str, form: Form) -> Response:
    DisableUser(user=user).perform(service, form.caller.acting)
    return back_to(PLACE, f"{user} ist gesperrt; Sitzungen, Links und Token sind beendet.")


@router.post(f"{PLACE}/personen/{{user}}/entsperren")
def enable_user(service: Served, user: str, form: Form) -> Response:
    EnableUser(user=user).perform(service, form.caller.acting)
    return back_to(PLACE, f"{user} ist entsperrt.")


@router.post(f"{PLACE}/personen/{{user}}/link")
def new_link(request: Request, service: Served, user: str, form: Form) -> Response:
    given = GiveLink(user=user).perform(service, form.caller.acting)
    if given.waiting is not None:
        return back_to(PLACE, WAITS)
    return _page(request, service, form.caller, link=(user, address(service, given)))


@router.post(f"{PLACE}/abteilungen")
def add_unit(service: Served, form: Form) -> Response:
    AddUnit(unit=form.text("unit"), name=form.text("name")).perform(service, form.caller.acting)
    return back_to(PLACE, f"Die Abteilung {form.text('name')} ist angelegt.")


@router.post(f"{PLACE}/token/{{entry}}/widerrufen")
def revoke_token(service: Served, entry: str, form: Form) -> Response:
    RevokeToken(entry=entry).perform(service, form.caller.acting)
    return back_to(PLACE, "Das Token ist widerrufen.")


@router.post(f"{PLACE}/suchindex/nochmals")
def retry_refused(service: Served, form: Form) -> Response:
    count = RetryRefused().perform(service, form.caller.acting)
    if count == 0:
        return back_to(PLACE, "Der Suchindex hat nichts abgewiesen.")
    what = "eine Änderung" if count == 1 else f"{count} Änderungen"
    return back_to(PLACE, f"Der Suchindex versucht {what} nochmals.")


def _role(form: Posted) -> Role:
    role = form.text("role")
    if role not in set(Role):
        raise UsageError("Bitte eine Rolle wählen.")
    return Role(role)


def _grant(form: Posted) -> Grant:
    """A role and how far it reaches; the whole house has to be chosen like any other answer."""
    department, stream = form.text("department"), form.text("stream")
    if not department and not stream:
        raise UsageError("Bitte wählen, wofür die Rolle gilt: Abteilung, Eingangsweg, ganzes Haus.")
    return Grant(
        role=_role(form),
        department=None if department in ("", EVERYWHERE) else department,
        stream=stream or None,
    )


def _page(
    request: Request,
    service: Service,
    caller: Caller,
    *,
    link: tuple[str, str] | None = None,
) -> Response:
    wanted = request.query_params.get("wer", "").strip()[:120]
    scopes = access.scopes_of(caller.reader, Role.ADMIN)
    with service.database.read() as session:
        users = some_people_of(
            session, caller.reader, wanted=wanted, cursor=request.query_params.get("weiter")
        )
        above = closed_above(session, caller.reader, users.items)
        tokens = tokens_of(session, caller.reader)
        units = accounts.units(session)
    mine = [unit for unit in units if any(each.department in (None, unit.id) for each in scopes)]
    return show(
        request,
        service,
        caller,
        "admin.html",
        users=users,
        wanted=wanted,
        units=mine,
        unit_names={unit.id: unit.name for unit in units},
        reaches=[_reach(service, scope, units) for scope in _widest(scopes)],
        closed_above=above,
        streams={
            name: stream
            for name, stream in service.settings.streams.items()
            if caller.may(Role.ADMIN, within=Scope(department=stream.department, stream=name))
        },
        tokens=tokens,
        roles=[(role.value, name) for role, name in labels.ROLES.items()],
        link=link,
        house=_house(service, caller),
        now=service.clock(),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """What one of the caller's scopes lets them choose for a role; each pair lies within it."""

    places: list[tuple[str, str]]
    streams: list[tuple[str, str]]
    any_stream: bool


def _widest(scopes: frozenset[Scope]) -> list[Scope]:
    """Those that lie within no other."""
    own = [each for each in scopes if not any(o.covers(each) for o in scopes - {each})]
    return sorted(own, key=lambda each: (each.department or "", each.stream or ""))


def _reach(service: Service, scope: Scope, units: Sequence[accounts.Unit]) -> Reach:
    everywhere = [(EVERYWHERE, "Alle Abteilungen")] if scope.department is None else []
    return Reach(
        places=[
            *everywhere,
            *((each.id, each.name) for each in units if scope.department in (None, each.id)),
        ],
        streams=[
            (name, title)
            for name, title in stream_names(service).items()
            if scope.stream in (None, name)
        ],
        any_stream=scope.stream is None,
    )


def _house(service: Service, caller: Caller) -> dict[str, Any] | None:
    """The state of the whole service, for administrators of the whole house."""
    if not caller.may(Role.ADMIN, within=WHOLE):
        return None
    with service.database.read() as session:
        counts = listing.operator_counts(session)
        lag = outbox.lag(session)
        refused = refusals(session, caller.reader)
    return {
        "walking": counts["outcome"].get("walking", 0),
        "held": counts["outcome"].get("held", 0),
        "obstacles": len(service.obstacles.all()),
        "lag": lag,
        "refused": refused,
        "index": service.index.health(),
        "renewal": service.engines.renewal.progress,
    }
