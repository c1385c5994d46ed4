"""``registratur demo``: a few synthetic letters into the sample's hot folder."""

from __future__ import annotations

from api.commands.common import ConfigOption, settings_of, tell
from config.errors import Conflict


def demo(config: ConfigOption = None) -> None:
    """Synthetische Briefe in den Eingangsordner der Poststelle legen (nur im Musterkreis)."""
    settings = settings_of(config)
    if not settings.county.sample:
        raise Conflict("Dies ist kein Musterkreis; Briefe zur Probe gibt es nur dort.")
    from api.sample.letters import PASSWORD, drop

    names = drop(settings)
    tell(f"{len(names)} Briefe zur Probe in {settings.home / settings.streams['mailroom'].folder}")
    tell(f"Einer davon ist verschlüsselt und wird angehalten; das Kennwort ist „{PASSWORD}“.")
