"""What administrators and records managers do for the archive itself."""

from __future__ import annotations

from dataclasses import dataclass

from archive.audit.trail import append
from archive.intake import earlier_attempts
from archive.model import WHOLE, Role
from archive.search import outbox
from archive.views import listing
from ingest.acts.act import Act, HouseAct, Transaction
from ingest.acts.acting import Acting
from ingest.engines import Engines


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRefused(Act[int]):
    """Let the index try again what it refused; gives back how many changes there were.

    Raises Forbidden for all but administrators of the whole house.
    """

    def within(self, change: Transaction) -> int:
        change.by.demand(Role.ADMIN, within=WHOLE)
        count = outbox.revive(change.session)
        if count:
            append(
                change.session,
                at=change.at,
                by=change.by.actor,
                action="INDEX_RETRIED",
                object_type="index",
                object_id="-",
                detail={"changes": count},
            )
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeEarlier(HouseAct[tuple[str, ...]]):
    """Forget what earlier attempts of an item made; gives back the hashes of what no longer counts.
    The next sweep asks about their bytes.

    Raises NotFound, Forbidden for others than records managers, UsageError without a reason.
    """

    item_id: str
    reason: str

    def perform(self, engines: Engines, by: Acting) -> tuple[str, ...]:
        with engines.database.write() as session:
            item = listing.item_for(session, by.reader, self.item_id)
            gone = earlier_attempts.purge(
                session, by.reader, item, reason=self.reason, at=engines.clock()
            )
        engines.objects.doubt(gone)
        return tuple(gone)
