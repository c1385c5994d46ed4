"""Step ``file``: into the e-file, with retention and access, in one transaction with the outbox."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from archive import files
from archive.audit import Actor
from archive.model import Case, Document
from config.errors import UsageError
from config.settings import Stream
from ingest.actors import SERVICE
from ingest.change import Change
from ingest.engines import Engines
from ingest.subject import subject


def file(engines: Engines, document_id: str) -> Change:
    """Find the case that the stream files into; it is opened where there is none yet."""
    about = subject(engines, document_id)
    with engines.database.write() as session:
        case = case_for(session, about.stream, about.document, by=SERVICE, at=engines.clock())
    return Change(action="FILED", case_id=case.id)


def case_for(
    session: Session, stream: Stream, document: Document, *, by: Actor, at: datetime
) -> Case:
    """This month's case of the stream in the document's department."""
    entry = files.file_for_stream(
        session,
        _plan_unit(session, stream, document.department),
        document.department,
        f"Posteingang {stream.title or document.stream}",
        by=by,
        at=at,
        compartment=document.compartment,
    )
    title = f"Eingang {document.received_on:%m/%Y}"
    return files.case_for_stream(session, entry.id, title, by=by, at=at)


def _plan_unit(session: Session, stream: Stream, department: str) -> str:
    """The stream's unit where it is this department's; else the department's first unit.

    Raises:
        UsageError: the file plan has no unit for the department.
    """
    units = files.plan(session)
    if any(u.code == stream.plan_unit and u.department in (None, department) for u in units):
        return stream.plan_unit
    parents = {unit.parent for unit in units}
    own = sorted(u.code for u in units if u.department == department and u.code not in parents)
    if not own:
        raise UsageError(
            f"Für die Abteilung {department} gibt es im Aktenplan keine Einheit; bitte anlegen."
        )
    return own[0]
