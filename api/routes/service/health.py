"""Is it alive, can it work, how much did it do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from api.http.auth import Served, identify
from api.schemas.administration import HealthOut, PartHealth
from api.service import Service
from archive.intake import items
from archive.model import WHOLE, Role
from archive.search import outbox
from archive.views import details, listing
from config.errors import ServiceError
from config.logs import logger

router = APIRouter(tags=["health"])
_LOG = logger("api.routes.health")
INDEX = "index"


@router.get("/healthz")
def alive() -> HealthOut:
    """The process answers."""
    return HealthOut(ok=True, parts=[])


@router.get(
    "/readyz", responses={503: {"model": HealthOut, "description": "Database or objects are away."}}
)
def ready(service: Served, response: Response) -> HealthOut:
    """Database and object store can be used. The index is named too; without it, or while it is built
    anew, search alone is away, and a balancer must not take intake and files along."""
    parts = [PartHealth(part=name, ok=_works(name, test)) for name, test in _tests(service)]
    ok = all(part.ok for part in parts if part.part != INDEX)
    response.status_code = 200 if ok else 503
    return HealthOut(ok=ok, parts=parts)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, service: Served) -> Response:
    """For Prometheus, with a token of an administrator or auditor of the whole house: how often
    which route is asked, and how much there is over all departments, is not for everyone. By a
    setting the requests alone are told without one."""
    text: bytes = request.app.state.metrics.text()
    if "authorization" in request.headers or not service.settings.web.open_metrics:
        caller = identify(request, service, in_use=False)
        caller.demand(Role.ADMIN, Role.AUDITOR, within=WHOLE)
        text += _counts(service)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _tests(service: Service) -> list[tuple[str, Callable[[], object]]]:
    def database() -> None:
        with service.database.read() as session:
            details.newest_event(session)

    def index() -> None:
        if service.index.health().state.value != "ready":
            raise ServiceError("der Suchindex ist nicht bereit")

    return [
        ("database", database),
        ("objects", lambda: service.objects.has("0" * 64)),
        (INDEX, index),
    ]


def _works(name: str, test: Callable[[], object]) -> bool:
    try:
        test()
    except (ServiceError, OSError) as error:
        _LOG.warning("not ready", part=name, error=str(error))
        return False
    return True


def _counts(service: Service) -> bytes:
    registry = CollectorRegistry()
    by_outcome = Gauge("registratur_items", "Items", ("outcome",), registry=registry)
    by_stage = Gauge("registratur_item_stages", "Items", ("stage",), registry=registry)
    lag = Gauge("registratur_outbox_lag", "Changes not yet in the index", registry=registry)
    dead = Gauge("registratur_outbox_dead", "Changes the index refused", registry=registry)
    oldest = Gauge(
        "registratur_oldest_walking_seconds", "Age of the oldest item under way", registry=registry
    )
    with service.database.read() as session:
        counts = listing.operator_counts(session)
        lag.set(outbox.lag(session))
        dead.set(outbox.dead_count(session))
        began = items.oldest_walking(session)
    oldest.set(0 if began is None else (service.clock() - began).total_seconds())
    for outcome, number in counts["outcome"].items():
        by_outcome.labels(outcome).set(number)
    for stage, number in counts["stage"].items():
        by_stage.labels(stage).set(number)
    return generate_latest(registry)
