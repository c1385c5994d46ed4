"""The application: which router serves what. Everything it needs comes in ``service``."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from starlette.routing import Route

from api.content import bound_download
from api.http import problems
from api.http.allowed_hosts import Hosts
from api.http.envelope import Envelope
from api.http.event_streams import Streams
from api.http.live_events import Newsroom
from api.http.metrics import Metrics
from api.http.sign_in_first import SignInFirst
from api.routes.intake import events, held, items
from api.routes.people import audit, confidential, granting, people
from api.routes.records import cases, desk, documents, files, plan, search, signatures
from api.routes.service import health, refusals
from api.schemas.common import ProblemOut
from api.service import Service
from api.web.intake import held as held_page
from api.web.intake import inbox
from api.web.people import account, admin, sign_in
from api.web.people import audit as audit_page
from api.web.people import confidential as confidential_page
from api.web.people import granting as granting_page
from api.web.records import desk as desk_page
from api.web.records import document, file_acts, pictures
from api.web.records import files as files_page
from api.web.records import plan as plan_page
from api.web.records import quality as quality_page
from api.web.records import search as search_page
from api.web.records import signatures as signatures_page
from api.web.rendering.render import STATIC, make_look

PREFIX = "/api/v1"
INTERFACE = (
    items,
    held,
    documents,
    search,
    files,
    cases,
    desk,
    confidential,
    plan,
    events,
    people,
    granting,
    refusals,
    audit,
    signatures,
)
PAGES = (
    sign_in,
    inbox,
    held_page,
    quality_page,
    search_page,
    document,
    pictures,
    signatures_page,
    files_page,
    file_acts,
    desk_page,
    confidential_page,
    plan_page,
    audit_page,
    admin,
    granting_page,
    account,
)
DESCRIPTION = """\
The scanning pipeline and e-file archive of a county administration.

Programs send `Authorization: Bearer …` (`registratur user token NAME`). Browsers may use their
session; every change then carries `X-CSRF-Token`. Every answer depends on the caller's rights: what
a caller may not see does not exist for it. Errors are problems of RFC 9457.
"""


def create_app(service: Service) -> FastAPI:
    """The HTTP interface below /api/v1 and the pages at /, over one service."""
    settings = service.settings
    app = FastAPI(
        title="Registratur",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.metrics = Metrics()
    app.state.streams = Streams()
    app.state.newsroom = Newsroom(service)
    app.state.bindings = threading.BoundedSemaphore(bound_download.AT_ONCE)
    app.state.look = make_look(
        settings.county.name, settings.public_url, trial=settings.county.sample
    )
    routers = [(PREFIX, route.router) for route in INTERFACE]
    routers += [("", health.router), *(("", page.router) for page in PAGES)]
    for prefix, router in routers:
        app.include_router(router, prefix=prefix)
    app.state.allowed_at = partial(allowed_at, routers)
    problems.install(app, app.state.allowed_at)
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(SignInFirst, prefix=PREFIX, service=service, methods_at=app.state.allowed_at)
    app.add_middleware(
        Envelope, secure=service.secure, hosts=Hosts(settings.web), metrics=app.state.metrics
    )
    return app


def allowed_at(routers: list[tuple[str, APIRouter]], path: str) -> str:
    """All methods of a path, for the answer to a wrong one: the framework names only those of the
    first route that fits."""
    found: set[str] = set()
    for prefix, router in routers:
        for route in router.routes:
            if isinstance(route, Route) and route.path_regex.match(path.removeprefix(prefix)):
                found |= route.methods or set()
    return ", ".join(sorted(found))


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once; problems are described once for all routes."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, routes=app.routes, description=DESCRIPTION
        )
        schema["components"]["schemas"]["ProblemOut"] = ProblemOut.model_json_schema()
        app.openapi_schema = schema
    return app.openapi_schema
