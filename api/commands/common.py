"""What all commands share: settings, the home, and the two ways of speaking.

Imports here are for every command's help and wrong calls: what costs time is imported by who uses it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from config.errors import ServiceError
from ingest import home as homes

if TYPE_CHECKING:
    from archive.db.database import Database
    from archive.model import Reader
    from config.settings import Settings
    from ingest.acts.act import Act
    from ingest.acts.acting import Acting

R = TypeVar("R")
ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Andere Einstellungsdatei als die im Datenordner.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Ein JSON-Dokument auf der Standardausgabe.")
]


class OldSchema(ServiceError):
    """The database is older or newer than the program."""


def settings_of(config: Path | None, *, quiet: bool = True) -> Settings:
    """The settings of an existing home, and the log set up by them.

    Raises:
        HomeMissing: there is no home.
        OldSchema: the database wants ``registratur migrate``.
    """
    home = homes.require(homes.home_of())
    from config.settings import load

    settings = load(home, file=config)
    set_up_log(settings, quiet=quiet)
    from archive.db.database import schema_state

    current, head = schema_state(settings.database_url)
    if current != head:
        raise OldSchema(
            f"Die Datenbank steht auf Fassung {current or 'keiner'}, das Programm braucht {head}. "
            "Nach einer Sicherung: registratur migrate."
        )
    return settings


def tell_if_read_only(database: Database, *, recorded: str = "") -> None:
    """A line on standard error where nothing can be written; ``recorded``: what the trail would
    say of this command, in German."""
    if database.read_only:
        also = f" {recorded} wird hier nicht protokolliert." if recorded else ""
        print(f"Hinweis: Der Datenordner ist nur lesbar.{also}", file=sys.stderr, flush=True)


def set_up_log(settings: Settings, *, quiet: bool) -> None:
    from config import logs

    level = "error" if quiet and settings.log.level == "info" else settings.log.level
    logs.set_up(level, json_lines=settings.log.json_lines)


def say(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def tell(text: str = "") -> None:
    """A line for people."""
    print(text, flush=True)


def reader_of(database: Database, user: str) -> Reader:
    """The user as whom the machine's operator asks; the audit trail names both."""
    from dataclasses import replace

    from archive.people import accounts

    with database.read() as session:
        return replace(accounts.reader(session, user), on_behalf=operator())


def acting_as(database: Database, user: str) -> Acting:
    """The machine's operator in a user's place, with that user's rights and no more."""
    from ingest.acts.acting import Acting, Way

    return Acting(reader=reader_of(database, user), way=Way.MACHINE)


def perform(settings: Settings, act: Act[R], *, by: Acting | None = None) -> R:
    """Do it, as the machine's operator, where no other part of the house is needed."""
    from archive.db.database import Database
    from config.clock import now
    from ingest.acts import acting
    from ingest.acts.act import OpenRecords

    database = Database(settings.database_url)
    try:
        records = OpenRecords(database=database, settings=settings, clock=now)
        return act.perform(records, by or acting.operator(operator()))
    finally:
        database.close()


def operator() -> str:
    """The machine's account under which this command runs."""
    return f"operator:{os.environ.get('SUDO_USER') or os.environ.get('USER') or os.getuid()}"
