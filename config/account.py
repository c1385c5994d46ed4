"""What the work on one file has used up of its computing time, and what it may.

The account of the work at hand goes with the thread (``contextvars``): every isolated job is
charged to it, whichever room ordered it, and no room has to hand it on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from config.errors import OverBudget, TakesLong


@dataclass(slots=True)
class Budget:
    """Of one arrived file, over all steps of its item and its documents. Seconds of computing time."""

    name: str  #: as messages name the file
    allowed: float
    limit: str  #: how the allowance came about, for messages
    spent: float = 0.0


@dataclass(slots=True)
class Account:
    """Of one walk. ``quick_seconds``: what it may take among quick ones; None: it is a slow one."""

    budget: Budget
    quick_seconds: float | None
    spent: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_slow(self) -> bool:
        return self.quick_seconds is None

    def left(self) -> float:
        """Seconds that the next job may take. Raises OverBudget, TakesLong where none are left."""
        with self._lock:
            of_file = self.budget.allowed - self.budget.spent
            here = of_file if self.quick_seconds is None else self.quick_seconds - self.spent
        if of_file <= 0:
            raise OverBudget(
                f"{self.budget.name}: nach {self.budget.allowed:.0f} s Rechenzeit über alle Schritte "
                f"noch nicht fertig ({self.budget.limit}); die Bearbeitung wurde beendet"
            )
        if here <= 0:
            raise TakesLong(f"{self.budget.name}: nach {self.spent:.0f} s Rechenzeit nicht fertig")
        return min(of_file, here)

    def charge(self, seconds: float) -> None:
        with self._lock:
            self.budget.spent += seconds
            self.spent += seconds


_CURRENT: ContextVar[Account | None] = ContextVar("account", default=None)


def current() -> Account | None:
    """The account that jobs ordered by this thread are charged to; None: nobody's."""
    return _CURRENT.get()


@contextmanager
def charged_to(account: Account | None) -> Iterator[None]:
    token = _CURRENT.set(account)
    try:
        yield
    finally:
        _CURRENT.reset(token)
