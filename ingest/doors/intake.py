"""First custody: copy, hash, read back; then record, audit event and work in one commit.

Whoever brings a file in may let go of it when ``take`` has returned, and not before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from archive.audit import trail
from archive.audit.trail import Actor
from archive.db.database import Database
from archive.intake import items
from archive.intake.items import NewItem
from archive.model import Finding, Severity
from archive.stages import Stage
from archive.store.objects import ObjectStore, Stored
from config.clock import Clock, new_id
from config.errors import HoldReason, UsageError
from config.settings import Settings, Stream
from ingest.errors import StillChanging
from ingest.queue.fair_queueing import Sender
from ingest.queue.work_queue import ITEM, Queue

LINK = "inode/symlink"  #: as the shared MIME database of freedesktop.org calls it


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One file at a door."""

    source: bytes  #: path or name as the door knows it, byte for byte
    stream: str
    by: Actor
    sender: Sender  #: among whom the queue is shared
    department: str | None = None  #: other than the stream's own
    item_id: str | None = None  #: where the door has promised one (a claim that survives a crash)
    media_type: str = "application/octet-stream"  #: ``LINK``: its text is kept, never its target
    continues: str | None = None  #: the item whose file went on being written after its custody


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
        stream = self._stream(arrival.stream)
        item_id = arrival.item_id or new_id("i")
        with self.objects.custody():
            stored = self.objects.put(content)
            with self.database.write() as session:
                at = self.clock()
                new = _new_item(item_id, arrival, stream, stored)
                items.open_item(session, new, by=arrival.by, at=at)
                if arrival.continues is None:
                    self._enqueue(session, [item_id], stream, arrival.sender)
                else:
                    _ask_which_counts(session, item_id, arrival.continues, by=arrival.by, at=at)
        return item_id

    def take_together(
        self, incoming: Sequence[tuple[Arrival, BinaryIO]]
    ) -> Mapping[str, StillChanging | OSError]:
        """Take several of one sender into custody as ``take`` does each, with one commit for all.

        All arrivals have an ``item_id``, and none continues another. Gives back why some contents
        could not be read, by ``item_id``; those were not taken, all others were.

        Raises:
            Unavailable: store or database are away; nothing was taken, the caller keeps the files.
            UsageError: the stream is unknown.
        """
        first = incoming[0][0]
        stream = self._stream(first.stream)
        unread: dict[str, StillChanging | OSError] = {}
        with self.objects.custody():
            stored: list[tuple[str, Arrival, Stored]] = []
            with self.objects.gathering() as group:
                for arrival, content in incoming:
                    item_id = _promised(arrival, first)
                    try:
                        stored.append((item_id, arrival, group.put(content)))
                    except (StillChanging, OSError) as error:
                        unread[item_id] = error
            if not stored:
                return unread
            with self.database.write() as session:
                arrived = [
                    (_new_item(item_id, arrival, stream, kept), self.clock())
                    for item_id, arrival, kept in stored
                ]
                items.open_items(session, arrived, by=first.by)
                names = [item_id for item_id, _, _ in stored]
                self._enqueue(session, names, stream, first.sender)
        return unread

    def addresses(self, item_ids: Sequence[str]) -> Mapping[str, str]:
        """What first custody holds of these items; what is not in custody is left out."""
        with self.database.read() as session:
            return items.addresses(session, item_ids)

    def demand_bytes(self, sha256: str) -> None:
        """Raises MissingObject where these bytes are not in the store."""
        self.objects.path(sha256)

    def _stream(self, name: str) -> Stream:
        stream = self.settings.streams.get(name)
        if stream is None:
            raise UsageError(
                f"Eingangsstrom „{name}“ gibt es nicht; "
                f"bekannt sind: {', '.join(self.settings.streams)}."
            )
        return stream

    def _enqueue(
        self, session: Session, item_ids: Sequence[str], stream: Stream, sender: Sender
    ) -> None:
        self.queue.enqueue(
            session, ITEM, *item_ids, attempt=1, priority=stream.priority, sender=sender
        )


def _promised(arrival: Arrival, first: Arrival) -> str:
    """The id that the door has promised to one of several that are taken together."""
    if arrival.item_id is None or arrival.continues is not None:
        raise ValueError("only new arrivals with an id are taken together")
    if (arrival.stream, arrival.by, arrival.sender) != (first.stream, first.by, first.sender):
        raise ValueError("only arrivals of one sender are taken together")
    return arrival.item_id


def _new_item(item_id: str, arrival: Arrival, stream: Stream, stored: Stored) -> NewItem:
    return NewItem(
        id=item_id,
        source=printable(arrival.source),
        source_bytes=arrival.source,
        sha256=stored.sha256,
        size=stored.size,
        stream=arrival.stream,
        department=arrival.department or stream.department,
        compartment=stream.compartment if not arrival.department else None,
        received_by=arrival.by.user,
        media_type=arrival.media_type,
        file_name=printable(os.path.basename(arrival.source)),  # noqa: PTH119 - bytes
    )


def _ask_which_counts(session: Session, later: str, first: str, *, by: Actor, at: datetime) -> None:
    """One file came into custody in two states. Both are kept, and a person says which counts.

    Both are held where they still can be; what is at its end keeps it, with a finding that keeps
    the paper, and the event in the trail.
    """
    text = (
        f"Diese Datei wurde nach der Übernahme weitergeschrieben. Eingang {first} ist ihr früherer "
        "Stand. Beide ansehen: den vollständigen freigeben, den anderen ablehnen."
    )
    items.hold_item(
        session, later, HoldReason.CLARIFICATION, text, by=by, at=at, detail={"continues": first}
    )
    items.add_findings(session, later, None, [_finding(text, first)])
    said = f"Die Datei wurde nach der Übernahme weitergeschrieben; ihr späterer Stand ist Eingang {later}."
    trail.append(
        session,
        at=at,
        by=by,
        action="SOURCE_CONTINUED",
        object_type="item",
        object_id=first,
        correlation_id=first,
        detail={"continued_by": later},
    )
    items.add_findings(session, first, None, [_finding(said, later)])
    if items.load_item(session, first).stage not in (Stage.DUPLICATE, Stage.REJECTED):
        items.hold_item(
            session,
            first,
            HoldReason.CLARIFICATION,
            f"{said} Beide ansehen: den vollständigen freigeben, den anderen ablehnen.",
            by=by,
            at=at,
            detail={"continued_by": later},
        )


def _finding(text: str, other: str) -> Finding:
    return Finding(
        code="intake.continued",
        text=text,
        severity=Severity.BLOCKS_DESTRUCTION,
        detail={"item": other},
    )


def printable(name: bytes) -> str:
    r"""A name as text: bytes that are not UTF-8 and control characters become ``\xNN``."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
