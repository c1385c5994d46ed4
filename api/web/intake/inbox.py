"""Eingang: what arrived and where it stands, live; and the one item with its history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.http.auth import Caller, Served, confirm, sign_in_of, signed_in
from api.http.event_streams import EventStream
from api.http.upload import received
from api.service import Service
from api.web.rendering.forms import Onlooker, Visitor, back_to
from api.web.rendering.page_frame import obstacles_of, piece, show, stream_names
from api.web.rendering.render import office_midnight
from archive import access
from archive.efile import paper_release
from archive.intake import earlier_attempts, sources
from archive.model import Document, Item, Reader, Role
from archive.office_calendar import OFFICE
from archive.people import accounts
from archive.stages import DOCUMENT_ROAD, ITEM_ROAD, Stage
from archive.views import details, listing
from archive.views import inbox as listed_items
from archive.views.details import Part
from archive.views.inbox import Narrowed, Standing
from config.errors import NotFound
from ingest.acts.road.bringing_in import streams_for

router = APIRouter(include_in_schema=False)
ROAD = (*ITEM_ROAD, *DOCUMENT_ROAD[1:])
CHANGED = "event: changed\ndata: 1\n\n"
SPANS = (("heute", "Heute"), ("woche", "Letzte 7 Tage"), ("alle", "Alles"))
# Figure above the list, its name, and its colour where it is not nought.
TILES = (
    (Standing.WALKING, "auf dem Weg", "walk"),
    (Standing.ARCHIVED, "in der Akte", "ok"),
    (Standing.HELD, "zu klären", "warn"),
    (Standing.AWAITING_QA, "warten auf Sichtprüfung", "warn"),
    (Standing.DUPLICATE, "schon vorhanden", ""),
    (Standing.REJECTED, "abgelehnt", ""),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item in the list."""

    item: Item
    parts: tuple[Part, ...]
    keep_paper: bool  #: something stands against destroying the paper
    audits: bool  #: this reader checks its evidence

    @property
    def stage(self) -> Stage:
        """How far the whole is: the least of its documents, once there are some. What is held
        stands where it was held."""
        places = [part.held_from or part.stage for part in self.parts] or [
            self.item.held_from or self.item.stage
        ]
        on_road = [stage for stage in places if stage in ROAD]
        return min(on_road, key=ROAD.index) if on_road else self.item.stage

    @property
    def step(self) -> int:
        """1-based place on the road."""
        return ROAD.index(self.stage) + 1 if self.stage in ROAD else 1

    @property
    def held_text(self) -> str | None:
        """Why it is held, if it is: of several documents the first that is."""
        texts = [part.held_text for part in self.parts if part.stage is Stage.HELD]
        return next((text for text in (self.item.held_text, *texts) if text), None)

    @property
    def waiting_for(self) -> str | None:
        waits = [part.waiting_for for part in self.parts if part.waiting_for]
        return self.item.waiting_for or (waits[0] if waits else None)


@router.get("/eingang")
def inbox(request: Request, service: Served, caller: Visitor) -> Response:
    return show(
        request,
        service,
        caller,
        "inbox.html",
        streams=streams_for(service.settings, caller.reader),
        spans=SPANS,
        **_list(request, service, caller),
    )


@router.get("/eingang/liste")
def inbox_list(request: Request, service: Served, caller: Onlooker) -> Response:
    return piece(request, service, caller, "inbox_news.html", **_list(request, service, caller))


@router.get("/eingang/live")
async def live(request: Request, service: Served, caller: Onlooker) -> Response:
    """One word at once and for each batch of news: the page then fetches its list."""

    async def words() -> AsyncIterator[str]:
        told = request.app.state.newsroom.news(sign_in_of(request, service))
        async with aclosing(told):
            await anext(told)
            yield CHANGED  # between the page and this connection, or while it broke, things went on
            async for changed in told:
                yield CHANGED if changed else ": ok\n\n"

    return EventStream(words(), streams=request.app.state.streams, user=caller.reader.user)


@router.post("/eingang/hochladen")
async def upload(request: Request, service: Served) -> Response:
    caller = await run_in_threadpool(signed_in, request, service)
    async with received(request, service.uploads, service.settings.limits.file_bytes) as sent:
        confirm(caller, sent.fields.get("csrf"))
        command = sent.arrival()
        item = await run_in_threadpool(command.perform, service, service.intake, caller.acting)
    return back_to("/eingang", f"„{item.source}“ ist angekommen und gesichert.")


@router.get("/eingaenge/{item_id}")
def item_page(request: Request, service: Served, caller: Visitor, item_id: str) -> Response:
    with service.database.read() as session:
        item = listing.item_for(session, caller.reader, item_id)
        parts = details.parts_of(session, caller.reader, [item_id]).get(item_id, ())
        history = listing.history(session, caller.reader, item_id)
        files = sources.sources(session, item)
        before = earlier_attempts.of_item(session, item_id)
        repeated = _repeated(session, caller.reader, item)
        keep_paper = bool(paper_release.with_paper_to_keep(session, [item_id]))
        units = {unit.id: unit.name for unit in accounts.units(session)}
    return show(
        request,
        service,
        caller,
        "item.html",
        line=Line(
            item=item, parts=parts, keep_paper=keep_paper, audits=_audits(caller.reader, item)
        ),
        repeated=repeated,
        reads_repeated=repeated is not None and access.may_read_document(caller.reader, repeated),
        history=history,
        files=files,
        earlier=before,
        units=units,
        road=ROAD,
        settles=access.may_settle(caller.reader, item),
        redirects=access.may_redirect(caller.reader, item),
        stream=stream_names(service).get(item.stream, item.stream),
    )


def _repeated(session: Session, reader: Reader, item: Item) -> Document | None:
    """The document that the item is a duplicate of, for those who may know it; its words only for
    those who may read it."""
    if item.duplicate_of is None:
        return None
    try:
        document = listing.document_for(session, reader, item.duplicate_of)
    except NotFound:
        return None
    known = access.may_read_document(reader, document) or _audits(reader, item)
    return document if known else None


def _audits(reader: Reader, item: Item) -> bool:
    """Whether the reader sees the item as an auditor, who is led to evidence and not to content."""
    return access.may_see_item(reader.only(Role.AUDITOR), item)


def _list(request: Request, service: Service, caller: Caller) -> dict[str, Any]:
    query = request.query_params
    span, standing = query.get("zeit", "heute"), query.get("stand", "")
    narrowed = Narrowed(
        since=_since(span, service.clock()),
        standing=Standing(standing) if standing in set(Standing) else None,
        keep_paper=query.get("papier", "") == "aufbewahren",
    )
    with service.database.read() as session:
        page = listed_items.listed(session, caller.reader, narrowed, cursor=query.get("weiter"))
        numbers = listed_items.numbers(session, caller.reader, since=narrowed.since)
        ids = [item.id for item in page.items]
        parts = details.parts_of(session, caller.reader, ids)
        kept = paper_release.with_paper_to_keep(session, ids)
    return {
        "lines": [
            Line(
                item=item,
                parts=parts.get(item.id, ()),
                keep_paper=item.id in kept,
                audits=_audits(caller.reader, item),
            )
            for item in page.items
        ],
        "page": page,
        "numbers": numbers,
        "tiles": TILES,
        "span": span if span in dict(SPANS) else "heute",
        "standing": narrowed.standing,
        "keep_paper": narrowed.keep_paper,
        "query": request.url.query,
        "road": ROAD,
        "stream_names": stream_names(service),
        "obstacles": len(obstacles_of(service, caller.reader)),
    }


def _since(span: str, now: datetime) -> datetime | None:
    today = now.astimezone(OFFICE).date()
    if span == "alle":
        return None
    return office_midnight(today - timedelta(days=6) if span == "woche" else today)
