"""The sweep, at start and every minute: nothing stays on the road without a walk.

An object that stands between two stages while the durable engine has no live walk for it is ours to
mend: where its walk ended by a part that was away, it walks again; else it is HELD as an internal
error. Working files that nobody walks with go, and objects that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

from sqlalchemy.orm import Session

from archive.audit.trail import Actor, lock_trail
from archive.intake import documents, items, object_references, on_the_road
from archive.intake.on_the_road import Walking
from config.clock import new_id
from config.errors import HoldReason
from config.logs import logger
from ingest.engines import Engines
from ingest.queue.work_queue import ALIVE, DOCUMENT, ITEM, SenderOf, workflow_id

SWEEP = Actor(user="sweep")
MOST_ATTEMPTS = 20  #: walks begun anew by the sweep itself, before a person has to look


def sweep(engines: Engines, *, here: bool = True) -> tuple[str, ...]:
    """Mend what stands still; gives back the ids that were touched.

    ``here``: this process is the one that walks, so what is pending must be afoot in it.
    """
    with engines.database.read() as session:
        found_walking = on_the_road.walking_objects(session)
    ids = {workflow_id(found.id, found.attempt): found for found in found_walking}
    states = engines.queue.states(list(ids))
    pending = frozenset(ids[key].id for key, state in states.items() if state == "PENDING")
    lost = engines.afoot.lost(pending) if here else frozenset()
    touched = []
    for workflow, found in ids.items():
        state = "LOST" if found.id in lost else states.get(workflow, "MISSING")
        if state not in ALIVE and _mend(engines, found, state):
            touched.append(found.id)
    return tuple(touched)


def tidy(engines: Engines, *, older_than: datetime | None = None) -> None:
    """Remove what crashes left behind: working files, and objects that nothing refers to.

    What was put since the last time is asked about, and all that is older than ``older_than``.
    """

    @cache
    def needed() -> frozenset[str]:
        """Asked after the folders were listed: what begins to walk meanwhile is no leftover."""
        with engines.database.read() as session:
            on_road = on_the_road.walking_objects(session)
            names = frozenset(name for found in on_road for name in (found.id, found.item_id))
            return names | on_the_road.paused(session)

    engines.scratch.sweep(lambda name: name in needed())
    gone = engines.objects.sweep(
        partial(_asked, engines, object_references.referenced_of),
        promised=partial(_asked, engines, object_references.promised),
        surely=partial(_surely, engines),
        older_than=older_than,
    )
    if gone:
        logger("sweep").info("unreferenced objects removed", count=len(gone))


def _asked(
    engines: Engines,
    question: Callable[[Session, frozenset[str]], frozenset[str]],
    addresses: frozenset[str],
) -> frozenset[str]:
    with engines.database.read() as session:
        return question(session, addresses)


def _surely(engines: Engines, addresses: frozenset[str]) -> frozenset[str]:
    """What is referred to now, behind every commit that has begun: whoever commits holds the trail's
    end, also where its program has died and the server has not come to an end with it."""
    with engines.database.write() as session:
        lock_trail(session)
        return object_references.referenced_of(session, addresses)


def _mend(engines: Engines, found: Walking, state: str) -> bool:
    with engines.database.write() as session:
        now = on_the_road.walking_object(session, found.id)
        if now is None or now != found:
            return False  # it moved on between our two looks
        if found.attempt < MOST_ATTEMPTS and state in ("MISSING", "ERROR", "LOST"):
            attempt = on_the_road.begin_again(session, found, by=SWEEP, at=engines.clock())
            road = ITEM if found.kind == "item" else DOCUMENT
            engines.queue.enqueue(
                session,
                road,
                found.id,
                attempt=attempt,
                priority=engines.priority(found.stream),
                sender=SenderOf(road, found.id, found.attempt),
            )
            logger("sweep").warning("walks again", object=found.id, state=state, attempt=attempt)
            return True
        error_id = new_id("e")
        logger("sweep").error("held", object=found.id, state=state, error_id=error_id)
        hold = items.hold_item if found.kind == "item" else documents.hold_document
        hold(
            session,
            found.id,
            HoldReason.INTERNAL,
            f"Interner Fehler {error_id}: die Verarbeitung endete vorzeitig. "
            "Bitte der Administration melden; danach „Nochmals versuchen“.",
            by=SWEEP,
            at=engines.clock(),
        )
        return True
