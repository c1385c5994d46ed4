"""``registratur purge``: forget what earlier attempts of an item made."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.common import ConfigOption, reader_of, settings_of, tell


def purge(
    item_id: Annotated[str, typer.Argument(metavar="ID", help="Ein Eingang.")],
    as_user: Annotated[str, typer.Option("--as", help="Wessen Rechte gelten (Registratur).")],
    reason: Annotated[str, typer.Option(help="Steht dauerhaft im Protokoll.")],
    config: ConfigOption = None,
) -> None:
    """Tilgen, was frühere Versuche eines Eingangs ergaben; was gilt, bleibt."""
    settings = settings_of(config)
    from api.wiring import house
    from archive import earlier, listing

    with house(settings) as home:
        reader = reader_of(home.engines.database, as_user)
        with home.engines.database.write() as session:
            item = listing.item_for(session, reader, item_id)
            gone = earlier.purge(session, reader, item, reason=reason, at=home.engines.clock())
        home.engines.objects.doubt(gone)
    for sha256 in gone:
        tell(sha256)
    tell(f"{len(gone)} Fassungen getilgt; der Dienst räumt ihre Bytes beim nächsten Durchgang ab.")
