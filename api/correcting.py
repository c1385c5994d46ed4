"""Correcting what is known of a document, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from api.auth import Caller
from api.service import Service
from archive import access, documents, listing
from config.errors import Conflict, Forbidden


def correct(
    service: Service,
    caller: Caller,
    document_id: str,
    revision: int,
    changes: Mapping[str, str | date | None],
    remark: str | None,
) -> None:
    """Change metadata unless somebody else did since ``revision``.

    Raises NotFound, Forbidden, Conflict, UsageError.
    """
    with service.database.write() as session:
        document = listing.document_for(session, caller.reader, document_id)
        if not access.may_correct_document(caller.reader, document):
            raise Forbidden("Angaben berichtigt die zuständige Abteilung oder die Registratur.")
        if document.revision != revision:
            raise Conflict(
                "Das Dokument wurde inzwischen von jemand anderem geändert. Bitte neu laden und "
                "die Berichtigung nochmals eintragen."
            )
        documents.correct_metadata(
            session, document_id, changes, by=caller.actor, at=service.clock(), remark=remark
        )
