"""The clerk's desk: what is to be looked at again, and what may belong into another file."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Served
from api.web.records.file_acts import day_of
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import show
from archive import access
from archive.desk import follow_ups
from archive.office_calendar import office_date
from archive.views import file_details, listing
from config.errors import UsageError
from ingest.acts.efile.documents import FinaliseDocument, MoveToFile, RejectSuggestions
from ingest.acts.efile.follow_ups import FinishFollowUp, MoveFollowUp

router = APIRouter(include_in_schema=False)
SPANS = (("heute", "Bis heute", 0), ("woche", "Nächste 7 Tage", 7), ("alle", "Alle", 36_500))
PLACE = "/wiedervorlagen"


# ------------------------------------------------------------------ follow-ups
@router.get(PLACE)
def follow_ups_page(
    request: Request, service: Served, caller: Visitor, zeit: str = "heute", wessen: str = "meine"
) -> Response:
    today = office_date(service.clock())
    days = next((days for key, _, days in SPANS if key == zeit), 0)
    with service.database.read() as session:
        found = follow_ups.to_do(
            session, caller.reader, until=today + timedelta(days), mine=wessen != "alle"
        )
        files = file_details.files_of(session, caller.reader, [each.file_id for each in found])
    return show(
        request,
        service,
        caller,
        "follow_ups.html",
        found=found,
        files=files,
        works={key for key, file in files.items() if access.may_work_on_file(caller.reader, file)},
        spans=[(key, label) for key, label, _ in SPANS],
        zeit=zeit,
        wessen=wessen,
        today=today,
        most=follow_ups.MOST,
    )


@router.post(f"{PLACE}/{{follow_up_id}}/erledigt")
def done(service: Served, follow_up_id: str, form: Form) -> Response:
    FinishFollowUp(follow_up_id=follow_up_id).perform(service, form.caller.acting)
    return back_to(_from(form.text("von")), "Die Wiedervorlage ist erledigt.")


@router.post(f"{PLACE}/{{follow_up_id}}/verlegen")
def move(service: Served, follow_up_id: str, form: Form) -> Response:
    due = day_of(form, "due")
    MoveFollowUp(follow_up_id=follow_up_id, due=due).perform(service, form.caller.acting)
    return back_to(
        _from(form.text("von")), f"Die Wiedervorlage liegt jetzt auf dem {due:%d.%m.%Y}."
    )


def _from(place: str) -> str:
    """Back to the page that the form stood on: one of ours that lists follow-ups."""
    plain = place.isascii() and place.isprintable() and "\\" not in place and "//" not in place
    ours = place.startswith((f"{PLACE}?", "/akten/", "/vorgaenge/"))
    return place if plain and ours else PLACE


# ------------------------------------------------------------------ filing by hand
@router.get("/zuordnen")
def to_place_page(
    request: Request, service: Served, caller: Visitor, weiter: str | None = None
) -> Response:
    with service.database.read() as session:
        page = file_details.to_place(session, caller.reader, cursor=weiter)
        here = file_details.files_of(
            session, caller.reader, [each.document.file_id or "" for each in page.items]
        )
    return show(
        request,
        service,
        caller,
        "to_place.html",
        page=page,
        here=here,
    )


@router.post("/dokumente/{document_id}/umlegen")
def refile(service: Served, document_id: str, form: Form) -> Response:
    """Into a file named by its id (a suggestion) or by its mark (typed)."""
    caller, mark = form.caller, form.text("file_mark")
    file_id = form.text("file_id")
    if not file_id:
        if not mark:
            raise UsageError("Bitte das Aktenzeichen der richtigen Akte angeben.")
        with service.database.read() as session:
            file_id = file_details.file_by_mark(session, caller.reader, mark).id
    MoveToFile(
        document_id=document_id,
        file_id=file_id,
        reason=form.text("reason"),
        case_id=form.text("case_id") or None,
    ).perform(service, caller.acting)
    with service.database.read() as session:
        file = listing.file_for(session, caller.reader, file_id)
    place = "/zuordnen" if form.text("von") == "zuordnen" else f"/dokumente/{document_id}"
    return back_to(place, f"Das Dokument liegt jetzt in der Akte {file.file_mark}.")


@router.post("/dokumente/{document_id}/vorschlag/ablehnen")
def reject_suggestions(service: Served, document_id: str, form: Form) -> Response:
    RejectSuggestions(document_id=document_id).perform(service, form.caller.acting)
    place = "/zuordnen" if form.text("von") == "zuordnen" else f"/dokumente/{document_id}"
    return back_to(place, "Das Dokument bleibt, wo es liegt; der Vorschlag ist abgelehnt.")


@router.post("/dokumente/{document_id}/schlusszeichnen")
def finalise(service: Served, document_id: str, form: Form) -> Response:
    FinaliseDocument(document_id=document_id).perform(service, form.caller.acting)
    place = "/zuordnen" if form.text("von") == "zuordnen" else f"/dokumente/{document_id}"
    return back_to(place, "Das Dokument ist schlussgezeichnet.")
