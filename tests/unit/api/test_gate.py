"""Whoever keeps the service waiting stops nobody: over real connections, on a clock of the test's own."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from api.http.connection_limits import (
    GRACE_SECONDS,
    LINGER_SECONDS,
    STUCK_SECONDS,
    Gate,
    Rules,
    guarded_by,
)
from api.http.file_descriptors import RESERVE, connections_within, raise_limit

PATIENCE = 10.0
LARGE = b"x" * 40_000_000


async def application(scope: Any, receive: Any, send: Any) -> None:
    """``/read`` reads its body, ``/wait`` never answers, ``/large`` says much; all else "ok"."""
    more = scope["path"] == "/read"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    if scope["path"] == "/wait":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    body = LARGE if scope["path"] == "/large" else b"ok"
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Door:
    """A server with few places, and time that passes when the test says so."""

    gate: Gate
    address: tuple[str, int]
    loop: asyncio.AbstractEventLoop
    clock: list[float]
    seen: dict[Any, int]  #: bytes that the server had of each caller
    opened: list[socket.socket] = field(default_factory=list)

    def knock(self, said: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        """A connection that has been let in, or turned away."""
        one = socket.create_connection(self.address, PATIENCE, source_address=(source, 0))
        self.opened.append(one)
        self.until(lambda: one.getsockname() in self.seen)
        self.say(one, said)
        return one

    def say(self, one: socket.socket, said: bytes) -> None:
        """Send it, and wait until the server has it."""
        name = one.getsockname()
        wanted = self.seen[name] + len(said)
        one.sendall(said)
        self.until(lambda: self.seen[name] >= wanted)

    def until(self, condition: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < ends, "the server did not come so far"
            self._run(lambda: None)

    def passes(self, seconds: float) -> None:
        """Time goes by in steps of a second, and the gate looks after each."""
        while seconds > 0:
            self.clock[0] += min(1.0, seconds)
            seconds -= 1.0
            self._run(self.gate.look)

    def _run(self, act: Any) -> None:
        async def call() -> None:
            act()

        asyncio.run_coroutine_threadsafe(call(), self.loop).result(PATIENCE)


@contextmanager
def door(**given: Any) -> Iterator[Door]:
    usual: dict[str, Any] = {
        "connections": 5, "connections_per_address": 3,
        "proxies": frozenset({"127.0.0.1"}), "header_seconds": 10.0, "body_seconds": 30.0,
    }  # fmt: skip
    clock = [1000.0]
    gate = Gate(Rules(**{**usual, **given}), clock=lambda: clock[0])
    seen: dict[Any, int] = {}

    class Noted(guarded_by(gate)):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            seen[self.client] = 0

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            seen[self.client] += len(data)

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        application, http=Noted, ws="none", log_config=None, lifespan="off",
        timeout_keep_alive=3600,
    )  # fmt: skip
    server = uvicorn.Server(config)
    loops: list[asyncio.AbstractEventLoop] = []

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve([listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    with socket.create_connection(listener.getsockname(), PATIENCE) as first:
        first.sendall(REQUEST)
        assert first.recv(100)
    made = Door(gate, listener.getsockname(), loops[0], clock, seen)
    made.until(lambda: len(gate) == 0)
    try:
        yield made
    finally:
        for one in made.opened:
            one.close()
        server.should_exit = server.force_exit = True
        thread.join()


REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW_HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
SLOW_BODY = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"


def heard(one: socket.socket) -> bytes:
    """All that comes until the other side ends; ``...`` where it does not end."""
    told = b""
    try:
        while part := one.recv(65536):
            told += part
    except ConnectionResetError:
        return told
    return told


def answered(one: socket.socket) -> bool:
    return one.recv(1000).startswith(b"HTTP/1.1 200")


def is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return bool(one.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    finally:
        one.settimeout(PATIENCE)


@pytest.mark.parametrize("said", [b"", SLOW_HEAD, b"GE"])
def test_who_says_nothing_whole_is_sent_away(said: bytes) -> None:
    with door() as at:
        one = at.knock(said)
        at.passes(9)
        assert is_open(one)
        at.say(one, said[-1:])  # a byte now and then does not help
        at.passes(3)
        assert heard(one).startswith(b"HTTP/1.1 408")


def test_a_second_request_may_be_no_slower_than_the_first() -> None:
    with door() as at:
        one = at.knock(REQUEST)
        assert answered(one)
        at.passes(9)
        at.say(one, SLOW_HEAD)
        at.passes(3)
        assert heard(one) == b""
        assert len(at.gate) == 0


def test_a_body_that_stands_still_or_trickles_is_sent_away() -> None:
    with door() as at:
        still, slow = at.knock(SLOW_BODY), at.knock(SLOW_BODY)
        for _ in range(int(GRACE_SECONDS) - 1):
            at.say(slow, b"x")
            at.passes(1)
        assert is_open(still) and is_open(slow)
        at.passes(3)
        assert heard(slow).startswith(b"HTTP/1.1 408") and heard(still).startswith(b"HTTP/1.1 408")


def test_a_slow_line_that_goes_on_is_waited_for() -> None:
    with door() as at:
        one = at.knock(SLOW_BODY)
        for _ in range(40):
            at.say(one, b"x" * 300)
            at.passes(1)
        one.sendall(b"x" * (1_000_000 - 1 - 12_000))
        assert answered(one)


@pytest.mark.parametrize("said", [b"", SLOW_HEAD, SLOW_BODY])
def test_a_full_house_answers_all_the_same(said: bytes) -> None:
    with door() as at:
        lazy = []
        for _ in range(5):
            lazy.append(at.knock(said))
            at.clock[0] += 0.7
        at.clock[0] += 2.0
        assert len(at.gate) == 5
        assert answered(at.knock(REQUEST))
        assert len(at.gate) == 5
        assert [is_open(one) for one in lazy[1:]] == [True] * 4
        assert heard(lazy[0]).startswith(b"HTTP/1.1 408")


def test_of_slow_senders_the_slowest_makes_room() -> None:
    with door() as at:
        senders = [at.knock(SLOW_BODY + b"x" * 1000 * (number != 2)) for number in range(5)]
        at.clock[0] += 5.0
        assert answered(at.knock(REQUEST))
        assert heard(senders[2]).startswith(b"HTTP/1.1 408")
        assert sum(map(is_open, senders[:2] + senders[3:])) == 4


def test_who_is_being_answered_makes_room_for_nobody() -> None:
    with door() as at:
        working = [at.knock(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(5)]
        at.passes(90)
        assert heard(at.knock()).startswith(b"HTTP/1.1 503")
        assert all(map(is_open, working)) and len(at.gate) == 5
        working[0].close()
        at.until(lambda: len(at.gate) == 4)
        assert answered(at.knock(REQUEST))


def test_an_address_has_its_share_and_a_proxy_all() -> None:
    with door() as at:
        strangers = []
        for _ in range(4):
            strangers.append(at.knock(source="127.0.0.2"))
            at.clock[0] += 1.0
        assert len(at.gate) == 3 and heard(strangers[0]).startswith(b"HTTP/1.1 408")
        stuck = b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
        for one in strangers[1:]:
            at.say(one, stuck)
        assert heard(at.knock(source="127.0.0.2")).startswith(b"HTTP/1.1 503")
        for _ in range(2):
            at.knock(stuck)
        assert len(at.gate) == 5


def test_who_takes_nothing_of_an_answer_is_let_go() -> None:
    with door() as at:
        one = at.knock(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        at.passes(STUCK_SECONDS - 2)
        assert len(at.gate) == 1
        at.passes(4)
        assert len(at.gate) == 0
        assert len(heard(one)) < len(LARGE)


def test_who_takes_an_answer_slowly_is_given_it() -> None:
    """Our own buffer stands still for minutes, while the kernel's drains."""
    with door(connections=1) as at:
        one = at.knock()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        at.say(one, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        (here,) = at.gate._inside
        at.until(lambda: standing(here))
        ours = here.transport.get_write_buffer_size()
        for _ in range(4):
            before = here.unsent()
            while here.unsent() == before:
                one.recv(32_768)
            at.passes(GRACE_SECONDS - 1)
        assert len(at.gate) == 1 and 0 < here.transport.get_write_buffer_size() == ours
        assert heard(at.knock()).startswith(b"HTTP/1.1 503"), "it had to make room"
        at.passes(STUCK_SECONDS + 2)  # and from here on it takes nothing
        assert len(at.gate) == 0


def standing(one: Any) -> bool:
    """Nothing more goes out to it: the buffers of both sides are full."""
    before = one.unsent()
    time.sleep(0.05)
    return bool(one.transport.get_write_buffer_size()) and before == int(one.unsent())


def test_what_comes_after_the_answer_is_let_pass_for_a_moment() -> None:
    with door() as at:
        one = at.knock(SLOW_BODY.replace(b"/read", b"/other"))
        assert answered(one)
        at.passes(LINGER_SECONDS - 1)
        assert len(at.gate) == 1
        at.passes(2)
        assert len(at.gate) == 0


# ------------------------------------------------------------------ descriptors
@pytest.mark.parametrize("limit", [64, 256, 1024, 4096, 65_536])
def test_the_intake_keeps_its_descriptors(limit: int) -> None:
    connections = connections_within(limit, 1_000_000)
    assert connections >= 1 and 2 * connections <= limit - min(RESERVE, limit // 2)
    assert connections_within(65_536, 2000) == 2000


def test_the_limit_is_raised_as_far_as_it_goes() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert raise_limit() >= min(before[1], 4096)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
