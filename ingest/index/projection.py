"""From the archive into the index: the outbox says what changed, the archive says what is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from archive import access
from archive.desk import saved_searches
from archive.efile import files
from archive.intake import documents, items
from archive.model import Document, RenditionRole
from archive.search import findable, outbox
from archive.search.outbox import OutboxRow
from archive.stages import Stage
from config.errors import NotFound, ServiceError, Unavailable
from config.logs import logger
from ingest.engines import Engines
from ingest.index.alerts import matching
from ingest.renditions import latest
from ocr.recognition.result import Recognition
from search.index import Delete, Entry, PageEntry, Upsert

BATCH = 100


def project(
    engines: Engines, found: Callable[[Sequence[str]], None] = lambda document_ids: None
) -> int:
    """Bring the next batch of the outbox into the index; gives back how many rows it was.

    ``found`` is told of the documents that can be found from now on and could not before.

    Raises:
        Unavailable: the index or the database is away; nothing is lost, the rows stay.
    """
    with engines.database.read() as session:
        rows = outbox.pending(session, BATCH)
    if not rows:
        return 0
    operations = {row.document_id: _operation(engines, row) for row in rows}
    wanted = [operation for operation in operations.values() if operation is not None]
    result = engines.index.apply(wanted)
    failed = {failure.document_id: failure.text for failure in result.failures}
    indexed = [
        (operation.entry.document_id, operation.entry.revision)
        for operation in wanted
        if isinstance(operation, Upsert) and operation.entry.document_id not in failed
    ]
    with engines.database.read() as session:
        news = findable.not_yet_found(session, [each for each, _ in indexed])
    # Before the rows go: if the index is away just now, the batch and its alerts come again.
    alerts = matching(engines.database, engines.index, news)
    gone = [each.document_id for each in wanted if isinstance(each, Delete)]
    with engines.database.write() as session:
        for alert in alerts:
            saved_searches.note(session, alert.search_id, alert.documents, at=engines.clock())
        saved_searches.drop_document(session, gone)
        for row in rows:
            if row.document_id in failed or operations[row.document_id] is None:
                why = failed.get(row.document_id, "unlesbarer Text")
                outbox.failed(session, row.seq, why, at=engines.clock())
        outbox.done(
            session,
            [
                row.seq
                for row in rows
                if row.document_id not in failed and operations[row.document_id] is not None
            ],
        )
        documents.mark_indexed(session, indexed)
    found(news)
    return len(rows)


def _operation(engines: Engines, row: OutboxRow) -> Upsert | Delete | None:
    """What to do for one document; none where its text cannot be read (a dead letter)."""
    try:
        with engines.database.read() as session:
            document = documents.load_document(session, row.document_id)
    except NotFound:
        return Delete(document_id=row.document_id, revision=row.revision)
    if document.stage is not Stage.FILED:
        return Delete(document_id=row.document_id, revision=document.revision)
    try:
        return Upsert(entry=entry_of(engines, document))
    except Unavailable:
        raise
    except (ServiceError, ValueError) as error:
        logger("index").error("cannot be indexed", document=row.document_id, error=str(error))
        return None


def _plan_unit(session: Session, document: Document) -> str | None:
    return files.load_file(session, document.file_id).plan_unit if document.file_id else None


def page_entries(text: Recognition) -> tuple[PageEntry, ...]:
    """What was read, as the index takes it. A page on which anything was read from a picture may hold
    misread signs; one with words of its own alone, such as a mail, holds none."""
    return tuple(
        PageEntry(number=page.number, text=page.text, recognised=page.source == "ocr")
        for page in text.pages
    )


def entry_of(engines: Engines, document: Document, *, with_text: bool = True) -> Entry:
    """The search entry of a filed document, from the record and its kept text."""
    with engines.database.read() as session:
        item = items.load_item(session, document.item_id)
        plan_unit = _plan_unit(session, document)
    pages: tuple[PageEntry, ...] = ()
    if with_text:
        kept = engines.objects.path(latest(document, RenditionRole.TEXT)).read_bytes()
        pages = page_entries(Recognition.from_json(kept))
    return Entry(
        document_id=document.id,
        revision=document.revision,
        scope=access.document_scope(document),
        department=document.department,
        stream=document.stream,
        document_class=document.document_class,
        plan_unit=plan_unit,
        title=document.title,
        sender=document.sender,
        file_mark=document.file_mark,
        file_name=item.source.rsplit("/", 1)[-1],
        received_on=document.received_on,
        letter_date=document.letter_date,
        pages=pages,
    )
