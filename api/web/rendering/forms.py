"""Forms of the pages: small, of plain fields, and confirmed by the session's token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.http.auth import Caller, Served, confirm, refuse_other_sites, signed_in
from api.http.problems import UnsupportedBody
from api.web.rendering import refused_act
from config.errors import UsageError

OPEN_LIMIT = 16 * 1024  #: bytes of a form that anyone may send
FIELDS_LIMIT = 20_000  # a page-by-page check has two fields a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Who sent a form, and its fields; of repeated ones the last."""

    caller: Caller
    fields: Mapping[str, str]

    def text(self, name: str) -> str:
        """A field without blanks around it; absent ones are empty."""
        return self.fields.get(name, "").strip()


async def read_form(request: Request) -> dict[str, str]:
    """The fields of an ordinary form. Raises UnsupportedBody, UsageError."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    if kind != "application/x-www-form-urlencoded" and body:
        raise UnsupportedBody("Hier wird ein einfaches Formular erwartet.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError as error:
        raise UsageError("Das Formular ist nicht lesbar; bitte nochmals senden.") from error
    if any("\x00" in text for pair in pairs for text in pair):  # PostgreSQL takes no such text
        raise UsageError("Das Formular enthält ein Zeichen, das kein Text ist.")
    return dict(pairs)


async def posted(request: Request, service: Served) -> Posted:
    """A form of somebody signed in. Raises NotSignedIn, CrossSite."""
    caller = await run_in_threadpool(signed_in, request, service)
    fields = await read_form(request)
    confirm(caller, fields.pop("csrf", None))
    refused_act.remember(request, fields)
    return Posted(caller=caller, fields=fields)


async def posted_by_anyone(request: Request) -> dict[str, str]:
    """A form before sign-in. Raises CrossSite."""
    refuse_other_sites(request)
    request.state.body.allowed = OPEN_LIMIT
    return await read_form(request)


def visitor(request: Request, service: Served) -> Caller:
    """Somebody signed in who looks at a page. Raises NotSignedIn."""
    return signed_in(request, service)


def onlooker(request: Request, service: Served) -> Caller:
    """The same for what a page asks by itself: it does not keep the session awake."""
    return signed_in(request, service, in_use=False)


Visitor = Annotated[Caller, Depends(visitor)]
Onlooker = Annotated[Caller, Depends(onlooker)]
Form = Annotated[Posted, Depends(posted)]
OpenForm = Annotated[dict[str, str], Depends(posted_by_anyone)]


def back_to(place: str, message: str = "") -> RedirectResponse:
    """After a change: show ``place`` anew, with a word in a cookie that the next page takes away."""
    answer = RedirectResponse(place, 303)
    if message:
        answer.set_cookie(
            "meldung", message.encode().hex(), max_age=60, httponly=True, samesite="lax"
        )
    return answer
