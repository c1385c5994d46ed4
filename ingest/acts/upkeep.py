"""What administrators and records managers do for the archive itself."""

from __future__ import annotations

from dataclasses import dataclass

from archive import earlier, listing, outbox
from archive.audit import append
from archive.model import WHOLE, Role
from ingest.acts.act import Act, Transaction
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
class PurgeEarlier(Act[tuple[str, ...]]):
    """Forget what earlier attempts of an item made; gives back the hashes of what no longer counts.

    Raises NotFound, Forbidden for others than records managers, UsageError without a reason.
    """

    item_id: str
    reason: str

    def within(self, change: Transaction) -> tuple[str, ...]:
        item = listing.item_for(change.session, change.by.reader, self.item_id)
        return tuple(
            earlier.purge(change.session, change.by.reader, item, reason=self.reason, at=change.at)
        )


def purge_earlier(engines: Engines, by: Acting, command: PurgeEarlier) -> tuple[str, ...]:
    """Perform it; the next sweep asks about the bytes. Raises as the act."""
    gone = command.perform(engines, by)
    engines.objects.doubt(gone)
    return gone
