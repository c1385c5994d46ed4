"""Sichtprüfung: the work list of documents whose pages a person compares with the paper."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Caller, Served
from api.service import Service
from api.web.forms import Visitor
from api.web.show import QUALITY, show
from archive import quality_work
from archive.model import Document
from archive.quality_work import Place

router = APIRouter(include_in_schema=False)
RESULTS = (("pending", "Noch nicht geprüft"), ("failed", "Nicht bestanden"))
AT_ONCE = 50


@router.get(QUALITY)
def quality_page(
    request: Request,
    service: Served,
    caller: Visitor,
    stand: str = "pending",
    ab: int = 1,
    bei: str = "",
) -> Response:
    """From place ``ab`` on; ``bei`` marks the document that the reader comes from."""
    result = stand if stand in quality_work.RESULTS else "pending"
    with service.database.read() as session:
        work = quality_work.to_check(
            session, caller.reader, result=result, first=max(1, min(ab, 10**6)), limit=AT_ONCE
        )
    last = work.first + len(work.documents) - 1
    return show(
        request,
        service,
        caller,
        "quality.html",
        work=work,
        last=last,
        result=result,
        results=RESULTS,
        before=max(1, work.first - AT_ONCE) if work.first > 1 else None,
        after=last + 1 if work.documents and last < work.total else None,
        marked=bei,
    )


def place_in_list(service: Service, caller: Caller, document: Document) -> Place:
    """Where the document stands in the caller's list of its own result."""
    with service.database.read() as session:
        return quality_work.place_of(session, caller.reader, document, result=result_of(document))


def result_of(document: Document) -> str:
    """The list that the document belongs to, or belonged to."""
    return "failed" if document.qa == "failed" else "pending"


def check_of(document_id: str) -> str:
    """The page on which a document is checked on the way through the list."""
    return f"/dokumente/{document_id}?ansicht=pruefung&von=liste"


def list_at(place: Place, document_id: str, result: str) -> str:
    """The list where the document stands in it, or stood."""
    start = (place.number - 1) // AT_ONCE * AT_ONCE + 1
    return f"{QUALITY}?stand={result}&ab={start}&bei={document_id}#d-{document_id}"
