"""How one step is taken: repeatable work, then everything it made true in one transaction.

The work runs outside the database and may run again after a crash. The commit runs exactly once:
stage, audit event, renditions and the durable engine's checkpoint are one transaction. A part that
is away is waited for; the input's fault and our own faults hold the object.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import sqlalchemy.exc
import structlog
from dbos import SQLAlchemyDatasource
from sqlalchemy.orm import Session

from archive import documents, items, placing, sources, walking
from archive.errors import StillWalking
from archive.model import Item
from archive.stages import DOCUMENT_ROAD, ITEM_ROAD, TERMINAL, Stage
from config import system_errors
from config.account import Account, charged_to
from config.clock import new_id
from config.errors import (
    ChildDeath,
    Conflict,
    HoldReason,
    InputError,
    LimitReached,
    OverBudget,
    ServiceError,
    StoodStill,
    TakesLong,
    Unavailable,
)
from config.logs import logger
from ingest.actors import SERVICE
from ingest.change import Change, Failed
from ingest.durable import DOCUMENT, ITEM, SLOW_PRIORITY, SenderOf
from ingest.engines import Engines

DEATHS = 3  #: of an object's own child process, before it is held
PAUSES = (1, 2, 5, 10, 20, 30, 60)  #: seconds between tries while a part is away
RESTING = TERMINAL | {Stage.HELD, Stage.AWAITING_QA}

Work = Callable[[Engines, str], Change]
R = TypeVar("R")


class Result(StrEnum):
    """How a commit ended; kept by the durable engine, so its values stay."""

    GOES_ON = "goes_on"
    RESTS = "rests"
    AGAIN = "again"  #: the work has to be looked at once more (an equal file is still on the road)


class GoesSlowly:
    """The step takes so long that the walk has to go on among the slow ones."""


class Stopped(Exception):
    """The object left the road (held, duplicate, awaiting a person); its walk ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One object's walk along its road."""

    engines: Engines
    datasource: SQLAlchemyDatasource
    kind: str
    object_id: str
    attempt: int  #: of the object, which this walk is

    def step(self, ends: Stage, work: Work) -> None:
        """Take the step that ends at ``ends``, or find that it has been taken.

        Raises:
            Stopped: the object rests; a person has to go on with it. Or a later attempt walks: this
                one was over, and only a crash before its end had it begun once more.
        """
        with structlog.contextvars.bound_contextvars(object=self.object_id, step=work.__name__):
            result = Result.AGAIN
            while result is Result.AGAIN:
                # Whoever puts objects holds custody until the commit refers to them.
                with self.engines.objects.custody():
                    change = None if self._is_past(ends) else self._try(ends, work)
                    if isinstance(change, GoesSlowly):
                        self._patiently(f"slow {ends}", self._go_slowly)
                        raise Stopped(self.object_id)
                    result = self._patiently(f"commit {ends}", partial(self._commit, ends, change))
        if result is Result.RESTS:
            raise Stopped(self.object_id)

    def pause_for_qa(self) -> None:
        """Rest before the seal until a person has looked (only where the procedure says so)."""
        if self._patiently("await qa", self._await_qa):
            raise Stopped(self.object_id)

    # ------------------------------------------------------------------ the two halves

    def _patiently(self, name: str, commit: Callable[[], R]) -> R:
        """Commit; while the database is away (or its disk full), wait and commit again."""
        for pause in _pauses():
            try:
                return self.datasource.run_tx_step(self._named(name), commit)
            except (sqlalchemy.exc.OperationalError, Unavailable) as error:
                self._wait(pause, _away(error))
        raise AssertionError("the pauses do not end")

    def _is_past(self, ends: Stage) -> bool:
        for pause in _pauses():
            try:
                with self.engines.database.read() as session:
                    stage = self._stage(session)
                    found = walking.walking_object(session, self.object_id)
                if found is not None and found.attempt > self.attempt:
                    raise Stopped(self.object_id)
                return stage in RESTING or self._place(stage) >= self._place(ends)
            except (sqlalchemy.exc.OperationalError, Unavailable) as error:
                self._wait(pause, _away(error))
        raise AssertionError("the pauses do not end")

    def _try(self, ends: Stage, work: Work) -> Change | Failed | GoesSlowly:
        deaths = 0
        pauses = _pauses()
        while True:
            try:
                with charged_to(self._account()):
                    change = work(self.engines, self.object_id)
                self._waits(None)
                return change
            except TakesLong as error:
                logger("ingest").info("goes on among the slow ones", why=str(error))
                return GoesSlowly()
            except InputError as error:
                return Failed(reason=error.reason, text=error.text)
            except (OverBudget, LimitReached) as error:
                return Failed(reason=HoldReason.OVER_LIMIT, text=f"{error}.")
            except ChildDeath as error:
                self._park_if_stopping()
                deaths = DEATHS if isinstance(error, StoodStill) else deaths + 1
                logger("ingest").warning("child died", deaths=deaths, error=str(error))
                if deaths == DEATHS:
                    return Failed(reason=HoldReason.CHILD_DIED, text=str(error))
            except ServiceError as error:
                if not error.retryable:
                    return self._internal(ends, error)
                self._wait(next(pauses), str(error))
            except (OSError, sqlalchemy.exc.OperationalError) as error:
                self._wait(next(pauses), _away(error))
            except Exception as error:  # noqa: BLE001 - the outermost handler of a step
                self._park_if_stopping()
                return self._internal(ends, error)

    def _account(self) -> Account:
        with self.engines.database.read() as session:
            item = self._item(session)
            size = sources.sources(session, item).reads.size or item.size
        return self.engines.budgets.account(
            item, self.object_id, self.attempt, self.engines.settings.work, size=size
        )

    def _item(self, session: Session) -> Item:
        if self.kind == "item":
            return items.load_item(session, self.object_id)
        return items.load_item(session, documents.load_document(session, self.object_id).item_id)

    def _go_slowly(self) -> None:
        """A new attempt of the same walk, in the queue of the slow ones; its stage stays."""
        session = self.datasource.sql_session()
        found = walking.walking_object(session, self.object_id)
        if found is None:  # a person was quicker
            return
        attempt = walking.begin_again(session, found, by=SERVICE, at=self.engines.clock())
        self.engines.budgets.slow_down(self.object_id, attempt)
        self.engines.queue.enqueue(
            session,
            ITEM if self.kind == "item" else DOCUMENT,
            self.object_id,
            attempt=attempt,
            priority=SLOW_PRIORITY + self.engines.priority(found.stream),
            sender=self._sender(),
        )

    def _internal(self, ends: Stage, error: BaseException) -> Failed:
        error_id = new_id("e")
        logger("ingest").error("internal error", error_id=error_id, ends=str(ends), exc_info=error)
        return Failed(
            reason=HoldReason.INTERNAL,
            text=f"Interner Fehler {error_id}; Näheres steht im Protokoll des Dienstes. "
            "Bitte der Administration melden; danach „Nochmals versuchen“.",
        )

    def _commit(self, ends: Stage, change: Change | Failed | None) -> Result:
        session = self.datasource.sql_session()
        stage = self._stage(session)
        if stage in RESTING:
            return Result.GOES_ON if stage is ends else Result.RESTS
        if self._place(stage) >= self._place(ends):
            return Result.GOES_ON
        if change is None:
            raise RuntimeError(f"{self.object_id} stands at {stage}, which is before {ends}")
        at = self.engines.clock()
        if isinstance(change, Failed):
            hold = items.hold_item if self.kind == "item" else documents.hold_document
            hold(session, self.object_id, change.reason, change.text, by=SERVICE, at=at)
            return Result.RESTS
        if ends is Stage.CHECKED and (twin := self._twin(session)) is not None:
            if isinstance(twin, StillWalking):
                return Result.AGAIN
            self._is_duplicate(session, twin, at)
            return Result.RESTS
        try:
            with session.begin_nested():
                self._apply(session, stage, ends, change)
        except Conflict:
            if ends is not Stage.FILED:
                raise
            return Result.AGAIN  # the case was closed meanwhile: look for another one
        return Result.GOES_ON

    def _twin(self, session: Session) -> str | StillWalking | None:
        """Asked in the very transaction that takes the item off RECEIVED, so that of two equal
        files exactly one goes on."""
        item = items.load_item(session, self.object_id)
        try:
            return items.find_duplicate(
                session,
                item.sha256,
                department=item.department,
                compartment=item.compartment,
                not_item=item.id,
            )
        except StillWalking as twin:
            return twin

    def _is_duplicate(self, session: Session, document_id: str, at: datetime) -> None:
        """The file that arrived is there already. One handed in for it is not dropped with it."""
        if items.load_item(session, self.object_id).working_copy is None:
            items.mark_duplicate(session, self.object_id, document_id, by=SERVICE, at=at)
            return
        text = (
            f"Die zuerst angekommene Datei liegt inzwischen als Dokument {document_id} vor; was dafür "
            "nachgereicht oder geöffnet wurde, ist nicht verarbeitet. Bitte ablehnen oder klären."
        )
        items.hold_item(session, self.object_id, HoldReason.CLARIFICATION, text, by=SERVICE, at=at)

    def _named(self, name: str) -> Any:
        """Every change takes the audit chain's head first, which orders the writers: a stricter
        level than READ COMMITTED would only make PostgreSQL try again and again."""
        if self.engines.database.writer.dialect.name == "postgresql":
            return {"name": name, "isolation_level": "READ COMMITTED"}
        return {"name": name}

    def _apply(self, session: Session, begins: Stage, ends: Stage, change: Change) -> None:
        at = self.engines.clock()
        if self.kind == "item":
            items.advance_item(
                session, self.object_id, begins, ends,
                by=SERVICE, at=at, action=change.action, detail=change.detail,
            )  # fmt: skip
            owner, document = self.object_id, None
            self._open_parts(session, change)
        else:
            found = documents.load_document(session, self.object_id)
            owner, document = found.item_id, found.id
            if ends is Stage.FILED:
                assert change.place is not None
                placing.file_in_place(session, self.object_id, change.place, by=SERVICE, at=at)
            else:
                documents.advance_document(
                    session, self.object_id, begins, ends,
                    by=SERVICE, at=at, action=change.action, detail=change.detail,
                    values=change.values,
                )  # fmt: skip
        items.add_findings(session, owner, document, change.findings)
        for rendition in change.renditions:
            items.add_rendition(session, owner, document, rendition, at=at)

    def _open_parts(self, session: Session, change: Change) -> None:
        if not change.parts:
            return
        item = items.load_item(session, self.object_id)
        documents.open_documents(
            session, self.object_id, change.parts, by=SERVICE, at=self.engines.clock()
        )
        self.engines.queue.enqueue(
            session,
            DOCUMENT,
            *(part.id for part in change.parts),
            attempt=1,
            priority=self.engines.priority(item.stream),
            sender=self._sender(),
        )

    def _sender(self) -> SenderOf:
        road = ITEM if self.kind == "item" else DOCUMENT
        return SenderOf(road, self.object_id, self.attempt)

    def _await_qa(self) -> bool:
        session = self.datasource.sql_session()
        document = documents.load_document(session, self.object_id)
        if document.stage is Stage.NOTED and document.qa != "passed":
            documents.advance_document(
                session, self.object_id, Stage.NOTED, Stage.AWAITING_QA,
                by=SERVICE, at=self.engines.clock(), action="QA_SELECTED",
            )  # fmt: skip
            return True
        return document.stage in RESTING

    # ------------------------------------------------------------------ waiting

    def _wait(self, seconds: float, why: str) -> None:
        logger("ingest").warning("waiting for a part", seconds=seconds, why=why)
        self._waits(why)
        if self.engines.stopping.wait(seconds):
            self._park_if_stopping()

    def _waits(self, why: str | None) -> None:
        """Show what is waited for. It may be the database itself: then only the log says so."""
        try:
            with self.engines.database.read() as session:
                before = self._waiting_for(session)
            if before != why:
                with self.engines.database.write() as session:
                    items.set_waiting(session, self.object_id, why)
        except (sqlalchemy.exc.OperationalError, ServiceError) as error:
            logger("ingest").warning("cannot note the wait", why=why, error=str(error))

    def _park_if_stopping(self) -> None:
        """The service ends: what fails now is no fault of the document. The next start goes on."""
        if self.engines.stopping.is_set():
            threading.Event().wait()

    def _waiting_for(self, session: Session) -> str | None:
        if self.kind == "item":
            return items.load_item(session, self.object_id).waiting_for
        return documents.load_document(session, self.object_id).waiting_for

    def _stage(self, session: Session) -> Stage:
        if self.kind == "item":
            return items.load_item(session, self.object_id).stage
        return documents.load_document(session, self.object_id).stage

    def _place(self, stage: Stage) -> int:
        return (ITEM_ROAD if self.kind == "item" else DOCUMENT_ROAD).index(stage)


def _away(error: Exception) -> str:
    """Which part is waited for, and why: it follows the words „Wartet auf“."""
    if isinstance(error, OSError):
        return f"Platte oder Netz: {system_errors.of_path(error)}"
    return f"Datenbank: {system_errors.of_database(error)}"


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]
