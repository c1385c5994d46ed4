"""Rebuild the index from the archive: a new generation beside the old one, then a swap."""

from __future__ import annotations

from archive import documents, listing
from archive.stages import Stage
from config.errors import ServiceError
from ingest.engines import Engines
from ingest.projection import entry_of
from search.index import Index, Upsert

BATCH = 200


def rebuild(engines: Engines) -> int:
    """Build a new generation from all filed documents and promote it; gives back how many.

    Called by the holder of the home's lock, so nothing is filed meanwhile. No page is recognised
    again: the kept text is enough.
    """
    with engines.database.read() as session:
        ids = [
            document_id
            for item in listing.operator_items(session)
            for document_id in item.documents
        ]
    fresh = engines.index.new_generation(engines.clock().strftime("%Y%m%d%H%M%S"))
    batch: list[Upsert] = []
    count = 0
    for document_id in ids:
        with engines.database.read() as session:
            document = documents.load_document(session, document_id)
        if document.stage is Stage.FILED:
            batch.append(Upsert(entry_of(engines, document)))
            count += 1
        if len(batch) == BATCH:
            _apply(fresh, batch)
            batch = []
    _apply(fresh, batch)
    fresh.promote()
    return count


def _apply(index: Index, batch: list[Upsert]) -> None:
    result = index.apply(batch)
    if result.failures:
        first = result.failures[0]
        raise ServiceError(
            f"{len(result.failures)} Dokumente kamen nicht in den neuen Index, zuerst "
            f"{first.document_id}: {first.text}. Der alte Index bleibt in Gebrauch."
        )
