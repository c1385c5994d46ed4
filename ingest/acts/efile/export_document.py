"""A document with all that belongs to it in a folder, each file as what it is (``inhalt.json``).

The list has a format of its own: docs/reference/archive.md.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from archive import access
from archive.audit import trail
from archive.audit.trail import Actor
from archive.db import rows
from archive.intake import earlier_attempts, items, sources
from archive.intake.earlier_attempts import Earlier
from archive.intake.sources import Sources
from archive.model import Document, HistoryEntry, Reader, Rendition, RenditionRole
from archive.views import listing
from config.errors import NotFound
from config.folders import PRIVATE_FILE, PRIVATE_FOLDER
from ingest.acts.act import HouseAct
from ingest.acts.acting import Acting
from ingest.engines import Engines

FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDocument(HouseAct[int]):
    """Write the document's files into the new folder ``to``; gives back how many there are. The
    trail says so, but in a home that can only be read.

    Malware stays in custody: it is listed without a file. Raises NotFound where the reader may not
    read the document.
    """

    document_id: str
    to: Path

    def perform(self, engines: Engines, by: Acting) -> int:
        opened = engines.database.read if engines.database.read_only else engines.database.write
        with opened() as session:
            document = listing.document_for(session, by.reader, self.document_id)
            if not access.may_read_document(by.reader, document):
                raise NotFound(f"Das Dokument {self.document_id} gibt es nicht.")
            item = items.load_item(session, document.item_id)
            files = sources.sources(session, item)
            kept = (*rows.item_renditions(session, item.id), *document.renditions)
            before = [
                each
                for each in earlier_attempts.of_item(session, item.id)
                if each.document_id in (None, self.document_id)
            ]
            history = _history(session, by.reader, item.id, self.document_id)
            if not engines.database.read_only:
                withheld = sorted(files.infected)
                _record(session, engines, by.actor, document, kept, withheld)
        given = [each for each in kept if each.sha256 not in files.infected]
        self._copy(engines, given)
        _write(self.to / "verlauf.json", history)
        _write_list(self.to, document, kept, files, before)
        return len(given) + 2

    def _copy(self, engines: Engines, given: list[Rendition]) -> None:
        self.to.mkdir(mode=PRIVATE_FOLDER, parents=True)
        for rendition in given:
            shutil.copyfile(engines.objects.path(rendition.sha256), self.to / _name(rendition))
            (self.to / _name(rendition)).chmod(PRIVATE_FILE)


def _record(
    session: Session,
    engines: Engines,
    by: Actor,
    document: Document,
    kept: tuple[Rendition, ...],
    withheld: list[str],
) -> None:
    trail.append(
        session,
        at=engines.clock(),
        by=by,
        action="EXPORTED",
        object_type="document",
        object_id=document.id,
        correlation_id=document.item_id,
        detail={
            "files": [[each.role.value, each.version, each.sha256] for each in kept],
            "withheld": withheld,
        },
    )


def _history(
    session: Session, reader: Reader, item_id: str, document_id: str
) -> list[dict[str, object]]:
    """The events of item and document, oldest first of each."""
    return [
        {"of": name, **_told(entry)}
        for name, one in (("item", item_id), ("document", document_id))
        for entry in listing.history(session, reader, one)
    ]


def _told(entry: HistoryEntry) -> dict[str, object]:
    """One event, as the trail has it."""
    return {
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "reason": entry.reason,
        "detail": dict(entry.detail),
    }


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    path.chmod(PRIVATE_FILE)


def _name(rendition: Rendition) -> str:
    """A safe name: the role, the address's head, and the kind; never the sender's own path."""
    suffix = {
        "application/pdf": ".pdf", "application/json": ".json", "image/png": ".png",
        "image/jpeg": ".jpg", "image/tiff": ".tif",
    }.get(rendition.media_type, "")  # fmt: skip
    if rendition.role in ("original", "supplement"):
        suffix = "." + rendition.file_name.rsplit(".", 1)[-1].lower()[:8]
        suffix = suffix if suffix[1:].isalnum() else ".bin"
    return f"{rendition.role}-{rendition.sha256[:12]}{suffix}"


def _write_list(
    to: Path,
    document: Document,
    kept: tuple[Rendition, ...],
    files: Sources,
    before: list[Earlier],
) -> None:
    """What lies here, as what it is; what earlier attempts made is named by its hash alone."""
    _write(
        to / "inhalt.json",
        {
            "format": FORMAT,
            "document_id": document.id,
            "file_mark": document.file_mark,
            "title": document.title,
            "made_from": {"role": files.reads.role, "sha256": files.reads.sha256},
            "files": [_listed(each, withheld=each.sha256 in files.infected) for each in kept],
            "earlier_attempts": [
                {
                    "role": each.rendition.role,
                    "sha256": each.rendition.sha256,
                    "attempt": each.attempt,
                    "superseded_by": each.superseded_by,
                    "superseded_at": each.superseded_at.isoformat(),
                }
                for each in before
            ],
        },
    )


def _listed(kept: Rendition, *, withheld: bool) -> dict[str, object]:
    """``name`` is null where the file carries malware and was left out."""
    listed: dict[str, object] = {
        "name": None if withheld else _name(kept),
        "role": kept.role,
        "version": kept.version,
        "sha256": kept.sha256,
        "size": kept.size,
        "original_name": kept.file_name,
        "derived_from": kept.derived_from,
    }
    if kept.role is RenditionRole.SUPPLEMENT:
        listed |= {
            "supplied_by": kept.detail.get("supplied_by"),
            "supplied_at": None if kept.created_at is None else kept.created_at.isoformat(),
            "reason": kept.detail.get("reason"),
        }
    return listed
