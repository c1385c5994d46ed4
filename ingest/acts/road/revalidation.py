"""Checking signatures again: new reports beside the old ones, which are kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import append, lock_trail
from archive.db import rows
from archive.intake import items
from archive.model import Document, RenditionRole
from archive.views import listing
from config.errors import Conflict, Forbidden
from ingest.acts.act import HouseAct
from ingest.acts.acting import Acting
from ingest.engines import Engines
from ingest.road.step_input import item_and_source
from ingest.road.verifying import Checked, audited, look


@dataclass(frozen=True, slots=True, kw_only=True)
class Revalidate(HouseAct[tuple[Checked, ...]]):
    """Check the untouched original of a document, and what was handed in later, with today's trust;
    keep each report as the next version. The original's comes first.

    Findings of the first check stay as they were: they say what was known then. Custody is held
    from the first report in the store to the commit, so that no sweep takes one in between.

    Raises:
        NotFound: there is no such document for this reader.
        Forbidden: the reader may not see evidence, or by break-glass alone.
        Conflict: the first check has not been made yet, or another one came first.
        Unavailable: store, database or file are away.
    """

    document_id: str

    def perform(self, engines: Engines, by: Acting) -> tuple[Checked, ...]:
        with engines.database.read() as session:
            document = listing.document_for(session, by.reader, self.document_id)
        _demand(by, document)
        item, _ = item_and_source(engines, document.item_id)
        with engines.database.read() as session:
            version = _next_version(session, item.id)
        with engines.objects.custody():
            checks = look(engines, item, first_version=version)
            with engines.database.write() as session:
                lock_trail(session)
                if _next_version(session, item.id) != version:
                    raise Conflict(
                        "Die Signaturen wurden gerade schon neu geprüft; bitte neu laden."
                    )
                at = engines.clock()
                for check in checks:
                    items.add_rendition(session, item.id, None, check.kept, at=at)
                append(
                    session,
                    at=at,
                    by=by.actor,
                    action="SIGNATURE_CHECKED",
                    object_type="item",
                    object_id=item.id,
                    object_sha256=item.sha256,
                    correlation_id=item.id,
                    detail={**audited(checks), "version": version, "again": True},
                )
        return checks


def _demand(by: Acting, document: Document) -> None:
    if access.reads_by_glass(by.reader, document):
        raise Forbidden("Ein Notzugriff öffnet zum Lesen; ein neuer Prüfbericht ist mehr als das.")
    if not access.may_see_reports(by.reader, document):
        raise Forbidden("Nachweise sehen die zuständige Abteilung und die Revision.")


def _next_version(session: Session, item_id: str) -> int:
    """Of the reports on all files of the item."""
    before = [
        rendition.version
        for rendition in rows.item_renditions(session, item_id)
        if rendition.role is RenditionRole.SIGNATURE_REPORT
    ]
    if not before:
        raise Conflict("Die erste Signaturprüfung dieser Datei steht noch aus.")
    return max(before) + 1
