"""News for those who listen: the items that changed and that each may see, second by second.

One look serves all listeners of a process, however many: what changed is read once, the rights of
all are asked in a few statements, and who may see what is decided in memory. Nothing in a stream
counts what others do: no event number, no pause that follows foreign work.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from starlette.concurrency import run_in_threadpool

from api.service import Service
from archive.model import Item, Reader
from archive.people import current_readers
from archive.people.current_readers import SignIn
from archive.views import live_changes
from archive.views.live_changes import Seen
from config.errors import ServiceError
from config.logs import logger

EVERY = 1.0  #: seconds between two looks
WAITING_EVERY = 3  #: looks between two looks at what waits (leaves no event)
RIGHTS_EVERY = 30  #: looks after which rights are asked again in any case
BEAT_EVERY = 15.0  #: seconds between two signs of life
MOST_PENDING = 500  #: items that wait for a listener; who is further behind reads the list anew

Items = tuple[Item, ...]


class Listener:
    """One open stream: what it was not sent yet. Used from the event loop alone."""

    def __init__(self, who: SignIn) -> None:
        self.who = who
        self._pending: dict[str, Item] = {}
        self._woken = asyncio.Event()
        self._ended = False

    def tell(self, items: Items) -> None:
        """Later news of an item replace earlier ones. Too many end the stream."""
        self._pending.update({item.id: item for item in items})
        if len(self._pending) > MOST_PENDING:
            self.end()
        elif items:
            self._woken.set()

    def end(self) -> None:
        self._pending.clear()
        self._ended = True
        self._woken.set()

    async def next(self, seconds: float) -> Items | None:
        """The next news, nothing after so many seconds, None at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        if self._ended:
            return None
        self._woken.clear()
        told = tuple(self._pending.values())
        self._pending.clear()
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """What one look found, for each who listens; who is no longer signed in is absent."""

    seen: Seen
    has_more: bool
    items: Mapping[SignIn, Items] | None  #: None: nothing new, and nobody was asked about


class Newsroom:
    """All listeners of one process. Used from its event loop alone; looks only while there are some."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listeners: set[Listener] = set()
        self._between = asyncio.Lock()  #: held by a look: who comes meanwhile waits for its end
        self._looking: asyncio.Task[None] | None = None
        self._seen = Seen(0)
        self._looks = 0

    def __len__(self) -> int:
        return len(self._listeners)

    async def news(self, who: SignIn) -> AsyncIterator[Items]:
        """Batches of changed items; an empty one is a sign of life. Ends with the sign-in, and for
        who is too far behind.

        The first, empty, says that listening has begun: nothing after it is missed, and what was
        before it, a listener reads anew.
        """
        listener = Listener(who)
        try:
            async with self._between:
                if not self._listeners:
                    self._seen = await run_in_threadpool(self._begin)
                self._listeners.add(listener)
                if self._looking is None:
                    self._looking = asyncio.create_task(self._look_on())
            yield ()
            while (told := await listener.next(BEAT_EVERY)) is not None:
                yield told
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look_on(self) -> None:
        """Look as long as anybody listens. A part that is away is waited for; nothing is missed."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                while await self._look():
                    pass
            except ServiceError as error:
                logger("events").warning("cannot look now; trying again", why=str(error))
            except Exception as error:  # noqa: BLE001 - the outermost handler of this task
                logger("events").error("cannot look; all streams end", exc_info=error)
                for listener in tuple(self._listeners):
                    listener.end()

    async def _look(self) -> bool:
        """Tell each listener what is new; whether there is more already."""
        async with self._between:
            self._looks += 1
            who = frozenset(listener.who for listener in self._listeners)
            told = await run_in_threadpool(self._ask, who, self._seen, self._looks)
            self._seen = told.seen
            if told.items is not None:
                for listener in self._listeners:
                    items = told.items.get(listener.who)
                    if items is None:
                        listener.end()
                    else:
                        listener.tell(items)
        return told.has_more

    def _begin(self) -> Seen:
        with self._service.database.read() as session:
            return live_changes.begin(session)

    def _ask(self, who: frozenset[SignIn], seen: Seen, looks: int) -> Told:
        """News and rights of one and the same moment."""
        idle = timedelta(minutes=self._service.settings.web.session_minutes)
        with self._service.database.read() as session:
            found, seen = live_changes.look(session, seen, waits=looks % WAITING_EVERY == 0)
            if not (found or found.is_fresh or looks % RIGHTS_EVERY == 0):
                return Told(seen, found.has_more, None)
            now = current_readers.signed_in(session, who, idle=idle, at=self._service.clock())
        alike: dict[object, Items] = {}
        return Told(
            seen,
            found.has_more,
            {each: _of_like_readers(found, reader, alike) for each, reader in now.items()},
        )


def _of_like_readers(found: live_changes.News, reader: Reader, alike: dict[object, Items]) -> Items:
    """Looked through once for all who have the same rights."""
    rights = (reader.grants, reader.compartments, reader.opened_items)
    if rights not in alike:
        alike[rights] = found.of(reader)
    return alike[rights]
