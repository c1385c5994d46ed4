"""All that a step may use: ports and settings, built once in api/wiring.py."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.queue.time_budgets import Budgets

if TYPE_CHECKING:  # whoever only names the type must not import every room's engines
    from archive.db.database import Database
    from archive.evidence.anchors import Anchors
    from archive.store.objects import ObjectStore
    from config.clock import Clock
    from config.isolation import Workshop
    from config.settings import Procedure, Settings, Stream
    from ingest.ports.malware import MalwareScanner
    from ingest.ports.rebuild_progress import Renewal
    from ingest.ports.working_files import Scratch
    from ingest.queue.active_walks import Afoot
    from ingest.queue.work_queue import Queue
    from ocr.pdfa.pdfa import PdfaWriter
    from ocr.recognition.recogniser import Recogniser
    from search.index import Index
    from signing.sealing.seal import Sealer
    from signing.verify import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The ports of the road."""

    settings: Settings
    database: Database
    objects: ObjectStore
    scratch: Scratch
    queue: Queue
    workshop: Workshop
    malware: MalwareScanner
    verifier: Verifier
    recogniser: Recogniser
    pdfa: PdfaWriter
    sealer: Sealer
    index: Index
    clock: Clock
    stopping: threading.Event
    afoot: Afoot
    renewal: Renewal
    anchors: Anchors
    version: str
    budgets: Budgets = field(default_factory=Budgets)

    def stream(self, name: str) -> Stream:
        """The stream's profile. A stream that the settings no longer know is a fault of ours."""
        return self.settings.streams[name]

    def procedure(self, stream: str) -> Procedure:
        return self.settings.procedures[self.stream(stream).procedure]

    def priority(self, stream: str) -> int:
        """Place in the isolated children's queue: 0 before 1."""
        return self.stream(stream).priority
