"""An act: a frozen command that knows its right, its effect and its event.

The faces make a command and have it performed; the transaction begins and ends here and nowhere
else. A refusal undoes all of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from sqlalchemy.orm import Session

from ingest.acts.acting import Acting

if TYPE_CHECKING:
    from archive.db.database import Database
    from config.clock import Clock
    from config.settings import Settings
    from ingest.engines import Engines

R_co = TypeVar("R_co", covariant=True)


class Records(Protocol):
    """What an act on the record is done with."""

    @property
    def database(self) -> Database: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def clock(self) -> Clock: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRecords:
    """Records without the rest of a house, for short commands."""

    database: Database
    settings: Settings
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The one transaction of an act."""

    session: Session
    by: Acting
    at: datetime
    settings: Settings


class HouseAct(ABC, Generic[R_co]):
    """An act that needs more of the house than the record: children, the store, the queue.

    It does what may be done again outside of its transaction, and has one transaction for what
    became true.
    """

    __slots__ = ()

    @abstractmethod
    def perform(self, engines: Engines, by: Acting) -> R_co:
        """Ask for the right, do it, write the event; raises an error of config/errors.py."""


class Act(ABC, Generic[R_co]):
    """An act on the record alone.

    Subclasses are frozen dataclasses with what was asked for; their docstrings name the errors.
    """

    __slots__ = ()

    @abstractmethod
    def within(self, change: Transaction) -> R_co:
        """Ask for the right, do it, write the event; raises an error of config/errors.py."""

    def perform(self, records: Records, by: Acting) -> R_co:
        """Do it in a transaction of its own. Raises what the act does, Unavailable."""
        with records.database.write() as session:
            return self.within(
                Transaction(session=session, by=by, at=records.clock(), settings=records.settings)
            )
