"""The object store: bytes under the SHA-256 of themselves, put once and never overwritten."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

Fixity = Literal["ok", "broken", "missing"]
#: Those of some addresses that are still wanted.
Referenced = Callable[[frozenset[str]], frozenset[str]]
_ADDRESS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Where the bytes lie (hexadecimal SHA-256) and how many there are."""

    sha256: str
    size: int


class Gathering(Protocol):
    """Several contents on their way into a store."""

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        """As ``ObjectStore.put``, but the object is there only when the gathering has ended well.

        What it raises (HashMismatch, OSError of the source, Unavailable) concerns this content
        alone; the others go on.
        """


class ObjectStore(Protocol):
    """What every store does. All methods raise Unavailable when the store cannot be used."""

    def put(self, source: Path | BinaryIO, *, expected: str | None = None) -> Stored:
        """Store durably, read back, compare; the same bytes again are success.

        Raises HashMismatch when the source is not ``expected``, BrokenObject when what already
        lies there is damaged, OSError when the source cannot be read.
        """

    def gathering(self) -> AbstractContextManager[Gathering]:
        """Put several with few flushes of the disk. All are stored as by ``put`` when the block has
        ended; nothing may refer to any of them before, and custody has to be held until it does.

        Leaving the block raises Unavailable or BrokenObject: then none of them counts as stored.
        Each may be put by itself after that. Open files do not grow with their number.
        """

    def path(self, sha256: str) -> Path:
        """A local file with the object's bytes, for reading. Raises MissingObject."""

    def open(self, sha256: str) -> BinaryIO:
        """The object's bytes; the caller closes. Raises MissingObject."""

    def has(self, sha256: str) -> bool: ...

    def size(self, sha256: str) -> int:
        """In bytes. Raises MissingObject."""

    def delete(self, sha256: str) -> None:
        """For good; nothing happens when it is gone already."""

    def addresses(self) -> Iterator[str]:
        """All that lies here, in no order that counts."""

    def check(self, sha256: str) -> Fixity:
        """Hash the stored bytes again."""

    def custody(self) -> AbstractContextManager[None]:
        """Held from ``put`` to the commit that refers to it: nothing is removed meanwhile."""

    def doubt(self, addresses: Collection[str]) -> None:
        """The record has let go of these: the next sweep asks about them."""

    def sweep(
        self,
        referenced: Referenced,
        *,
        promised: Referenced = ...,
        surely: Referenced | None = None,
        older_than: datetime | None = None,
    ) -> tuple[str, ...]:
        """Remove what nothing refers to; returns the addresses, () while custody is held.

        Asks about what was put or doubted since the last sweep, and with ``older_than`` about all
        that was put last before then. ``surely`` (or ``referenced`` again) is asked when nobody holds
        custody, and has to wait for commits whose makers have died; ``promised``, which may be dear,
        once, and only about what nothing refers to.
        """


def nothing(_asked: frozenset[str]) -> frozenset[str]:
    """None of them is wanted."""
    return frozenset()


def address(sha256: str) -> str:
    """``sha256`` checked: an address becomes part of a path, so nothing else may pass."""
    if not is_address(sha256):
        raise ValueError("an object's address is 64 hexadecimal digits in lower case")
    return sha256


def is_address(name: str) -> bool:
    return _ADDRESS.fullmatch(name) is not None
