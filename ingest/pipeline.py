"""The road, top to bottom. Start reading here.

An item is one arrived file; each of its documents walks on by itself. Every step is a function with
a verb's name in a room of its own, safe to run twice. What a step may use stands in engines.py,
how it is taken, repeated, waited for and held in ingest/road/step_execution.py.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from dbos import DBOS

from archive.intake import on_the_road
from archive.stages import Stage
from ingest.engines import Engines
from ingest.queue.work_queue import DOCUMENT, ITEM, attempt_of
from ingest.road.checking import check
from ingest.road.filing import file
from ingest.road.noting import note
from ingest.road.preserving import preserve
from ingest.road.recognising import recognise
from ingest.road.sealing import seal
from ingest.road.separating import separate
from ingest.road.step_execution import Stopped, Walk
from ingest.road.verifying import verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Roads:
    """The two workflows as the durable engine knows them."""

    item: Callable[[str], None]
    document: Callable[[str], None]


def durable_roads(*, engines: Engines) -> Roads:
    """Make the roads durable; called once, by api/wiring.py, before the engine is launched."""

    @DBOS.workflow(name=ITEM, max_recovery_attempts=1000)
    def item_road(item_id: str) -> None:
        attempt = attempt_of(DBOS.workflow_id)
        go = Walk(engines=engines, kind="item", object_id=item_id, attempt=attempt)
        with engines.afoot.walks(item_id), suppress(Stopped):
            # received: in custody, by ingest/doors/intake.py
            go.step(Stage.CHECKED, check)  # type, limits, malware, active content, duplicates
            go.step(Stage.VERIFIED, verify)  # signatures, on the untouched original
            go.step(Stage.SEPARATED, separate)  # its documents; each walks the road below

    @DBOS.workflow(name=DOCUMENT, max_recovery_attempts=1000)
    def document_road(document_id: str) -> None:
        attempt = attempt_of(DBOS.workflow_id)
        go = Walk(engines=engines, kind="document", object_id=document_id, attempt=attempt)
        with engines.afoot.walks(document_id), suppress(Stopped):
            go.step(Stage.RECOGNISED, recognise)  # text with positions, blank pages, quality
            go.step(Stage.PRESERVED, preserve)  # PDF/A, judged
            go.step(Stage.NOTED, note)  # transfer note, embedded
            if qa_comes_first(engines, document_id):
                go.pause_for_qa()
            go.step(Stage.SEALED, seal)  # over scan and note together
            go.step(
                Stage.FILED, file
            )  # e-file and outbox; indexed from there (ingest/index/projection.py)

    return Roads(item=item_road, document=document_road)


def qa_comes_first(engines: Engines, document_id: str) -> bool:
    """Whether the procedure wants a person's look before the seal."""
    with engines.database.read() as session:
        stream = on_the_road.standing(session, "document", document_id).stream
    return engines.procedure(stream).qa == "before_seal"
