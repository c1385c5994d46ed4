"""``registratur export``: a document's files, as one of the users may have them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, reader_of, settings_of, tell
from config.errors import Conflict, NotFound

if TYPE_CHECKING:
    from api.wiring import House
    from archive.model import Document, Reader, Rendition


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
    from ingest.filing_export import export_file

    with house(settings) as home:
        reader = reader_of(home.engines.database, as_user)
        if _is_file(home, reader, object_id):
            to.mkdir(parents=True)
            bound = export_file(home.engines, reader, object_id, to / "akte.pdf")
            tell(f"{bound.documents} Dokumente, {bound.sheets} Blatt in {to / 'akte.pdf'}")
            return
        count = _export(home, reader, object_id, to)
    tell(f"{count} Dateien in {to}")


def _is_file(home: House, reader: Reader, object_id: str) -> bool:
    from archive import listing

    with home.engines.database.read() as session:
        try:
            listing.file_for(session, reader, object_id)
        except NotFound:
            return False
    return True


def _export(home: House, reader: Reader, document_id: str, to: Path) -> int:
    from archive import access, audit, items, listing, rows
    from ingest.actors import actor_of

    with home.engines.database.write() as session:
        document = listing.document_for(session, reader, document_id)
        if not access.may_read_document(reader, document):
            raise NotFound(f"Das Dokument {document_id} gibt es nicht.")
        item = items.load_item(session, document.item_id)
        kept = (*rows.item_renditions(session, item.id), *document.renditions)
        history = listing.history(session, reader, document_id)
        audit.append(
            session,
            at=home.engines.clock(),
            by=actor_of(reader),
            action="EXPORTED",
            object_type="document",
            object_id=document_id,
            correlation_id=item.id,
        )
    to.mkdir(parents=True)
    for rendition in kept:
        shutil.copyfile(home.engines.objects.path(rendition.sha256), to / _name(rendition))
    (to / "verlauf.json").write_text(
        json.dumps(
            [{"at": e.at.isoformat(), "actor": e.actor, "action": e.action, "detail": dict(e.detail)}
             for e in history],
            ensure_ascii=False, indent=1,
        ), encoding="utf-8",
    )  # fmt: skip
    _write_list(to, document, kept)
    return len(kept) + 2


def _name(rendition: Rendition) -> str:
    """A safe name: the role, the address's head, and the kind; never the sender's own path."""
    suffix = {
        "application/pdf": ".pdf", "application/json": ".json", "image/png": ".png",
        "image/jpeg": ".jpg", "image/tiff": ".tif",
    }.get(rendition.media_type, "")  # fmt: skip
    if rendition.role == "original":
        suffix = "." + rendition.file_name.rsplit(".", 1)[-1].lower()[:8]
        suffix = suffix if suffix[1:].isalnum() else ".bin"
    return f"{rendition.role}-{rendition.sha256[:12]}{suffix}"


def _write_list(to: Path, document: Document, kept: tuple[Rendition, ...]) -> None:
    (to / "inhalt.json").write_text(
        json.dumps(
            {
                "format": 1,
                "document_id": document.id,
                "file_mark": document.file_mark,
                "title": document.title,
                "files": [
                    {"name": _name(r), "role": r.role, "sha256": r.sha256, "size": r.size,
                     "original_name": r.file_name, "derived_from": r.derived_from}
                    for r in kept
                ],
            },
            ensure_ascii=False, indent=1,
        ), encoding="utf-8",
    )  # fmt: skip
