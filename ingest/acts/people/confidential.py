"""Closed files, compartments and pseudonyms: opened with a reason, judged by a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from archive.model import WHOLE, Document, Role
from archive.people import accounts, break_glass, pseudonym_resolutions
from archive.people.break_glass import Glass
from config.errors import NotFound
from ingest.acts.act import Act, Records, Transaction
from ingest.acts.acting import Acting


# ------------------------------------------------------------------ break-glass
@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass(Act[Glass | None]):
    """Open a closed file for reading, in person. Who tried it for a file that they may not know of
    stands in the trail although it is refused.

    Raises NotFound, Forbidden for programs and for whoever reads no such files, UsageError.
    """

    file_mark: str
    reason: str
    minutes: int

    def within(self, change: Transaction) -> Glass | None:
        change.by.demand_in_person()
        return break_glass.open_file(
            change.session,
            change.by.reader,
            self.file_mark,
            reason=self.reason,
            length=timedelta(minutes=self.minutes),
            at=change.at,
        )

    def perform(self, records: Records, by: Acting) -> Glass:
        """It is refused only after the try was committed."""
        glass = super(BreakGlass, self).perform(records, by)  # slots: the class is made twice
        if glass is None:
            raise NotFound(f"Eine verschlossene Akte {self.file_mark} gibt es nicht.")
        return glass


@dataclass(frozen=True, slots=True, kw_only=True)
class EndBreakGlass(Act[None]):
    """Close one's own access before its time. Raises NotFound."""

    glass_id: str

    def within(self, change: Transaction) -> None:
        break_glass.end(change.session, change.by.reader, self.glass_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeBreakGlass(Act[None]):
    """Say as the second person whether it was justified; what was not ends at once.

    Raises NotFound, Forbidden for who is no second person, Conflict, UsageError.
    """

    glass_id: str
    justified: bool
    remark: str

    def within(self, change: Transaction) -> None:
        break_glass.acknowledge(
            change.session,
            change.by.reader,
            self.glass_id,
            justified=self.justified,
            remark=self.remark,
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteReading(Act[None]):
    """Into the trail that a document was read by nothing but a broken glass."""

    document: Document

    def within(self, change: Transaction) -> None:
        break_glass.note_reading(change.session, change.by.reader, self.document, at=change.at)


# ------------------------------------------------------------------ compartments
@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember(Act[None]):
    """Close a compartment to somebody again. Raises NotFound, Forbidden."""

    compartment: str
    user: str

    def within(self, change: Transaction) -> None:
        change.by.demand(Role.ADMIN, within=WHOLE)
        accounts.leave_compartment(
            change.session, self.user, self.compartment, by=change.by.actor, at=change.at
        )


# ------------------------------------------------------------------ pseudonyms
@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePseudonym(Act[str | None]):
    """Who stands behind a pseudonym, asked in person; None where nobody is known.

    Raises NotFound, Forbidden for programs too, UsageError without a reason.
    """

    pseudonym: str
    reason: str

    def within(self, change: Transaction) -> str | None:
        change.by.demand_in_person()
        return accounts.resolve_person(
            change.session, change.by.reader, self.pseudonym, reason=self.reason, at=change.at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeResolution(Act[None]):
    """Say as the second person whether it was justified. Raises as ``JudgeBreakGlass``."""

    resolution_id: str
    justified: bool
    remark: str

    def within(self, change: Transaction) -> None:
        pseudonym_resolutions.acknowledge(
            change.session,
            change.by.reader,
            self.resolution_id,
            justified=self.justified,
            remark=self.remark,
            at=change.at,
        )
