"""Work that a transaction leaves to a loop of this process; who waits for it is told afterwards.

Told when the transaction has ended and its connection is free again, never before: whoever looks
then sees what was committed. One that was taken back is told too; a look too many does no harm.
What another process commits is told by nobody here and has to be looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

_LEFT = "registratur.work"


def leave(session: Session, kind: str) -> None:
    """Say in the transaction that it leaves work of this kind."""
    session.connection().info.setdefault(_LEFT, set()).add(kind)


def listen(engine: Engine, told: Callable[[frozenset[str]], None]) -> None:
    """From now on ``told`` is called with the kinds of work that each transaction left."""

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: Any) -> None:
        left = record.info.pop(_LEFT, None)
        if left:
            told(frozenset(left))
