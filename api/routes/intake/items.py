"""Arrived files: bringing them in, and where they stand."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.content import document_access
from api.content.picture_answers import NOT_MODIFIED, picture_answer
from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, Limit, aware, problems
from api.http.upload import received
from api.schemas.common import HistoryList, HistoryOut, IsoTime, ItemList, ItemOut
from archive.stages import Outcome, Stage
from archive.views import listing

router = APIRouter(tags=["items"])

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "stream": {
                            "type": "string",
                            "maxLength": 80,
                            "description": "As the settings name it (mailroom, legacy); left out: your first.",
                        },
                        "department": {
                            "type": "string",
                            "maxLength": 80,
                            "description": "Other than the stream's own.",
                        },
                    },
                }
            }
        },
    }
}


@router.post("/items", status_code=201, responses=problems(409, 415), openapi_extra=_FORM)
async def bring_in(
    request: Request, response: Response, caller: Changing, service: Served
) -> ItemOut:
    """Take one file into custody. With the answer it is safe here, whatever becomes of it later."""
    limit = service.settings.limits.file_bytes
    async with received(request, service.uploads, limit) as upload:
        command = upload.arrival()
        item = await run_in_threadpool(command.perform, service, service.intake, caller.acting)
    response.headers["Location"] = f"/api/v1/items/{item.id}"
    return ItemOut.of(item)


@router.get("/items", responses=problems())
def list_items(
    caller: Asking,
    service: Served,
    since: Annotated[IsoTime | None, Query(description="Received at or after.")] = None,
    stage: Stage | None = None,
    outcome: Outcome | None = None,
    stream: Annotated[str | None, Query(max_length=80)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ItemList:
    """The items that you may see, newest first."""
    with service.database.read() as session:
        page = listing.items(
            session,
            caller.reader,
            since=aware(since),
            stage=stage,
            outcome=outcome,
            stream=stream,
            cursor=cursor,
            limit=limit,
        )
    return ItemList(
        total=page.total or 0,
        items=[ItemOut.of(item) for item in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/items/{item_id}", responses=problems(404))
def get_item(item_id: Id, caller: Asking, service: Served) -> ItemOut:
    """One item."""
    with service.database.read() as session:
        return ItemOut.of(listing.item_for(session, caller.reader, item_id))


@router.get("/items/{item_id}/history", responses=problems(404))
def item_history(item_id: Id, caller: Asking, service: Served) -> HistoryList:
    """What happened to it, oldest first."""
    with service.database.read() as session:
        listing.item_for(session, caller.reader, item_id)
        entries = listing.history(session, caller.reader, item_id)
    return HistoryList(items=[HistoryOut.of(entry) for entry in entries])


@router.get(
    "/items/{item_id}/pages/{number}",
    responses={**problems(404), 200: {"content": {"image/png": {}}}, **NOT_MODIFIED},
    response_class=Response,
)
def held_page(
    request: Request, item_id: Id, number: int, caller: Asking, service: Served
) -> Response:
    """A page of a held item as PNG, for those who settle it."""
    item = document_access.held_item(service, caller, item_id)
    return picture_answer(request, service, document_access.held_page_of(item, number))
