"""Cases and parts of files: begun, closed, opened again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.auth import Asking, Changing, Served
from api.http.responses import Id, problems
from api.schemas.common import Reason
from api.schemas.file_work import CaseIn
from api.schemas.files import CaseList, CaseOut
from archive.views import details, listing
from ingest.acts.efile import files

router = APIRouter(tags=["files"])


@router.get("/cases", responses=problems(404))
def list_cases(
    caller: Asking, service: Served, file_id: Annotated[str, Query(max_length=80)]
) -> CaseList:
    """The cases of a file, in their order."""
    with service.database.read() as session:
        found = listing.cases_for(session, caller.reader, file_id)
    return CaseList(items=[CaseOut.of(case) for case in found])


@router.post("/files/{file_id}/cases", status_code=201, responses=problems(404, 409))
def open_case(
    file_id: Id, body: CaseIn, response: Response, caller: Changing, service: Served
) -> CaseOut:
    """Begin a case in an open file."""
    case = files.OpenCase(file_id=file_id, title=body.title, sub_file_id=body.sub_file_id).perform(
        service, caller.acting
    )
    response.headers["Location"] = f"/api/v1/cases/{case.id}"
    return CaseOut.of(case)


@router.get("/cases/{case_id}", responses=problems(404))
def get_case(case_id: Id, caller: Asking, service: Served) -> CaseOut:
    """One case; its documents: `GET /documents?case_id=`."""
    with service.database.read() as session:
        return CaseOut.of(details.case_for(session, caller.reader, case_id))


@router.post("/cases/{case_id}/close", status_code=204, responses=problems(404, 409))
def close_case(case_id: Id, caller: Changing, service: Served) -> Response:
    """Close it; 409 says what is open in it."""
    files.CloseCase(case_id=case_id).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/cases/{case_id}/reopen", status_code=204, responses=problems(404, 409))
def reopen_case(case_id: Id, body: Reason, caller: Changing, service: Served) -> Response:
    """Open it again in an open file."""
    files.ReopenCase(case_id=case_id, reason=body.reason).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/parts/{part_id}/close", status_code=204, responses=problems(404, 409))
def close_part(part_id: Id, caller: Changing, service: Served) -> Response:
    """Close a part of a file with the cases in it."""
    files.CloseSubFile(sub_file_id=part_id).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/parts/{part_id}/reopen", status_code=204, responses=problems(404, 409))
def reopen_part(part_id: Id, body: Reason, caller: Changing, service: Served) -> Response:
    """Open a part again in an open file."""
    command = files.ReopenSubFile(sub_file_id=part_id, reason=body.reason)
    command.perform(service, caller.acting)
    return Response(status_code=204)
