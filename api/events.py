"""News for one reader: the items that changed and that this reader may see, second by second.

Nothing in a stream counts what others do: no event number, no pause that follows foreign work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from api.auth import Caller
from api.service import Service
from archive import viewing
from archive.model import Item
from archive.sign_in import NotSignedIn

EVERY = 1.0  #: seconds between two looks
WAITING_EVERY = 3  #: looks between two looks at what waits (leaves no event)
RIGHTS_EVERY = 30  #: looks after which rights are asked again in any case
BEAT_EVERY = 15  #: looks between two signs of life


@dataclass(slots=True)
class Watch:
    """Where one listener stands."""

    service: Service
    who: Callable[[], Caller]  #: asks again who listens; raises NotSignedIn at the session's end
    caller: Caller
    looks: int = 0
    after: int = 0
    waiting: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        with self.service.database.read() as session:
            self.after = viewing.newest_event(session)
            self.waiting = viewing.waiting_items(session, self.caller.reader)

    def look(self) -> tuple[Item, ...] | None:
        """What changed since the last look; None when the listener is no longer signed in."""
        self.looks += 1
        with self.service.database.read() as session:
            newest = viewing.newest_event(session)
        fresh = newest != self.after
        try:
            if fresh or self.looks % RIGHTS_EVERY == 0:
                self.caller = self.who()
        except NotSignedIn:
            return None
        with self.service.database.read() as session:
            reader = self.caller.reader
            changed = viewing.changed_items(session, reader, after=self.after) if fresh else ()
            if fresh or self.looks % WAITING_EVERY == 0:
                waiting = viewing.waiting_items(session, reader)
                others = {key for key, _ in waiting.items() ^ self.waiting.items()}
                known = {item.id for item in changed}
                changed += viewing.some_items(session, reader, others - known)
                self.waiting = waiting
        self.after = newest
        return changed


async def news(
    service: Service, caller: Caller, who: Callable[[], Caller]
) -> AsyncIterator[tuple[Item, ...]]:
    """Batches of changed items; an empty one is a sign of life. Ends with the session.

    The first, empty, says that listening has begun: nothing after it is missed, and what was before
    it, a listener reads anew.
    """
    watch = Watch(service, who, caller)
    await run_in_threadpool(watch.begin)
    yield ()
    while True:
        await asyncio.sleep(EVERY)
        changed = await run_in_threadpool(watch.look)
        if changed is None:
            return
        if changed or watch.looks % BEAT_EVERY == 0:
            yield changed
