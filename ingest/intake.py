"""First custody: copy, hash, read back; then record, audit event and work in one commit.

Whoever brings a file in may let go of it when ``take`` has returned, and not before.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from archive import items, walking
from archive.audit import Actor
from archive.database import Database
from archive.items import NewItem
from archive.objects import ObjectStore
from config.clock import Clock, new_id
from config.errors import UsageError
from config.settings import Settings
from ingest.durable import ITEM, Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One file at a door."""

    source: bytes  #: path or name as the door knows it, byte for byte
    stream: str
    by: Actor
    department: str | None = None  #: other than the stream's own
    item_id: str | None = None  #: where the door has promised one (a claim that survives a crash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """The one way into custody, for every door."""

    settings: Settings
    database: Database
    objects: ObjectStore
    queue: Queue
    clock: Clock

    def take(self, arrival: Arrival, content: BinaryIO) -> str:
        """Take ``content`` into custody and set it on the road; gives back the item's id.

        Raises:
            Unavailable: store or database are away; nothing was taken, the caller keeps the file.
            UsageError: the stream or department is unknown.
        """
        stream = self.settings.streams.get(arrival.stream)
        if stream is None:
            raise UsageError(
                f"Eingangsstrom „{arrival.stream}“ gibt es nicht; "
                f"bekannt sind: {', '.join(self.settings.streams)}."
            )
        item_id = arrival.item_id or new_id("i")
        with self.objects.custody():
            stored = self.objects.put(content)
            with self.database.write() as session:
                items.open_item(
                    session,
                    NewItem(
                        id=item_id,
                        source=printable(arrival.source),
                        source_bytes=arrival.source,
                        sha256=stored.sha256,
                        size=stored.size,
                        stream=arrival.stream,
                        department=arrival.department or stream.department,
                        compartment=stream.compartment if not arrival.department else None,
                        received_by=arrival.by.user,
                        media_type="application/octet-stream",
                        file_name=printable(os.path.basename(arrival.source)),  # noqa: PTH119 - bytes
                    ),
                    by=arrival.by,
                    at=self.clock(),
                )
                self.queue.enqueue(session, ITEM, item_id, attempt=1, priority=stream.priority)
        return item_id

    def is_known(self, item_id: str) -> bool:
        """Whether custody of this item was committed (asked after a crash)."""
        with self.database.read() as session:
            return walking.exists(session, item_id)


def printable(name: bytes) -> str:
    r"""A name as text: bytes that are not UTF-8 and control characters become ``\xNN``."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
