"""What changed on the road, read once for all who listen and told each within their rights.

One reading serves every listener, so it is the one read without a reader; what it found cannot be had
but by ``News.of``, which asks the rights. It tells nothing of what others do: no event number and no
count leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive import access
from archive.db import rows
from archive.model import Item, Reader
from archive.tables import schema

AT_ONCE = 2_000  #: events of one look; what is behind them comes with the next
MOST_WAITING = 1_000  #: items that wait for a part of the service; few walk at a time
_ITEM = schema.item
_EVENT = schema.audit_event


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a listening place has looked: up to which event, and what waited for what."""

    _event: int
    _waiting: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class News:
    """Items that changed, as they are now."""

    _items: tuple[Item, ...]
    is_fresh: bool  #: whether any event was new, of whatever kind: rights may have changed
    has_more: bool  #: whether there is more to look at already

    def __bool__(self) -> bool:
        return bool(self._items)

    def of(self, reader: Reader) -> tuple[Item, ...]:
        """What this reader may see of it."""
        return access.seen_items(reader, self._items)


def begin(session: Session) -> Seen:
    """From here on nothing is missed."""
    return Seen(_newest(session), _waits(session))


def look(session: Session, seen: Seen, *, waits: bool) -> tuple[News, Seen]:
    """What changed since ``seen``, and how far that goes. ``waits``: also look at what waits for a
    part of the service, which leaves no event in the trail."""
    newest = _newest(session)
    upto = min(newest, seen._event + AT_ONCE)
    waiting = _waits(session) if waits or upto != seen._event else seen._waiting
    ids = {key for key, _ in waiting.items() ^ seen._waiting.items()}
    if upto != seen._event:
        ids |= _touched(session, seen._event, upto)
    found = News(_items(session, ids), is_fresh=upto != seen._event, has_more=upto != newest)
    return found, Seen(upto, waiting)


def _newest(session: Session) -> int:
    return int(session.execute(sa.select(schema.audit_head.c.seq)).scalar_one())


def _touched(session: Session, after: int, upto: int) -> set[str]:
    """What the events concern; of those without an item nothing comes of it."""
    query = sa.select(_EVENT.c.correlation_id).where(
        _EVENT.c.seq > after, _EVENT.c.seq <= upto, _EVENT.c.correlation_id.is_not(None)
    )
    return set(session.execute(query.distinct()).scalars())


def _waits(session: Session) -> dict[str, str]:
    """Item -> what it or one of its documents waits for."""
    part = schema.document
    waits = sa.func.coalesce(part.c.waiting_for, _ITEM.c.waiting_for)
    query = (
        sa.select(_ITEM.c.id, waits)
        .select_from(_ITEM.outerjoin(part, part.c.item_id == _ITEM.c.id))
        .where(_ITEM.c.outcome.is_(None), waits.is_not(None))
        .limit(MOST_WAITING)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _items(session: Session, ids: set[str]) -> tuple[Item, ...]:
    found = [
        dict(row)
        for part in rows.chunks(sorted(ids))
        for row in session.execute(sa.select(_ITEM).where(_ITEM.c.id.in_(part))).mappings()
    ]
    return rows.items_from(session, found)
