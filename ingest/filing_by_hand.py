"""What clerks do with files by hand: begin one, and put a document where it belongs.

Every function asks for the reader's right first, and acts in one transaction with its audit event.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from archive import access, files, listing, people, placing, plausible
from archive.model import Case, CaseFile, Reader, SubFile
from config.errors import Conflict, Forbidden, NotFound
from ingest.actors import actor_of
from ingest.engines import Engines
from ingest.filing import month_of


def open_file(
    engines: Engines, reader: Reader, plan_unit: str, subject: str, *, department: str | None = None
) -> CaseFile:
    """Begin an e-file in a unit of the plan, in its department unless another one is named.

    Raises:
        NotFound: there is no such unit, or it is closed to the reader.
        Forbidden: the reader is no clerk of the department.
    """
    with engines.database.write() as session:
        unit = files.plan_unit_of(session, plan_unit)
        place = department or unit.department
        subject = plausible.line(subject, "Der Betreff der Akte", required=True)
        if unit.compartment is not None and unit.compartment not in reader.compartments:
            raise NotFound(f"Die Aktenplaneinheit {plan_unit} gibt es nicht.")
        if place is None or not access.may_open_file(reader, place, unit.compartment):
            raise Forbidden("Akten legt die Sachbearbeitung der zuständigen Abteilung an.")
        if place not in {each.id for each in people.units(session)}:
            raise NotFound(f"Die Abteilung {place} gibt es nicht.")
        return files.open_file(
            session, plan_unit, place, subject, by=actor_of(reader), at=engines.clock()
        )


def open_case(
    engines: Engines,
    reader: Reader,
    file_id: str,
    title: str,
    *,
    sub_file_id: str | None = None,
) -> Case:
    """Begin a case in an open file (and its open part).

    Raises NotFound, Forbidden for others than the department's clerks, Conflict, UsageError.
    """
    with engines.database.write() as session:
        _for_work(session, reader, file_id)
        title = plausible.line(title, "Der Betreff des Vorgangs", required=True)
        return files.open_case(
            session,
            file_id,
            title,
            by=actor_of(reader),
            at=engines.clock(),
            sub_file_id=sub_file_id,
        )


def open_sub_file(engines: Engines, reader: Reader, file_id: str, title: str) -> SubFile:
    """Begin a part (Teilakte) of an open file. Raises as ``open_case``."""
    with engines.database.write() as session:
        _for_work(session, reader, file_id)
        title = plausible.line(title, "Der Betreff der Teilakte", required=True)
        return files.open_sub_file(session, file_id, title, by=actor_of(reader), at=engines.clock())


def move_to_file(
    engines: Engines,
    reader: Reader,
    document_id: str,
    file_id: str,
    *,
    reason: str,
    case_id: str | None = None,
) -> None:
    """Put a filed document into another open file (a suggestion taken up, a mistake corrected).

    Without ``case_id`` into the file's one open case, else this month's.

    Raises:
        NotFound: document, file or case do not exist for this reader.
        Forbidden: the reader may read and not work on one of them.
        Conflict: one of them is closed, or they are of different compartments.
    """
    by, at = actor_of(reader), engines.clock()
    with engines.database.write() as session:
        reason = plausible.remark(reason, "Der Grund", required=True)
        document = listing.document_for(session, reader, document_id)
        if document.file_id is None or not access.may_read_document(reader, document):
            raise NotFound(f"Das Dokument {document_id} gibt es nicht.")
        for each in (document.file_id, file_id):
            if not access.may_work_on_file(reader, listing.file_for(session, reader, each)):
                raise Forbidden("Umlegen darf die Sachbearbeitung der zuständigen Abteilung.")
        entry = files.load_file(session, file_id)
        if case_id is None:
            if entry.state != "OPEN":
                raise Conflict(f"Die Akte {entry.file_mark} ist nicht mehr offen.")
            case_id = placing.case_in(session, entry, month_of(document), by=by, at=at).id
        elif files.case_of(session, case_id).file_id != file_id:
            raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
        placing.refile_document(session, document_id, case_id=case_id, reason=reason, by=by, at=at)


def _for_work(session: Session, reader: Reader, file_id: str) -> None:
    if not access.may_work_on_file(reader, listing.file_for(session, reader, file_id)):
        raise Forbidden("Das tut die Sachbearbeitung der zuständigen Abteilung.")
