"""Quality control by case handling: a clerk's page-by-page look makes the note's next version."""

from __future__ import annotations

import io
import json
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from archive import access
from archive.audit import object_trail
from archive.intake import documents, items
from archive.model import Document, Reader, Rendition, RenditionRole
from archive.stages import Stage
from archive.store.objects import Stored
from archive.views import listing
from config.errors import Conflict, Forbidden, UsageError
from ingest.actors import actor_of, at_desk
from ingest.acts.act import HouseAct
from ingest.acts.acting import Acting
from ingest.engines import Engines
from ingest.queue.work_queue import DOCUMENT
from ingest.renditions import latest
from ingest.road.noting import FILE_NAME, TOLD_LATER, steps
from ingest.road.transfer_note import Made, encode, supplement


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLook:
    """What the person said of one page."""

    page: int
    ok: bool
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLook(HouseAct[str]):
    """Record the result of a look at every page; gives back ``passed`` or ``failed``.

    The result makes a new version of the note, which names the hash of the one before.

    Raises:
        Forbidden: the reader may not check this document.
        UsageError: a page was not looked at.
        Conflict: the document has no quality check to be made.
    """

    document_id: str
    looks: tuple[PageLook, ...]

    def perform(self, engines: Engines, by: Acting) -> str:
        reader, looks = by.reader, self.looks
        with engines.database.read() as session:
            document = listing.document_for(session, reader, self.document_id)
        _may_look(document, reader, looks)
        result = "passed" if all(look.ok for look in looks) else "failed"
        with engines.objects.custody():
            content = _next_note(engines, document, reader, looks, result)
            note = engines.objects.put(io.BytesIO(content))
            seal = engines.objects.put(
                io.BytesIO(engines.sealer.seal_data(content, subject=self.document_id))
            )
            with engines.database.write() as session:
                _commit(engines, session, document, reader, looks, result, note)
                _keep(engines, session, document, result, note, seal)
        return result


def _may_look(document: Document, reader: Reader, looks: tuple[PageLook, ...]) -> None:
    if not access.may_check_quality(reader, document):
        raise Forbidden("Die Qualitätsprüfung macht die Sachbearbeitung der Abteilung.")
    if document.qa not in ("pending", "failed"):
        raise Conflict("Für dieses Dokument ist keine Qualitätsprüfung offen.")
    wanted = set(range(1, (document.pages or 0) + 1))
    if {look.page for look in looks} != wanted:
        raise UsageError("Zu jeder Seite gehört ein Ja oder Nein.")


def _next_note(
    engines: Engines, document: Document, reader: Reader, looks: tuple[PageLook, ...], result: str
) -> bytes:
    first = latest(document, RenditionRole.TRANSFER_NOTE)
    before = json.loads(engines.objects.path(first).read_bytes())
    now = engines.clock()
    return encode(
        supplement(
            before,
            first_sha256=first,
            note_id=str(uuid.uuid4()),
            result=result,
            checked_by=reader.user,
            checked_at=now,
            steps=_since(engines, before, document, reader, result, now),
            host=socket.gethostname(),
            pages=[{"page": look.page, "ok": look.ok, "remark": look.remark} for look in looks],
        )
    )


def _since(
    engines: Engines,
    before: Mapping[str, Any],
    document: Document,
    reader: Reader,
    result: str,
    now: datetime,
) -> tuple[Made, ...]:
    """What came after the note before, and this look, each by who did it."""
    last = max(
        (datetime.fromisoformat(step["finished_at"]) for step in before["steps"]), default=None
    )
    by = object_trail.name_of(reader.user, reader.on_behalf)
    look = Made(name="Sichtprüfung", finished_at=now, by=by, detail={"result": result})
    return (*steps(engines, document.id, named=TOLD_LATER, after=last), look)


def _commit(
    engines: Engines,
    session: Session,
    document: Document,
    reader: Reader,
    looks: tuple[PageLook, ...],
    result: str,
    note: Stored,
) -> None:
    by, at = actor_of(reader), engines.clock()
    documents.record_qa(
        session,
        document.id,
        result=result,
        pages=[{"page": look.page, "ok": look.ok, "remark": look.remark} for look in looks],
        note_sha256=note.sha256,
        by=by,
        at=at,
    )
    if document.stage is Stage.AWAITING_QA and result == "passed":
        attempt = documents.release_document(
            session, document.id, to=Stage.NOTED, reason="Qualitätsprüfung bestanden", by=by, at=at
        ).attempt
        engines.queue.enqueue(
            session, DOCUMENT, document.id,
            attempt=attempt, priority=engines.priority(document.stream), sender=at_desk(reader),
        )  # fmt: skip


def _keep(
    engines: Engines,
    session: Session,
    document: Document,
    result: str,
    note: Stored,
    seal: Stored,
) -> None:
    """The note's next version and the seal over it, which names its certificate."""
    before = [r for r in document.renditions if r.role is RenditionRole.TRANSFER_NOTE]
    version = before[-1].version + 1
    for rendition in (
        Rendition(
            role=RenditionRole.TRANSFER_NOTE,
            sha256=note.sha256,
            size=note.size,
            media_type="application/json",
            file_name=FILE_NAME,
            version=version,
            derived_from=before[-1].sha256,
            detail={"qa": result},
        ),
        Rendition(
            role=RenditionRole.NOTE_SEAL,
            sha256=seal.sha256,
            size=seal.size,
            media_type="application/pkcs7-signature",
            file_name=f"{FILE_NAME}.p7s",
            version=version,
            derived_from=note.sha256,
            detail={"certificate_sha256": engines.sealer.certificate_sha256},
        ),
    ):
        items.add_rendition(session, document.item_id, document.id, rendition, at=engines.clock())
