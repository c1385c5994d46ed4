"""``registratur reindex``: build the index anew from the archive."""

from __future__ import annotations

from api.commands.common import ConfigOption, settings_of, tell
from api.wiring import house
from config.errors import Conflict
from ingest.rebuilding import rebuild


def reindex(config: ConfigOption = None) -> None:
    """Den Suchindex aus dem Archiv neu aufbauen."""
    with house(settings_of(config)) as home:
        if not home.lock.take():
            raise Conflict(
                "Ein Dienst läuft; diese Fassung baut den Index nur ohne ihn neu auf. "
                "Dienst anhalten, dann noch einmal."
            )
        tell(f"{rebuild(home.engines)} Dokumente im neuen Index")
