"""The composition root: the only place that picks adapters and puts the house together.

Its parts for commands that only read are ``api/wiring_reading.py`` and ``api/wiring_evidence.py``.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from api.content.first_page_pictures import FirstPages
from api.content.page_pictures import MOST_CHILDREN, Images
from api.service import Service
from api.wiring_evidence import anchors_of
from api.wiring_reading import index_of, objects_of, verapdf_of
from archive.db import planner_statistics
from archive.db.database import Database, migrate
from config.clock import Clock, now
from config.errors import ConfigError
from config.isolation import Workshop
from config.settings import Settings, Stream
from ingest.doors.blocked_files import Obstacles
from ingest.doors.hot_folder.claims import claim_area
from ingest.doors.hot_folder.custody import Keeping
from ingest.doors.hot_folder.hot_folder import HotFolder
from ingest.doors.hot_folder.stability import RestWatch
from ingest.doors.intake import Intake
from ingest.engines import Engines
from ingest.home import HomeLock
from ingest.index.searching import Searching
from ingest.ports.malware import ClamdScanner, MalwareScanner, NoScanner
from ingest.ports.rebuild_progress import Renewal
from ingest.ports.working_files import Scratch
from ingest.queue import work_queue
from ingest.queue.active_walks import Afoot
from ingest.queue.work_queue import DbosQueue
from ingest.upkeep.service_loops import Running
from ocr.children import ATTACHMENTS
from ocr.pdfa.pdfa import PdfaWriter
from ocr.pdfa.validator import Validator
from ocr.recognition.recogniser import Recogniser
from search.german.analysis import Analyser, load_analyser
from search.index import Index
from signing.sealing.seal import Sealer
from signing.sealing.seal_pkcs12 import create_trial_key, open_sealer
from signing.trust.trust_folder import Trust
from signing.verify import Verifier

TRIAL_KEY = "secrets/trial-seal.p12"
TRIAL_WORD = "secrets/trial-seal.passphrase"
SLOW_NICE = 10  #: how far the processes of slow files stand back behind the others
LAST_NICE = 19  #: of what is done for nobody in particular
PRELOAD = ("ocr.recognition.picture_reading", "ocr.preflight.inspection", "signing.validate")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All adapters of one process, built from the settings."""

    settings: Settings
    engines: Engines
    intake: Intake
    obstacles: Obstacles
    pictures: Workshop  #: children of their own, so that a reader does not wait for recognition
    first_pages: Workshop  #: one child behind all others, for pictures that nobody waits for
    images: Images
    analyser: Analyser
    validator: Validator
    queue: DbosQueue
    lock: HomeLock

    @property
    def index(self) -> Index:
        return self.engines.index

    def doors(self) -> tuple[HotFolder, ...]:
        """The hot folders of all streams."""
        return tuple(self._door(name, stream) for name, stream in self.settings.streams.items())

    def _door(self, name: str, stream: Stream) -> HotFolder:
        times = self.settings.intake
        return HotFolder(
            name=name,
            root=self.settings.at_home(stream.folder, f"hot/{name}"),
            stream=stream,
            times=times,
            obstacles=self.obstacles,
            area=claim_area(self.settings, name, stream),
            rest=RestWatch(times.settle_seconds),
            doubts=RestWatch(times.settle_seconds),
            keeping=Keeping(
                stream=name,
                times=times,
                done_marker=stream.done_marker,
                intake=self.intake,
                watch=RestWatch(times.settle_seconds),
            ),
        )

    def running(self, *, shows: bool = False) -> Running:
        """``shows``: this process also shows pages, so their pictures are made beforehand."""
        running = Running(engines=self.engines, executor="embedded", doors=self.doors())
        if shows:
            running.found = FirstPages(self.engines, self.images, self.first_pages).filed
        return running

    def close(self) -> None:
        """End all children and let go of files and connections."""
        self.engines.workshop.close()
        self.pictures.close()
        self.first_pages.close()
        self.validator.close()
        self.index.close()
        self.queue.close()
        self.engines.database.close()
        self.lock.release()


def prepare(settings: Settings, *, clock: Clock = now) -> None:
    """Create or migrate the database, the archive's tables and the durable engine's, and anchor
    where the trail ends."""
    migrate(settings.database_url)
    work_queue.prepare(settings.database_url)
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            anchors_of(settings).write(session, clock())
        planner_statistics.gather(database)
    finally:
        database.close()


def build(settings: Settings, *, clock: Clock = now) -> House:
    """Put the house together. Nothing is started; children start when they are needed.

    Raises:
        ConfigError: a setting names something that is not there.
    """
    database = Database(settings.database_url, clock=clock)
    objects = objects_of(settings)
    queue = DbosQueue(database.writer)
    workshop_memory = settings.work.memory_mib * 2**20
    workshop = Workshop(
        size=settings.work.processes,
        memory=workshop_memory,
        preload=PRELOAD,
        slow=Workshop(
            size=max(1, settings.work.processes - 1),
            memory=workshop_memory,
            preload=PRELOAD,
            nice=SLOW_NICE,
        ),
    )
    analyser = load_analyser(kept_in=settings.home / "cache")
    validator = Validator(verapdf_of(settings))
    engines = Engines(
        settings=settings,
        database=database,
        objects=objects,
        scratch=Scratch(settings.home / "work"),
        queue=queue,
        workshop=workshop,
        malware=_malware(settings, workshop),
        verifier=Verifier(
            workshop,
            trust=Trust(settings.at_home(settings.signing.trust, "trust")),
            clock=clock,
        ),
        recogniser=Recogniser(workshop, page_seconds=settings.work.page_seconds),
        pdfa=PdfaWriter(workshop, validator),
        sealer=sealer(settings, clock),
        index=index_of(settings, analyser),
        clock=clock,
        stopping=threading.Event(),
        afoot=Afoot(),
        renewal=Renewal(),
        anchors=anchors_of(settings),
        version=version("registratur"),
    )
    pictures = Workshop(
        size=min(MOST_CHILDREN, os.cpu_count() or 1),
        memory=workshop_memory,
        preload=("ocr.page_sources.page_pictures",),
    )
    return House(
        settings=settings,
        engines=engines,
        intake=Intake(
            settings=settings, database=database, objects=objects, queue=queue, clock=clock
        ),
        obstacles=Obstacles(clock, settings.home),
        pictures=pictures,
        first_pages=Workshop(
            size=1,
            memory=workshop_memory,
            preload=("ocr.page_sources.page_pictures",),
            nice=LAST_NICE,
        ),
        images=Images(pictures),
        analyser=analyser,
        validator=validator,
        queue=queue,
        lock=HomeLock(settings.home),
    )


def searching_of(house: House) -> Searching:
    """Search over one house."""
    engines = house.engines
    return Searching(
        database=engines.database,
        objects=engines.objects,
        index=engines.index,
        analyser=house.analyser,
        clock=engines.clock,
        renewal=engines.renewal,
    )


def service_of(house: House) -> Service:
    """What the faces need of one house."""
    return Service(
        engines=house.engines,
        intake=house.intake,
        images=house.images,
        searching=searching_of(house),
        obstacles=house.obstacles,
    )


@contextmanager
def house(settings: Settings) -> Iterator[House]:
    """A house for the time of one command."""
    built = build(settings)
    try:
        yield built
    finally:
        built.close()


def _malware(settings: Settings, workshop: Workshop) -> MalwareScanner:
    if not settings.malware.socket:
        return NoScanner()

    def members(path: Path, subject: str) -> tuple[tuple[str, bytes], ...]:
        return workshop.run(ATTACHMENTS(path), seconds=60.0, subject=subject)

    return ClamdScanner(settings.malware.socket, members)


def sealer(settings: Settings, clock: Clock = now) -> Sealer:
    """The county's key; a trial key of our own where none is set ("Testsiegel").

    Raises:
        ConfigError: the password's file cannot be read.
    """
    if settings.seal.pkcs12:
        try:
            word = Path(settings.seal.passphrase_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "kein Text in UTF-8"
            raise ConfigError(
                f"seal.passphrase_file „{settings.seal.passphrase_file}“ kann nicht gelesen werden: "
                f"{why}."
            ) from error
        return open_sealer(settings.at_home(settings.seal.pkcs12, ""), word)
    key, word_file = settings.home / TRIAL_KEY, settings.home / TRIAL_WORD
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        word = secrets.token_urlsafe(24)
        word_file.touch(mode=0o600)
        word_file.write_text(word, encoding="utf-8")
        create_trial_key(key, word, county=settings.county.name, at=clock())
    return open_sealer(key, word_file.read_text(encoding="utf-8"))
