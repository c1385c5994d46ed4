"""Claims on their way into custody: what is known of each, by this process and by the record."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO, cast

from archive.audit.trail import Actor
from config.errors import NotFound
from ingest.doors.hot_folder.claims import Claim
from ingest.doors.hot_folder.stability import Shape
from ingest.doors.intake import LINK, Arrival, Intake
from ingest.errors import StillChanging
from ingest.queue.fair_queueing import Kind, Sender

DOOR = Actor(user="hotfolder")


@dataclass(slots=True)
class Kept:
    """What this process knows of one claim."""

    claim: Claim
    rested: Shape | None = None  #: with this content it had rested in the hot folder
    perhaps_taken: bool = True  #: the record has to be asked before custody
    in_custody: bool = False
    custody: Shape | None = None  #: as it was read into custody; None: by an earlier process
    trouble: str = ""  #: why it could not be taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A claimed file that rests, open, as it was when it was found so; or a link's text."""

    kept: Kept
    shape: Shape
    descriptor: int | None = None
    link: bytes = b""

    def content(self) -> BinaryIO:
        """Its bytes from the beginning; a change while they are read is refused."""
        if self.descriptor is None:
            return io.BytesIO(self.link)
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        return cast(BinaryIO, _Unchanging(self.descriptor, self.shape))

    def arrival(self, stream: str) -> Arrival:
        """It, as the intake knows it."""
        new = Arrival(
            source=self.kept.claim.source,
            stream=stream,
            by=DOOR,
            sender=Sender(Kind.FOLDER, stream),
            item_id=self.kept.claim.id,
            continues=self.kept.claim.continues,
        )
        return new if self.descriptor is not None else replace(new, media_type=LINK)

    def close(self) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)


class Known:
    """What the record says of some claims, asked once for all of them."""

    def __init__(self, intake: Intake, item_ids: Sequence[str]) -> None:
        self._intake = intake
        self._ids = item_ids
        self._found: Mapping[str, str] | None = None
        self._failed: Exception | None = None

    def is_taken(self, item_id: str) -> bool:
        """Whether custody of this item was committed. Raises Unavailable."""
        return item_id in self._addresses()

    def address(self, item_id: str) -> str:
        """What first custody holds of it. Raises NotFound, Unavailable."""
        found = self._addresses().get(item_id)
        if found is None:
            raise NotFound(f"Den Eingang {item_id} gibt es nicht.")
        return found

    def _addresses(self) -> Mapping[str, str]:
        if self._failed is not None:
            raise self._failed
        if self._found is None:
            try:
                self._found = self._intake.addresses(self._ids)
            except Exception as error:
                self._failed = error
                raise
        return self._found


class _Unchanging:
    """A file that refuses to end well when it changed while it was read."""

    def __init__(self, descriptor: int, before: Shape) -> None:
        self._descriptor = descriptor
        self._before = before

    def read(self, size: int) -> bytes:
        part = os.read(self._descriptor, size)
        if len(part) < size and Shape.of(os.fstat(self._descriptor)) != self._before:
            raise StillChanging("Die Datei änderte sich während des Lesens.")
        return part
