"""Pages as pictures for readers: made in isolated children, the last ones kept in memory.

Kept by the object that a reader opened, not by its bytes: departments share stored objects, and how
fast a page comes must not show that another one has the same file. Whoever asks was let in before.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from config.isolation import Workshop
from ocr.images import page_png

KEPT = 64 * 2**20  #: bytes of pictures that are kept
MOST_CHILDREN = 4

Name = tuple[str, str, int, int]  #: object, stored file, page, width


class Kept:
    """The pictures asked for last, up to so many bytes. Safe for several threads."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.used = 0
        self._pictures: OrderedDict[Name, bytes] = OrderedDict()
        self._alone = threading.Lock()

    def get(self, name: Name) -> bytes | None:
        with self._alone:
            found = self._pictures.get(name)
            if found is not None:
                self._pictures.move_to_end(name)
            return found

    def put(self, name: Name, picture: bytes) -> None:
        """Keep it, and let go of those that nobody asked for the longest."""
        with self._alone:
            self.used += len(picture) - len(self._pictures.pop(name, b""))
            self._pictures[name] = picture
            while self.used > self.room:
                _, oldest = self._pictures.popitem(last=False)
                self.used -= len(oldest)


class Images:
    """See ``api.service.PageImages``."""

    def __init__(self, workshop: Workshop, *, room: int = KEPT) -> None:
        self._workshop = workshop
        self._kept = Kept(room)

    def png(self, path: Path, page: int, *, width: int, subject: str) -> bytes:
        name = (subject, path.name, page, width)
        picture = self._kept.get(name)
        if picture is None:
            picture = page_png(path, page, width, subject, workshop=self._workshop)
            self._kept.put(name, picture)
        return picture
