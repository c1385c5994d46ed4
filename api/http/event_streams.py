"""How many event streams are open, and whose: each holds a connection for as long as it likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.problems import TooMany

A_PERSON = 12  #: open pages and programs of one user
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Streams:
    """The open streams of one process. Used from its event loop alone."""

    def __init__(self, most: int = A_PERSON) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    @contextmanager
    def opened(self, user: str) -> Iterator[None]:
        """Held for the time of one stream. Raises TooMany where the user has as many as one may."""
        if self._open[user] >= self._most:
            raise TooMany(
                f"Es sind schon {self._most} Ereignisströme für Sie offen. Bitte andere Fenster mit "
                "dem Eingang schließen."
            )
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            if not self._open[user]:
                del self._open[user]


class EventStream(StreamingResponse):
    """Server-sent events for one user, as long as there is a place for them."""

    def __init__(self, events: AsyncIterator[str], *, streams: Streams, user: str) -> None:
        super().__init__(events, media_type="text/event-stream", headers=_HEADERS)
        self._streams = streams
        self._user = user

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises TooMany before anything is sent."""
        with self._streams.opened(self._user):
            await super().__call__(scope, receive, send)
