"""Signature checks of a document: what was found, the reports to take away, checking again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.content import signature_reports
from api.content.signature_reports import MEDIA, Form
from api.http.auth import Asking, Changing, Served
from api.http.responses import Id, attached, problems
from api.schemas.signatures import SignatureCheckOut, SignatureChecks

router = APIRouter(tags=["signatures"])
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report.",
        "content": {media: {"schema": {"type": "string"}} for media in MEDIA.values()},
    }
}


@router.get("/documents/{document_id}/signatures", responses=problems(404))
def get_signatures(document_id: Id, caller: Asking, service: Served) -> SignatureChecks:
    """Every signature check of the document's files, the oldest first."""
    found = signature_reports.checks(service, caller, document_id)
    files = found.view.sources
    return SignatureChecks(items=[SignatureCheckOut.of(kept, files) for kept in found.kept])


@router.post("/documents/{document_id}/signatures", status_code=201, responses=problems(404, 409))
def check_again(document_id: Id, caller: Changing, service: Served) -> SignatureCheckOut:
    """Check the original (and what was handed in later) again with today's trust; the reports
    before stay. The answer is the check of the original."""
    signature_reports.check_again(service, caller, document_id)
    found = signature_reports.checks(service, caller, document_id)
    newest = signature_reports.of_the_original(found)[-1]
    return SignatureCheckOut.of(newest, found.view.sources)


@router.get(
    "/documents/{document_id}/signatures/report",
    responses={**problems(404), **_FILES},
    response_class=Response,
)
def get_report(
    document_id: Id,
    caller: Asking,
    service: Served,
    form: Annotated[
        Form, Query(description="JSON as kept, ETSI TS 119 102-2 XML, or the German protocol.")
    ] = Form.JSON,
    version: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Newest of the original if left out.")
    ] = (None),
) -> Response:
    """One report as a file."""
    data, name = signature_reports.take_away(service, caller, document_id, form, version)
    return attached(data, name, MEDIA[form])
