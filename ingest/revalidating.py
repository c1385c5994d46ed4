"""Checking signatures again: a new report beside the old ones, which are kept."""

from __future__ import annotations

from archive import items, rows
from archive.audit import Actor, append
from archive.model import RenditionRole
from config.errors import Conflict
from ingest.engines import Engines
from ingest.subject import item_and_source
from ingest.verifying import audited, checked, keep
from signing.report import SignatureReport


def revalidate(engines: Engines, item_id: str, *, by: Actor) -> SignatureReport:
    """Check the untouched original with today's trust and keep the report as the next version.

    Findings of the first check stay as they were: they say what was known then.

    Raises:
        Conflict: the first check has not been made yet.
        Unavailable: store, database or file are away.
    """
    item, _ = item_and_source(engines, item_id)
    report = checked(engines, item)
    with engines.database.write() as session:
        before = [
            rendition
            for rendition in rows.item_renditions(session, item_id)
            if rendition.role is RenditionRole.SIGNATURE_REPORT
        ]
        if not before:
            raise Conflict("Die erste Signaturprüfung dieser Datei steht noch aus.")
        version = max(rendition.version for rendition in before) + 1
        kept = keep(engines, item, report, version=version)
        items.add_rendition(session, item_id, None, kept, at=engines.clock())
        append(
            session,
            at=engines.clock(),
            by=by,
            action="SIGNATURE_CHECKED",
            object_type="item",
            object_id=item_id,
            object_sha256=item.sha256,
            correlation_id=item_id,
            detail={**audited(report, kept), "version": version, "again": True},
        )
    return report
