"""``registratur reindex``: build the index anew from the archive, beside a running service or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, operator, settings_of, tell

if TYPE_CHECKING:
    from api.wiring import House

EVERY = 10_000  #: documents between two words about the progress


def reindex(
    erase: Annotated[
        bool,
        typer.Option(
            "--erase", help="Vom bisherigen Index nichts behalten: gelöschte Wörter sind dann weg."
        ),
    ] = False,
    refused: Annotated[
        bool, typer.Option("--refused", help="Nur zeigen, was der Index abgewiesen hat.")
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="Nur das Abgewiesene nochmals versuchen.")
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

    settings = settings_of(config)
    from api.wiring import house
    from ingest.index.projection import project
    from ingest.index.rebuilding import rebuild

    with house(settings) as home:
        if refused or retry:
            _refused(home, retry=retry)
            return
        alone = home.lock.take()
        count = rebuild(home.engines, keep=not erase, progress=progress)
        while alone and project(home.engines):  # a running service does this itself
            pass
        tell(f"{count} Dokumente in den neuen Index gebracht")


def _refused(home: House, *, retry: bool) -> None:
    """Documents whose news failed too often; exit 1 where there are any, unless they are retried."""
    from archive.search import outbox
    from ingest.acts import acting
    from ingest.acts.road.upkeep import RetryRefused
    from ingest.index.projection import project

    with home.engines.database.read() as session:
        rows = outbox.dead(session)
    for row in rows:
        tell(f"{row.document_id}  nach {row.attempts} Versuchen: {row.error}")
    tell(f"{len(rows)} vom Suchindex abgewiesen")
    if not retry:
        raise typer.Exit(1 if rows else 0)
    RetryRefused().perform(home.engines, acting.operator(operator()))
    if home.lock.take():  # else the running service sees to it
        while project(home.engines):
            pass
