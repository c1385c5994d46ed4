"""Some events of the trail judged without the whole of it: each by the chain from it to the next anchor.

What this cannot see: an event that is gone, of which nothing else of the object speaks. The whole
chain shows that (``archive.audit.trail.check_chain``).
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import ChainReport, follow
from archive.evidence.anchors import Anchor, Anchors, trail_end
from archive.tables import schema

_EVENT = schema.audit_event


def check_events(
    session: Session, anchors: Anchors, newest: Anchor | None, aggregate: str
) -> ChainReport:
    """The events that promise rows of ``aggregate`` or belong to its item, up to the next anchors.

    ``newest`` is the newest anchor as it was before the session began to read: what is anchored
    later, the session need not see. Events after it are judged up to the trail's end.
    """
    seen = upto = 0
    head = trail_end(session)
    if newest is None:
        return _not_whole(0, 0, "there is no anchor")
    if newest.events > head[0]:
        return _not_whole(0, head[0] + 1, "the end of the trail is missing")
    for number, at in _events(session, aggregate):
        if number <= upto:
            continue
        end, other_end = head, "the last event is not the one that the head names"
        if number <= newest.events:
            anchor = anchors.next(number, at, upto=newest)
            if anchor is None:
                return _not_whole(seen, number, "the event is not anchored")
            if not anchors.is_signed(anchor):
                return _not_whole(seen, anchor.events, "the anchor is not signed by this archive")
            end, other_end = (
                (anchor.events, anchor.head),
                "the event is not the one that was anchored",
            )
        report = follow(session, number, end, other_end=other_end)
        seen += report.events
        if not report.ok:
            return report
        upto = end[0]
    return ChainReport(ok=True, events=seen)


def _not_whole(seen: int, at: int, why: str) -> ChainReport:
    return ChainReport(ok=False, events=seen, broken_at=at, why=why)


def _events(session: Session, aggregate: str) -> list[tuple[int, datetime]]:
    """Number and time, oldest first."""
    kind, _, owner = aggregate.partition(":")
    its = _EVENT.c.aggregate == aggregate
    if kind == "item":
        its = sa.or_(its, _EVENT.c.correlation_id == owner)
    query = sa.select(_EVENT.c.seq, _EVENT.c.at).where(its).order_by(_EVENT.c.seq)
    return [(row.seq, row.at) for row in session.execute(query)]
