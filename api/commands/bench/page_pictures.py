"""The work of ``registratur bench pages``: pictures of pages for many clerks who read at once.

The service has the role ``api``: nothing walks, so that what is measured is what reading costs.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import sqlalchemy as sa

from api.commands.bench.archive.filled_home import fill_home
from api.commands.bench.measured_service import bench_folder, computed, served
from api.commands.common import say, tell
from api.sample.letters import ACCESS, BUILDING, HERITAGE, OBJECTION
from api.wiring_reading import objects_of
from archive.audit.trail import Actor
from archive.bench.county import Size
from archive.db.database import Database
from archive.model import Grant, Role
from archive.people import accounts, sign_in
from archive.stages import Stage
from archive.tables import schema
from config import logs
from config.clock import now
from config.errors import Unavailable
from config.settings import Settings
from ocr.synthetic_letters import page, save_pdf

LETTERS = 12  #: different ones, which the documents share
KEPT = 100  #: pictures that are asked for again and again
_BY = Actor(user="bench")
_DOCUMENT = schema.document


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Pictures for so many readers at once, in a closed loop."""

    name: str
    pictures: int
    per_second: float
    p50: float  #: seconds by the clock
    p95: float
    service: float  #: CPU ms of the service's own process, a picture
    children: float  #: CPU ms of its children, a picture
    kilobytes: float  #: of one picture, mean


def run(*, readers: int, pictures: int, width: int, as_json: bool) -> None:
    """Ask for ``pictures`` fresh ones, then as long for some that lie in memory."""
    logs.set_up("error", json_lines=False)
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    with bench_folder() as place:
        told("Ein Archiv von Briefen …")
        settings = fill_home(
            place / "home",
            Size(documents=4 * pictures + 4 * KEPT, users=50),
            with_objects=False,
            now=now(),
            say=lambda _: None,
            own=_Letters(),
        )
        stretches = tuple(_measured(settings, readers, pictures, width, told))
    if as_json:
        say([asdict(each) for each in stretches])
        return
    for each in stretches:
        tell(
            f"{each.name:<16}{each.per_second:8.1f} je Sekunde, {each.p50:.2f} s (p95 {each.p95:.2f} s), "
            f"{each.service:.1f} ms CPU des Dienstes und {each.children:.1f} der Kindprozesse, "
            f"{each.kilobytes:.0f} kB"
        )


@dataclass(slots=True)
class _Letters:
    """The files of one document: its reading copy is one of a few letters."""

    _addresses: list[str] = field(default_factory=list)

    def __call__(self, settings: Settings, number: int) -> Mapping[str, str]:
        if not self._addresses:
            self._addresses = list(self._stored(settings))
        letter = self._addresses[number % LETTERS]
        own = f"{number:064x}"
        return dict.fromkeys(
            ("@original@", "@signatures@", "@text@", "@report@", "@note@"), own
        ) | {"@product@": letter}

    def _stored(self, settings: Settings) -> Iterator[str]:
        store = objects_of(settings)
        letters = itertools.cycle((OBJECTION, BUILDING, ACCESS, HERITAGE))
        with tempfile.TemporaryDirectory() as room:
            for seed, letter in zip(range(LETTERS), letters, strict=False):
                made = Path(room) / f"{seed}.pdf"
                save_pdf([page(letter, seed=seed)], made)
                yield store.put(made).sha256


def _measured(
    settings: Settings, readers: int, pictures: int, width: int, told: Callable[[str], None]
) -> Iterator[Stretch]:
    token, documents = _prepared(settings)
    with served(settings.home, role="api", connections=readers + 100) as (process, address):
        asked = _Asked(process, address, token, width, readers)
        asked.all(documents[:1])
        told("Frische Bilder …")
        yield asked.stretch("frisch", documents[1 : pictures + 1])
        kept = documents[pictures + 1 : pictures + 1 + KEPT]
        asked.all(kept)
        told("Bilder aus dem Speicher …")
        again = itertools.islice(itertools.cycle(kept), 20 * len(kept))
        yield asked.stretch("aus dem Speicher", list(again))


def _prepared(settings: Settings) -> tuple[str, list[str]]:
    """A token of somebody who may read, and the documents."""
    database = Database(settings.database_url)
    try:
        with database.write() as session:
            accounts.add_user(session, "leserin", "leserin", by=_BY, at=now())
            grant = Grant(role=Role.CASE_WORKER, department="bauamt")
            accounts.grant_role(session, "leserin", grant, by=_BY, at=now())
            token = sign_in.new_token(
                session, "leserin", None, "bench", timedelta(days=1), by=_BY, at=now()
            )
        with database.read() as session:
            filed = sa.select(_DOCUMENT.c.id).where(
                _DOCUMENT.c.department == "bauamt",
                _DOCUMENT.c.stage == Stage.FILED.value,
                _DOCUMENT.c.compartment.is_(None),
            )
            return token, list(session.scalars(filed))
    finally:
        database.close()


@dataclass(slots=True)
class _Asked:
    """The running service and those who ask it."""

    process: psutil.Process
    address: str
    token: str
    width: int
    readers: int

    def stretch(self, name: str, documents: Sequence[str]) -> Stretch:
        """What these pictures cost."""
        service, children = computed(self.process), self._children()
        begun = time.monotonic()
        answers = self.all(documents)
        wall = time.monotonic() - begun
        took = sorted(seconds for seconds, _ in answers)
        count = len(answers)
        return Stretch(
            name=name,
            pictures=count,
            per_second=count / wall,
            p50=took[count // 2],
            p95=took[int(count * 0.95)],
            service=(computed(self.process) - service) / count * 1000,
            children=(self._children() - children) / count * 1000,
            kilobytes=sum(size for _, size in answers) / count / 1000,
        )

    def all(self, documents: Sequence[str]) -> list[tuple[float, int]]:
        """Seconds and bytes of each. Raises Unavailable where one is refused."""
        with ThreadPoolExecutor(self.readers) as pool:
            return list(pool.map(self._one, documents))

    def _one(self, document: str) -> tuple[float, int]:
        request = urllib.request.Request(
            f"{self.address}/api/v1/documents/{document}/pages/1?width={self.width}",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        begun = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                size = len(answer.read())
        except OSError as error:
            raise Unavailable(f"Der Dienst hat kein Bild gegeben: {error}") from error
        return time.monotonic() - begun, size

    def _children(self) -> float:
        """CPU seconds of all that it started and that still run, and of what has ended."""
        ended = self.process.cpu_times()
        alive = self.process.children(recursive=True)
        return ended.children_user + ended.children_system + sum(map(computed, alive))
