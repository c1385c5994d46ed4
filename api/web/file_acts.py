"""What is done with files and cases: begun, closed, opened again, followed up, handed out."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api.auth import Served
from api.handing_out import hand_out
from api.web.forms import Form, Posted, back_to
from archive import closing, follow_ups, viewing
from config.errors import UsageError
from ingest import filing_by_hand

router = APIRouter(include_in_schema=False)


# ------------------------------------------------------------------ files
@router.post("/akten")
def open_file(service: Served, form: Form) -> Response:
    file = filing_by_hand.open_file(
        service.engines,
        form.caller.reader,
        form.text("plan_unit"),
        form.text("subject"),
        department=form.text("department") or None,
    )
    return back_to(f"/akten/{file.id}", f"Die Akte {file.file_mark} ist angelegt.")


@router.post("/akten/{file_id}/schlusszeichnen")
def finalise_file(service: Served, file_id: str, form: Form) -> Response:
    with service.database.write() as session:
        count = closing.finalise_file(session, form.caller.reader, file_id, at=service.clock())
    word = "1 Dokument ist" if count == 1 else f"{count} Dokumente sind"
    return back_to(f"/akten/{file_id}", f"{word} schlussgezeichnet.")


@router.post("/akten/{file_id}/zda")
def close_file(service: Served, file_id: str, form: Form) -> Response:
    with service.database.write() as session:
        file = closing.close_file(session, form.caller.reader, file_id, at=service.clock())
    end = f"bis {file.retention_end:%d.%m.%Y}" if file.retention_end else "dauernd"
    return back_to(f"/akten/{file_id}", f"Die Akte ist zdA; sie wird {end} aufbewahrt.")


@router.post("/akten/{file_id}/oeffnen")
def reopen_file(service: Served, file_id: str, form: Form) -> Response:
    with service.database.write() as session:
        closing.reopen_file(
            session, form.caller.reader, file_id, reason=form.text("reason"), at=service.clock()
        )
    return back_to(
        f"/akten/{file_id}", "Die Akte ist wieder offen. Ihre Vorgänge werden einzeln geöffnet."
    )


@router.post("/akten/{file_id}/frist")
def recompute_retention(service: Served, file_id: str, form: Form) -> Response:
    with service.database.write() as session:
        file = closing.recompute_retention(
            session, form.caller.reader, file_id, reason=form.text("reason"), at=service.clock()
        )
    end = f"{file.retention_end:%d.%m.%Y}" if file.retention_end else "dauernd"
    return back_to(f"/akten/{file_id}", f"Ende der Aufbewahrung: {end}.")


@router.post("/akten/{file_id}/ausgabe")
def export_file(request: Request, service: Served, file_id: str, form: Form) -> StreamingResponse:
    return hand_out(request, service, form.caller, file_id)


# ------------------------------------------------------------------ cases and parts
@router.post("/akten/{file_id}/vorgaenge")
def open_case(service: Served, file_id: str, form: Form) -> Response:
    case = filing_by_hand.open_case(
        service.engines,
        form.caller.reader,
        file_id,
        form.text("title"),
        sub_file_id=form.text("sub_file") or None,
    )
    return back_to(f"/vorgaenge/{case.id}", f"Der Vorgang {case.number} ist angelegt.")


@router.post("/akten/{file_id}/teilakten")
def open_sub_file(service: Served, file_id: str, form: Form) -> Response:
    part = filing_by_hand.open_sub_file(
        service.engines, form.caller.reader, file_id, form.text("title")
    )
    return back_to(f"/akten/{file_id}", f"Die Teilakte {part.number} ist angelegt.")


@router.post("/akten/{file_id}/teilakten/{part_id}/schliessen")
def close_sub_file(service: Served, file_id: str, part_id: str, form: Form) -> Response:
    with service.database.write() as session:
        closing.close_sub_file(session, form.caller.reader, part_id, at=service.clock())
    return back_to(f"/akten/{file_id}", "Die Teilakte ist abgeschlossen.")


@router.post("/akten/{file_id}/teilakten/{part_id}/oeffnen")
def reopen_sub_file(service: Served, file_id: str, part_id: str, form: Form) -> Response:
    with service.database.write() as session:
        closing.reopen_sub_file(
            session, form.caller.reader, part_id, reason=form.text("reason"), at=service.clock()
        )
    return back_to(f"/akten/{file_id}", "Die Teilakte ist wieder offen.")


@router.post("/vorgaenge/{case_id}/schliessen")
def close_case(service: Served, case_id: str, form: Form) -> Response:
    with service.database.write() as session:
        closing.close_case(session, form.caller.reader, case_id, at=service.clock())
    return back_to(f"/vorgaenge/{case_id}", "Der Vorgang ist abgeschlossen.")


@router.post("/vorgaenge/{case_id}/oeffnen")
def reopen_case(service: Served, case_id: str, form: Form) -> Response:
    with service.database.write() as session:
        closing.reopen_case(
            session, form.caller.reader, case_id, reason=form.text("reason"), at=service.clock()
        )
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
        case = viewing.case_for(session, form.caller.reader, case_id)
    made = _add(service, form, case.file_id, case_id)
    return back_to(f"/vorgaenge/{case_id}", f"Wiedervorlage am {made.due:%d.%m.%Y}.")


def _add(service: Served, form: Posted, file_id: str, case_id: str | None) -> follow_ups.FollowUp:
    reader = form.caller.reader
    with service.database.write() as session:
        return follow_ups.add(
            session,
            reader,
            file_id,
            due=day_of(form, "due"),
            reason=form.text("reason"),
            case_id=case_id,
            for_user=reader.user if form.text("for") == "mich" else None,
            at=service.clock(),
        )


def day_of(form: Posted, name: str) -> date:
    """A day that the form must name. Raises UsageError."""
    try:
        return date.fromisoformat(form.text(name))
    except ValueError as error:
        raise UsageError("Bitte einen Tag angeben (JJJJ-MM-TT).") from error
