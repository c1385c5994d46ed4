"""How one step is taken: repeatable work, then everything it made true in one transaction.

The work runs outside the database and may run again after a crash. The commit runs exactly once:
stage, audit event and renditions are one transaction, and the stage itself is the checkpoint, which
every try asks for under the lock. A part that is away is waited for; the input's fault and our own
faults hold the object.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

import sqlalchemy.exc
import structlog
from sqlalchemy.orm import Session

from archive.audit import trail
from archive.efile import filing
from archive.errors import Repeats, StillWalking
from archive.intake import documents, items, on_the_road, sources
from archive.intake.on_the_road import Standing
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
from ingest.engines import Engines
from ingest.queue.work_queue import DOCUMENT, ITEM, SLOW_PRIORITY, SenderOf
from ingest.road.step_outcome import Change, Failed

DEATHS = 3  #: of an object's own child process, before it is held
PAUSES = (1, 2, 5, 10, 20, 30, 60)  #: seconds between tries while a part is away
RESTING = TERMINAL | {Stage.HELD, Stage.AWAITING_QA}

Work = Callable[[Engines, str], Change]
R = TypeVar("R")


class Result(StrEnum):
    """How a commit ended."""

    GOES_ON = "goes_on"
    RESTS = "rests"
    AGAIN = "again"  #: the work has to be looked at once more (an equal file is still on the road)


class GoesSlowly:
    """The step takes so long that the walk has to go on among the slow ones."""


class Stopped(Exception):
    """The object left the road (held, duplicate, awaiting a person); its walk ends."""


@dataclass(slots=True, kw_only=True)
class Walk:
    """One object's walk along its road."""

    engines: Engines
    kind: str
    object_id: str
    attempt: int  #: of the object, which this walk is
    #: As the last commit of this walk left it. The next one finds out whether that is still so.
    _known: Standing | None = field(default=None, init=False)

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
                    result = self._taken(ends, work)
        if result is Result.RESTS:
            raise Stopped(self.object_id)

    def pause_for_qa(self) -> None:
        """Rest before the seal until a person has looked (only where the procedure says so)."""
        if self._patiently(self._await_qa):
            raise Stopped(self.object_id)

    def _taken(self, ends: Stage, work: Work) -> Result:
        """Both halves, once; the second alone decides."""
        standing, self._known = self._known or self._stands(), None
        result = self._at(standing.stage, ends)
        if result is not None:
            return result
        if standing.attempt > self.attempt:
            return Result.RESTS
        change = self._try(ends, work, standing)
        if isinstance(change, GoesSlowly):
            self._patiently(self._go_slowly)
            return Result.RESTS
        try:
            result = self._patiently(
                partial(self._commit, standing=standing, ends=ends, change=change)
            )
        except Conflict as error:
            return self._after_conflict(error, standing.stage, ends)
        if result is Result.GOES_ON:
            self._known = replace(standing, stage=ends, waiting_for=None)
        return result

    def _after_conflict(self, error: Conflict, begins: Stage, ends: Stage) -> Result:
        """Nothing was committed: another walk or a person was quicker, or the case was closed."""
        stage = self._stands().stage
        result = self._at(stage, ends)
        if result is not None:
            return result
        if stage is begins and ends is not Stage.FILED:
            raise error
        return Result.AGAIN

    def _at(self, stage: Stage, ends: Stage) -> Result | None:
        """What is to be said of an object that stands at ``stage``; None: the step is to be taken."""
        if stage in RESTING:
            return Result.GOES_ON if stage is ends else Result.RESTS
        return Result.GOES_ON if self._place(stage) >= self._place(ends) else None

    # ------------------------------------------------------------------ the two halves

    def _patiently(self, commit: Callable[[Session], R]) -> R:
        """Commit; while the database is away (or its disk full), wait and commit again."""
        for pause in _pauses():
            try:
                with self.engines.database.write() as session:
                    return commit(session)
            except (sqlalchemy.exc.OperationalError, Unavailable) as error:
                self._wait(pause, _away(error))
        raise AssertionError("the pauses do not end")

    def _stands(self) -> Standing:
        for pause in _pauses():
            try:
                with self.engines.database.read() as session:
                    return on_the_road.standing(session, self.kind, self.object_id)
            except (sqlalchemy.exc.OperationalError, Unavailable) as error:
                self._wait(pause, _away(error))
        raise AssertionError("the pauses do not end")

    def _try(self, ends: Stage, work: Work, standing: Standing) -> Change | Failed | GoesSlowly:
        deaths = 0
        waits = standing.waiting_for is not None
        pauses = _pauses()
        while True:
            try:
                with charged_to(self._account(standing)):
                    change = work(self.engines, self.object_id)
                if waits:
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
                waits = True
                self._wait(next(pauses), str(error))
            except (OSError, sqlalchemy.exc.OperationalError) as error:
                waits = True
                self._wait(next(pauses), _away(error))
            except Exception as error:  # noqa: BLE001 - the outermost handler of a step
                self._park_if_stopping()
                return self._internal(ends, error)

    def _account(self, standing: Standing) -> Account:
        return self.engines.budgets.account(
            standing.item_id,
            self.object_id,
            self.attempt,
            self.engines.settings.work,
            name=standing.source,
            size=partial(self._size, standing),
        )

    def _size(self, standing: Standing) -> int:
        """Bytes of the file that is read, which may have been handed in for the arrived one."""
        if standing.working_copy is None:
            return standing.size
        with self.engines.database.read() as session:
            item = items.load_item(session, standing.item_id)
            return sources.sources(session, item).reads.size or item.size

    def _go_slowly(self, session: Session) -> None:
        """A new attempt of the same walk, in the queue of the slow ones; its stage stays."""
        found = on_the_road.walking_object(session, self.object_id)
        if found is None or found.attempt > self.attempt:  # a person was quicker
            return
        attempt = on_the_road.begin_again(session, found, by=SERVICE, at=self.engines.clock())
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

    def _commit(
        self, session: Session, *, standing: Standing, ends: Stage, change: Change | Failed
    ) -> Result:
        """Whoever took the step first has moved the stage; then this raises Conflict."""
        at = self.engines.clock()
        if isinstance(change, Failed):
            return self._hold(session, ends, change, at)
        try:
            self._apply(session, standing, ends, change, at)
        except StillWalking:
            return Result.AGAIN  # an equal file: nothing was changed yet
        except Repeats as twin:
            self._is_duplicate(session, twin.document_id, at)
            return Result.RESTS
        return Result.GOES_ON

    def _hold(self, session: Session, ends: Stage, failed: Failed, at: datetime) -> Result:
        trail.lock_trail(session)
        now = on_the_road.standing(session, self.kind, self.object_id)
        if now.attempt > self.attempt:
            return Result.RESTS  # a later walk finds out for itself
        result = self._at(now.stage, ends)
        if result is not None:
            return result
        hold = items.hold_item if self.kind == "item" else documents.hold_document
        hold(session, self.object_id, failed.reason, failed.text, by=SERVICE, at=at)
        return Result.RESTS

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

    def _apply(
        self, session: Session, standing: Standing, ends: Stage, change: Change, at: datetime
    ) -> None:
        if self.kind == "item":
            row = items.advance_item(
                session, self.object_id, standing.stage, ends,
                by=SERVICE, at=at, action=change.action, detail=change.detail,
            )  # fmt: skip
            self._open_parts(session, row, change, at)
        elif ends is Stage.FILED:
            assert change.place is not None
            filing.file_in_place(session, self.object_id, change.place, by=SERVICE, at=at)
        else:
            documents.advance_document(
                session, self.object_id, standing.stage, ends,
                by=SERVICE, at=at, action=change.action, detail=change.detail,
                values=change.values,
            )  # fmt: skip
        document = None if self.kind == "item" else self.object_id
        items.keep(session, standing.item_id, document, change.findings, change.renditions, at=at)

    def _open_parts(
        self, session: Session, item: Mapping[str, Any], change: Change, at: datetime
    ) -> None:
        if not change.parts:
            return
        documents.open_documents_of(session, item, change.parts, by=SERVICE, at=at)
        self.engines.queue.enqueue(
            session,
            DOCUMENT,
            *(part.id for part in change.parts),
            attempt=1,
            priority=self.engines.priority(item["stream"]),
            sender=self._sender(),
        )

    def _sender(self) -> SenderOf:
        road = ITEM if self.kind == "item" else DOCUMENT
        return SenderOf(road, self.object_id, self.attempt)

    def _await_qa(self, session: Session) -> bool:
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
                before = on_the_road.standing(session, self.kind, self.object_id).waiting_for
            if before != why:
                with self.engines.database.write() as session:
                    items.set_waiting(session, self.object_id, why)
        except (sqlalchemy.exc.OperationalError, ServiceError) as error:
            logger("ingest").warning("cannot note the wait", why=why, error=str(error))

    def _park_if_stopping(self) -> None:
        """The service ends: what fails now is no fault of the document. The next start goes on."""
        if self.engines.stopping.is_set():
            threading.Event().wait()

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
