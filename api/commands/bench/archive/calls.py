"""Every page and call of the service, asked in this process as each kind of reader.

What is counted does not hang on what else the machine does: CPU time of this process, statements,
and the steps of SQLite's machine (a row looked at takes about ten; none are told for PostgreSQL).
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import event
from sqlalchemy.engine import Engine

from api.app import INTERFACE, PAGES, PREFIX
from api.commands.bench.archive.filled_home import READERS
from api.http.auth import COOKIE
from api.routes.service import health
from api.sample.county import PEOPLE
from api.service import Service
from archive.db.database import Database
from archive.people import sign_in
from archive.tables import schema

OK = 200
ROUNDS = (2, 7)  #: of one call as one reader: at least, at most
PATIENCE = 0.25  #: CPU seconds after which no further round begins
_STEPS = 200  #: of the database's machine between two looks at it
#: endless, of stored files (shared with nobody here), or over everything by their nature
LEFT_OUT = (
    "/events", "/live", "/link/", "/pages/", "/bild/", "/original", "/rendition", "/fassung",
    "/text", "/reports", "/signatur", "/sha256", "/drucken", "{sha256}", "/protokoll.csv",
    "/audit/chain", "/signatures", "{search_id}", "/anmelden",
)  # fmt: skip
#: further questions of a page or call
VARIANTS: Mapping[str, Sequence[str]] = {
    "/api/v1/items": (
        "outcome=held", "outcome=archived", "outcome=rejected", "stage=checked", "stream=legacy",
        "limit=500",
    ),
    "/api/v1/documents": ("qa=failed", "qa=pending", "file_id={file_id}", "case_id={case_id}"),
    "/api/v1/files": ("plan_unit=63.1",),
    "/api/v1/cases": ("file_id={file_id}",),
    "/api/v1/search": ("q=Antrag",),
    "/api/v1/search/words": ("prefix=Ant",),
    "/api/v1/audit": (
        "action=FILED", "action=REJECTED", "action=CASE_REOPENED", "actor=service", "actor=u00007",
        "actor=niemand", "object_id={item_id}", "action=FILED&actor=niemand",
    ),
    "/eingang": (
        "zeit=woche", "zeit=alle", "zeit=alle&stand=held", "zeit=alle&stand=rejected",
        "zeit=alle&stand=archived", "zeit=alle&papier=aufbewahren",
    ),
    "/sichtpruefung": ("stand=failed", "bis=9999-12-31~z"),
    "/dokumente/{document_id}": (
        "ansicht=pruefung&von=liste", "ansicht=nachweise", "ansicht=verlauf",
    ),
    "/akten": ("plan=63.1",),
    "/akten/{file_id}": ("ansicht=verlauf", "ansicht=zda"),
    "/suche": ("q=Antrag",),
    "/revision": ("aktion=REJECTED", "aktion=CASE_REOPENED", "person=u00007", "person=niemand"),
}  # fmt: skip


@dataclass(slots=True)
class Meter:
    """Counts what one database is asked."""

    statements: int = 0
    looks: int = 0
    counts_steps: bool = False

    def watch(self, database: Database) -> None:
        """From now on; before the first connection is made."""
        for engine in (database.reader, database.writer):
            self._watch(engine)

    def _watch(self, engine: Engine) -> None:
        @event.listens_for(engine, "before_cursor_execute")
        def one_more(*_: Any) -> None:
            self.statements += 1

        if engine.dialect.name == "sqlite":
            self.counts_steps = True

            @event.listens_for(engine, "connect")
            def look(connection: Any, _record: Any) -> None:
                connection.set_progress_handler(self._look, _STEPS)

    def _look(self) -> int:
        self.looks += 1
        return 0

    @property
    def steps(self) -> int:
        return self.looks * _STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One call as one reader. Times in CPU milliseconds, ``steps`` in thousands."""

    call: str
    reader: str
    status: int
    p50: float
    p95: float
    statements: int
    steps: float | None
    kilobytes: float


@dataclass
class Asking:
    """Asks one application, in one event loop of its own until ``close``."""

    app: FastAPI
    service: Service
    meter: Meter
    _cookies: dict[str, str] = field(default_factory=dict)
    _loop: asyncio.Runner = field(default_factory=asyncio.Runner)

    def close(self) -> None:
        self._loop.close()

    def costs(self, say: Callable[[str], None] = lambda _: None) -> Iterator[Cost]:
        """Every call as every reader; those who may not ask it are told with their status."""
        for call in calls(self.known):
            say(call)
            for reader in (*PEOPLE, *READERS):
                yield self.cost(call, reader)

    def cost(self, call: str, reader: str) -> Cost:
        """What one call costs once everything is warm."""
        status, size = self.ask(call, reader)
        times: list[float] = []
        statements, steps = self.meter.statements, self.meter.steps
        while len(times) < ROUNDS[0] or (sum(times) < PATIENCE and len(times) < ROUNDS[1]):
            begun = time.process_time()
            self.ask(call, reader)
            times.append(time.process_time() - begun)
            if status != OK:
                break
        rounds = len(times)
        stepped = (self.meter.steps - steps) / rounds / 1000 if self.meter.counts_steps else None
        return Cost(
            call=call,
            reader=reader,
            status=status,
            p50=1000 * statistics.median(times),
            p95=1000 * sorted(times)[min(rounds - 1, int(0.95 * rounds))],
            statements=round((self.meter.statements - statements) / rounds),
            steps=stepped,
            kilobytes=size / 1000,
        )

    def ask(self, call: str, reader: str) -> tuple[int, int]:
        """Status and bytes of the answer."""
        return self._loop.run(self._ask(call, self._cookie(reader)))

    async def _ask(self, call: str, cookie: str) -> tuple[int, int]:
        path, _, query = call.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"{COOKIE}={cookie}".encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        told = {"status": 0, "bytes": 0}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                told["status"] = message["status"]
            else:
                told["bytes"] += len(message.get("body", b""))

        await self.app(scope, receive, send)
        return told["status"], told["bytes"]

    def _cookie(self, reader: str) -> str:
        if reader not in self._cookies:
            with self.service.database.write() as session:
                opened = sign_in.open_session(
                    session, reader, longest=timedelta(hours=12), at=self.service.clock()
                )
            self._cookies[reader] = opened.token
        return self._cookies[reader]

    @cached_property
    def known(self) -> dict[str, str]:
        """One of each in the large department; the file is its largest."""
        document = schema.document
        size = sa.func.count().label("size")
        with self.service.database.read() as session:
            large = sa.select(document.c.file_id, document.c.case_id).where(
                document.c.department == "bauamt", document.c.file_id.is_not(None)
            )
            grouped = large.group_by(document.c.file_id, document.c.case_id)
            file_id, case_id = session.execute(grouped.order_by(size.desc()).limit(1)).one()[:2]
            newest = sa.select(document.c.id, document.c.item_id).where(
                document.c.department == "bauamt", document.c.stage == "filed"
            )
            found = session.execute(newest.order_by(document.c.id.desc()).limit(1)).one()
        return {
            "file_id": file_id,
            "case_id": case_id,
            "document_id": found.id,
            "item_id": found.item_id,
        }


def calls(known: Mapping[str, str]) -> Iterator[str]:
    """The addresses of all that can be asked by GET, and their variants."""
    routers = [(PREFIX, each.router) for each in INTERFACE]
    routers += [("", each.router) for each in (health, *PAGES)]
    for prefix, router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute) or "GET" not in (route.methods or ()):
                continue
            path = prefix + route.path
            if any(part in path for part in LEFT_OUT):
                continue
            needs = [each for each in route.dependant.query_params if each.field_info.is_required()]
            queries = VARIANTS.get(path, ())
            for query in (*(() if needs else ("",)), *queries):
                yield f"{path}{'?' if query else ''}{query}".format(**known)
