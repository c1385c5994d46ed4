"""Which files an item consists of: the one that arrived, those handed in later, opened copies.

Nothing here stands in for the original in silence: ``reads`` names what the road reads, and from
what it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from archive.db import rows
from archive.model import Item, Rendition, RenditionRole

ARRIVED = (RenditionRole.ORIGINAL, RenditionRole.SUPPLEMENT)
INFECTED = "malware.in_custody"  #: finding: a file of the item that is not handed out


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The files of one item, each kept byte for byte.

    A supplement is an arrival of its own (``detail``: ``supplied_by``, ``reason``); an opened copy
    is derived from an arrival (``derived_from``) by a password that is kept nowhere.
    """

    original: Rendition
    supplements: tuple[Rendition, ...]
    opened: tuple[Rendition, ...]
    reads: Rendition  #: what the road reads
    infected: frozenset[str]  #: addresses of those in which malware was found

    @property
    def arrivals(self) -> tuple[Rendition, ...]:
        """The original and what was handed in later, in their order."""
        return (self.original, *self.supplements)

    @property
    def files(self) -> tuple[Rendition, ...]:
        """All of them."""
        return (*self.arrivals, *self.opened)

    @property
    def walks(self) -> Rendition:
        """The arrival that the road reads, itself or a copy opened from it."""
        if self.reads.role is not RenditionRole.WORKING_COPY:
            return self.reads
        parent = self.reads.derived_from
        return next((each for each in self.arrivals if each.sha256 == parent), self.reads)


def sources(session: Session, item: Item) -> Sources:
    """The files of an item that was looked up for the reader before."""
    return sources_of(item, rows.item_renditions(session, item.id))


def sources_of(item: Item, kept: Sequence[Rendition]) -> Sources:
    """The same from the renditions of the item.

    An item of a release that did not write down its working copy gets one of unknown origin.
    """
    by_role = {
        role: tuple(each for each in kept if each.role is role)
        for role in (*ARRIVED, RenditionRole.WORKING_COPY)
    }
    (original,) = by_role[RenditionRole.ORIGINAL][:1]
    supplements, opened = by_role[RenditionRole.SUPPLEMENT], by_role[RenditionRole.WORKING_COPY]
    wanted = item.working_copy or item.sha256
    reads = next(
        (each for each in reversed((original, *supplements, *opened)) if each.sha256 == wanted),
        None,
    )
    if reads is None:
        reads = Rendition(
            role=RenditionRole.WORKING_COPY,
            sha256=wanted,
            size=0,
            media_type="application/octet-stream",
            file_name="",
        )
    return Sources(
        original=original,
        supplements=supplements,
        opened=opened,
        reads=reads,
        infected=frozenset(
            str(address)
            for found in item.findings
            if found.code == INFECTED
            for address in found.detail.get("sha256", ())
        ),
    )
