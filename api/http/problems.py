"""Error class -> answer (RFC 9457). What is inside stays inside: the log has it by correlation id."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.web.rendering import refused_act
from api.web.rendering.render import error_page
from archive.people.passwords import Locked
from archive.people.sign_in import NotSignedIn
from config.errors import (
    ChildDeath,
    Conflict,
    Forbidden,
    InputError,
    NotFound,
    ServiceError,
    Unavailable,
    UsageError,
)
from config.isolation import COMES_BACK
from config.logs import logger
from ingest.index.searching import SearchAway

MEDIA_TYPE = "application/problem+json"
NOT_FOUND = "Das gibt es hier nicht, oder Sie dürfen es nicht sehen."
_LOG = logger("api.problems")


class TooLarge(UsageError):
    """What is sent is larger than the settings allow."""


class UnsupportedBody(UsageError):
    """The body is not of the media type that this call takes."""


class Misdirected(UsageError):
    """The request is meant for another host (RFC 9110, 15.5.20)."""


class TooMany(UsageError):
    """The caller has as much open as one may have."""


class CrossSite(Forbidden):
    """A change was asked for without the token of the session: another site may be behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One answer that says what went wrong and what to do."""

    status: int
    kind: str
    title: str
    detail: str
    headers: dict[str, str]
    correlation: str | None = None
    errors: tuple[dict[str, str], ...] = ()

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": f"urn:registratur:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.correlation is not None:
            found["correlation_id"] = self.correlation
        if self.errors:
            found["errors"] = list(self.errors)
        return found


# The first class that fits decides, so the narrow ones stand first.
_KINDS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (NotSignedIn, 401, "not-signed-in", "Nicht angemeldet"),
    (Locked, 429, "locked", "Zu viele Fehlversuche"),
    (CrossSite, 403, "cross-site", "Anfrage nicht bestätigt"),
    (Forbidden, 403, "forbidden", "Nicht erlaubt"),
    (NotFound, 404, "not-found", "Nicht gefunden"),
    (Conflict, 409, "conflict", "Inzwischen verändert"),
    (TooLarge, 413, "too-large", "Zu groß"),
    (UnsupportedBody, 415, "unsupported-media-type", "Form nicht angenommen"),
    (Misdirected, 421, "misdirected", "Falsche Adresse"),
    (TooMany, 429, "too-many", "Zu viel auf einmal"),
    (UsageError, 422, "unprocessable", "So nicht ausführbar"),
    (InputError, 422, "unprocessable", "So nicht ausführbar"),
    (ChildDeath, 422, "not-displayable", "Nicht darstellbar"),
    (Unavailable, 503, "unavailable", "Zurzeit nicht möglich"),
)
_HTTP = {
    400: ("bad-request", "Anfrage nicht lesbar", "Die Anfrage ist nicht lesbar."),
    404: ("not-found", "Nicht gefunden", NOT_FOUND),
    413: ("too-large", "Zu groß", "Die Anfrage ist größer, als hier angenommen wird."),
    405: ("method-not-allowed", "Nicht vorgesehen", "Diese Methode gibt es hier nicht."),
}


def problem_of(error: Exception, correlation: str) -> Problem:
    """The answer for any error; unexpected ones are logged whole and told by their id alone."""
    headers: dict[str, str] = {}
    if isinstance(error, Locked):
        headers["Retry-After"] = str(error.seconds)
    for kind, status, slug, title in _KINDS:
        if isinstance(error, kind):
            if status == 401:
                headers["WWW-Authenticate"] = 'Bearer realm="registratur"'
            if status == 503:
                headers["Retry-After"] = "5"
                _LOG.warning("unavailable", error=str(error), correlation_id=correlation)
            # The same words whether it is absent or hidden (docs/reference/http-api.md).
            detail = NOT_FOUND if status == 404 else _printable(str(error))
            if status == 503 and not isinstance(error, SearchAway):  # which is worded for readers
                detail = "Ein Teil des Dienstes ist gerade nicht erreichbar. Bitte gleich nochmals."
            return Problem(status=status, kind=slug, title=title, detail=detail, headers=headers)
    if isinstance(error, HTTPException):
        return _of_http(error)
    if isinstance(error, OSError) and error.errno in COMES_BACK:
        _LOG.error("the disk refuses", error=str(error), correlation_id=correlation)
        headers["Retry-After"] = "60"
        detail = "Der Dienst kann gerade nichts ablegen; bitte die Verwaltung verständigen."
        return Problem(
            status=503, kind="unavailable", title="Zurzeit nicht möglich", detail=detail,
            headers=headers,
        )  # fmt: skip
    _LOG.error("internal error", correlation_id=correlation, exc_info=error)
    return Problem(
        status=500,
        kind="internal",
        title="Interner Fehler",
        detail=f"Das hätte nicht geschehen dürfen. Fehlernummer für die Verwaltung: {correlation}",
        headers=headers,
        correlation=correlation,
    )


def _of_http(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    slug, title, detail = _HTTP.get(
        error.status_code, (phrase.lower().replace(" ", "-"), phrase, phrase)
    )
    return Problem(
        status=error.status_code,
        kind=slug,
        title=title,
        detail=detail,
        headers=dict(error.headers or {}),
    )


def _invalid(error: RequestValidationError) -> Problem:
    errors = tuple(
        {
            "field": ".".join(_printable(str(part)) for part in entry["loc"]),
            "message": _printable(str(entry["msg"])),
        }
        for entry in error.errors()
    )
    return Problem(
        status=422,
        kind="invalid",
        title="Angaben fehlen oder passen nicht",
        detail="; ".join(f"{entry['field']}: {entry['message']}" for entry in errors),
        headers={},
        errors=errors,
    )


def _printable(text: str) -> str:
    """Without control characters and lone surrogates, which JSON and terminals take amiss."""
    clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", " ", text)
    return clean.encode("utf-8", "replace").decode("utf-8")


def answer(request: Request, problem: Problem) -> Response:
    """JSON below /api, a page for people elsewhere; who must sign in is led there."""
    if request.url.path.startswith(("/api/", "/metrics", "/healthz", "/readyz")):
        return JSONResponse(
            problem.body(), problem.status, headers=problem.headers, media_type=MEDIA_TYPE
        )
    came_from = refused_act.came_from(request)
    if problem.status == 401:
        target = "/anmelden"
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": target})
        place = _address(request) if request.method == "GET" else came_from
        return RedirectResponse(
            f"{target}?weiter={quote(place, safe='')}" if place else target, 303
        )
    detail = (
        "Eine Angabe in der Adresse passt nicht." if problem.kind == "invalid" else problem.detail
    )
    back = None if came_from == _address(request) else came_from
    return error_page(request, problem.status, problem.title, detail, problem.headers, back=back)


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def internal(request: Request, error: Exception) -> Response:
    """The answer to what nobody expected."""
    return answer(request, problem_of(error, request.state.correlation_id))


def install(app: FastAPI, allowed_at: Callable[[str], str]) -> None:
    """Let every error of the application end in a problem."""

    async def any_error(request: Request, error: Exception) -> Response:
        if isinstance(error, RequestValidationError):
            return answer(request, _invalid(error))
        if isinstance(error, HTTPException) and error.status_code == 405:
            error.headers = {"Allow": allowed_at(request.url.path)}
        problem = problem_of(error, request.state.correlation_id)
        if request.method == "POST" and not request.url.path.startswith("/api/"):
            again = await refused_act.page(request, problem)
            if again is not None:
                return again
        return answer(request, problem)

    for kind in (ServiceError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, any_error)
