"""``registratur ingest``: take files into custody; walk their road where no service does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import ConfigOption, JsonOption, say, settings_of
from ingest.home import home_of


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Dateien oder Ordner.")],
    stream: Annotated[str, typer.Option(help="Eingangsstrom.")] = "mailroom",
    department: Annotated[str | None, typer.Option(help="Andere Abteilung.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Warten, bis jede Datei fertig ist.")
    ] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Dateien übernehmen. Sie werden kopiert; der Pfad bleibt, wie er ist."""
    _make_sample_home_if_asked(config)
    settings = settings_of(config)
    from api.commands.records.ingesting import bring, print_rows

    rows, well = bring(
        settings, paths, stream=stream, department=department, wait=wait, show=not as_json
    )
    if as_json:
        say(rows)
    else:
        print_rows(rows)
    if not well:
        sys.exit(1)


def _make_sample_home_if_asked(config: Path | None) -> None:
    """Only where REGISTRATUR_HOME names a place and nothing is there."""
    home = home_of()
    if os.environ.get("REGISTRATUR_HOME") and not home.exists():
        from api.commands.service.init import make_home

        make_home(home, with_sample=True, config=config)
