"""What a trust store holds and how long it is good for; the alarm before lists run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from signing.conclusions.model import TrustedListInfo
from signing.trust.trust_folder import Trust, local_anchors
from signing.trust.trusted_lists import announced, stored_lists, verified, youngest_head

SOON = timedelta(days=14)  #: a list that ends within this time is said


@dataclass(frozen=True, slots=True, kw_only=True)
class ListState:
    """One list that counts: ``state`` is current, soon or overdue."""

    name: str
    info: TrustedListInfo
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState:
    """A store as a whole."""

    folder: str
    fingerprint: str
    anchors: int  #: certificates of this house
    lists: tuple[ListState, ...]  #: the list of lists first
    left_out: tuple[str, ...]  #: what is not used, and why, in German

    @property
    def overdue(self) -> tuple[ListState, ...]:
        return tuple(one for one in self.lists if one.state == "overdue")


def state_of(trust: Trust, at: datetime) -> TrustState:
    """Look at a store; every signature on a list is checked. Raises TrustError."""
    found, other = stored_lists(trust.folder)
    good, left_out = verified(found, announced())
    head = youngest_head(found, announced())
    named = [] if head is None else [("LOTL", head.info)]
    named += [(one.info.territory, one.info) for one in good]
    return TrustState(
        folder=str(trust.folder),
        fingerprint=trust.fingerprint(),
        anchors=len(local_anchors(trust)),
        lists=tuple(
            ListState(name=name, info=info, state=_state(info, at)) for name, info in named
        ),
        left_out=(*other, *left_out),
    )


def _state(info: TrustedListInfo, at: datetime) -> str:
    if info.next_update is None:
        return "current"
    if info.next_update < at:
        return "overdue"
    return "soon" if info.next_update < at + SOON else "current"
