"""Who I am; users, roles and departments for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.auth import Asking, Changing, Served
from api.routes.common import Id, problems
from api.schemas_office import GrantIo, MeOut, UnitList, UnitOut, UserIn, UserList, UserOut
from archive import people
from archive.model import Grant, Role

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
        return UnitList(items=[UnitOut.of(unit) for unit in people.units(session)])


@router.get("/users", responses=problems())
def list_users(caller: Asking, service: Served) -> UserList:
    """Everyone, with their roles."""
    caller.demand(Role.ADMIN)
    with service.database.read() as session:
        return UserList(items=[UserOut.of(user) for user in people.users(session)])


@router.post("/users", status_code=204, responses=problems(409))
def add_user(body: UserIn, caller: Changing, service: Served) -> Response:
    """Open an account, without password and role."""
    caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.add_user(session, body.id, body.display_name, by=caller.actor, at=service.clock())
    return Response(status_code=204)


@router.post("/users/{user}/disable", status_code=204, responses=problems(404))
def disable_user(user: Id, caller: Changing, service: Served) -> Response:
    """Close an account; its sessions, links and tokens end at once."""
    caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.disable_user(session, user, by=caller.actor, at=service.clock())
    return Response(status_code=204)


@router.post("/users/{user}/roles", status_code=204, responses=problems(404, 409))
def grant_role(user: Id, body: GrantIo, caller: Changing, service: Served) -> Response:
    """Give a role."""
    caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.grant_role(session, user, _grant(body), by=caller.actor, at=service.clock())
    return Response(status_code=204)


@router.post("/users/{user}/roles/revoke", status_code=204, responses=problems(404))
def revoke_role(user: Id, body: GrantIo, caller: Changing, service: Served) -> Response:
    """Take a role away."""
    caller.demand(Role.ADMIN)
    with service.database.write() as session:
        people.revoke_role(session, user, _grant(body), by=caller.actor, at=service.clock())
    return Response(status_code=204)


def _grant(body: GrantIo) -> Grant:
    return Grant(role=body.role, department=body.department or None, stream=body.stream or None)
