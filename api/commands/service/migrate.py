"""``registratur migrate``: bring the database to the program's schema."""

from __future__ import annotations

from api.commands.common import ConfigOption, set_up_log, tell
from ingest import home as homes


def migrate(config: ConfigOption = None) -> None:
    """Datenbank auf die Fassung des Programms bringen (vorher sichern)."""
    home = homes.require(homes.home_of())
    from config.settings import load

    settings = load(home, file=config)
    set_up_log(settings, quiet=True)
    from api import wiring
    from archive.db.database import schema_state

    before, _ = schema_state(settings.database_url)
    wiring.prepare(settings)
    after, _ = schema_state(settings.database_url)
    tell(f"Datenbank: {before or 'leer'} → {after}")
