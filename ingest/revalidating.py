"""Checking signatures again: new reports beside the old ones, which are kept."""

from __future__ import annotations

from sqlalchemy.orm import Session

from archive import items, rows
from archive.audit import Actor, append, lock_trail
from archive.model import RenditionRole
from config.errors import Conflict
from ingest.engines import Engines
from ingest.subject import item_and_source
from ingest.verifying import Checked, audited, look


def revalidate(engines: Engines, item_id: str, *, by: Actor) -> tuple[Checked, ...]:
    """Check the untouched original, and what was handed in later, with today's trust; keep each
    report as the next version. The original's comes first.

    Findings of the first check stay as they were: they say what was known then. Custody is held
    from the first report in the store to the commit, so that no sweep takes one in between.

    Raises:
        Conflict: the first check has not been made yet, or another one came first.
        Unavailable: store, database or file are away.
    """
    item, _ = item_and_source(engines, item_id)
    with engines.database.read() as session:
        version = _next_version(session, item_id)
    with engines.objects.custody():
        checks = look(engines, item, first_version=version)
        with engines.database.write() as session:
            lock_trail(session)
            if _next_version(session, item_id) != version:
                raise Conflict("Die Signaturen wurden gerade schon neu geprüft; bitte neu laden.")
            at = engines.clock()
            for check in checks:
                items.add_rendition(session, item_id, None, check.kept, at=at)
            append(
                session,
                at=at,
                by=by,
                action="SIGNATURE_CHECKED",
                object_type="item",
                object_id=item_id,
                object_sha256=item.sha256,
                correlation_id=item_id,
                detail={**audited(checks), "version": version, "again": True},
            )
    return checks


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
