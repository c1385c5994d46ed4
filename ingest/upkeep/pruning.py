"""What nobody needs any more goes, at start and daily, a little at a time.

The durable engine keeps a walk for good, a fifth of what a document takes in the database. It is
needed while the object is on the road: recovery, the sweep and the sender of what a walk causes look
it up. A later attempt is a walk of its own, and what happened is in the trail.
"""

from __future__ import annotations

from datetime import timedelta

from archive.intake import on_the_road
from archive.people import sign_in
from config.logs import logger
from ingest.engines import Engines
from ingest.queue.work_queue import workflow_id

KEPT = timedelta(days=7)  #: after its end, for whoever looks into why something went wrong
AT_ONCE = 200  #: walks of one transaction
PAUSE = 0.02  #: seconds between two, so that nobody waits long for the write lock


def prune(engines: Engines) -> int:
    """Forget walks that ended long ago and sign-ins that are over; how many walks these were.

    Raises:
        Unavailable: the database is away; the rest goes the next time.
    """
    at = engines.clock()
    with engines.database.read() as session:
        on_road = on_the_road.walking_objects(session)
    needed = frozenset(workflow_id(found.id, found.attempt) for found in on_road)
    gone = 0
    while count := engines.queue.prune(at - KEPT, needed=needed, limit=AT_ONCE):
        gone += count
        if engines.stopping.wait(PAUSE):
            break
    with engines.database.write() as session:
        sign_in.forget_old(session, at)
    if gone:
        logger("sweep").info("ended walks forgotten", count=gone)
    return gone
