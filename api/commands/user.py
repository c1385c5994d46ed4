"""``registratur user``: people, roles, one-time links and tokens, by the machine's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from api import sample
from api.commands.common import ConfigOption, operator, settings_of, tell
from archive import people, sign_in
from archive.audit import Actor
from archive.database import Database
from archive.model import Grant, Role
from config.clock import now
from config.settings import Settings

user = app = typer.Typer(no_args_is_help=True, help="Nutzer, Rollen, Einmal-Links und Schlüssel.")
Name = Annotated[str, typer.Argument(help="Anmeldename.")]


@contextmanager
def _changes(settings: Settings) -> Iterator[Session]:
    database = Database(settings.database_url)
    try:
        with database.write() as session:
            yield session
    finally:
        database.close()


def _by() -> Actor:
    return Actor(user=operator())


@user.command()
def add(
    name: Name,
    display: Annotated[str | None, typer.Option(help="Angezeigter Name.")] = None,
    config: ConfigOption = None,
) -> None:
    """Nutzer anlegen (ohne Kennwort; die erste Anmeldung geht mit „link“)."""
    with _changes(settings_of(config)) as session:
        people.add_user(session, name, display or name, by=_by(), at=now())
    tell(f"{name} angelegt")


@user.command()
def disable(name: Name, config: ConfigOption = None) -> None:
    """Nutzer sperren; Sitzungen und Schlüssel enden sofort."""
    with _changes(settings_of(config)) as session:
        people.disable_user(session, name, by=_by(), at=now())
    tell(f"{name} gesperrt")


@user.command()
def role(
    name: Name,
    which: Annotated[Role, typer.Argument(metavar="ROLLE")],
    department: Annotated[str | None, typer.Option(help="Nur für diese Abteilung.")] = None,
    stream: Annotated[str | None, typer.Option(help="Nur für diesen Eingangsstrom.")] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Entziehen statt geben.")] = False,
    config: ConfigOption = None,
) -> None:
    """Rolle geben oder entziehen."""
    grant = Grant(role=which, department=department, stream=stream)
    change = people.revoke_role if revoke else people.grant_role
    with _changes(settings_of(config)) as session:
        change(session, name, grant, by=_by(), at=now())
    tell(f"{name}: {which} {'entzogen' if revoke else 'gegeben'}")


@user.command()
def link(name: Name, config: ConfigOption = None) -> None:
    """Einmal-Link zur Anmeldung ausgeben."""
    settings = settings_of(config)
    database = Database(settings.database_url)
    tell(sample.link(database, settings, name, now, by=_by()))
    database.close()


@user.command()
def token(
    name: Name,
    label: Annotated[str, typer.Option(help="Wofür.")] = "Kommandozeile",
    only: Annotated[Role | None, typer.Option("--role", help="Nur diese Rolle.")] = None,
    days: Annotated[int, typer.Option(help="Gültig so viele Tage.", min=1, max=366)] = 90,
    config: ConfigOption = None,
) -> None:
    """Schlüssel für die HTTP-Schnittstelle ausgeben (wird nur einmal gezeigt)."""
    with _changes(settings_of(config)) as session:
        made = sign_in.new_token(
            session, name, only, label, timedelta(days=days), by=_by(), at=now()
        )
    tell(str(made))
