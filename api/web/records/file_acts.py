"""What is done with files and cases: begun, closed, opened again, followed up, handed out."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.content.bound_download import hand_out
from api.http.auth import Served
from api.web.rendering.forms import Form, Posted, back_to
from archive.desk.follow_ups import FollowUp
from archive.views import details
from config.errors import UsageError
from ingest.acts.efile import files
from ingest.acts.efile.follow_ups import SetFollowUp

router = APIRouter(include_in_schema=False)


# ------------------------------------------------------------------ files
@router.post("/akten")
def open_file(service: Served, form: Form) -> Response:
    file = files.OpenFile(
        plan_unit=form.text("plan_unit"),
        subject=form.text("subject"),
        department=form.text("department") or None,
    ).perform(service, form.caller.acting)
    return back_to(f"/akten/{file.id}", f"Die Akte {file.file_mark} ist angelegt.")


@router.post("/akten/{file_id}/schlusszeichnen")
def finalise_file(service: Served, file_id: str, form: Form) -> Response:
    count = files.FinaliseFile(file_id=file_id).perform(service, form.caller.acting)
    word = "1 Dokument ist" if count == 1 else f"{count} Dokumente sind"
    return back_to(f"/akten/{file_id}", f"{word} schlussgezeichnet.")


@router.post("/akten/{file_id}/zda")
def close_file(service: Served, file_id: str, form: Form) -> Response:
    file = files.CloseFile(file_id=file_id).perform(service, form.caller.acting)
    end = f"bis {file.retention_end:%d.%m.%Y}" if file.retention_end else "dauernd"
    return back_to(f"/akten/{file_id}", f"Die Akte ist zdA; sie wird {end} aufbewahrt.")


@router.post("/akten/{file_id}/oeffnen")
def reopen_file(service: Served, file_id: str, form: Form) -> Response:
    command = files.ReopenFile(file_id=file_id, reason=form.text("reason"))
    command.perform(service, form.caller.acting)
    return back_to(
        f"/akten/{file_id}", "Die Akte ist wieder offen. Ihre Vorgänge werden einzeln geöffnet."
    )


@router.post("/akten/{file_id}/frist")
def recompute_retention(service: Served, file_id: str, form: Form) -> Response:
    command = files.RecomputeRetention(file_id=file_id, reason=form.text("reason"))
    file = command.perform(service, form.caller.acting)
    end = f"{file.retention_end:%d.%m.%Y}" if file.retention_end else "dauernd"
    return back_to(f"/akten/{file_id}", f"Ende der Aufbewahrung: {end}.")


@router.post("/akten/{file_id}/ausgabe")
def export_file(request: Request, service: Served, file_id: str, form: Form) -> StreamingResponse:
    return hand_out(request, service, form.caller, file_id)


# ------------------------------------------------------------------ cases and parts
@router.post("/akten/{file_id}/vorgaenge")
def open_case(service: Served, file_id: str, form: Form) -> Response:
    case = files.OpenCase(
        file_id=file_id, title=form.text("title"), sub_file_id=form.text("sub_file") or None
    ).perform(service, form.caller.acting)
    return back_to(f"/vorgaenge/{case.id}", f"Der Vorgang {case.number} ist angelegt.")


@router.post("/akten/{file_id}/teilakten")
def open_sub_file(service: Served, file_id: str, form: Form) -> Response:
    command = files.OpenSubFile(file_id=file_id, title=form.text("title"))
    part = command.perform(service, form.caller.acting)
    return back_to(f"/akten/{file_id}", f"Die Teilakte {part.number} ist angelegt.")


@router.post("/akten/{file_id}/teilakten/{part_id}/schliessen")
def close_sub_file(service: Served, file_id: str, part_id: str, form: Form) -> Response:
    files.CloseSubFile(sub_file_id=part_id).perform(service, form.caller.acting)
    return back_to(f"/akten/{file_id}", "Die Teilakte ist abgeschlossen.")


@router.post("/akten/{file_id}/teilakten/{part_id}/oeffnen")
def reopen_sub_file(service: Served, file_id: str, part_id: str, form: Form) -> Response:
    command = files.ReopenSubFile(sub_file_id=part_id, reason=form.text("reason"))
    command.perform(service, form.caller.acting)
    return back_to(f"/akten/{file_id}", "Die Teilakte ist wieder offen.")


@router.post("/vorgaenge/{case_id}/schliessen")
def close_case(service: Served, case_id: str, form: Form) -> Response:
    files.CloseCase(case_id=case_id).perform(service, form.caller.acting)
    return back_to(f"/vorgaenge/{case_id}", "Der Vorgang ist abgeschlossen.")


@router.post("/vorgaenge/{case_id}/oeffnen")
def reopen_case(service: Served, case_id: str, form: Form) -> Response:
    command = files.ReopenCase(case_id=case_id, reason=form.text("reason"))
    command.perform(service, form.caller.acting)
    return back_to(f"/vorgaenge/{case_id}", "Der Vorgang ist wieder offen.")


# ------------------------------------------------------------------ follow-ups
@router.post("/akten/{file_id}/wiedervorlagen")
def follow_up_file(service: Served, file_id: str, form: Form) -> Response:
    made = _add(service, form, file_id, None)
    place = f"/akten/{file_id}?ansicht=wiedervorlagen"
    return back_to(place, f"Wiedervorlage am {made.due:%d.%m.%Y}.")


@router.post("/vorgaenge/{case_id}/wiedervorlagen")
def follow_up_case(service: Served, case_id: str, form: Form) -> Response:
    with service.database.read() as session:
        case = details.case_for(session, form.caller.reader, case_id)
    made = _add(service, form, case.file_id, case_id)
    return back_to(f"/vorgaenge/{case_id}", f"Wiedervorlage am {made.due:%d.%m.%Y}.")


def _add(service: Served, form: Posted, file_id: str, case_id: str | None) -> FollowUp:
    return SetFollowUp(
        file_id=file_id,
        due=day_of(form, "due"),
        reason=form.text("reason"),
        case_id=case_id,
        for_user=form.caller.reader.user if form.text("for") == "mich" else None,
    ).perform(service, form.caller.acting)


def day_of(form: Posted, name: str) -> date:
    """A day that the form must name. Raises UsageError."""
    try:
        return date.fromisoformat(form.text(name))
    except ValueError as error:
        raise UsageError("Bitte einen Tag angeben (JJJJ-MM-TT).") from error
