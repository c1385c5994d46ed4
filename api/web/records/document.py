"""Dokument: pages with their text, evidence, history, correction, and the check page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from api.content import document_access
from api.content.document_access import View
from api.http.auth import Caller, Served
from api.http.responses import download
from api.service import Service
from api.web.records.quality import check_of, list_at, place_in_list, result_of
from api.web.rendering.forms import Form, Posted, Visitor, back_to
from api.web.rendering.page_frame import show
from archive import access
from archive.file_states import RecordState
from archive.intake import earlier_attempts
from archive.model import Reader, Rendition, RenditionRole
from archive.people import accounts
from archive.views import details, file_details, listing
from config.errors import ConfigError, UsageError
from ingest.acts.efile.documents import CorrectMetadata
from ingest.acts.road.quality import PageLook, RecordLook
from ingest.verification.objects import judge_these
from ocr.recognition.result import PageText
from search.query.parser import parse
from search.snippets import highlights
from signing.conclusions.german_wording import Tone, tone, wording
from signing.report.interface import SignatureReport
from signing.report.json_form import from_json

router = APIRouter(include_in_schema=False)
AT_ONCE = 20  #: pages on one screen
TONES = {Tone.GREEN: "ok", Tone.YELLOW: "warn", Tone.RED: "bad", Tone.NEUTRAL: ""}
TABS = (
    ("seiten", "Seiten"),
    ("text", "Text"),
    ("nachweise", "Nachweise"),
    ("verlauf", "Verlauf"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One page on the screen; ``marks`` are boxes in the page's own points."""

    number: int
    text: str
    width: float
    height: float
    marks: tuple[tuple[float, float, float, float], ...] = ()


@router.get("/dokumente/{document_id}")
def document_page(
    request: Request,
    service: Served,
    caller: Visitor,
    document_id: str,
    ansicht: str = "seiten",
    seite: int = 1,
    suche: str = "",
    von: str = "",
) -> Response:
    view = document_access.view(service, caller, document_id)
    on_list = von == "liste"
    tabs = _tabs(caller.reader, view, on_list=on_list)
    tab = ansicht if ansicht in dict(tabs) else tabs[0][0]
    context: dict[str, Any] = {}
    if tab in ("seiten", "text", "pruefung"):
        context = _pages(service, view, suche, seite, everything=tab == "pruefung")
    elif tab == "nachweise":
        context = {"reports": document_access.reports_of(service, view)}
    elif tab == "verlauf":
        context = _past(service, caller.reader, view)
    if tab == "pruefung" and on_list:
        place = place_in_list(service, caller, view.document)
        back = list_at(view.document, result_of(view.document))
        context |= {"place": place, "back": back, "tabs": tabs}
    return _show(request, service, caller, view, tab, suche=suche, **context)


@router.post("/dokumente/{document_id}/pruefen")
def verify_now(request: Request, service: Served, document_id: str, form: Form) -> Response:
    """Hash and check everything kept of the document, now."""
    caller = form.caller
    view = document_access.view(service, caller, document_id)
    reports = document_access.reports_of(service, view)
    judgement = next(iter(judge_these(service.engines, [document_id])))
    return _show(request, service, caller, view, "nachweise", reports=reports, judgement=judgement)


@router.get("/dokumente/{document_id}/original")
def original(service: Served, caller: Visitor, document_id: str) -> FileResponse:
    kept, path = document_access.take_away(service, caller, document_id, RenditionRole.ORIGINAL)
    return download(path, document_id, kept, "application/octet-stream")


@router.get("/dokumente/{document_id}/dateien/{sha256}")
def source_file(service: Served, caller: Visitor, document_id: str, sha256: str) -> FileResponse:
    """One of the files that the document was made of: as it arrived, handed in later, opened."""
    kept, path = document_access.take_away_file(service, caller, document_id, sha256)
    return download(path, document_id, kept, "application/octet-stream")


@router.get("/dokumente/{document_id}/fassung")
def rendition(service: Served, caller: Visitor, document_id: str) -> FileResponse:
    kept, path = document_access.take_away(service, caller, document_id, RenditionRole.SCAN_PRODUCT)
    return download(path, document_id, kept, "application/pdf")


@router.get("/dokumente/{document_id}/drucken")
def print_page(request: Request, service: Served, caller: Visitor, document_id: str) -> Response:
    view = document_access.opened(service, caller, document_id)
    pages = _pages(service, view, "", 1, everything=True)
    return show(
        request,
        service,
        caller,
        "print.html",
        view=view,
        document=view.document,
        item=view.item,
        sheets=pages["sheets"],
        walks=document_access.is_walking(view.document),
    )


@router.post("/dokumente/{document_id}/angaben")
def correct_metadata(service: Served, document_id: str, form: Form) -> Response:
    revision = form.text("revision")
    if not revision.isascii() or not revision.isdigit():
        raise UsageError("Das Formular ist unvollständig; bitte die Seite neu laden.")
    changes: dict[str, str | date | None] = {
        "title": form.text("title") or None,
        "sender": form.text("sender") or None,
        "letter_date": _date(form.text("letter_date")),
        "received_on": _date(form.text("received_on")),
    }
    remark = form.text("remark")[:1000] or None
    CorrectMetadata(
        document_id=document_id, revision=int(revision[:15]), changes=changes, remark=remark
    ).perform(service, form.caller.acting)
    return back_to(f"/dokumente/{document_id}", "Die Angaben sind berichtigt.")


@router.post("/dokumente/{document_id}/pruefung")
def check_quality(service: Served, document_id: str, form: Form) -> Response:
    with service.database.read() as session:
        document = listing.document_for(session, form.caller.reader, document_id)
    looks = tuple(_looks(form, document.pages or 0))
    place = place_in_list(service, form.caller, document)
    result = RecordLook(document_id=document_id, looks=looks).perform(
        service.engines, form.caller.acting
    )
    word = "bestanden" if result == "passed" else "nicht bestanden"
    told = f"Sichtprüfung {word}; der Vermerk ist ergänzt."
    if form.text("von") != "liste":
        return back_to(f"/dokumente/{document_id}", told)
    named = f"„{document.title or 'Ohne Betreff'}“: {told}"
    if place.following is None:
        return back_to(list_at(document, result_of(document)), named)
    return back_to(check_of(place.following), named)


# ------------------------------------------------------------------ within
def _show(
    request: Request, service: Service, caller: Caller, view: View, tab: str, **context: Any
) -> Response:
    """The document's page with one of its views."""
    with service.database.read() as session:
        units = {unit.id: unit.name for unit in accounts.units(session)}
        suggested = file_details.suggested_for(session, caller.reader, view.document)
    signatures = _signatures(service, view)
    document, item = view.document, view.item
    findings = [
        found
        for found in (*item.findings, *document.findings)
        # What the box on signatures says in full need not be said twice.
        if not signatures or not found.code.startswith("signature.")
    ]
    frame = {
        "view": view,
        "document": document,
        "item": item,
        "tab": tab,
        "tabs": _tabs(caller.reader, view),
        "place": None,
        "unit": units.get(document.department, document.department),
        "signatures": signatures,
        "findings": findings,
        "suche": "",
        "suggested": suggested,
        "walks": document_access.is_walking(document),
        "glass": access.reads_by_glass(caller.reader, document),
        "works": _works(caller.reader, view),
        "final": document.record_state == RecordState.FINAL,
        "stands": _stands(view),
        "judgement": None,
    }
    return show(request, service, caller, "document.html", **(frame | context))


def _stands(view: View) -> bool:
    """Whether its words are no longer changed."""
    return _closed(view) or view.document.record_state == RecordState.FINAL


def _closed(view: View) -> bool:
    """Whether it lies in a closed case or file."""
    return any(each is not None and each.state != "OPEN" for each in (view.file, view.case))


def _works(reader: Reader, view: View) -> bool:
    """Whether the document's place may be changed, and it may be signed off."""
    file, case = view.file, view.case
    return (
        file is not None
        and case is not None
        and file.state == case.state == "OPEN"
        and access.may_work_on_file(reader, file)
    )


def _tabs(reader: Reader, view: View, *, on_list: bool = False) -> list[tuple[str, str]]:
    """``on_list``: on the way through the work list, where what is settled stays to be seen."""
    allowed = {"seiten": view.content, "text": view.content, "nachweise": view.evidence}
    tabs = [tab for tab in TABS if allowed.get(tab[0], True)]
    checks = access.may_check_quality(reader, view.document) and view.content
    if checks and not _closed(view) and (on_list or view.document.qa in ("pending", "failed")):
        tabs.insert(len(tabs) - 1, ("pruefung", "Sichtprüfung"))
    return tabs


def _pages(
    service: Service, view: View, suche: str, seite: int, *, everything: bool
) -> dict[str, Any]:
    texts = {page.number: page for page in document_access.text_of(service, view)}
    total = view.document.pages or len(texts)  # a mail or an office file has text and no pages
    first = 1
    last = total
    if not everything:
        first = max(1, min(seite, max(total, 1)))
        first -= (first - 1) % AT_ONCE
        last = min(total, first + AT_ONCE - 1)
    sheets = [
        _sheet(service, number, texts.get(number), suche) for number in range(first, last + 1)
    ]
    return {"sheets": sheets, "first": first, "last": last, "total": total, "step": AT_ONCE}


def _sheet(service: Service, number: int, page: PageText | None, suche: str) -> Sheet:
    if page is None:
        return Sheet(number=number, text="", width=595.0, height=842.0)
    marks: tuple[tuple[float, float, float, float], ...] = ()
    if suche.strip():
        words = page.words
        hits = highlights([w.text for w in words], parse(suche), service.searching.analyser)
        marks = tuple(words[index].box for index in hits)
    return Sheet(number=number, text=page.text, width=page.width, height=page.height, marks=marks)


def _signatures(service: Service, view: View) -> list[dict[str, Any]]:
    """The newest signature report on each arrival in the clerk's words; of a file that was handed
    in later with its name. None where none was made yet."""
    return [
        {**_signature(service, view, kept), "file": file} for file, kept in view.signature_reports()
    ]


def _signature(service: Service, view: View, kept: Rendition) -> dict[str, Any]:
    try:
        text = service.objects.path(kept.sha256).read_text(encoding="utf-8")
        report: SignatureReport = from_json(text)
    except (ConfigError, UnicodeDecodeError):
        return {
            "tone": "warn",
            "text": "Der Prüfbericht ist nicht lesbar: kein Ergebnis.",
            "list": [],
        }
    return {
        "tone": TONES[tone(report)],
        "text": wording(report),
        "list": [
            {"of": one, "tone": TONES[tone(one)], "text": wording(one)} for one in report.signatures
        ]
        if view.evidence
        else [],
    }


def _past(service: Service, reader: Reader, view: View) -> dict[str, Any]:
    with service.database.read() as session:
        entries = [
            *listing.history(session, reader, view.item.id),
            *listing.history(session, reader, view.document.id),
        ]
        corrections = details.corrections(session, view.document.id) if view.content else ()
        looks = details.qa_looks(session, view.document.id)
        before = [
            each
            for each in earlier_attempts.of_item(session, view.item.id)
            if each.document_id in (None, view.document.id)
        ]
        moves = [entry for entry in entries if entry.action == "REFILED"]
        places = file_details.places_of(
            session, reader, [str(move.detail.get(end)) for move in moves for end in ("from", "to")]
        )
    return {
        "moves": moves,
        "places": places,
        "history": sorted(entries, key=lambda entry: entry.at),
        "corrections": corrections,
        "looks": looks,
        "earlier": before,
    }


def _looks(form: Posted, pages: int) -> Iterable[PageLook]:
    for number in range(1, pages + 1):
        said = form.text(f"ok-{number}")
        if said not in ("ja", "nein"):
            raise UsageError(f"Zu Seite {number} fehlt ein Ja oder Nein.")
        remark = form.text(f"remark-{number}")[:1000]
        if said == "nein" and not remark:
            raise UsageError(f"Zu Seite {number} fehlt, was nicht in Ordnung ist.")
        yield PageLook(page=number, ok=said == "ja", remark=remark)


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError("Ein Datum hat die Form JJJJ-MM-TT.") from error
