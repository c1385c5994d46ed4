"""How much computing time a file may take, and which walks have turned out to be slow ones.

Kept in memory: a restart begins to count anew, which costs a slow file its budget once more and
nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from config.account import Account, Budget
from config.settings import Work

KEPT = 20_000  #: files; those that have not walked for the longest time are forgotten


class Budgets:
    """The budgets of the files on the road of this process; safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[str, Budget] = OrderedDict()
        self._slow: OrderedDict[str, int] = OrderedDict()

    def account(
        self,
        item_id: str,
        object_id: str,
        attempt: int,
        work: Work,
        *,
        name: str,
        size: Callable[[], int],
    ) -> Account:
        """For one step of this attempt of the item or of one of its documents.

        ``name`` is the file's, for messages. ``size`` is asked once for each file: bytes of the
        file that is read, which may have been handed in for the arrived one.
        """
        with self._lock:
            known = self._files.get(item_id)
        begun = known or budget_of(name, work, size=size())
        with self._lock:
            budget = self._files.setdefault(item_id, begun)
            self._files.move_to_end(item_id)
            _forget_oldest(self._files)
            return Account(
                budget=budget,
                quick_seconds=(
                    None if self._slow.get(object_id) == attempt else work.quick_seconds
                ),
            )

    def slow_down(self, object_id: str, attempt: int) -> None:
        """This attempt walks among the slow ones; a later one is a quick one until it shows."""
        with self._lock:
            self._slow[object_id] = attempt
            self._slow.move_to_end(object_id)
            _forget_oldest(self._slow)

    def forget(self, item_id: str) -> None:
        """Begin it anew: for a person's act alone, since no failure may renew its own allowance."""
        with self._lock:
            self._files.pop(item_id, None)


def budget_of(name: str, work: Work, *, size: int) -> Budget:
    """What a file may take grows with its size: a large one has more to read."""
    mib = size / 2**20
    return Budget(
        name=name,
        allowed=work.file_seconds + work.mib_seconds * mib,
        limit=f"work.file_seconds {work.file_seconds:g} und work.mib_seconds {work.mib_seconds:g} "
        f"für {mib:.1f} MiB",
    )


def _forget_oldest(kept: OrderedDict[str, Budget] | OrderedDict[str, int]) -> None:
    while len(kept) > KEPT:
        kept.popitem(last=False)
