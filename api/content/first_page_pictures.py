"""The first page of a letter is made as a picture when it is filed: whoever opens it has it at once.

Only for streams that go first: of legacy files that come by thousands few are looked at, and the
pictures would push out those that are. One child that stands back behind all others makes them; what
does not fit into the queue is made when somebody asks.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from contextlib import suppress

from api.content.document_access import PAGE_WIDTHS
from api.content.page_pictures import Images
from archive.intake import documents
from archive.model import RenditionRole
from config.errors import ServiceError
from config.isolation import Workshop
from config.logs import logger
from ingest.engines import Engines
from ingest.renditions import latest

WIDTH = PAGE_WIDTHS[2]  #: pixels; what a document's page shows
MOST_WAITING = 100


class FirstPages:
    """Makes them in a thread of its own; safe for several threads."""

    def __init__(self, engines: Engines, images: Images, workshop: Workshop) -> None:
        self._engines = engines
        self._images = images
        self._workshop = workshop
        self._waiting: queue.Queue[str] = queue.Queue(MOST_WAITING)
        self._starting = threading.Lock()
        self._is_started = False

    def filed(self, document_ids: Iterable[str]) -> None:
        """These documents can be found from now on."""
        with suppress(queue.Full):
            for each in document_ids:
                self._waiting.put_nowait(each)
        with self._starting:
            if not self._is_started and not self._waiting.empty():
                threading.Thread(target=self._run, name="first pages", daemon=True).start()
                self._is_started = True

    def make(self, document_id: str) -> bool:
        """Make the picture of this document's first page; whether there is anything to make.

        Raises ServiceError, OSError where it cannot be made; then it is made when somebody asks.
        """
        with self._engines.database.read() as session:
            document = documents.load_document(session, document_id)
        shown = [each.role for each in document.renditions]
        if self._engines.priority(document.stream) or RenditionRole.SCAN_PRODUCT not in shown:
            return False
        path = self._engines.objects.path(latest(document, RenditionRole.SCAN_PRODUCT))
        self._images.png(path, 1, width=WIDTH, subject=document.id, workshop=self._workshop)
        return True

    def _run(self) -> None:
        """The outermost handler of this thread: a page that cannot be made is nobody's loss."""
        while not self._engines.stopping.is_set():
            document_id = self._waiting.get()
            try:
                self.make(document_id)
            except (ServiceError, OSError) as error:
                logger("pages").info("no first page", document=document_id, error=str(error))
            except Exception as error:  # noqa: BLE001
                logger("pages").error("no first page", document=document_id, exc_info=error)
