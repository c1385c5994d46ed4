"""Around every answer: the right host, correlation id, security headers, a body's limit, HEAD, one count.
Plain ASGI, so that streams pass untouched."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import structlog
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.allowed_hosts import Hosts, host_of
from api.http.metrics import Metrics
from api.http.problems import Misdirected, internal
from config.clock import new_id
from config.logs import logger

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    # "same-origin", not "no-referrer": the latter empties Origin on our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_LOG = logger("api.headers")
BODY_LIMIT = 4 * 2**20
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")


class BodyLimit:
    """How much of a body is read; uploads lift it for themselves (api/http/upload.py)."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.allowed = BODY_LIMIT
        self.seen = 0
        self.announced = 0

    def announce(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """What the sender says it will send (0: does not say)."""
        said = next((value for name, value in headers if name == b"content-length"), b"")
        self.announced = int(said) if said.isdigit() and len(said) < 20 else 0

    async def __call__(self) -> Message:
        if self.announced > self.allowed:
            raise HTTPException(413)
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        if self.seen > self.allowed:
            raise HTTPException(413)
        return message


class _Enough(Exception):
    """A HEAD request has its answer: nothing more of the body is wanted."""


class Envelope:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, *, secure: bool, hosts: Hosts, metrics: Metrics) -> None:
        self.app = app
        self.secure = secure
        self.hosts = hosts
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        correlation = _correlation(scope)
        limit = BodyLimit(receive)
        limit.announce(scope["headers"])
        method, head = scope["method"], scope["method"] == "HEAD"
        # Every GET has its HEAD (RFC 9110, 9.1): the same work and headers, nothing of the content.
        scope = {**scope, "method": "GET" if head else method}
        scope["state"] = {
            **scope.get("state", {}), "correlation_id": correlation, "body": limit, "head": head,
        }  # fmt: skip
        structlog.contextvars.bind_contextvars(correlation_id=correlation)
        began = time.monotonic()
        status = 0

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(MutableHeaders(scope=message), scope, correlation)
            elif head:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _Enough
            await send(message)

        try:
            self._refuse(scope)
            await self.app(scope, limit, dressed)
        except ClientDisconnect:
            _LOG.info("the caller has gone")
        except Exception as error:  # the outermost handler: nothing of the inside gets out
            if status and not isinstance(error, _Enough):
                raise  # half an answer is out already; the connection ends
            if not status:
                with suppress(_Enough):
                    await internal(Request(scope), error)(scope, limit, dressed)
        finally:
            structlog.contextvars.unbind_contextvars("correlation_id")
            place = _place(scope.get("endpoint"))
            self.metrics.answered(method, place, status, time.monotonic() - began)

    def _refuse(self, scope: Scope) -> None:
        """Raises HTTPException, Misdirected for what no part of the application may see."""
        host = host_of(scope["headers"])
        if host is None or _has_nul(scope):
            raise HTTPException(400)
        if not self.hosts.fits(host):
            raise Misdirected(
                "Unter diesem Namen gibt es den Dienst nicht. Bitte die Adresse aufrufen, die die "
                "Verwaltung genannt hat (Einstellung web.public_url)."
            )

    def _dress(self, headers: MutableHeaders, scope: Scope, correlation: str) -> None:
        for name, value in FIXED.items():
            headers[name] = value
        headers.setdefault("Content-Security-Policy", POLICY)
        headers.setdefault("Cache-Control", _keeping(scope))
        headers["X-Correlation-ID"] = correlation
        if self.secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"


def _has_nul(scope: Scope) -> bool:
    """NUL names nothing here, and PostgreSQL takes no text that has it."""
    return "\x00" in scope["path"] or b"%00" in scope["query_string"]


def _keeping(scope: Scope) -> str:
    """Nothing of a reader's is kept by browsers; our own assets are (their stamp changes)."""
    if not scope["path"].startswith("/static/"):
        return "no-store"
    return "public, max-age=31536000, immutable" if scope["query_string"] else "max-age=3600"


def _place(endpoint: Any) -> str:
    """Where it was answered, e.g. ``routes.items.get_item``: never a path, which names objects.

    The face and the module's own name, without the folder between them: counters of this name are
    kept by whoever watches the service, and a module may lie elsewhere in the next release.
    """
    module = getattr(endpoint, "__module__", "").removeprefix("api.")
    face, _, below = module.partition(".")
    if face in ("routes", "web"):
        module = f"{face}.{below.rpartition('.')[2]}"
    name = getattr(endpoint, "__name__", "")
    return f"{module}.{name}" if name else "other"


def _correlation(scope: Scope) -> str:
    """The caller's own id where it is a plain word, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-correlation-id":
            text = value.decode("latin-1")
            if _GIVEN_ID.fullmatch(text):
                return str(text)
    return new_id("r")
