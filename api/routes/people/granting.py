"""Rights that were asked for or given, and the second person's word on them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from api.http.auth import Asking, Changing, Served
from api.http.responses import Id, problems
from api.sample.county import sign_in_address
from api.schemas.confidential import ReviewIn
from api.schemas.granting import (
    Confirmed,
    GrantRequestOut,
    GrantRequests,
    OwnGrants,
    RefusalIn,
    Waiting,
)
from archive.people import grant_lists
from archive.people.grant_requests import Given
from archive.views.rights import rights
from ingest.acts.people.rights import ConfirmRequest, JudgeRequest, RefuseRequest

router = APIRouter(tags=["rights"])
#: the other answer of what may need a second person
WAITING: dict[int | str, dict[str, Any]] = {
    202: {"model": Waiting, "description": "Asked for; a second person has to confirm it."}
}


def given(what: Given) -> Response:
    """`204` where it acts, `202` with the request where it waits."""
    if what.waiting is None:
        return Response(status_code=204)
    return JSONResponse(Waiting(request=what.waiting).model_dump(), 202)


@router.get("/grant-requests", responses=problems())
def list_requests(caller: Asking, service: Served) -> GrantRequests:
    """What waits for a second person, and what was given, within your scope as an administrator or
    auditor."""
    with service.database.read() as session:
        found = rights(session, caller.reader, at=service.clock())
    return GrantRequests(
        open=[GrantRequestOut.of(each) for each in found.open],
        reviews=[GrantRequestOut.of(each) for each in found.reviews],
        latest=[GrantRequestOut.of(each) for each in found.latest],
    )


@router.get("/grant-requests/mine", responses=problems())
def list_own(caller: Asking, service: Served) -> OwnGrants:
    """What was given to you, newest first."""
    with service.database.read() as session:
        found = grant_lists.of_reader(session, caller.reader)
    return OwnGrants(items=[GrantRequestOut.of(each) for each in found])


@router.post("/grant-requests/{request_id}/confirm", responses=problems(404, 409))
def confirm(request_id: Id, caller: Changing, service: Served) -> Confirmed:
    """Give what another administrator asked for, in a session of your own (403 for programs, for who
    asked and for whom it is)."""
    done = ConfirmRequest(request=request_id).perform(service, caller.acting)
    address = None if done.link is None else sign_in_address(service.settings.public_url, done.link)
    return Confirmed(link=address)


@router.post("/grant-requests/{request_id}/refuse", status_code=204, responses=problems(404, 409))
def refuse(request_id: Id, body: RefusalIn, caller: Changing, service: Served) -> Response:
    """Say no to it, with a remark; who asked takes it back."""
    command = RefuseRequest(request=request_id, remark=body.remark)
    command.perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/grant-requests/{request_id}/review", status_code=204, responses=problems(404, 409))
def review(request_id: Id, body: ReviewIn, caller: Changing, service: Served) -> Response:
    """Say whether what acted at once was justified; what was not ends with that."""
    command = JudgeRequest(request=request_id, justified=body.justified, remark=body.remark)
    command.perform(service, caller.acting)
    return Response(status_code=204)
