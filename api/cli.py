"""The command line: one file a command under ``api/commands``.

Exit codes: 0 done and good; 1 done, and something is not good; 2 wrong use; 3 the service could not
do it. Errors say what happened and what to do; a trace appears with ``REGISTRATUR_LOG__LEVEL=debug``.
"""

from __future__ import annotations

import os
import sys
import traceback

import typer

from api.commands import (
    demo,
    doctor,
    export,
    ingest,
    init,
    migrate,
    ocr,
    reindex,
    search,
    serve,
    signatures,
    status,
    user,
    verify,
)
from config.errors import ServiceError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Registratur: Scan-Strecke und elektronische Akte einer Kreisverwaltung.",
)
for command in (
    init.init, serve.serve, ingest.ingest, status.status, search.search, signatures.signatures,
    demo.demo, ocr.ocr, verify.verify, export.export, reindex.reindex, doctor.doctor, migrate.migrate,
):  # fmt: skip
    app.command()(command)
app.add_typer(user.app, name="user")


def main() -> None:
    """The outermost handler of every command."""
    try:
        app()
    except ServiceError as error:
        print(error, file=sys.stderr)
        if os.environ.get("REGISTRATUR_LOG__LEVEL") == "debug":
            traceback.print_exc()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
