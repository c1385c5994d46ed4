"""``registratur user``: people, roles, one-time links and tokens, by the machine's operator."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import (
    ConfigOption,
    JsonOption,
    operator,
    perform,
    say,
    settings_of,
    tell,
)
from archive.model import WHOLE, Grant, Role
from config.clock import now
from config.errors import UsageError

if TYPE_CHECKING:
    from archive.people.accounts import User
    from archive.people.grant_records import GrantRequest

user = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Nutzer, Rollen, Einmal-Links und Schlüssel."
)
Name = Annotated[str, typer.Argument(help="Anmeldename.")]


@user.command("list")
def list_users(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Nutzer mit ihren Rollen zeigen."""
    settings = settings_of(config)
    from archive.db.database import Database
    from archive.people import accounts

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            found = accounts.users(session)
    finally:
        database.close()
    if as_json:
        say([_row(one) for one in found])
        return
    width = max((len(one.id) for one in found), default=0)
    for one in found:
        tell(f"{one.id:<{width}}  {_standing(one)}")


def _row(one: User) -> dict[str, Any]:
    return {
        "name": one.id,
        "display_name": one.display_name,
        "disabled": one.disabled,
        "has_password": one.has_password,
        "roles": [
            {"role": grant.role, "department": grant.department, "stream": grant.stream}
            for grant in one.grants
        ],
        "compartments": list(one.compartments),
        "created_at": one.created_at.isoformat(),
    }


def _standing(one: User) -> str:
    """Name, roles and whether it is disabled, in words."""
    from api.web.rendering.labels import ROLES

    roles = [f"{ROLES[grant.role]} ({_reach(grant)})" for grant in one.grants]
    marks = [*roles, *(f"Bereich {name}" for name in one.compartments)] or ["ohne Rolle"]
    return f"{one.display_name}: {', '.join(marks)}" + ("  GESPERRT" if one.disabled else "")


def _reach(grant: Grant) -> str:
    """How far a role reaches; "everywhere" is said like any other answer."""
    parts = [grant.department, f"Strom {grant.stream}" if grant.stream else None]
    return ", ".join(part for part in parts if part) or "ganzes Haus"


@user.command()
def add(
    name: Name,
    display: Annotated[str | None, typer.Option(help="Angezeigter Name.")] = None,
    config: ConfigOption = None,
) -> None:
    """Nutzer anlegen (ohne Kennwort; die erste Anmeldung geht mit „link“)."""
    settings = settings_of(config)
    from ingest.acts.people.accounts import AddUser

    perform(settings, AddUser(user=name, name=display or name))
    tell(f"{name} angelegt")


@user.command()
def disable(name: Name, config: ConfigOption = None) -> None:
    """Nutzer sperren; Sitzungen und Schlüssel enden sofort."""
    settings = settings_of(config)
    from ingest.acts.people.accounts import DisableUser

    perform(settings, DisableUser(user=name))
    tell(f"{name} gesperrt")


@user.command()
def role(
    name: Name,
    which: Annotated[Role, typer.Argument(metavar="ROLLE")],
    department: Annotated[str | None, typer.Option(help="Nur für diese Abteilung.")] = None,
    stream: Annotated[str | None, typer.Option(help="Nur für diesen Eingangsstrom.")] = None,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Für das ganze Haus: alle Abteilungen und Ströme.")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Entziehen statt geben.")] = False,
    config: ConfigOption = None,
) -> None:
    """Rolle geben oder entziehen. Geben gilt sofort, wird gemeldet und nachträglich geprüft."""
    grant = Grant(role=which, department=department or None, stream=stream or None)
    if everywhere != (grant.scope == WHOLE) and not (revoke and grant.scope == WHOLE):
        raise UsageError(
            "Bitte sagen, wofür die Rolle gilt: --department, --stream oder beides, "
            "oder --all für das ganze Haus."
        )
    settings = settings_of(config)
    from ingest.acts.people.rights import GrantRole, RevokeRole

    if revoke:
        perform(settings, RevokeRole(user=name, grant=grant))
    else:
        perform(settings, GrantRole(user=name, grant=grant))
    tell(f"{name}: {which} {'entzogen' if revoke else 'gegeben'}")


@user.command()
def requests(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Rechte zeigen, die auf eine zweite Person warten, und die jüngsten anderen."""
    settings = settings_of(config)
    from archive.db.database import Database
    from archive.people import grant_lists
    from ingest.acts import acting

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            as_operator = acting.operator(operator()).reader
            waiting = grant_lists.open_requests(session, as_operator, at=now())
            latest = grant_lists.latest(session, as_operator, at=now())
    finally:
        database.close()
    if as_json:
        say({"open": list(map(asdict, waiting)), "latest": list(map(asdict, latest))})
        return
    tell(f"{len(waiting)} zu bestätigen")
    for one in waiting:
        tell(f"  {_request_line(one)}, verfällt {one.expires_at:%d.%m.%Y}")
    for one in latest:
        tell(
            f"{_request_line(one)}: {one.state}"
            + (f" ({one.decided_by})" if one.decided_by else "")
        )


def _request_line(one: GrantRequest) -> str:
    from api.web.rendering.labels import ROLES

    grant = one.wanted.grant
    if grant is not None:
        what = f"{ROLES[grant.role]} ({_reach(grant)})"
    else:
        what = f"Bereich {one.compartment}" if one.compartment else "Anmeldelink"
    return f"{one.id}  {one.requested_by} für {one.user_id}: {what}"


@user.command()
def confirm(
    request: Annotated[str, typer.Argument(metavar="ID", help="Der Antrag.")],
    config: ConfigOption = None,
) -> None:
    """Ein beantragtes Recht als zweite Person bestätigen."""
    settings = settings_of(config)
    from api.http.listen_address import address_of
    from api.sample.county import sign_in_address
    from ingest.acts.people.rights import ConfirmRequest

    done = perform(settings, ConfirmRequest(request=request))
    tell(f"{request} bestätigt")
    if done.link is not None:
        tell(sign_in_address(address_of(settings), done.link))


@user.command()
def refuse(
    request: Annotated[str, typer.Argument(metavar="ID", help="Der Antrag.")],
    remark: Annotated[str, typer.Option(help="Warum; steht im Protokoll.")],
    config: ConfigOption = None,
) -> None:
    """Ein beantragtes Recht ablehnen."""
    settings = settings_of(config)
    from ingest.acts.people.rights import RefuseRequest

    perform(settings, RefuseRequest(request=request, remark=remark))
    tell(f"{request} abgelehnt")


@user.command()
def review(
    request: Annotated[str, typer.Argument(metavar="ID", help="Was sofort galt.")],
    justified: Annotated[
        bool, typer.Option("--justified/--unjustified", help="Gerechtfertigt oder nicht.")
    ],
    remark: Annotated[str, typer.Option(help="Warum; steht im Protokoll.")] = "",
    config: ConfigOption = None,
) -> None:
    """Über ein Recht urteilen, das sofort galt; was nicht gerechtfertigt war, endet damit."""
    settings = settings_of(config)
    from ingest.acts.people.rights import JudgeRequest

    perform(settings, JudgeRequest(request=request, justified=justified, remark=remark))
    tell(f"{request} geprüft: {'gerechtfertigt' if justified else 'nicht gerechtfertigt'}")


@user.command()
def link(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Anmeldenamen.")],
    config: ConfigOption = None,
) -> None:
    """Einmal-Links zur Anmeldung ausgeben, mit der Adresse, an der der Dienst gerade hört."""
    settings = settings_of(config)
    from api.http.listen_address import address_of
    from api.sample.county import sign_in_address
    from ingest.acts.people.operator import IssueLinks

    address = address_of(settings)
    tokens = perform(settings, IssueLinks(users=tuple(names)))
    width = max(map(len, names))
    for name, token in zip(names, tokens, strict=True):
        who = f"{name:<{width}}  " if len(names) > 1 else ""
        tell(who + sign_in_address(address, token))


@user.command()
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="Wofür.")] = "Kommandozeile",
    only: Annotated[Role | None, typer.Option("--role", help="Nur diese Rolle.")] = None,
    days: Annotated[int, typer.Option(help="Gültig so viele Tage.", min=1, max=366)] = 90,
    config: ConfigOption = None,
) -> None:
    """Schlüssel für die HTTP-Schnittstelle ausgeben (wird nur einmal gezeigt)."""
    settings = settings_of(config)
    from ingest.acts.people.operator import IssueToken

    tell(perform(settings, IssueToken(user=name, role=only, label=label, days=days)))
