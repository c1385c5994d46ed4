"""The clerk's desk: follow-ups, and documents that may belong elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, Limit, problems
from api.schemas.common import IsoDate
from api.schemas.file_work import (
    FollowUpList,
    FollowUpMove,
    FollowUpOut,
    RefileIn,
    ToPlaceList,
    ToPlaceOut,
)
from archive.desk import follow_ups
from archive.office_calendar import office_date
from archive.views import file_details
from ingest.acts.efile.documents import FinaliseDocument, MoveToFile, RejectSuggestions
from ingest.acts.efile.follow_ups import FinishFollowUp, MoveFollowUp

router = APIRouter(tags=["desk"])


@router.get("/follow-ups", responses=problems())
def list_follow_ups(
    caller: Asking,
    service: Served,
    until: Annotated[IsoDate | None, Query(description="Left out: today.")] = None,
    mine: Annotated[bool, Query(description="For you or your whole department.")] = False,
) -> FollowUpList:
    """What is to be looked at again by a day, soonest first; at most 500."""
    with service.database.read() as session:
        found = follow_ups.to_do(
            session, caller.reader, until=until or office_date(service.clock()), mine=mine
        )
    return FollowUpList(items=[FollowUpOut.of(each) for each in found])


@router.post("/follow-ups/{follow_up_id}/done", status_code=204, responses=problems(404, 409))
def done(follow_up_id: Id, caller: Changing, service: Served) -> Response:
    """It was looked at."""
    FinishFollowUp(follow_up_id=follow_up_id).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/follow-ups/{follow_up_id}/move", status_code=204, responses=problems(404, 409))
def move(follow_up_id: Id, body: FollowUpMove, caller: Changing, service: Served) -> Response:
    """Put it off, or onto another file."""
    MoveFollowUp(follow_up_id=follow_up_id, due=body.due, file_id=body.file_id).perform(
        service, caller.acting
    )
    return Response(status_code=204)


@router.get("/to-place", responses=problems())
def list_to_place(
    caller: Asking, service: Served, cursor: Cursor = None, limit: Limit = 50
) -> ToPlaceList:
    """Documents that name another open file than the one they lie in, newest receipt first. A page
    may be short, even empty, while `next_cursor` says that there is more."""
    with service.database.read() as session:
        page = file_details.to_place(session, caller.reader, cursor=cursor, limit=limit)
    return ToPlaceList(
        items=[ToPlaceOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post("/documents/{document_id}/refile", status_code=204, responses=problems(404, 409))
def refile(document_id: Id, body: RefileIn, caller: Changing, service: Served) -> Response:
    """Put a filed document into another open file of the same department and compartment."""
    MoveToFile(
        document_id=document_id, file_id=body.file_id, reason=body.reason, case_id=body.case_id
    ).perform(service, caller.acting)
    return Response(status_code=204)


@router.post(
    "/documents/{document_id}/suggestions/reject", status_code=204, responses=problems(404, 409)
)
def reject_suggestions(document_id: Id, caller: Changing, service: Served) -> Response:
    """It lies right where it is: nothing is suggested for it any more. It is not signed off."""
    RejectSuggestions(document_id=document_id).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/documents/{document_id}/finalise", status_code=204, responses=problems(404, 409))
def finalise(document_id: Id, caller: Changing, service: Served) -> Response:
    """Sign it off (Schlusszeichnung); its content is frozen from here on."""
    FinaliseDocument(document_id=document_id).perform(service, caller.acting)
    return Response(status_code=204)
