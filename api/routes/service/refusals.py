"""Changes of documents that the search index refused; for administrators, without content."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.auth import Asking, Changing, Served
from api.http.responses import problems
from api.schemas.administration import RefusalList, RetriedOut
from archive.views.index import refusals
from ingest.acts.road.upkeep import RetryRefused

router = APIRouter(prefix="/index/refused", tags=["health"])


@router.get("", responses=problems())
def list_refused(caller: Asking, service: Served) -> RefusalList:
    """The oldest changes that the index refused ten times, by the document's identifier."""
    with service.database.read() as session:
        return RefusalList.of(refusals(session, caller.reader))


@router.post("/retry", responses=problems())
def retry_refused(caller: Changing, service: Served) -> RetriedOut:
    """Let the index try all of them again."""
    return RetriedOut(retried=RetryRefused().perform(service, caller.acting))
