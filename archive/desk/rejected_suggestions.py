"""A suggestion to file elsewhere that a person has turned down. Kept as an event of the trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from archive import access
from archive.efile.change_history import actor
from archive.intake import closed_records, transitions
from archive.model import Reader
from archive.tables import schema
from archive.views import file_details, listing
from config.errors import Conflict, Forbidden, NotFound


def reject(session: Session, reader: Reader, document_id: str, *, at: datetime) -> None:
    """The document lies right where it is: what was suggested for it is suggested no more.

    Nothing else of the document changes; it is not signed off by this.

    Raises:
        NotFound: there is no such document in a file of this reader's.
        Forbidden: the reader may read the file and not work on it.
        Conflict: nothing is suggested (any more), or case or file is closed.
    """
    document = listing.document_for(session, reader, document_id)
    if document.file_id is None or not access.may_read_document(reader, document):
        raise NotFound(f"Das Dokument {document_id} gibt es nicht.")
    if not access.may_work_on_file(reader, listing.file_for(session, reader, document.file_id)):
        raise Forbidden("Über Vorschläge entscheidet die Sachbearbeitung der Abteilung.")
    row = transitions.locked(session, schema.document, document_id)
    closed_records.in_open_case(session, row)
    suggested = file_details.suggested_for(session, reader, document)
    if not suggested:
        raise Conflict("Zu diesem Dokument ist kein Vorschlag mehr offen; bitte neu laden.")
    transitions.told(
        session,
        schema.document,
        row,
        by=actor(reader),
        at=at,
        action=file_details.SUGGESTION_REJECTED,
        detail={"file": row["file_id"], "suggested": [each.file.id for each in suggested]},
    )
