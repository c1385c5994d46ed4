"""The command line: one file a command under ``api/commands``.

Only the command that is asked for is imported: ``status`` must not wait for the OCR's libraries.

Exit codes: 0 done and good; 1 done, and something is not good; 2 wrong use; 3 the service could not
do it. Errors say what happened and what to do; a trace appears with ``REGISTRATUR_LOG__LEVEL=debug``.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module

import typer

from config.errors import ServiceError

COMMANDS = (
    "init", "serve", "ingest", "status", "search", "signatures", "trust", "ocr", "verify", "export",
    "purge", "user", "plan", "reindex", "doctor", "migrate", "bench", "demo",
)  # fmt: skip


def application(names: tuple[str, ...] = COMMANDS) -> typer.Typer:
    """The application with these commands."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Registratur: Scan-Strecke und elektronische Akte einer Kreisverwaltung.",
    )
    app.callback()(_group)
    for name in names:
        command = getattr(import_module(f"api.commands.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _group() -> None:
    """Registratur: Scan-Strecke und elektronische Akte einer Kreisverwaltung."""


def main() -> None:
    """The outermost handler of every command."""
    asked = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        application((asked,) if asked in COMMANDS else COMMANDS)()
    except KeyboardInterrupt:
        sys.exit(130)
    except ServiceError as error:
        print(error, file=sys.stderr)
        if os.environ.get("REGISTRATUR_LOG__LEVEL") == "debug":
            traceback.print_exc()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
