"""Sichtprüfung: the work list of documents whose pages a person compares with the paper."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.service import Service
from api.web.rendering.forms import Visitor
from api.web.rendering.page_frame import QUALITY, show
from archive.model import Document
from archive.views import quality_work
from archive.views.quality_work import Place

router = APIRouter(include_in_schema=False)
RESULTS = (("pending", "Noch nicht geprüft"), ("failed", "Nicht bestanden"))
AT_ONCE = 50


@router.get(QUALITY)
def quality_page(
    request: Request,
    service: Served,
    caller: Visitor,
    stand: str = "pending",
    ab: str = "",
    bis: str = "",
    bei: str = "",
) -> Response:
    """From the place ``ab`` on, or what lies before ``bis``; ``bei`` marks the document that the
    reader comes from."""
    result = stand if stand in quality_work.RESULTS else "pending"
    with service.database.read() as session:
        work = quality_work.to_check(
            session, caller.reader, result=result, begin=ab, end=bis, limit=AT_ONCE
        )
    return show(
        request,
        service,
        caller,
        "quality.html",
        work=work,
        result=result,
        results=RESULTS,
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


def list_at(document: Document, result: str) -> str:
    """The list from where the document stands in it, or stood."""
    begin = quote(quality_work.place_mark(document))
    return f"{QUALITY}?stand={result}&ab={begin}&bei={document.id}#d-{document.id}"
