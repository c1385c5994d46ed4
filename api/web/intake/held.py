"""Zu klären: what a machine held, why, and the ways out for a person."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from api.http.auth import Served, confirm, signed_in
from api.http.upload import received
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import obstacles_of, show, stream_names
from archive import access
from archive.model import Document, Item, Reader
from archive.people import accounts
from archive.stages import Stage
from archive.views import open_decisions
from config.errors import HoldReason, UsageError
from ingest.acts.road import held

router = APIRouter(include_in_schema=False)
_NO_PICTURE = (
    HoldReason.MALWARE,
    HoldReason.EMPTY,
    HoldReason.ENCRYPTED,
    HoldReason.UNREADABLE,
    HoldReason.NOT_DISPLAYABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing to settle: an item, or one document of it."""

    item: Item
    document: Document | None
    may_redirect: bool

    @property
    def id(self) -> str:
        return self.item.id if self.document is None else self.document.id

    @property
    def reason(self) -> HoldReason | None:
        return (self.document or self.item).held_reason

    @property
    def text(self) -> str:
        return (self.document or self.item).held_text or ""

    @property
    def name(self) -> str:
        return self.item.source.rsplit("/", 1)[-1]

    @property
    def checks(self) -> bool:
        """Whether it waits for quality assurance rather than being held."""
        return self.document is not None and self.document.stage is Stage.AWAITING_QA

    @property
    def picture(self) -> str | None:
        """Where the first page can be seen."""
        if self.document is not None:
            return f"/dokumente/{self.document.id}/bild/1?breite=160"
        if self.reason in _NO_PICTURE:
            return None
        return f"/eingaenge/{self.item.id}/bild/1"

    @property
    def wants_password(self) -> bool:
        return self.document is None and self.reason is HoldReason.ENCRYPTED


@router.get("/klaeren")
def held_page(request: Request, service: Served, caller: Visitor) -> Response:
    cursor = request.query_params.get("weiter")
    with service.database.read() as session:
        page = open_decisions.waiting(session, caller.reader, cursor=cursor)
        units = accounts.units(session)
    cases = [_case(caller.reader, each.item, each.document) for each in page.items]
    return show(
        request,
        service,
        caller,
        "held.html",
        cases=cases,
        page=page,
        units=units,
        streams=stream_names(service),
        obstacles=() if cursor else obstacles_of(service, caller.reader),
    )


def _case(reader: Reader, item: Item, document: Document | None) -> Case:
    return Case(item=item, document=document, may_redirect=access.may_redirect(reader, item))


@router.post("/klaeren/{object_id}/nochmals")
def retry(service: Served, object_id: str, form: Form) -> Response:
    command = held.Retry(object_id=object_id, reason=form.text("reason"))
    command.perform(service.engines, form.caller.acting)
    return back_to("/klaeren", "Wird nochmals versucht. Der Fortgang steht unter „Eingang“.")


@router.post("/klaeren/{object_id}/ablehnen")
def reject(service: Served, object_id: str, form: Form) -> Response:
    command = held.Reject(object_id=object_id, reason=form.text("reason"))
    command.perform(service, form.caller.acting)
    return back_to("/klaeren", "Abgelehnt. Die Datei bleibt in Verwahrung.")


@router.post("/klaeren/{item_id}/kennwort")
def give_password(service: Served, item_id: str, form: Form) -> Response:
    password = form.fields.get("password", "")
    command = held.GivePassword(item_id=item_id, password=password)
    command.perform(service.engines, form.caller.acting)
    return back_to("/klaeren", "Das Kennwort passt. Die Datei geht ihren Weg.")


@router.post("/klaeren/{item_id}/abteilung")
def redirect(service: Served, item_id: str, form: Form) -> Response:
    command = held.Redirect(
        item_id=item_id, department=form.text("department"), reason=form.text("reason")
    )
    command.perform(service.engines, form.caller.acting)
    return back_to("/klaeren", "An die andere Abteilung gegeben.")


@router.post("/klaeren/{item_id}/datei")
async def supply_file(request: Request, service: Served, item_id: str) -> Response:
    caller = await run_in_threadpool(signed_in, request, service)
    async with received(request, service.uploads, service.settings.limits.file_bytes) as sent:
        confirm(caller, sent.fields.get("csrf"))
        reason = sent.fields.get("reason", "").strip()
        if sent.path is None or not reason:
            raise UsageError("Es fehlt die Datei oder der Grund.")
        command = held.SupplyFile(
            item_id=item_id, path=sent.path, file_name=sent.file_name, reason=reason
        )
        await run_in_threadpool(command.perform, service.engines, caller.acting)
    return back_to(
        "/klaeren",
        "Nachgereicht und verwahrt. Die zuerst angekommene Datei bleibt als Original erhalten.",
    )
