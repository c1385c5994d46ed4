"""The audit trail, for auditors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.http.auth import Asking, Served
from api.http.responses import Cursor, Limit, aware, problems
from api.schemas.administration import AuditLineOut, AuditList, ChainOut
from api.schemas.common import IsoTime
from archive import access
from archive.audit import trail
from archive.model import Role
from archive.views import listing
from config.errors import Forbidden

router = APIRouter(tags=["audit"])


@router.get("/audit", responses=problems())
def list_events(
    caller: Asking,
    service: Served,
    action: Annotated[str | None, Query(max_length=40)] = None,
    actor: Annotated[str | None, Query(max_length=120)] = None,
    object_id: Annotated[str | None, Query(max_length=80)] = None,
    since: IsoTime | None = None,
    until: Annotated[IsoTime | None, Query(description="Before this moment.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditList:
    """Events, newest first."""
    caller.demand_somewhere(Role.AUDITOR)
    with service.database.read() as session:
        page = listing.audit_page(
            session,
            caller.reader,
            cursor=cursor,
            limit=limit,
            action=action,
            actor=actor,
            object_id=object_id,
            since=aware(since),
            until=aware(until),
        )
    return AuditList(
        items=[AuditLineOut.of(line) for line in page.items], next_cursor=page.next_cursor
    )


@router.get("/audit/chain", responses=problems())
def check_chain(caller: Asking, service: Served) -> ChainOut:
    """Walk the whole chain now."""
    if not access.sees_everything(caller.reader.grants):
        raise Forbidden("Die ganze Kette prüft nur die Revision des Kreises.")
    with service.database.read() as session:
        report = trail.check_chain(session)
    return ChainOut(ok=report.ok, events=report.events, broken_at=report.broken_at, why=report.why)
