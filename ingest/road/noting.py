"""Step ``note``: write the transfer note and bind it to the copy that will be sealed."""

from __future__ import annotations

import io
import json
import socket
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from archive.audit import object_trail
from archive.model import Rendition, RenditionRole
from ingest.engines import Engines
from ingest.renditions import latest
from ingest.road.preserving import preserved_file
from ingest.road.step_input import Subject, subject
from ingest.road.step_outcome import Change
from ingest.road.transfer_note import Made, encode, transfer_note
from ocr.children import EMBED
from ocr.pdfa.embedding import Metadata

NOTED = "noted.pdf"
SECONDS = 300.0  #: for embedding it
FILE_NAME = "transfervermerk.json"
TOLD = {  # audit actions that are steps of the note, by their name there
    "RECEIPT_REGISTERED": "Erfassung",
    "SUPPLEMENT_RECEIVED": "Nachreichung",
    "COPY_OPENED": "Öffnung mit Kennwort",
    "CHECKED": "Eingangsprüfung",
    "SIGNATURE_CHECKED": "Signaturprüfung",
    "SPLIT_DONE": "Dokumententrennung",
    "OCR_DONE": "Texterkennung",
    "NORMALISED": "Formatwandlung",
    "PDFA_INVALID": "Formatwandlung",
    "QUARANTINE_RELEASED": "Freigabe",
}
TOLD_LATER = {  # the same, of what comes after the first note
    "SEAL_APPLIED": "Siegelung",
    "FILED": "Ablage",
    "REFILED": "Umlegung",
}


def note(engines: Engines, document_id: str) -> Change:
    """Write the note from what the record knows; embed it where there is a copy.

    Raises:
        InputError: the stream names no person.
    """
    about = subject(engines, document_id)
    note_id = str(uuid.uuid4())
    content = encode(
        transfer_note(
            about,
            engines.settings,
            note_id=note_id,
            steps=steps(engines, about.item.id, about.document.id),
            version=engines.version,
            host=socket.gethostname(),
        )
    )
    stored = engines.objects.put(io.BytesIO(content))
    if about.has_rendition():
        _embed(engines, about, content, note_id)
    return Change(
        action="NOTE_CREATED",
        detail={"note_id": note_id, "version": 1, "sha256": stored.sha256},
        values={"qa": "pending" if about.document.origin == "paper" else None},
        renditions=(
            Rendition(
                role=RenditionRole.TRANSFER_NOTE,
                sha256=stored.sha256,
                size=stored.size,
                media_type="application/json",
                file_name=FILE_NAME,
                derived_from=about.source_sha256,
                detail={"note_version": 1},
            ),
        ),
    )


def noted_file(engines: Engines, about: Subject, metadata: Metadata = Metadata.KEPT) -> Path:
    """The copy with its note; made again from the kept note where its working file is gone.

    Other ``metadata`` than those of the copy are written anew in any case.
    """
    found = engines.scratch.find(about.document.id, NOTED)
    if found is not None and metadata is Metadata.KEPT:
        return found
    kept = engines.objects.path(latest(about.document, RenditionRole.TRANSFER_NOTE)).read_bytes()
    return _embed(engines, about, kept, str(json.loads(kept)["note_id"]), metadata)


def _embed(
    engines: Engines,
    about: Subject,
    content: bytes,
    note_id: str,
    metadata: Metadata = Metadata.KEPT,
) -> Path:
    with engines.scratch.room(about.document.id) as room:
        engines.workshop.run(
            EMBED(
                preserved_file(engines, about),
                room / NOTED,
                FILE_NAME,
                content,
                "application/json",
                "Supplement",
                note_id,
                metadata,
            ),
            seconds=SECONDS,
            subject=about.name,
            priority=engines.priority(about.item.stream),
        )
        return engines.scratch.publish(about.document.id, NOTED, room / NOTED)


def steps(
    engines: Engines,
    *object_ids: str,
    named: Mapping[str, str] = TOLD,
    after: datetime | None = None,
) -> tuple[Made, ...]:
    """What the trail tells of item and document that the note names, each by who did it."""
    with engines.database.read() as session:
        events = object_trail.of_objects(session, object_ids)
    return tuple(
        Made(name=named[event.action], finished_at=event.at, by=event.by, detail=event.detail)
        for event in events
        if event.action in named and (after is None or event.at > after)
    )
