"""Server-sent events: what changes on the road, for the eyes of this caller."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from api.http.auth import Asking, Served, sign_in_of
from api.http.event_streams import EventStream
from api.http.responses import problems
from archive.model import Item

router = APIRouter(tags=["events"])
_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Event `ready` once, then `item` for each change; a comment as sign of life.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/events", responses={**problems(429), **_STREAM}, response_class=StreamingResponse)
async def events(request: Request, caller: Asking, service: Served) -> EventStream:
    """Progress as it happens, nothing missed after `ready`. Who connects or reconnects reads the list
    after it: events are not kept. 429: as many are open for you as may be."""

    async def stream() -> AsyncIterator[str]:
        with request.app.state.metrics.listeners.track_inprogress():
            told = request.app.state.newsroom.news(sign_in_of(request, service))
            async with aclosing(told):
                await anext(told)
                yield "event: ready\ndata: {}\n\n"
                async for changed in told:
                    yield "".join(_event(item) for item in changed) or ": ok\n\n"

    return EventStream(stream(), streams=request.app.state.streams, user=caller.reader.user)


def _event(item: Item) -> str:
    data = {
        "id": item.id,
        "source": item.source,
        "stage": item.stage.value,
        "outcome": item.outcome.value if item.outcome else None,
        "reason": item.held_text,
        "waiting_for": item.waiting_for,
        "documents": list(item.documents),
    }
    return f"event: item\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"
