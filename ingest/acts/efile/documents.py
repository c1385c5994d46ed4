"""Filed documents: corrected, put where they belong, signed off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from archive import access, plausibility
from archive.desk import rejected_suggestions
from archive.efile import closing, files, filing
from archive.intake import documents
from archive.views import listing
from config.errors import Conflict, Forbidden, NotFound
from ingest.acts.act import Act, Transaction
from ingest.road.filing import month_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectMetadata(Act[None]):
    """Change what is known of a document unless somebody else did since ``revision``.

    Raises NotFound, Forbidden, Conflict, UsageError for what cannot be.
    """

    document_id: str
    revision: int
    changes: Mapping[str, str | date | None]
    remark: str | None = None

    def within(self, change: Transaction) -> None:
        session, reader = change.session, change.by.reader
        document = listing.document_for(session, reader, self.document_id)
        if not access.may_correct_document(reader, document):
            raise Forbidden("Angaben berichtigt die zuständige Abteilung oder die Registratur.")
        if document.revision != self.revision:
            raise Conflict(
                "Das Dokument wurde inzwischen von jemand anderem geändert. Bitte neu laden und "
                "die Berichtigung nochmals eintragen."
            )
        documents.correct_metadata(
            session,
            self.document_id,
            self.changes,
            by=change.by.actor,
            at=change.at,
            remark=self.remark,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveToFile(Act[None]):
    """Put a filed document into another open file (a suggestion taken up, a mistake corrected).

    Without ``case_id`` into the file's one open case, else this month's.

    Raises:
        NotFound: document, file or case do not exist for this reader.
        Forbidden: the reader may read and not work on one of them.
        Conflict: one of them is closed, or they are of different compartments.
    """

    document_id: str
    file_id: str
    reason: str
    case_id: str | None = None

    def within(self, change: Transaction) -> None:
        session, reader = change.session, change.by.reader
        reason = plausibility.remark(self.reason, "Der Grund", required=True)
        document = listing.document_for(session, reader, self.document_id)
        if document.file_id is None or not access.may_read_document(reader, document):
            raise NotFound(f"Das Dokument {self.document_id} gibt es nicht.")
        for each in (document.file_id, self.file_id):
            if not access.may_work_on_file(reader, listing.file_for(session, reader, each)):
                raise Forbidden("Umlegen darf die Sachbearbeitung der zuständigen Abteilung.")
        entry, case_id = files.load_file(session, self.file_id), self.case_id
        if case_id is None:
            if entry.state != "OPEN":
                raise Conflict(f"Die Akte {entry.file_mark} ist nicht mehr offen.")
            month = month_of(document)
            case_id = filing.case_in(session, entry, month, by=change.by.actor, at=change.at).id
        elif files.case_of(session, case_id).file_id != self.file_id:
            raise NotFound(f"Den Vorgang {case_id} gibt es nicht.")
        filing.refile_document(
            session,
            self.document_id,
            case_id=case_id,
            reason=reason,
            by=change.by.actor,
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectSuggestions(Act[None]):
    """It lies right where it is: nothing is suggested for it any more. Raises NotFound, Forbidden,
    Conflict."""

    document_id: str

    def within(self, change: Transaction) -> None:
        rejected_suggestions.reject(
            change.session, change.by.reader, self.document_id, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FinaliseDocument(Act[None]):
    """Sign it off (Schlusszeichnung), once; its content is frozen from here on.

    Raises NotFound, Forbidden, Conflict.
    """

    document_id: str

    def within(self, change: Transaction) -> None:
        closing.finalise_document(change.session, change.by.reader, self.document_id, at=change.at)
