"""Break-glass, closed compartments, resolved pseudonyms: each with its second person."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.auth import Asking, Changing, Served
from api.http.responses import Id, problems
from api.routes.people.granting import WAITING, given
from api.schemas.confidential import (
    CompartmentList,
    CompartmentOut,
    GlassIn,
    GlassList,
    GlassOut,
    GlassReviews,
    GlassToReview,
    MemberIn,
    MemberOut,
    ReadingOut,
    ResolutionList,
    ResolutionOut,
    ResolvedOut,
    ResolveIn,
    ReviewIn,
)
from archive.people import break_glass, pseudonym_resolutions
from archive.views.confidential import all_compartments, glass_to_review
from ingest.acts.people.confidential import (
    BreakGlass,
    EndBreakGlass,
    JudgeBreakGlass,
    JudgeResolution,
    RemoveMember,
    ResolvePseudonym,
)
from ingest.acts.people.rights import AdmitMember

router = APIRouter(tags=["confidential"])


# ------------------------------------------------------------------ break-glass
@router.get("/break-glass", responses=problems())
def list_open(caller: Asking, service: Served) -> GlassList:
    """What is open to you now by break-glass."""
    with service.database.read() as session:
        found = break_glass.of_reader(session, caller.reader, at=service.clock())
    return GlassList(items=[GlassOut.of(glass) for glass in found])


@router.post("/break-glass", status_code=201, responses=problems(404))
def break_it(body: GlassIn, caller: Changing, service: Served) -> GlassOut:
    """Open a closed file for reading, in a session of your own (403 for programs). Every try is in
    the trail; 404 says no more than that there is none for you."""
    command = BreakGlass(file_mark=body.file_mark, reason=body.reason, minutes=body.minutes)
    return GlassOut.of(command.perform(service, caller.acting))


@router.post("/break-glass/{glass_id}/end", status_code=204, responses=problems(404))
def end(glass_id: Id, caller: Changing, service: Served) -> Response:
    """Close it before its time."""
    EndBreakGlass(glass_id=glass_id).perform(service, caller.acting)
    return Response(status_code=204)


@router.get("/break-glass/reviews", responses=problems())
def list_reviews(caller: Asking, service: Served) -> GlassReviews:
    """Accesses of others that you judge as the second person, oldest first."""
    with service.database.read() as session:
        found = glass_to_review(session, caller.reader)
    return GlassReviews(
        items=[
            GlassToReview(
                access=GlassOut.of(each.glass),
                readings=[ReadingOut.of(reading) for reading in each.readings],
            )
            for each in found
        ]
    )


@router.post("/break-glass/{glass_id}/review", status_code=204, responses=problems(404, 409))
def review(glass_id: Id, body: ReviewIn, caller: Changing, service: Served) -> Response:
    """Say whether it was justified; what was not ends at once."""
    command = JudgeBreakGlass(glass_id=glass_id, justified=body.justified, remark=body.remark)
    command.perform(service, caller.acting)
    return Response(status_code=204)


# ------------------------------------------------------------------ compartments
@router.get("/compartments", responses=problems())
def list_compartments(caller: Asking, service: Served) -> CompartmentList:
    """The closed compartments and who is let in, for administrators and auditors of the whole house."""
    with service.database.read() as session:
        found = all_compartments(session, caller.reader)
    return CompartmentList(
        items=[
            CompartmentOut(
                id=each.id,
                within=each.within,
                members=[MemberOut.of(member) for member in each.members],
            )
            for each in found
        ]
    )


@router.post(
    "/compartments/{name}/members", status_code=204, responses={**problems(404, 409), **WAITING}
)
def let_in(name: Id, body: MemberIn, caller: Changing, service: Served) -> Response:
    """Open a compartment to somebody else, for a purpose; `202` where a second person has to confirm
    it first."""
    command = AdmitMember(compartment=name, user=body.user, purpose=body.purpose)
    return given(command.perform(service, caller.acting))


@router.post("/compartments/{name}/members/{user}/remove", status_code=204, responses=problems(404))
def put_out(name: Id, user: Id, caller: Changing, service: Served) -> Response:
    """Close it to them again."""
    RemoveMember(compartment=name, user=user).perform(service, caller.acting)
    return Response(status_code=204)


# ------------------------------------------------------------------ pseudonyms
@router.post("/pseudonyms/resolve", responses=problems(404))
def resolve(body: ResolveIn, caller: Changing, service: Served) -> ResolvedOut:
    """Who stands behind a pseudonym of the transfer notes, for a `privacy_resolver` in a session of
    their own; a second person is shown it."""
    command = ResolvePseudonym(pseudonym=body.pseudonym, reason=body.reason)
    name = command.perform(service, caller.acting)
    return ResolvedOut(pseudonym=body.pseudonym, real_name=name)


@router.get("/pseudonyms/resolutions", responses=problems())
def list_own(caller: Asking, service: Served) -> ResolutionList:
    """Your own resolutions, newest first, without the names."""
    with service.database.read() as session:
        found = pseudonym_resolutions.of_reader(session, caller.reader)
    return ResolutionList(items=[ResolutionOut.of(each) for each in found])


@router.get("/pseudonyms/reviews", responses=problems())
def list_resolutions(caller: Asking, service: Served) -> ResolutionList:
    """Resolutions of others that you judge as the second person, oldest first."""
    with service.database.read() as session:
        found = pseudonym_resolutions.to_review(session, caller.reader)
    return ResolutionList(items=[ResolutionOut.of(each) for each in found])


@router.post(
    "/pseudonyms/resolutions/{resolution_id}/review",
    status_code=204,
    responses=problems(404, 409),
)
def review_resolution(
    resolution_id: Id, body: ReviewIn, caller: Changing, service: Served
) -> Response:
    """Say whether it was justified."""
    command = JudgeResolution(
        resolution_id=resolution_id, justified=body.justified, remark=body.remark
    )
    command.perform(service, caller.acting)
    return Response(status_code=204)
