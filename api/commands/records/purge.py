"""``registratur purge``: forget what earlier attempts of an item made."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import ConfigOption, acting_as, settings_of, tell


def purge(
    item_id: Annotated[str, typer.Argument(metavar="ID", help="Ein Eingang.")],
    as_user: Annotated[str, typer.Option("--as", help="Wessen Rechte gelten (Registratur).")],
    reason: Annotated[str, typer.Option(help="Steht dauerhaft im Protokoll.")],
    config: ConfigOption = None,
) -> None:
    """Tilgen, was frühere Versuche eines Eingangs ergaben; was gilt, bleibt."""
    settings = settings_of(config)
    from api.wiring import house
    from ingest.acts.road.upkeep import PurgeEarlier

    command = PurgeEarlier(item_id=item_id, reason=reason)
    with house(settings) as home:
        gone = command.perform(home.engines, acting_as(home.engines.database, as_user))
    for sha256 in gone:
        tell(sha256)
    tell(f"{len(gone)} Fassungen getilgt; der Dienst räumt ihre Bytes beim nächsten Durchgang ab.")
