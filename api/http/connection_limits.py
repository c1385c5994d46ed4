"""How many connections there may be, and how long one may keep us waiting.

A connection costs a file descriptor, and the intake needs some of those: whoever opens a thousand
connections and says nothing, or sends a byte a minute (RFC 9110, 15.5.9), must stop neither. Those
that keep us waiting are closed after a time; while all places are taken, the longest waiting of
them make room for a new one. A request that has arrived whole is always answered.
"""

from __future__ import annotations

import asyncio
import fcntl
import heapq
import sys
import termios
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from config.logs import logger
from config.settings import Web

LOOK_EVERY = 1.0  #: seconds
LINGER_SECONDS = 5.0  #: that the rest of a body is let pass after its answer
GRACE_SECONDS = 20.0  #: of a body, before its mean rate counts
LEAST_RATE = 240.0  #: bytes a second
STUCK_SECONDS = 60.0  #: that a caller may take nothing of an answer
YOUNG_SECONDS = 2.0  #: of a body, in which it does not have to make room
_LOG = logger("api.gate")


class Phase(IntEnum):
    """What a connection is doing; the lower gives way to a new one first."""

    LINGERING = 0  #: its answer is out, the rest of its body still comes
    SILENT = 1  #: no whole header yet: just opened, kept alive, or slow
    SENDING = 2  #: its body is not whole yet
    ANSWERED = 3  #: the application works on it, or its answer is on the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``proxies`` carry many callers, so that the limit of an address is not theirs."""

    connections: int
    connections_per_address: int
    proxies: frozenset[str]
    header_seconds: float
    body_seconds: float

    @classmethod
    def of(cls, web: Web, *, connections: int) -> Rules:
        return cls(
            connections=connections,
            connections_per_address=web.connections_per_address,
            proxies=frozenset(web.proxies),
            header_seconds=web.header_seconds,
            body_seconds=web.body_seconds,
        )


class Gate:
    """All connections of one server. Used from its event loop alone."""

    def __init__(self, rules: Rules, *, clock: Callable[[], float]) -> None:
        self.rules = rules
        self.clock = clock
        self._inside: set[Guarded] = set()
        self._of_address: Counter[str] = Counter()
        self._looking: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._inside)

    def enter(self, new: Guarded) -> bool:
        """Let a connection in, if need be in the place of others; False where there is no place."""
        rules, address = self.rules, new.address
        if (
            address not in rules.proxies
            and self._of_address[address] >= rules.connections_per_address
            and not self._make_room(each for each in self._inside if each.address == address)
        ):
            return False
        if len(self._inside) >= rules.connections and not self._make_room(self._inside):
            return False
        self._inside.add(new)
        self._of_address[address] += 1
        if self._looking is None:
            self._look_again()
        return True

    def leave(self, gone: Guarded) -> None:
        if gone in self._inside:
            self._inside.discard(gone)
            self._of_address[gone.address] -= 1
            if not self._of_address[gone.address]:
                del self._of_address[gone.address]

    def look(self) -> None:
        """Close those that have kept us waiting for too long."""
        now = self.clock()
        for each in list(self._inside):
            each.note(now)
            if each.is_late(now, self.rules):
                self._send_away(each)

    def _make_room(self, among: Iterable[Guarded]) -> bool:
        """Several at once, so that a flood of new connections does not look at all for each."""
        now = self.clock()
        waiting = [each for each in among if each.gives_way(now)]
        for each in heapq.nsmallest(1 + len(waiting) // 32, waiting, key=lambda one: one.rank(now)):
            self._send_away(each)
        return bool(waiting)

    def _send_away(self, late: Guarded) -> None:
        self.leave(late)
        late.send_away()

    def _look_again(self) -> None:
        loop = asyncio.get_running_loop()
        self.look()
        self._looking = loop.call_later(LOOK_EVERY, self._look_again) if self._inside else None


class Guarded(H11Protocol):
    """One connection. What it is doing is read off the state that the server keeps of it."""

    gate: Gate

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        now = self.gate.clock()
        self.since = self.heard_at = self.took_at = now
        self.received = 0
        self._request: Any = None
        self._unsent = 0
        if not self.gate.enter(self):
            _LOG.warning("no place for a connection", address=self.address, open=len(self.gate))
            self._say(b"503 Service Unavailable")

    def data_received(self, data: bytes) -> None:
        self.heard_at = self.gate.clock()
        if not self.transport.is_closing():
            super().data_received(data)
            self.note(self.heard_at)
            self.received += len(data)

    def on_response_complete(self) -> None:
        self.since = self.gate.clock()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gate.leave(self)
        super().connection_lost(exc)

    # ------------------------------------------------------------------ what it is doing
    @property
    def phase(self) -> Phase:
        request: Any = self.cycle  # None before the first request
        if request is None:
            return Phase.SILENT
        if self.transport.get_write_buffer_size():
            return Phase.ANSWERED
        if request.response_complete:
            return Phase.LINGERING if request.more_body else Phase.SILENT
        return Phase.SENDING if request.more_body else Phase.ANSWERED

    def note(self, now: float) -> None:
        """See whether a new request has begun, and whether the caller takes its answer."""
        if self.cycle is not self._request:
            self._request = self.cycle
            self.since, self.received = now, 0
        if self.flow.read_paused:  # it is we who do not read
            self.heard_at = now
        unsent = self.unsent()
        # More than before counts too: seen once a second, what is taken and filled up again in
        # between may look so. Who takes nothing soon has all that is ever buffered for it.
        if not unsent or unsent != self._unsent:
            self._unsent, self.took_at = unsent, now

    def unsent(self) -> int:
        """Bytes that the caller has not taken, ours and the kernel's (tcp(7), SIOCOUTQ).

        The kernel fetches more from us only when a third of its buffer is free, which takes a slow
        caller minutes: our own buffer stands still meanwhile.
        """
        ours: int = self.transport.get_write_buffer_size()
        number = self.transport.get_extra_info("socket").fileno()
        if number < 0:
            return ours
        kernels = fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4))
        return ours + int.from_bytes(kernels, sys.byteorder)

    def is_late(self, now: float, rules: Rules) -> bool:
        if now - self.took_at > STUCK_SECONDS:
            return True
        match self.phase:
            case Phase.SILENT:
                return now - self.since > rules.header_seconds
            case Phase.LINGERING:
                return now - self.since > LINGER_SECONDS
            case Phase.SENDING:
                slow = now - self.since > GRACE_SECONDS and self._rate(now) < LEAST_RATE
                return now - self.heard_at > rules.body_seconds or (
                    slow and not self.flow.read_paused
                )
            case _:
                return False

    def gives_way(self, now: float) -> bool:
        if self.phase is Phase.SENDING:
            return now - self.since > YOUNG_SECONDS and not self.flow.read_paused
        return self.phase is not Phase.ANSWERED or now - self.took_at > GRACE_SECONDS

    def rank(self, now: float) -> tuple[Phase, float]:
        """The lowest goes first: the longest silent, the slowest sender."""
        phase = self.phase
        return phase, self._rate(now) if phase is Phase.SENDING else self.since

    def send_away(self) -> None:
        """Close it; with a word to whoever has begun to ask."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif self._request is None or self.phase is Phase.SENDING:
            self._say(b"408 Request Timeout")
        else:
            self.transport.close()

    def _rate(self, now: float) -> float:
        return self.received / max(now - self.since, 0.001)

    def _say(self, status: bytes) -> None:
        """Past the server, which has no request to answer or has not read it whole."""
        self._unset_keepalive_if_required()
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        self.transport.close()


def guarded_by(gate: Gate) -> type[Guarded]:
    """The protocol of one server; it makes one of it for each connection."""

    class GuardedHere(Guarded):
        pass

    GuardedHere.gate = gate
    return GuardedHere
