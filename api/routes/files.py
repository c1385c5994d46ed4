"""E-files and their cases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Asking, Served
from api.routes.common import Cursor, Id, Limit, problems
from api.schemas_files import CaseList, CaseOut, FileList, FileOut
from archive import listing

router = APIRouter(tags=["files"])


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


@router.get("/files/{file_id}", responses=problems(404))
def get_file(file_id: Id, caller: Asking, service: Served) -> FileOut:
    """One file."""
    with service.database.read() as session:
        return FileOut.of(listing.file_for(session, caller.reader, file_id))


@router.get("/cases", responses=problems(404))
def list_cases(
    caller: Asking, service: Served, file_id: Annotated[str, Query(max_length=80)]
) -> CaseList:
    """The cases of a file, in their order."""
    with service.database.read() as session:
        found = listing.cases_for(session, caller.reader, file_id)
    return CaseList(items=[CaseOut.of(case) for case in found])
