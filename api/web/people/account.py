"""Konto: one's own roles, password and tokens."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served, set_cookie
from api.service import Service
from api.web.rendering import labels
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import show
from archive.model import Role
from archive.people import accounts, grant_lists, sign_in
from config.errors import UsageError
from ingest.acts.people import own_account

router = APIRouter(include_in_schema=False)
TOKEN_DAYS = (("30", "30 Tage"), ("90", "90 Tage"), ("365", "1 Jahr"))


@router.get("/konto")
def account_page(request: Request, service: Served, caller: Visitor) -> Response:
    return _page(request, service, caller)


@router.post("/konto/kennwort")
def set_password(service: Served, form: Form) -> Response:
    new, again = form.fields.get("new", ""), form.fields.get("again", "")
    if new != again:
        raise UsageError("Die beiden neuen Kennwörter sind verschieden.")
    opened = own_account.change_password(
        service, form.caller.acting, old=form.fields.get("old", ""), new=new
    )
    answer = back_to(
        "/konto",
        "Das Kennwort ist gesetzt. Andere Sitzungen, Anmeldelinks und Token gelten nicht mehr.",
    )
    set_cookie(answer, service, opened)
    return answer


@router.post("/konto/token")
def new_token(request: Request, service: Served, form: Form) -> Response:
    days = form.text("days")
    if days not in dict(TOKEN_DAYS):
        raise UsageError("Bitte eine Gültigkeit wählen.")
    role = form.text("role")
    if role and role not in set(Role):
        raise UsageError("Diese Rolle gibt es nicht.")
    command = own_account.NewToken(
        role=Role(role) if role else None, label=form.text("label"), days=int(days)
    )
    token = command.perform(service, form.caller.acting)
    return _page(request, service, form.caller, token=token)


@router.post("/konto/token/{entry}/widerrufen")
def revoke_token(service: Served, entry: str, form: Form) -> Response:
    own_account.RevokeOwnToken(entry=entry).perform(service, form.caller.acting)
    return back_to("/konto", "Das Token ist widerrufen.")


def _page(request: Request, service: Service, caller: Caller, *, token: str = "") -> Response:
    with service.database.read() as session:
        user = accounts.existing_user(session, caller.reader.user)
        tokens = [
            entry
            for entry in sign_in.tokens(session, caller.reader.user)
            if entry.revoked_at is None and entry.expires_at > service.clock()
        ]
        units = {unit.id: unit.name for unit in accounts.units(session)}
        given = grant_lists.of_reader(session, caller.reader)
    roles = sorted(caller.reader.roles())
    return show(
        request,
        service,
        caller,
        "account.html",
        name=user.display_name,
        has_password=user.password_hash is not None,
        given=given,
        tokens=tokens,
        token=token,
        unit_names=units,
        roles=[(role.value, labels.ROLES[role]) for role in roles],
        days=TOKEN_DAYS,
    )
