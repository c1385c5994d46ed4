"""``registratur export``: a document's files, as one of the users may have them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, acting_as, settings_of, tell, tell_if_read_only
from config.errors import Conflict, NotFound
from config.folders import PRIVATE_FILE, PRIVATE_FOLDER

if TYPE_CHECKING:
    from api.wiring import House
    from archive.model import Reader


def export(
    object_id: Annotated[str, typer.Argument(metavar="ID", help="Ein Dokument oder eine Akte.")],
    to: Annotated[Path, typer.Option(help="Zielordner; er darf noch nicht da sein.")],
    as_user: Annotated[str, typer.Option("--as", help="Wessen Rechte gelten.")],
    config: ConfigOption = None,
) -> None:
    """Ein Dokument mit allem, was dazugehört, oder eine Akte als ein PDF/A in einen Ordner legen."""
    if to.exists():
        raise Conflict(f"{to} gibt es schon; ein Export überschreibt nichts.")
    settings = settings_of(config)
    from api.wiring import house
    from ingest.acts.efile.export_document import ExportDocument
    from ingest.acts.efile.export_file import ExportFile

    with house(settings) as home:
        tell_if_read_only(home.engines.database, recorded="Der Export")
        by = acting_as(home.engines.database, as_user)
        if _is_file(home, by.reader, object_id):
            to.mkdir(mode=PRIVATE_FOLDER, parents=True)
            command = ExportFile(file_id=object_id, out=to / "akte.pdf")
            bound = command.perform(home.engines, by)
            (to / "akte.pdf").chmod(PRIVATE_FILE)
            tell(f"{bound.documents} Dokumente, {bound.sheets} Blatt in {to / 'akte.pdf'}")
            return
        count = ExportDocument(document_id=object_id, to=to).perform(home.engines, by)
    tell(f"{count} Dateien in {to}")


def _is_file(home: House, reader: Reader, object_id: str) -> bool:
    from archive.views import listing

    with home.engines.database.read() as session:
        try:
            listing.file_for(session, reader, object_id)
        except NotFound:
            return False
    return True
