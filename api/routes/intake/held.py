"""What a person has to settle: held items and documents, and the ways out."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, Limit, problems
from api.http.upload import received
from api.schemas.common import DocumentOut, HeldList, ItemOut, PasswordIn, Reason, RedirectIn
from archive.views import open_decisions
from config.errors import UsageError
from ingest.acts.road import held

router = APIRouter(tags=["held"])


@router.get("/held", responses=problems())
def list_held(
    caller: Asking, service: Served, cursor: Cursor = None, limit: Limit = 50
) -> HeldList:
    """What waits for your decision, oldest first: items, and documents of items. A page has `limit`
    of both together."""
    with service.database.read() as session:
        page = open_decisions.waiting(session, caller.reader, cursor=cursor, limit=limit)
    return HeldList(
        items=[ItemOut.of(each.item) for each in page.items if each.document is None],
        documents=[DocumentOut.of(each.document) for each in page.items if each.document],
        next_cursor=page.next_cursor,
    )


@router.post("/held/{object_id}/retry", status_code=204, responses=problems(404, 409))
def retry(object_id: Id, body: Reason, caller: Changing, service: Served) -> Response:
    """Set a held item or document on its road again."""
    command = held.Retry(object_id=object_id, reason=body.reason)
    command.perform(service.engines, caller.acting)
    return Response(status_code=204)


@router.post("/held/{object_id}/reject", status_code=204, responses=problems(404, 409))
def reject(object_id: Id, body: Reason, caller: Changing, service: Served) -> Response:
    """Say no, with a reason; it stays in custody."""
    command = held.Reject(object_id=object_id, reason=body.reason)
    command.perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/held/{item_id}/password", status_code=204, responses=problems(404, 409))
def give_password(item_id: Id, body: PasswordIn, caller: Changing, service: Served) -> Response:
    """Open an encrypted file; the password is kept nowhere, the original stays as it came."""
    command = held.GivePassword(item_id=item_id, password=body.password)
    command.perform(service.engines, caller.acting)
    return Response(status_code=204)


@router.post("/held/{item_id}/redirect", status_code=204, responses=problems(404, 409))
def redirect(item_id: Id, body: RedirectIn, caller: Changing, service: Served) -> Response:
    """Give an item to the right department."""
    command = held.Redirect(item_id=item_id, department=body.department, reason=body.reason)
    command.perform(service.engines, caller.acting)
    return Response(status_code=204)


@router.post(
    "/held/{item_id}/file",
    status_code=204,
    responses=problems(404, 409, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file", "reason"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "reason": {"type": "string", "minLength": 1, "maxLength": 2000},
                        },
                    }
                }
            },
        }
    },
)
async def supply_file(item_id: Id, request: Request, caller: Changing, service: Served) -> Response:
    """Hand in a file for a held one: an arrival of its own, checked as one; the original stays."""
    limit = service.settings.limits.file_bytes
    async with received(request, service.uploads, limit) as upload:
        if upload.path is None or not upload.fields.get("reason", "").strip():
            raise UsageError("Es fehlen die Datei (Feld „file“) oder der Grund (Feld „reason“).")
        command = held.SupplyFile(
            item_id=item_id,
            path=upload.path,
            file_name=upload.file_name,
            reason=upload.fields["reason"],
        )
        await run_in_threadpool(command.perform, service.engines, caller.acting)
    return Response(status_code=204)
