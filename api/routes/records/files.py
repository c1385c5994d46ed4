"""E-files: begun, worked on, closed, opened again, handed out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.content.bound_download import hand_out
from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, Limit, problems
from api.schemas.common import Reason
from api.schemas.file_work import (
    FileIn,
    FinalisedOut,
    FollowUpIn,
    FollowUpList,
    FollowUpOut,
    RecordChangeList,
    RecordChangeOut,
    SubFileIn,
    SubFileList,
    SubFileOut,
)
from api.schemas.files import FileList, FileOut
from archive.desk import follow_ups
from archive.efile import change_history
from archive.views import details, listing
from ingest.acts.efile import files
from ingest.acts.efile.follow_ups import SetFollowUp

router = APIRouter(tags=["files"])
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "One paginated PDF/A with a table of contents.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("/files", responses=problems())
def list_files(
    caller: Asking,
    service: Served,
    plan_unit: Annotated[str | None, Query(max_length=80)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> FileList:
    """The files of your departments, newest first."""
    with service.database.read() as session:
        page = listing.files_for(
            session, caller.reader, plan_unit=plan_unit, cursor=cursor, limit=limit
        )
    return FileList(
        total=page.total or 0,
        items=[FileOut.of(file) for file in page.items],
        next_cursor=page.next_cursor,
    )


@router.post("/files", status_code=201, responses=problems(404, 409))
def open_file(body: FileIn, response: Response, caller: Changing, service: Served) -> FileOut:
    """Begin a file in a unit of the plan; its mark is given here."""
    file = files.OpenFile(
        plan_unit=body.plan_unit, subject=body.subject, department=body.department
    ).perform(service, caller.acting)
    response.headers["Location"] = f"/api/v1/files/{file.id}"
    return FileOut.of(file)


@router.get("/files/{file_id}", responses=problems(404))
def get_file(file_id: Id, caller: Asking, service: Served) -> FileOut:
    """One file."""
    with service.database.read() as session:
        return FileOut.of(listing.file_for(session, caller.reader, file_id))


@router.get("/files/{file_id}/history", responses=problems(404))
def get_history(file_id: Id, caller: Asking, service: Served) -> RecordChangeList:
    """What was changed of it and in it, oldest first."""
    with service.database.read() as session:
        found = change_history.of_file(session, caller.reader, file_id)
    return RecordChangeList(items=[RecordChangeOut.of(change) for change in found])


@router.post("/files/{file_id}/finalise", responses=problems(404, 409))
def finalise(file_id: Id, caller: Changing, service: Served) -> FinalisedOut:
    """Sign off every document of it that is not final yet (Schlusszeichnung)."""
    count = files.FinaliseFile(file_id=file_id).perform(service, caller.acting)
    return FinalisedOut(documents=count)


@router.post("/files/{file_id}/close", responses=problems(404, 409))
def close_file(file_id: Id, caller: Changing, service: Served) -> FileOut:
    """zdA: closes its cases and parts too, and fixes the end of retention. 409 says what is open."""
    return FileOut.of(files.CloseFile(file_id=file_id).perform(service, caller.acting))


@router.post("/files/{file_id}/reopen", responses=problems(404, 409))
def reopen_file(file_id: Id, body: Reason, caller: Changing, service: Served) -> FileOut:
    """Open it again, as a records manager who did not close it."""
    command = files.ReopenFile(file_id=file_id, reason=body.reason)
    return FileOut.of(command.perform(service, caller.acting))


@router.post("/files/{file_id}/retention", responses=problems(404, 409))
def recompute_retention(file_id: Id, body: Reason, caller: Changing, service: Served) -> FileOut:
    """Take over what the file plan says now into a closed file."""
    command = files.RecomputeRetention(file_id=file_id, reason=body.reason)
    return FileOut.of(command.perform(service, caller.acting))


@router.post(
    "/files/{file_id}/export", responses={**problems(404), **_PDF}, response_class=StreamingResponse
)
def export(request: Request, file_id: Id, caller: Changing, service: Served) -> StreamingResponse:
    """The whole file as one PDF/A; noted in the trail. 503: others are being made, try again."""
    return hand_out(request, service, caller, file_id)


# ------------------------------------------------------------------ parts and follow-ups
@router.get("/files/{file_id}/parts", responses=problems(404))
def list_parts(file_id: Id, caller: Asking, service: Served) -> SubFileList:
    """Its parts (Teilakten), in their order."""
    with service.database.read() as session:
        listing.file_for(session, caller.reader, file_id)
        found = details.sub_files_of(session, caller.reader, file_id)
    return SubFileList(items=[SubFileOut.of(part) for part in found])


@router.post("/files/{file_id}/parts", status_code=201, responses=problems(404, 409))
def open_part(file_id: Id, body: SubFileIn, caller: Changing, service: Served) -> SubFileOut:
    """Begin a part."""
    command = files.OpenSubFile(file_id=file_id, title=body.title)
    return SubFileOut.of(command.perform(service, caller.acting))


@router.get("/files/{file_id}/follow-ups", responses=problems(404))
def list_follow_ups(file_id: Id, caller: Asking, service: Served) -> FollowUpList:
    """Its follow-ups, done ones too, by their day."""
    with service.database.read() as session:
        listing.file_for(session, caller.reader, file_id)
        found = follow_ups.of_file(session, caller.reader, file_id)
    return FollowUpList(items=[FollowUpOut.of(each) for each in found])


@router.post("/files/{file_id}/follow-ups", status_code=201, responses=problems(404, 409))
def add_follow_up(file_id: Id, body: FollowUpIn, caller: Changing, service: Served) -> FollowUpOut:
    """Note that it is to be looked at again (Wiedervorlage)."""
    made = SetFollowUp(
        file_id=file_id,
        due=body.due,
        reason=body.reason,
        case_id=body.case_id,
        for_user=body.for_user,
    ).perform(service, caller.acting)
    return FollowUpOut.of(made)
