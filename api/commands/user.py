"""``registratur user``: people, roles, one-time links and tokens, by the machine's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import ConfigOption, JsonOption, operator, say, settings_of, tell
from archive.model import WHOLE, Grant, Role
from config.clock import now
from config.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from archive.audit import Actor
    from archive.grant_rows import GrantRequest
    from archive.people import User
    from config.settings import Settings

user = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Nutzer, Rollen, Einmal-Links und Schlüssel."
)
Name = Annotated[str, typer.Argument(help="Anmeldename.")]


@contextmanager
def _changes(settings: Settings) -> Iterator[Session]:
    from archive.database import Database

    database = Database(settings.database_url)
    try:
        with database.write() as session:
            yield session
    finally:
        database.close()


def _by() -> Actor:
    from archive.audit import Actor

    return Actor(user=operator())


@user.command("list")
def list_users(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Nutzer mit ihren Rollen zeigen."""
    settings = settings_of(config)
    from archive import people
    from archive.database import Database

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            found = people.users(session)
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
    from api.web.words import ROLES

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
    from archive import people

    with _changes(settings) as session:
        people.add_user(session, name, display or name, by=_by(), at=now())
    tell(f"{name} angelegt")


@user.command()
def disable(name: Name, config: ConfigOption = None) -> None:
    """Nutzer sperren; Sitzungen und Schlüssel enden sofort."""
    settings = settings_of(config)
    from archive import people

    with _changes(settings) as session:
        people.disable_user(session, name, by=_by(), at=now())
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
    from archive import grant_requests, people
    from archive.grant_rows import Kind, Wanted

    with _changes(settings) as session:
        if revoke:
            people.revoke_role(session, name, grant, by=_by(), at=now())
        else:
            wanted = Wanted(kind=Kind.ROLE, user=name, grant=grant)
            as_operator = grant_requests.operator(operator())
            grant_requests.give(
                session, as_operator, wanted, grant_requests.terms_of(settings), at=now()
            )
    tell(f"{name}: {which} {'entzogen' if revoke else 'gegeben'}")


@user.command()
def requests(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Rechte zeigen, die auf eine zweite Person warten, und die jüngsten anderen."""
    settings = settings_of(config)
    from archive import grant_lists, grant_requests
    from archive.database import Database

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            as_operator = grant_requests.operator(operator())
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
    from api.web.words import ROLES

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
    from api.listening import address_of
    from api.sample import sign_in_address
    from archive import grant_requests

    as_operator, at = grant_requests.operator(operator()), now()
    with _changes(settings) as session:
        grant_requests.expire(session, at=at)
    with _changes(settings) as session:
        done = grant_requests.confirm(
            session, as_operator, request, grant_requests.terms_of(settings), at=at
        )
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
    from archive import grant_requests

    as_operator = grant_requests.operator(operator())
    with _changes(settings) as session:
        grant_requests.refuse(session, as_operator, request, remark=remark, at=now())
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
    from archive import grant_requests

    as_operator = grant_requests.operator(operator())
    with _changes(settings) as session:
        grant_requests.review(
            session, as_operator, request, justified=justified, remark=remark, at=now()
        )
    tell(f"{request} geprüft: {'gerechtfertigt' if justified else 'nicht gerechtfertigt'}")


@user.command()
def link(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Anmeldenamen.")],
    config: ConfigOption = None,
) -> None:
    """Einmal-Links zur Anmeldung ausgeben, mit der Adresse, an der der Dienst gerade hört."""
    settings = settings_of(config)
    from api.listening import address_of
    from api.sample import sign_in_address
    from archive import sign_in

    address, ttl = address_of(settings), timedelta(hours=settings.web.link_hours)
    with _changes(settings) as session:
        tokens = [sign_in.new_link(session, name, ttl, by=_by(), at=now()) for name in names]
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
    from archive import sign_in

    with _changes(settings) as session:
        made = sign_in.new_token(
            session, name, only, label, timedelta(days=days), by=_by(), at=now()
        )
    tell(str(made))
