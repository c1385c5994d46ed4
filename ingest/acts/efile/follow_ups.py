"""Follow-ups (Wiedervorlagen): set, done, put off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archive.desk import follow_ups
from archive.desk.follow_ups import FollowUp
from config.errors import UsageError
from ingest.acts.act import Act, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFollowUp(Act[FollowUp]):
    """Note that an open file, or a case in it, is to be looked at again on a day.

    ``for_user``: None for the whole department. Raises NotFound, Forbidden, UsageError without a
    reason or with a day that nobody means, Conflict where it is closed.
    """

    file_id: str
    due: date
    reason: str
    case_id: str | None = None
    for_user: str | None = None

    def within(self, change: Transaction) -> FollowUp:
        return follow_ups.add(
            change.session,
            change.by.reader,
            self.file_id,
            due=self.due,
            reason=self.reason,
            case_id=self.case_id,
            for_user=self.for_user,
            at=change.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishFollowUp(Act[None]):
    """It was looked at. Raises NotFound, Forbidden, Conflict where it is done already."""

    follow_up_id: str

    def within(self, change: Transaction) -> None:
        follow_ups.done(change.session, change.by.reader, self.follow_up_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFollowUp(Act[None]):
    """Put it off, or onto another open file. Raises as ``SetFollowUp`` and ``FinishFollowUp``."""

    follow_up_id: str
    due: date | None = None
    file_id: str | None = None

    def within(self, change: Transaction) -> None:
        if self.due is None and self.file_id is None:
            raise UsageError("Es fehlt der neue Tag (Feld „due“) oder die Akte (Feld „file_id“).")
        follow_ups.move(
            change.session,
            change.by.reader,
            self.follow_up_id,
            due=self.due,
            file_id=self.file_id,
            at=change.at,
        )
