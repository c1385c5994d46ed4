"""A real service under 1,200 idle and slow connections: the intake goes on, pages are answered."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.http.listen_address import Listening
from tests.acceptance.home import PROGRAM, Home, small_scan

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(1800)]

SLOW_HEAD = b"GET /anmelden HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
SLOW_BODY = (
    b"POST /anmelden HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=x"
)
EACH = 400
PATIENCE = 300.0


@contextmanager
def attacked(address: tuple[str, int]) -> Iterator[list[socket.socket]]:
    """1,200 connections that say nothing, a part of a header, or a part of a body."""
    held: list[socket.socket] = []
    try:
        for said in (b"", SLOW_HEAD, SLOW_BODY):
            for _ in range(EACH):
                one = socket.create_connection(address, PATIENCE)
                held.append(one)
                if said:
                    one.sendall(said)
        yield held
    finally:
        for one in held:
            one.close()


@pytest.mark.parametrize("descriptors", [None, 1024])
def test_idle_and_slow_connections_stop_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, descriptors: int | None
) -> None:
    """Also where the system gives the service 1,024 descriptors and no more."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2000:
        pytest.skip("this process may not open the 2,000 files that it needs")
    if descriptors is not None:
        limited = ["prlimit", f"--nofile={descriptors}:{descriptors}", *PROGRAM]
        monkeypatch.setattr("tests.acceptance.home.PROGRAM", limited)
    home = Home.make(tmp_path / "home")
    home.start()
    try:
        home.wait_until_ready()
        told = Listening(home.path).address()
        assert told is not None
        host, port = told.removeprefix("http://").split(":")
        with attacked((host, int(port))):
            for number in range(3):
                home.drop(f"brief-{number}.jpg", small_scan(number))
                answer = httpx.get(f"{told}/anmelden", timeout=PATIENCE)
                assert answer.status_code == 200 and "<form" in answer.text
            home.wait_until_done(PATIENCE)
            assert httpx.get(f"{told}/readyz", timeout=PATIENCE).status_code == 200
        home.stop()
        home.start()  # tidies the working files
        home.wait_until_done()
        home.stop()
        home.check_whole()
        log = (home.path / "service.log").read_text(encoding="utf-8", errors="replace")
        assert "Too many open files" not in log
    finally:
        if home.process is not None and home.process.poll() is None:
            home.kill()
