"""The work of ``registratur bench live``: what listeners cost a service that takes uploads.

The service has the role ``api``: nothing walks, so that what is measured is what listening costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import psutil
from sqlalchemy.orm import Session

from api.commands.bench.archive.filled_home import DEPARTMENTS, fill_home
from api.commands.bench.measured_service import bench_folder, computed, served
from api.commands.common import say, tell
from archive.audit.trail import Actor
from archive.bench.county import Size
from archive.db.database import Database
from archive.model import Grant, Role
from archive.people import accounts, sign_in
from config import logs
from config.clock import now
from config.errors import Unavailable
from config.settings import Settings

A_USER = 10  #: streams of one user; more than 12 are refused
FIFTHS = 2  #: of five users are of the department that everything comes in for
A_CLERK = 10  #: users to one who sees all departments
_BY = Actor(user="bench")
_BOUNDARY = "registratur-bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One stretch of time: CPU of the service in percent of a core, and how uploads went."""

    listeners: int
    cpu: float
    uploads: int
    upload_p95: float  #: seconds
    events: int  #: items told, of all listeners together


def run(*, listeners: int, uploads: float, seconds: float, documents: int, as_json: bool) -> None:
    """Upload without listeners, then with them, each for so many seconds."""
    logs.set_up("error", json_lines=False)
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    with bench_folder() as place:
        told(f"Ein Archiv von {documents} Dokumenten …")
        settings = fill_home(
            place / "home",
            Size(documents=documents, users=50),
            with_objects=False,
            now=now(),
            say=lambda _: None,
        )
        stretches = measure(settings, listeners, uploads, seconds, told)
    if as_json:
        say([asdict(each) for each in stretches])
        return
    for each in stretches:
        tell(
            f"{each.listeners:5} Zuhörer: {each.cpu:6.1f} % eines Kerns, {each.uploads} Dateien "
            f"(p95 {each.upload_p95:.2f} s), {each.events} Meldungen"
        )
    tell(f"Zuhören allein: {stretches[-1].cpu - stretches[0].cpu:.1f} % eines Kerns")


def measure(
    settings: Settings,
    listeners: int,
    uploads: float,
    seconds: float,
    told: Callable[[str], None],
) -> tuple[Stretch, ...]:
    """Over a home that lies ready; what is uploaded stays in it."""
    tokens, uploader = _people(settings, listeners)
    with served(settings.home, role="api", connections=listeners + 100) as (process, address):
        told("Ohne Zuhörer …")
        _Uploads(address, uploader, uploads).during(3.0)  # what is loaded at the first call
        without = _stretch(process, address, [], uploader, uploads, seconds)
        told(f"Mit {listeners} Zuhörern …")
        return (without, _stretch(process, address, tokens, uploader, uploads, seconds))


def _people(settings: Settings, listeners: int) -> tuple[list[str], str]:
    """A token for each listener, and one of who uploads."""
    database = Database(settings.database_url)
    tokens: list[str] = []
    try:
        with database.write() as session:
            for number in range(-(-listeners // A_USER)):
                user, at = f"zuhoerer{number:03}", now()
                accounts.add_user(session, user, user, by=_BY, at=at)
                place = 0 if number % 5 < FIFTHS else number % len(DEPARTMENTS)
                grant = Grant(role=Role.CASE_WORKER, department=DEPARTMENTS[place])
                if number % A_CLERK == A_CLERK - 1:
                    grant = Grant(role=Role.MAIL_CLERK)
                accounts.grant_role(session, user, grant, by=_BY, at=at)
                token = _token(session, user)
                tokens += [token] * min(A_USER, listeners - len(tokens))
            return tokens, _token(session, "poststelle")
    finally:
        database.close()


def _token(session: Session, user: str) -> str:
    return sign_in.new_token(session, user, None, "bench", timedelta(days=1), by=_BY, at=now())


def _stretch(
    process: psutil.Process,
    address: str,
    tokens: Sequence[str],
    uploader: str,
    uploads: float,
    seconds: float,
) -> Stretch:
    heard = _Heard()
    thread = threading.Thread(
        target=lambda: asyncio.run(heard.listen(address, tokens)), daemon=True
    )
    thread.start()
    heard.ready.wait()
    work = _Uploads(address, uploader, uploads)
    before, begun = computed(process), time.monotonic()
    work.during(seconds)
    cpu = (computed(process) - before) / (time.monotonic() - begun)
    heard.stop()
    thread.join()
    took = sorted(work.took)
    return Stretch(
        listeners=len(tokens),
        cpu=100 * cpu,
        uploads=len(took),
        upload_p95=took[int(len(took) * 0.95)] if took else 0.0,
        events=heard.items,
    )


class _Heard:
    """All listeners, in one thread of their own."""

    def __init__(self) -> None:
        self.items = 0
        self.ready = threading.Event()
        self._missing = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    async def listen(self, address: str, tokens: Sequence[str]) -> None:
        """Until ``stop``; ``ready`` is set when all of them listen."""
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._missing = len(tokens)
        if not tokens:
            self.ready.set()
        streams = [asyncio.create_task(self._one(address, token)) for token in tokens]
        await self._end.wait()
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)

    def stop(self) -> None:
        assert self._loop is not None and self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)

    async def _one(self, address: str, token: str) -> None:
        place = urlsplit(address)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            writer.write(
                f"GET /api/v1/events HTTP/1.1\r\nHost: {place.netloc}\r\n"
                f"Authorization: Bearer {token}\r\n\r\n".encode("ascii")
            )
            while line := await reader.readline():
                if line.startswith(b"event: item"):
                    self.items += 1
                elif line.startswith(b"event: ready"):
                    self._missing -= 1
                    if not self._missing:
                        self.ready.set()
        finally:
            writer.close()


class _Uploads:
    """Files sent one by one, so many a second."""

    def __init__(self, address: str, token: str, rate: float) -> None:
        self._address = f"{address}/api/v1/items"
        self._token = token
        self._rate = rate
        self.took: list[float] = []

    def during(self, seconds: float) -> None:
        """Each upload begins on its beat, or when the one before has ended."""
        begun = time.monotonic()
        for number in range(int(seconds * self._rate)):
            time.sleep(max(0.0, begun + number / self._rate - time.monotonic()))
            if time.monotonic() - begun > 4 * seconds:
                return
            self._send()
        time.sleep(max(0.0, begun + seconds - time.monotonic()))

    def _send(self) -> None:
        """A file that no other equals. Raises Unavailable where the service does not take it."""
        name = f"{os.urandom(8).hex()}.pdf"
        part = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
        body = (
            f'{part}"stream"\r\n\r\nmailroom\r\n{part}"file"; filename="{name}"\r\n'
            f"Content-Type: application/pdf\r\n\r\n%PDF-1.4 {name}\r\n--{_BOUNDARY}--\r\n"
        )
        request = urllib.request.Request(
            self._address,
            data=body.encode("ascii"),
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
            },
        )
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                json.load(answer)
        except OSError as error:
            raise Unavailable(f"Der Dienst hat eine Datei nicht angenommen: {error}") from error
        self.took.append(time.monotonic() - begun)
