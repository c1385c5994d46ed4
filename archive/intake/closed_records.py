"""A record that is closed stands: what may still be changed of a document in its file.

The same guards stand in the database (migrations 0003 and 0006); here are the words for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.file_states import RecordState
from archive.stages import Stage
from archive.tables import schema
from config.errors import Conflict

_CASE, _FILE = schema.case, schema.case_file


def may_change(session: Session, document: Mapping[str, Any]) -> None:
    """Raises Conflict for a locked document that is final, or filed in a closed case or file."""
    in_open_case(session, document)
    if document["record_state"] == RecordState.FINAL:
        raise Conflict(
            f"{document['id']} ist schlussgezeichnet und steht fest. Was zu berichtigen ist, kommt als"
            " neues Dokument (etwa ein Vermerk) zum Vorgang."
        )


def in_open_case(session: Session, document: Mapping[str, Any]) -> None:
    """Raises Conflict for a FILED document whose case or file is closed."""
    if document["stage"] != Stage.FILED:
        return
    query = (
        sa.select(_CASE.c.state, _FILE.c.state.label("file_state"), _FILE.c.file_mark)
        .join(_FILE, _FILE.c.id == _CASE.c.file_id)
        .where(_CASE.c.id == document["case_id"])
    )
    found = session.execute(query).one()
    if found.file_state != "OPEN":
        raise Conflict(
            f"{document['id']} liegt in der geschlossenen Akte {found.file_mark} und steht fest. Soll"
            " es geändert werden, öffnet die Registratur die Akte wieder, mit Grund."
        )
    if found.state != "OPEN":
        raise Conflict(
            f"{document['id']} liegt in einem geschlossenen Vorgang der Akte {found.file_mark} und"
            " steht fest. Erst den Vorgang wieder öffnen, mit Grund."
        )
