"""Documents: words, pages, text, files, reports, history; correction and quality check."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from api.content import document_access
from api.content.picture_answers import NOT_MODIFIED, picture_answer
from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, Limit, download, problems
from api.schemas.common import (
    Correction,
    DocumentList,
    DocumentOut,
    HistoryList,
    HistoryOut,
    PageTextOut,
    QaIn,
    QaOut,
    RenditionOut,
    ReportList,
    ReportOut,
    TextOut,
)
from archive.model import RenditionRole
from archive.views import listing
from ingest.acts.efile.documents import CorrectMetadata
from ingest.acts.road.quality import PageLook, RecordLook

router = APIRouter(tags=["documents"])
Address = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the file.")]
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file, byte for byte.", "content": {"*/*": _BINARY}}
}
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"description": "PDF/A.", "content": {"application/pdf": _BINARY}}
}
_PNG: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page.", "content": {"image/png": _BINARY}},
    **NOT_MODIFIED,
}


@router.get("/documents", responses=problems())
def list_documents(
    caller: Asking,
    service: Served,
    file_id: Annotated[str | None, Query(max_length=80)] = None,
    case_id: Annotated[str | None, Query(max_length=80)] = None,
    qa: Annotated[str | None, Query(pattern="^(pending|passed|failed)$")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DocumentList:
    """Filed documents that you may read, newest receipt first."""
    with service.database.read() as session:
        page = listing.documents_for(
            session,
            caller.reader,
            file_id=file_id,
            case_id=case_id,
            qa=qa,
            cursor=cursor,
            limit=limit,
        )
    return DocumentList(
        total=page.total or 0,
        items=[DocumentOut.of(document) for document in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/documents/{document_id}", responses=problems(404))
def get_document(document_id: Id, caller: Asking, service: Served) -> DocumentOut:
    """One document."""
    return DocumentOut.of_view(document_access.view(service, caller, document_id))


@router.get(
    "/documents/{document_id}/pages/{number}",
    responses={**problems(404), **_PNG},
    response_class=Response,
)
def get_page(
    request: Request,
    document_id: Id,
    number: int,
    caller: Asking,
    service: Served,
    width: Annotated[int, Query(ge=1, le=1800, description="Pixels, rounded up to a step.")] = 1240,
) -> Response:
    """One page as PNG, counted from 1."""
    shown = document_access.page_of(service, caller, document_id, number, width)
    return picture_answer(request, service, shown)


@router.get("/documents/{document_id}/text", responses=problems(404))
def get_text(document_id: Id, caller: Asking, service: Served) -> TextOut:
    """What was recognised, page by page; no pages where nothing was yet."""
    view = document_access.opened(service, caller, document_id)
    return TextOut(
        document_id=document_id,
        pages=[
            PageTextOut(
                number=page.number,
                text=page.text,
                source=page.source,
                confidence=page.confidence,
            )
            for page in document_access.text_of(service, view)
        ],
    )


@router.get(
    "/documents/{document_id}/original",
    responses={**problems(404), **_FILE},
    response_class=FileResponse,
)
def get_original(document_id: Id, caller: Asking, service: Served) -> FileResponse:
    """The file as it arrived, byte for byte; noted in the trail."""
    kept, path = document_access.take_away(service, caller, document_id, RenditionRole.ORIGINAL)
    return download(path, document_id, kept, "application/octet-stream")


@router.get(
    "/documents/{document_id}/files/{sha256}",
    responses={**problems(404), **_FILE},
    response_class=FileResponse,
)
def get_source_file(
    document_id: Id, sha256: Address, caller: Asking, service: Served
) -> FileResponse:
    """One of the files that the document was made of, by its address: the original, one that was
    handed in later, a copy opened with a password; noted in the trail."""
    kept, path = document_access.take_away_file(service, caller, document_id, sha256)
    return download(path, document_id, kept, "application/octet-stream")


@router.get(
    "/documents/{document_id}/rendition",
    responses={**problems(404), **_PDF},
    response_class=FileResponse,
)
def get_rendition(document_id: Id, caller: Asking, service: Served) -> FileResponse:
    """The sealed, searchable PDF/A; noted in the trail. 404 where the original stands alone."""
    kept, path = document_access.take_away(service, caller, document_id, RenditionRole.SCAN_PRODUCT)
    return download(path, document_id, kept, "application/pdf")


@router.get("/documents/{document_id}/reports", responses=problems(404))
def get_reports(document_id: Id, caller: Asking, service: Served) -> ReportList:
    """Signature report, PDF/A report and transfer notes as they were kept."""
    found = document_access.reports(service, caller, document_id)
    shown = set(ReportOut.model_fields) - {"content"}
    return ReportList(
        items=[
            ReportOut(**RenditionOut.of(kept).model_dump(include=shown), content=content)
            for kept, content in found
        ]
    )


@router.get("/documents/{document_id}/history", responses=problems(404))
def get_history(document_id: Id, caller: Asking, service: Served) -> HistoryList:
    """What happened to it, oldest first."""
    entries = document_access.history(service, caller, document_id)
    return HistoryList(items=[HistoryOut.of(entry) for entry in entries])


@router.patch("/documents/{document_id}", responses=problems(404, 409))
def patch_document(
    document_id: Id, body: Correction, caller: Changing, service: Served
) -> DocumentOut:
    """Correct title, sender or dates; old values stay in the history."""
    changes = {name: getattr(body, name) for name in body.model_fields_set - {"revision", "remark"}}
    CorrectMetadata(
        document_id=document_id, revision=body.revision, changes=changes, remark=body.remark
    ).perform(service, caller.acting)
    return DocumentOut.of_view(document_access.view(service, caller, document_id))


@router.post("/documents/{document_id}/qa", responses=problems(404, 409))
def post_qa(document_id: Id, body: QaIn, caller: Changing, service: Served) -> QaOut:
    """The result of a look at every page."""
    looks = tuple(PageLook(page=look.page, ok=look.ok, remark=look.remark) for look in body.pages)
    result = RecordLook(document_id=document_id, looks=looks).perform(
        service.engines, caller.acting
    )
    return QaOut(result="passed" if result == "passed" else "failed")
