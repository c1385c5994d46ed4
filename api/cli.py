"""The command line: one file a command under ``api/commands``.

Only the command that is asked for is imported, and a command imports what it works with when it
begins to work: help and wrong calls are answered by this module and the command's signature alone.

Exit codes: 0 done and good; 1 done, and something is not good; 2 wrong use; 3 the service could not
do it. Errors say what happened and what to do; a trace appears with ``REGISTRATUR_LOG__LEVEL=debug``.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from config.errors import ServiceError
from config.folders import PRIVATE_MASK

#: Every command, with the first line of its help (tests/house holds them against the commands).
COMMANDS = {
    "init": "Datenordner anlegen (REGISTRATUR_HOME, sonst ./var).",
    "serve": "Den Dienst betreiben; Strg-C beendet ihn sauber.",
    "ingest": "Dateien übernehmen. Sie werden kopiert; der Pfad bleibt, wie er ist.",
    "status": "Stand der Eingänge zeigen.",
    "search": "Suchen, was dieser Nutzer sehen darf (wird protokolliert).",
    "signatures": "Signaturen, Siegel und Zeitstempel von Dateien prüfen.",
    "trust": "Vertrauenslisten für die Signaturprüfung.",
    "ocr": "Text erkennen und ein durchsuchbares PDF/A schreiben.",
    "verify": "Originale, Lesefassungen, Vermerke, Siegel, Datensätze, Protokoll und Anker prüfen.",
    "export": (
        "Ein Dokument mit allem, was dazugehört, oder eine Akte als ein PDF/A in einen Ordner legen."
    ),
    "purge": "Tilgen, was frühere Versuche eines Eingangs ergaben; was gilt, bleibt.",
    "user": "Nutzer, Rollen, Einmal-Links und Schlüssel.",
    "plan": "Aktenplan und Ablageregeln.",
    "reindex": (
        "Den Suchindex neu aufbauen; die Suche geht weiter. Abgebrochen geht es dort weiter, wo es war."
    ),
    "doctor": "Prüfen, was fehlt, und sagen, was zu tun ist.",
    "migrate": "Datenbank auf die Fassung des Programms bringen (vorher sichern).",
    "bench": "Messungen: was etwas hier kostet.",
    "demo": "Synthetische Briefe in den Eingangsordner der Poststelle legen (nur im Musterkreis).",
}

#: Where each command lies below ``api/commands``.
PLACES = {
    "bench": "bench",
    "demo": "service",
    "doctor": "service",
    "export": "records",
    "ingest": "records",
    "init": "service",
    "migrate": "service",
    "ocr": "standalone",
    "plan": "records",
    "purge": "records",
    "reindex": "service",
    "search": "records",
    "serve": "service",
    "signatures": "standalone",
    "status": "records",
    "trust": "standalone",
    "user": "records",
    "verify": "records",
}


def load_command(name: str) -> Any:
    """The command itself (click's object), its module imported."""
    command = getattr(import_module(f"api.commands.{PLACES[name]}.{name}"), name)
    if isinstance(command, typer.Typer):
        loaded: Any = typer.main.get_group(command)
    else:
        alone = typer.Typer(
            add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
        )
        alone.command(name)(command)
        loaded = typer.main.get_command(alone)
    loaded.name = name
    return loaded


class _Commands(TyperGroup):
    """Lists the commands by name and first line; imports the one that is called."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        for name, line in COMMANDS.items():
            self.add_command(TyperCommand(name=name, callback=None, help=line))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name else None, rest


def application() -> typer.Typer:
    """The application with all commands."""
    app = typer.Typer(
        cls=_Commands,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # drawing boxes costs more than all else that help needs
        help="Registratur: Scan-Strecke und elektronische Akte einer Kreisverwaltung.",
    )
    app.callback()(_group)
    return app


def _group() -> None:
    """Registratur: Scan-Strecke und elektronische Akte einer Kreisverwaltung."""


def main() -> None:
    """The outermost handler of every command."""
    os.umask(PRIVATE_MASK)
    try:
        application()()
    except KeyboardInterrupt:
        sys.exit(130)
    except ServiceError as error:
        print(error, file=sys.stderr)
        if os.environ.get("REGISTRATUR_LOG__LEVEL") == "debug":
            import traceback

            traceback.print_exc()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
