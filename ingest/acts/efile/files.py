"""Files, their parts and cases: begun, closed, opened again, signed off."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive import access, plausibility
from archive.efile import closing, files
from archive.model import Case, CaseFile, Reader, SubFile
from archive.people import accounts
from archive.views import listing
from config.errors import Forbidden, NotFound
from ingest.acts.act import Act, Transaction


# ------------------------------------------------------------------ files
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile(Act[CaseFile]):
    """Begin an e-file in a unit of the plan, in its department unless another one is named.

    Raises:
        NotFound: there is no such unit, or it is closed to the reader.
        Forbidden: the reader is no clerk of the department.
    """

    plan_unit: str
    subject: str
    department: str | None = None

    def within(self, change: Transaction) -> CaseFile:
        session, reader = change.session, change.by.reader
        unit = files.plan_unit_of(session, self.plan_unit)
        place = self.department or unit.department
        subject = plausibility.line(self.subject, "Der Betreff der Akte", required=True)
        if unit.compartment is not None and unit.compartment not in reader.compartments:
            raise NotFound(f"Die Aktenplaneinheit {self.plan_unit} gibt es nicht.")
        if place is None or not access.may_open_file(reader, place, unit.compartment):
            raise Forbidden("Akten legt die Sachbearbeitung der zuständigen Abteilung an.")
        if place not in {each.id for each in accounts.units(session)}:
            raise NotFound(f"Die Abteilung {place} gibt es nicht.")
        return files.open_file(
            session, self.plan_unit, place, subject, by=change.by.actor, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FinaliseFile(Act[int]):
    """Sign off every document of it that is not final yet; gives back how many there were.

    Raises NotFound, Forbidden, Conflict.
    """

    file_id: str

    def within(self, change: Transaction) -> int:
        return closing.finalise_file(change.session, change.by.reader, self.file_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseFile(Act[CaseFile]):
    """zdA: closes its cases and parts too, and fixes the end of retention.

    Raises NotFound, Forbidden, Conflict where something in it is open, not final or to be done.
    """

    file_id: str

    def within(self, change: Transaction) -> CaseFile:
        return closing.close_file(change.session, change.by.reader, self.file_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenFile(Act[CaseFile]):
    """Open it again, as a records manager who did not close it; its cases stay closed.

    Raises NotFound, Forbidden, UsageError without a reason, Conflict once it was offered.
    """

    file_id: str
    reason: str

    def within(self, change: Transaction) -> CaseFile:
        return closing.reopen_file(
            change.session, change.by.reader, self.file_id, reason=self.reason, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecomputeRetention(Act[CaseFile]):
    """Take over what the file plan says now into a closed file. Raises as ``ReopenFile``."""

    file_id: str
    reason: str

    def within(self, change: Transaction) -> CaseFile:
        return closing.recompute_retention(
            change.session, change.by.reader, self.file_id, reason=self.reason, at=change.at
        )


# ------------------------------------------------------------------ parts
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSubFile(Act[SubFile]):
    """Begin a part (Teilakte) of an open file. Raises as ``OpenCase``."""

    file_id: str
    title: str

    def within(self, change: Transaction) -> SubFile:
        _demand_work(change.session, change.by.reader, self.file_id)
        title = plausibility.line(self.title, "Der Betreff der Teilakte", required=True)
        return files.open_sub_file(
            change.session, self.file_id, title, by=change.by.actor, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSubFile(Act[None]):
    """Close a part with the cases in it. Raises NotFound, Forbidden, Conflict."""

    sub_file_id: str

    def within(self, change: Transaction) -> None:
        closing.close_sub_file(change.session, change.by.reader, self.sub_file_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenSubFile(Act[None]):
    """Open a part again in an open file. Raises NotFound, Forbidden, UsageError, Conflict."""

    sub_file_id: str
    reason: str

    def within(self, change: Transaction) -> None:
        closing.reopen_sub_file(
            change.session, change.by.reader, self.sub_file_id, reason=self.reason, at=change.at
        )


# ------------------------------------------------------------------ cases
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase(Act[Case]):
    """Begin a case in an open file (and its open part).

    Raises NotFound, Forbidden for others than the department's clerks, Conflict, UsageError.
    """

    file_id: str
    title: str
    sub_file_id: str | None = None

    def within(self, change: Transaction) -> Case:
        _demand_work(change.session, change.by.reader, self.file_id)
        title = plausibility.line(self.title, "Der Betreff des Vorgangs", required=True)
        return files.open_case(
            change.session,
            self.file_id,
            title,
            by=change.by.actor,
            at=change.at,
            sub_file_id=self.sub_file_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseCase(Act[None]):
    """Close it. Raises NotFound, Forbidden, Conflict where something in it is not done."""

    case_id: str

    def within(self, change: Transaction) -> None:
        closing.close_case(change.session, change.by.reader, self.case_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase(Act[None]):
    """Open it again in an open file (and part). Raises NotFound, Forbidden, UsageError, Conflict."""

    case_id: str
    reason: str

    def within(self, change: Transaction) -> None:
        closing.reopen_case(
            change.session, change.by.reader, self.case_id, reason=self.reason, at=change.at
        )


def _demand_work(session: Session, reader: Reader, file_id: str) -> None:
    if not access.may_work_on_file(reader, listing.file_for(session, reader, file_id)):
        raise Forbidden("Das tut die Sachbearbeitung der zuständigen Abteilung.")
