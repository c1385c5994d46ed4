"""Signaturen eines Dokuments: every check, each signature with its reasons, reports to take away."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.content import signature_reports
from api.content.signature_reports import MEDIA, Checks, Kept
from api.content.signature_reports import Form as ReportForm
from api.http.auth import Served
from api.http.responses import attached
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import show
from archive.intake.sources import Sources
from config.errors import NotFound
from ingest.road.verifying import which
from signing.report.interface import SignatureResult, Tone, tone, wording
from signing.report.legal_statements import KINDS, of_the_file, of_the_law, of_the_signature

router = APIRouter(include_in_schema=False)
TONES = {Tone.GREEN: "ok", Tone.YELLOW: "warn", Tone.RED: "bad", Tone.NEUTRAL: ""}
UNREADABLE = "Der Prüfbericht ist nicht lesbar: kein Ergebnis."
FORMS = {form.value: form for form in ReportForm}


@router.get("/dokumente/{document_id}/signaturen")
def signatures_page(
    request: Request, service: Served, caller: Visitor, document_id: str, fassung: str = ""
) -> Response:
    """The newest check of the original, or the one that ``fassung`` names."""
    found = signature_reports.checks(service, caller, document_id)
    chosen = _chosen(found, fassung)
    files = found.view.sources
    return show(
        request,
        service,
        caller,
        "signatures.html",
        view=found.view,
        document=found.view.document,
        item=found.view.item,
        checks=[_line(kept, files) for kept in reversed(found.kept)],
        chosen=None if chosen is None else _whole(chosen, files),
        several=bool(files.supplements),
        pages=found.view.content,
    )


@router.post("/dokumente/{document_id}/signaturen")
def check_again(service: Served, document_id: str, form: Form) -> Response:
    """A new report beside the old ones."""
    checks = signature_reports.check_again(service, form.caller, document_id)
    told = " ".join(
        f"{which(each)}: {wording(each.report)}" if len(checks) > 1 else wording(each.report)
        for each in checks
    )
    return back_to(f"/dokumente/{document_id}/signaturen", f"Neu geprüft: {told}")


@router.get("/dokumente/{document_id}/signaturen/bericht")
def report_file(
    service: Served, caller: Visitor, document_id: str, art: str = "pdf", fassung: str = ""
) -> Response:
    """A report as JSON, XML or protocol."""
    version = int(fassung) if _is_number(fassung) else None
    if art not in FORMS or (fassung and version is None):
        signature_reports.checks(service, caller, document_id)
        raise NotFound(f"{document_id} hat keinen solchen Prüfbericht.")
    form = FORMS[art]
    data, name = signature_reports.take_away(service, caller, document_id, form, version)
    return attached(data, name, MEDIA[form])


def _chosen(found: Checks, fassung: str) -> Kept | None:
    if not fassung:
        originals = signature_reports.of_the_original(found)
        return originals[-1] if originals else None
    for one in found.kept:
        if _is_number(fassung) and one.rendition.version == int(fassung):
            return one
    raise NotFound("Diesen Prüfbericht gibt es nicht.")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _line(kept: Kept, files: Sources) -> dict[str, Any]:
    """One check in the list of all."""
    about = {
        "version": kept.rendition.version,
        "file": signature_reports.file_of(kept, files),
    }
    if kept.report is None:
        return {**about, "at": None, "tone": "warn", "text": UNREADABLE}
    return {
        **about,
        "at": kept.report.validation_time,
        "tone": TONES[tone(kept.report)],
        "text": wording(kept.report),
    }


def _whole(kept: Kept, files: Sources) -> dict[str, Any]:
    """One check with everything in it."""
    line = _line(kept, files)
    if kept.report is None:
        return {**line, "facts": (), "warnings": (), "signatures": []}
    return {
        **line,
        "facts": of_the_file(kept.report),
        "warnings": kept.report.warnings,
        "signatures": [_signature(one) for one in kept.report.signatures],
    }


def _signature(one: SignatureResult) -> dict[str, Any]:
    return {
        "kind": KINDS[one.kind],
        "name": one.signer or "Ohne Namen",
        "tone": TONES[tone(one)],
        "text": wording(one),
        "law": of_the_law(one),
        "facts": of_the_signature(one),
    }
