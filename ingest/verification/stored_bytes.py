"""The stored objects of many items hashed, each once, by as many threads as there are cores.

Reading and hashing let go of the interpreter's lock, so the threads run beside the judging of rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from archive.evidence.fixity import BROKEN, NOT_CHECKED
from archive.store.objects import ObjectStore, is_address
from config.errors import Unavailable
from config.logs import logger

_AT_ONCE = 32  #: objects of one task


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the bytes of some addresses are, once their threads have come to an end."""

    awaited: Sequence[Future[dict[str, str]]]
    size: int  #: in bytes, as the record has it

    def all(self) -> dict[str, str]:
        """``ok|broken|missing|not_checked`` of each. Raises Unavailable where the store is away."""
        found: dict[str, str] = {}
        for some in self.awaited:
            found |= some.result()
        return found


class Hashers:
    """The threads; ``close`` waits for what is under way and drops what is not."""

    def __init__(self, objects: ObjectStore, threads: int) -> None:
        self._objects = objects
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    def begin(self, wanted: Mapping[str, int]) -> Verdicts:
        """Hash these: address to size."""
        rest = iter(wanted)
        awaited = []
        while some := list(islice(rest, _AT_ONCE)):
            awaited.append(self._pool.submit(self._check, some))
        return Verdicts(awaited, sum(wanted.values()))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _check(self, addresses: Iterable[str]) -> dict[str, str]:
        return {address: check_one(self._objects, address) for address in addresses}


def check_one(objects: ObjectStore, address: str) -> str:
    """As the store's ``check``; one object that cannot be read costs itself alone.

    Raises Unavailable where the whole store cannot be used.
    """
    if not is_address(address):
        return BROKEN  # the row names nothing that could be stored
    try:
        return objects.check(address)
    except Unavailable as error:
        objects.has(address)  # fails as well where it is not this object alone
        logger("verify").error("an object cannot be read", address=address, exc_info=error)
        return NOT_CHECKED
