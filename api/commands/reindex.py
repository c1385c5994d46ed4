"""``registratur reindex``: build the index anew from the archive, beside a running service or alone."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import ConfigOption, settings_of, tell
from api.wiring import house
from ingest.projection import project
from ingest.rebuilding import rebuild

EVERY = 10_000  #: documents between two words about the progress


def reindex(
    erase: Annotated[
        bool,
        typer.Option(
            "--erase", help="Vom bisherigen Index nichts behalten: gelöschte Wörter sind dann weg."
        ),
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Den Suchindex neu aufbauen; die Suche geht weiter. Abgebrochen geht es dort weiter, wo es war."""
    told = 0

    def progress(done: int) -> None:
        nonlocal told
        if done - told >= EVERY:
            told = done
            tell(f"{done} Dokumente")

    with house(settings_of(config)) as home:
        alone = home.lock.take()
        count = rebuild(home.engines, keep=not erase, progress=progress)
        while alone and project(home.engines):  # a running service does this itself
            pass
        tell(f"{count} Dokumente in den neuen Index gebracht")
