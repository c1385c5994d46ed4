"""The index held against the archive: repaired in place, or built anew beside the old one.

Both go on while documents are filed and searches run; no page is recognised again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import search.rebuild
from archive.intake import documents
from archive.search import findable, outbox
from archive.stages import Stage
from config.errors import NotFound, ServiceError, Unavailable
from config.logs import logger
from ingest.engines import Engines
from ingest.errors import Stopping
from ingest.index.projection import entry_of
from search.index import Delete, Op, Upsert
from search.rebuild import Report

TAG = "rebuild"  #: of generations that an interrupted rebuild is gone on with


def demand_index(engines: Engines) -> bool:
    """At start: an index that is lost or of another layout is built anew; whether it was.

    Raises:
        Unavailable: the index or the database is away, or the service is being ended.
    """
    if not engines.index.health().needs_rebuild:
        return False
    logger("index").warning("the index is built anew from the archive")
    rebuild(engines)
    return True


def keep_whole(engines: Engines) -> None:
    """Soon after the start and every hour: what differs is mended. Raises as ``demand_index``."""
    if demand_index(engines):
        return
    parts = search.rebuild.differing_parts(engines.index, lambda: _each_expected(engines))
    if not parts:
        return

    def expected() -> Mapping[str, int]:
        pairs = _each_expected(engines)
        return {each: revision for each, revision in pairs if search.rebuild.part_of(each) in parts}

    report = search.rebuild.reconcile(
        engines.index, expected=expected, load=lambda key: _load(engines, key), parts=parts
    )
    if report.loaded:
        logger("index").warning("the index differed from the archive", mended=report.loaded)
    _tell_failures(report)


def rebuild(
    engines: Engines,
    *,
    keep: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Build a new generation from all filed documents and promote it; gives back how many.

    Another process may serve and index meanwhile: what it files while we promote goes through the
    outbox again, into the new generation. ``keep`` = false: nothing of the old one stays (erasure).

    Raises:
        RebuildRefused: the new one does not come to agree with the archive; the old one stays.
        Stopping: the service is being ended; called again, it goes on with what is there.
    """

    def expected() -> Mapping[str, int]:
        found = _expected(engines)
        engines.renewal.expect(found)
        return found

    def load(document_id: str) -> Op:
        loaded = _load(engines, document_id)
        engines.renewal.reached(document_id)
        return loaded

    with engines.renewal.going():
        report = search.rebuild.rebuild(
            engines.index,
            tag=TAG,
            expected=expected,
            load=load,
            keep=keep,
            again=lambda differing: _again(engines, differing),
            progress=progress,
        )
    _tell_failures(report)
    return report.loaded


def _again(engines: Engines, differing: Mapping[str, Delete | None]) -> None:
    """Into the outbox, whose reader knows what each of them is now."""
    with engines.database.write() as session:
        for document_id, deletion in differing.items():
            revision = deletion.revision if deletion else 0
            outbox.add(session, document_id, revision, "delete" if deletion else "upsert")


def _tell_failures(report: Report) -> None:
    for failure in report.failures:
        logger("index").error("not in the index", document=failure.document_id, error=failure.text)


def _expected(engines: Engines) -> Mapping[str, int]:
    with engines.database.read() as session:
        return findable.findable(session)


def _each_expected(engines: Engines) -> Iterator[tuple[str, int]]:
    with engines.database.read() as session:
        yield from findable.each_findable(session)


def _load(engines: Engines, document_id: str) -> Op:
    """One document for the index; where one begins, a rebuild or a repair can be ended.

    Raises Stopping.
    """
    if engines.stopping.is_set():
        raise Stopping("Der Dienst wird beendet; der Suchindex wird beim nächsten Start vollendet.")
    try:
        with engines.database.read() as session:
            document = documents.load_document(session, document_id)
    except NotFound:
        return Delete(document_id, 2**31 - 1)
    if document.stage is not Stage.FILED:
        return Delete(document_id, document.revision)
    try:
        return Upsert(entry_of(engines, document))
    except Unavailable:
        raise
    except (ServiceError, ValueError) as error:
        # Found by its fields at least; the missing text is a fault that verify shows as well.
        logger("index").error("text cannot be read", document=document_id, error=str(error))
        return Upsert(entry_of(engines, document, with_text=False))
