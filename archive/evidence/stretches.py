"""Some events of the trail judged without the whole of it: each by the chain from it to the next anchor.

What this cannot see: an event that is gone, of which nothing else of the object speaks. The whole
chain shows that (``archive.audit.check_chain``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import schema
from archive.audit import ChainReport, follow
from archive.evidence.anchors import Anchor, Anchors, trail_end

_EVENT = schema.audit_event
_BATCH = 500


def check_events(
    session: Session, anchors: Anchors, newest: Anchor | None, aggregate: str
) -> ChainReport:
    """The events that promise rows of ``aggregate`` or belong to its item, up to the next anchors.

    ``newest`` is the newest anchor as it was before the session began to read: what is anchored
    later, the session need not see. Events after it are judged up to the trail's end.
    """
    seen = upto = 0
    head = trail_end(session)
    if newest is not None and newest.events > head[0]:
        why = "the end of the trail is missing"
        return ChainReport(ok=False, events=0, broken_at=head[0] + 1, why=why)
    for number, at in _events(session, aggregate):
        if number <= upto:
            continue
        anchor = anchors.next(number, at) if newest and number <= newest.events else None
        if anchor is not None and not anchors.is_signed(anchor):
            why = "the anchor is not signed by this archive"
            return ChainReport(ok=False, events=seen, broken_at=anchor.events, why=why)
        report = (
            follow(session, number, head)
            if anchor is None
            else follow(
                session,
                number,
                (anchor.events, anchor.head),
                other_end="the event is not the one that was anchored",
            )
        )
        seen += report.events
        if not report.ok:
            return report
        upto = head[0] if anchor is None else anchor.events
    return ChainReport(ok=True, events=seen)


def _events(session: Session, aggregate: str) -> Iterator[tuple[int, datetime]]:
    """Number and time, oldest first."""
    kind, _, owner = aggregate.partition(":")
    its = _EVENT.c.aggregate == aggregate
    if kind == "item":
        its = sa.or_(its, _EVENT.c.correlation_id == owner)
    after = 0
    while True:
        query = sa.select(_EVENT.c.seq, _EVENT.c.at).where(its, _EVENT.c.seq > after)
        batch = session.execute(query.order_by(_EVENT.c.seq).limit(_BATCH)).all()
        yield from (tuple(row) for row in batch)
        if len(batch) < _BATCH:
            return
        after = batch[-1].seq
