"""A refused act: its form once more, with what was written, and what stands in the way beside it.

The page that the form stood on is shown anew, as it is now, in answer to the form; its address is
the way back.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.types import Message, Scope

from api.web.rendering.refilled_form import filled

if TYPE_CHECKING:
    from api.http.problems import Problem

# The form on a view of its page that is not the first; browsers name the view themselves.
_VIEWS = {"pruefung": "ansicht=pruefung", "pruefen": "ansicht=nachweise"}
_PASSED_ON = (b"cookie", b"host", b"user-agent")
#: what a GET gives besides pages: files, tables, pictures, parts and streams
_NO_PAGES = re.compile(
    r"/(?:live|liste|original|fassung|bericht|drucken|healthz|readyz|metrics|[^/]*\.csv)/?$"
    r"|/(?:bild|dateien|link)/"
)
_FILE_AGAIN = "Die Datei bitte nochmals auswählen: Ihr Browser gibt sie nur einmal heraus."


class _NoPageError(Exception):
    """What lies there is no page: nothing of it is read on."""


def remember(request: Request, fields: Mapping[str, str]) -> None:
    """What a form carried, for ``page``. The mapping may still be filled."""
    request.state.sent = fields


async def page(request: Request, problem: Problem) -> Response | None:
    """The form's page with the form as it was sent; None where there is none to be shown.

    What may come from another site is not filled in: one click of the reader would send it.
    """
    if problem.status == 401 or problem.kind == "cross-site":
        return None
    place = came_from(request) or _above(request)
    if place is None:
        return None
    text = await _shown(request, place)
    if text is None:
        return None
    sent = {key: value for key, value in getattr(request.state, "sent", {}).items()}
    sent.pop("csrf", None)
    note = (
        '<div class="note bad flash" role="alert" tabindex="-1" autofocus>'
        f"<strong>Nicht ausgeführt.</strong> {escape(problem.detail)}"
        f' <a href="{escape(place)}">Seite neu laden</a></div>'
    )
    again = filled(text, request.url.path, sent, note, more=_FILE_AGAIN)
    again = again.replace("<title>", "<title>Nicht ausgeführt: ", 1)
    return HTMLResponse(again, problem.status, headers=problem.headers)


def came_from(request: Request) -> str | None:
    """The page of ours that the browser says it came from, with its query."""
    try:
        named = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return None
    ours = named.netloc == request.headers.get("host", "-") and named.path.startswith("/")
    if not ours or named.path.startswith(("/api/", "//")) or not _is_page(request, named.path):
        return None
    return f"{named.path}?{named.query}" if named.query else named.path


def _above(request: Request) -> str | None:
    """The nearest page above the address that the form was sent to."""
    path = request.url.path.rstrip("/")
    view = _VIEWS.get(path.rsplit("/", 1)[-1])
    while path:
        if _is_page(request, path):
            return f"{path}?{view}" if view and path != request.url.path else path
        path = path.rsplit("/", 1)[0]
    return None


def _is_page(request: Request, path: str) -> bool:
    if _NO_PAGES.search(path):
        return False
    return "GET" in request.app.state.allowed_at(path).split(", ")


async def _shown(request: Request, place: str) -> str | None:
    """What this visitor gets to see at ``place``; None where it is no page."""
    path, _, query = place.partition("?")
    scope = _asking(request, path, query)
    body, asked = bytearray(), False

    async def receive() -> Message:
        nonlocal asked
        if asked:  # whoever streams listens here for the end of the connection, which does not come
            await asyncio.Event().wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = dict(message["headers"]).get(b"content-type", b"")
            if message["status"] != 200 or not kind.startswith(b"text/html"):
                raise _NoPageError
        body.extend(message.get("body", b""))

    try:
        await request.app.router(scope, receive, send)
    except _NoPageError:
        return None
    return bytes(body).decode()


def _asking(request: Request, path: str, query: str) -> Scope:
    """The same visitor looking at a page: nothing of the form goes along."""
    headers = [pair for pair in request.scope["headers"] if pair[0] in _PASSED_ON]
    kept: dict[str, Any] = {
        key: value
        for key, value in request.scope.items()
        if key not in ("endpoint", "route", "path_params", "router")
    }
    return {
        **kept,
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "state": dict(request.scope["state"]),
    }
