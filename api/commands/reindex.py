"""``registratur reindex``: build the index anew from the archive."""

from __future__ import annotations

from api.commands.common import ConfigOption, settings_of, tell
from api.wiring import house
from config.errors import Conflict
from ingest.rebuilding import rebuild


def reindex(config: ConfigOption = None) -> None:
    """Den Suchindex aus dem Archiv neu aufbauen."""
    with house(settings_of(config)) as home:
        if not home.lock.take() and home.settings.search.engine == "tantivy":
            raise Conflict(
                "Ein Dienst läuft und schreibt den eingebetteten Index; er hält ihn selbst ganz "
                "(beim Start und stündlich). Für einen Neuaufbau den Dienst anhalten."
            )
        tell(f"{rebuild(home.engines)} Dokumente im neuen Index")
