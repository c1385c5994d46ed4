"""Pages as pictures for readers: made in isolated children, the last ones kept in memory.

Kept by the object that a reader opened, not by its bytes: departments share stored objects, and how
fast a page comes must not show that another one has the same file. Whoever asks was let in before.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from config.isolation import Workshop
from ocr.page_sources.page_pictures import page_png

KEPT = 64 * 2**20  #: bytes of pictures that are kept
LONGEST = 3600.0  #: seconds that one is kept, so that it does not outlive its document for long
MOST_CHILDREN = 4

Name = tuple[str, str, int, int]  #: object, stored file, page, width


class Kept:
    """The pictures asked for last, up to so many bytes and so long. Safe for several threads."""

    def __init__(self, room: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.room = room
        self.used = 0
        self._clock = clock
        self._pictures: OrderedDict[Name, tuple[float, bytes]] = OrderedDict()
        self._alone = threading.Lock()

    def get(self, name: Name) -> bytes | None:
        with self._alone:
            self._drop_old()
            found = self._pictures.get(name)
            if found is None:
                return None
            self._pictures.move_to_end(name)
            return found[1]

    def put(self, name: Name, picture: bytes) -> None:
        """Keep it, and let go of those that nobody asked for the longest."""
        with self._alone:
            self._drop_old()
            self._drop(name)
            self._pictures[name] = (self._clock(), picture)
            self.used += len(picture)
            while self.used > self.room:
                self._drop(next(iter(self._pictures)))

    def _drop(self, name: Name) -> None:
        _, gone = self._pictures.pop(name, (0.0, b""))
        self.used -= len(gone)

    def _drop_old(self) -> None:
        limit = self._clock() - LONGEST
        for name in [name for name, (made, _) in self._pictures.items() if made < limit]:
            self._drop(name)


class Images:
    """See ``api.service.PageImages``. What several ask for at once is made once."""

    def __init__(self, workshop: Workshop, *, room: int = KEPT) -> None:
        self._workshop = workshop
        self._kept = Kept(room)
        self._made: dict[Name, Future[bytes]] = {}
        self._alone = threading.Lock()

    def png(
        self,
        path: Path,
        page: int,
        *,
        width: int,
        subject: str,
        workshop: Workshop | None = None,
    ) -> bytes:
        """``workshop``: another one whose children make it, if it is not there."""
        name = (subject, path.name, page, width)
        with self._alone:
            picture = self._kept.get(name)
            if picture is not None:
                return picture
            waited = self._made.get(name)
            if waited is None:
                made = self._made[name] = Future[bytes]()
        if waited is not None:
            return waited.result()
        try:
            picture = page_png(path, page, width, subject, workshop=workshop or self._workshop)
        except BaseException as error:
            with self._alone:
                del self._made[name]
            made.set_exception(error)
            raise
        with self._alone:
            self._kept.put(name, picture)
            del self._made[name]
        made.set_result(picture)
        return picture


def tag_of(subject: str, sha256: str, page: int, width: int) -> str:
    """The entity tag of a picture: of this object alone, so that equal files of others have another
    one. RFC 9110, 8.8.3."""
    named = f"{subject} {sha256} {page} {width}"
    return f'"{hashlib.sha256(named.encode("ascii", "replace")).hexdigest()[:32]}"'
