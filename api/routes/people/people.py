"""Who I am; users, roles and departments for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.http.auth import Asking, Changing, Served
from api.http.responses import Id, problems
from api.routes.people.granting import WAITING, given
from api.schemas.administration import GrantIo, MeOut, UnitList, UnitOut, UserIn, UserList, UserOut
from api.schemas.granting import GrantIn
from archive.model import Grant
from archive.people import accounts
from archive.views.people import people_of
from ingest.acts.people.accounts import AddUser, DisableUser, EnableUser
from ingest.acts.people.rights import GrantRole, RevokeRole

router = APIRouter(tags=["people"])


@router.get("/me", responses=problems())
def me(caller: Asking) -> MeOut:
    """As whom you act, and with which rights."""
    return MeOut(
        user=caller.reader.user,
        grants=[
            GrantIo(role=grant.role, department=grant.department, stream=grant.stream)
            for grant in sorted(caller.reader.grants, key=repr)
        ],
        compartments=sorted(caller.reader.compartments),
    )


@router.get("/units", responses=problems())
def list_units(_caller: Asking, service: Served) -> UnitList:
    """The departments."""
    with service.database.read() as session:
        return UnitList(items=[UnitOut.of(unit) for unit in accounts.units(session)])


@router.get("/users", responses=problems())
def list_users(caller: Asking, service: Served) -> UserList:
    """Everyone whose rights lie within your own scope as an administrator, with their roles."""
    with service.database.read() as session:
        found = people_of(session, caller.reader)
    return UserList(items=[UserOut.of(user) for user in found])


@router.post("/users", status_code=204, responses=problems(409))
def add_user(body: UserIn, caller: Changing, service: Served) -> Response:
    """Open an account, without password and role; for administrators of the whole house."""
    AddUser(user=body.id, name=body.display_name).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/users/{user}/disable", status_code=204, responses=problems(404))
def disable_user(user: Id, caller: Changing, service: Served) -> Response:
    """Close an account of somebody else; its sessions, links and tokens end at once."""
    DisableUser(user=user).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/users/{user}/enable", status_code=204, responses=problems(404))
def enable_user(user: Id, caller: Changing, service: Served) -> Response:
    """Open a closed account again; it signs in by a new link or its password."""
    EnableUser(user=user).perform(service, caller.acting)
    return Response(status_code=204)


@router.post("/users/{user}/roles", status_code=204, responses={**problems(404, 409), **WAITING})
def grant_role(user: Id, body: GrantIn, caller: Changing, service: Served) -> Response:
    """Give a role for a department, for a stream, or in so many words (`everywhere`) for the whole
    house; `202` where a second person has to confirm it first."""
    return given(GrantRole(user=user, grant=body.grant()).perform(service, caller.acting))


@router.post("/users/{user}/roles/revoke", status_code=204, responses=problems(404))
def revoke_role(user: Id, body: GrantIo, caller: Changing, service: Served) -> Response:
    """Take a role away, just as it was given."""
    grant = Grant(role=body.role, department=body.department or None, stream=body.stream or None)
    RevokeRole(user=user, grant=grant).perform(service, caller.acting)
    return Response(status_code=204)
