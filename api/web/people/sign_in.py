"""Signing in by password or one-time link, and out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.http.auth import Served, cookie_name, drop_cookie, set_cookie, signed_in
from api.service import Service
from api.web.rendering.forms import Form, OpenForm
from api.web.rendering.page_frame import rooms_of
from api.web.rendering.render import Look
from archive.people.passwords import Locked
from archive.people.sign_in import NotSignedIn, Opened
from config.errors import ServiceError
from ingest.acts.people import own_account

router = APIRouter(include_in_schema=False)


@router.get("/anmelden")
def sign_in_page(request: Request, weiter: str = "") -> Response:
    return _page(request, weiter)


@router.post("/anmelden")
def sign_in(request: Request, service: Served, form: OpenForm) -> Response:
    user, onward = form.get("user", "").strip(), form.get("weiter", "")
    try:
        opened = own_account.sign_in_by_password(service, user, form.get("password", ""))
    except (NotSignedIn, Locked) as error:
        status = 429 if isinstance(error, Locked) else 401
        return _page(request, onward, user=user, error=error, status=status)
    return _welcome(service, opened, onward)


# A mail scanner that follows the link sees this page; only the button spends the link.
@router.get("/anmelden/link/{token}")
def link_page(request: Request, token: str) -> Response:
    look: Look = request.app.state.look
    return look.page(request, "sign_in_link.html", {})


@router.post("/anmelden/link/{token}")
def sign_in_by_link(request: Request, service: Served, token: str, _form: OpenForm) -> Response:
    try:
        opened = own_account.sign_in_by_link(service, token)
    except NotSignedIn as error:
        return _page(request, "", error=error, status=401)
    return _welcome(service, opened, "")


@router.post("/abmelden")
def sign_out(request: Request, service: Served, _form: Form) -> Response:
    own_account.sign_out(service, request.cookies[cookie_name(service)])
    answer = RedirectResponse("/anmelden", 303)
    drop_cookie(answer, service)
    return answer


@router.get("/")
def start(request: Request, service: Served) -> Response:
    rooms = rooms_of(signed_in(request, service))
    return RedirectResponse(rooms[0][0] if rooms else "/konto", 303)


def _welcome(service: Service, opened: Opened, onward: str) -> Response:
    answer = RedirectResponse(onward if is_ours(onward) else "/", 303)
    set_cookie(answer, service, opened)
    return answer


def is_ours(place: str) -> bool:
    """A path on this host: never another site, in whatever spelling browsers forgive."""
    return (
        place.startswith("/")
        and not place.startswith("//")
        and place.isprintable()
        and ("\\" not in place)
    )


def _page(
    request: Request,
    onward: str,
    *,
    user: str = "",
    error: ServiceError | None = None,
    status: int = 200,
) -> Response:
    look: Look = request.app.state.look
    context = {
        "onward": onward,
        "user": user,
        "message": "" if error is None else str(error),
        "tone": "bad",
    }
    return look.page(request, "sign_in.html", context, status=status)
