"""The queue: work is enqueued in the same transaction as the fact that causes it.

A walk's priority in the engine is made of the stream's own and of its sender's turn
(ingest/queue/fair_queueing.py); the sender is kept with it as the engine's partition key, which is
only a label in a queue without limits for each partition, and has an index that finds a sender's
last turn.

Names of queues and workflows are kept by the durable engine for documents on the road: changing
one of them strands those documents (docs/explanation/road.md, "A new release").
"""

from __future__ import annotations

import base64
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos._serialization import DefaultSerializer
from sqlalchemy.orm import Session

from archive.db import after_commit
from archive.db.rows import chunks
from config.isolation import load_accepted
from ingest.queue.fair_queueing import TURNS, Sender, Standing, next_turns

MAILROOM = "mailroom"
LEGACY = "legacy"
SLOW = "slow"  #: of both, what turned out to take long
SLOW_PRIORITY = 100  #: added to a stream's own (0 to 9)
UNKNOWN = "unknown"  #: the sender of what an earlier release enqueued, or whose walk was lost
ITEM = "item"
DOCUMENT = "document"
ROAD_VERSION = "road-1"  #: pinned: a new release goes on with what an older one began
ALIVE = frozenset({"PENDING", "ENQUEUED", "DELAYED"})  #: states of a walk that has not ended
_ENGINE_SCHEMA = "dbos"  #: on PostgreSQL, as the engine has it where nothing else is said


def _deserialize(_self: DefaultSerializer, serialized_data: str) -> Any:
    return load_accepted(base64.b64decode(serialized_data))


# The engine keeps arguments and results pickled in the database and has no setting against reading
# pickles; whoever can write there must not run code in the service (docs/explanation/security.md).
DefaultSerializer.deserialize = _deserialize  # type: ignore[method-assign, assignment]


def workflow_id(object_id: str, attempt: int) -> str:
    """The first walk bears the object's own id, later ones its number behind a tilde."""
    return object_id if attempt == 1 else f"{object_id}~{attempt}"


def attempt_of(workflow: str | None) -> int:
    """The attempt that a workflow of this id is; raises ValueError where it is none of ours."""
    if not workflow:
        raise ValueError("no workflow is under way")
    _, _, number = workflow.partition("~")
    return int(number or 1)


def queue_of(priority: int) -> str:
    """Streams of priority 0 are the mailroom; all others wait behind it; the slow walk by themselves."""
    if priority >= SLOW_PRIORITY:
        return SLOW
    return MAILROOM if priority == 0 else LEGACY


@dataclass(frozen=True, slots=True)
class SenderOf:
    """The sender of an earlier walk: what it causes is caused by whoever caused it."""

    road: str  #: ``ITEM`` or ``DOCUMENT``
    object_id: str
    attempt: int


class Queue(Protocol):
    """Where work waits."""

    def enqueue(
        self,
        session: Session,
        workflow: str,
        *object_ids: str,
        attempt: int,
        priority: int,
        sender: Sender | SenderOf,
    ) -> None:
        """Enqueue in the caller's transaction, at the sender's next turns; the same id twice is one
        walk."""
        ...

    def states(self, ids: list[str]) -> dict[str, str]:
        """What the durable engine says of these workflow ids; unknown ones are absent."""
        ...

    def prune(self, before: datetime, *, needed: frozenset[str], limit: int) -> int:
        """Forget up to ``limit`` walks that ended before, but for those of ``needed`` (workflow
        ids); how many these were. Each call is one short transaction."""
        ...


class DbosQueue:
    """The queue in the archive's own database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._client = DBOSClient(system_database_engine=engine)
        self._engine = engine
        schema = _ENGINE_SCHEMA if engine.dialect.name == "postgresql" else None
        self._walks = _walks(schema)

    def enqueue(
        self,
        session: Session,
        workflow: str,
        *object_ids: str,
        attempt: int,
        priority: int,
        sender: Sender | SenderOf,
    ) -> None:
        queue, rank = queue_of(priority), priority % SLOW_PRIORITY
        flow, standing = self._standing(session, queue, rank, self._flow(workflow, sender))
        turns = next_turns(standing, len(object_ids))
        after_commit.leave(session, queue)
        for object_id, turn in zip(object_ids, turns, strict=True):
            self._client.enqueue_in_transaction(
                session,
                {
                    "queue_name": queue,
                    "workflow_name": workflow,
                    "workflow_id": workflow_id(object_id, attempt),
                    "app_version": ROAD_VERSION,
                    "priority": rank * TURNS + turn,
                    "queue_partition_key": flow,
                },
                object_id,
            )

    def _flow(self, workflow: str, sender: Sender | SenderOf) -> sa.ColumnElement[str]:
        """Its name: the road that is walked and who causes it, such as ``item:folder:mailroom``."""
        if isinstance(sender, Sender):
            return sa.literal(f"{workflow}:{sender}")
        known = self._walks.c.queue_partition_key
        earlier = (
            sa.select(
                sa.literal(f"{workflow}:") + sa.func.substr(known, len(f"{sender.road}:") + 1)
            )
            .where(self._walks.c.workflow_uuid == workflow_id(sender.object_id, sender.attempt))
            .scalar_subquery()
        )
        return sa.func.coalesce(earlier, f"{workflow}:{UNKNOWN}")

    def _standing(
        self, session: Session, queue: str, rank: int, flow: sa.ColumnElement[str]
    ) -> tuple[str, Standing]:
        """One statement; each of its parts is one look into an index, however long the queue is."""
        walks = self._walks.c
        lowest, highest = sa.func.min(walks.priority), sa.func.max(walks.priority)

        def of(turn: sa.Function[int], state: str, *more: sa.ColumnElement[bool]) -> Any:
            return (
                sa.select(turn - rank * TURNS)
                .where(
                    walks.queue_name == queue,
                    walks.status == sa.literal_column(f"'{state}'"),
                    # Word for word what the engine's partial indexes say, so that SQLite uses them.
                    sa.literal_column("status IN ('ENQUEUED', 'PENDING')"),
                    walks.priority.between(rank * TURNS, (rank + 1) * TURNS - 1),
                    *more,
                )
                .scalar_subquery()
            )

        own = walks.queue_partition_key == flow
        found = session.execute(
            sa.select(
                flow.label("flow"),
                of(lowest, "ENQUEUED").label("waiting"),
                of(highest, "PENDING").label("walking"),
                of(highest, "ENQUEUED", own).label("own_waiting"),
                of(highest, "PENDING", own).label("own_walking"),
            )
        ).one()
        mine = [turn for turn in (found.own_waiting, found.own_walking) if turn is not None]
        return found.flow, Standing(
            waiting=found.waiting, walking=found.walking, own=max(mine, default=None)
        )

    def states(self, ids: list[str]) -> dict[str, str]:
        states: dict[str, str] = {}
        for part in chunks(ids):
            found = self._client.list_workflows(
                workflow_ids=list(part), load_input=False, load_output=False
            )
            states |= {status.workflow_id: str(status.status) for status in found}
        return states

    def prune(self, before: datetime, *, needed: frozenset[str], limit: int) -> int:
        walks = self._walks.c
        ended = (
            sa.select(walks.workflow_uuid)
            .where(
                walks.completed_at.is_not(None),
                walks.completed_at < int(before.timestamp() * 1000),
                walks.status.not_in(ALIVE),
            )
            .order_by(walks.completed_at)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            found = [each for each in connection.scalars(ended) if each not in needed]
        if found:
            self._client.delete_workflows(found)
        return len(found)

    def close(self) -> None:
        self._client.destroy()


def _walks(schema: str | None) -> sa.TableClause:
    """The engine's table of walks (its documented system table), as far as turns need it."""
    return sa.table(
        "workflow_status",
        sa.column("workflow_uuid", sa.Text),
        sa.column("status", sa.Text),
        sa.column("queue_name", sa.Text),
        sa.column("priority", sa.Integer),
        sa.column("queue_partition_key", sa.Text),
        sa.column("completed_at", sa.BigInteger),
        schema=schema,
    )


class _Bookkeeping(sqlite3.Connection):
    """A connection of the engine's own, which does not wait for the disk at each commit.

    What it commits is that a walk was taken from the queue, and that it has ended. A power failure
    may lose that; then the walk is begun once more and finds its steps taken. Work is enqueued, and
    steps are committed, by the archive's connections, which wait (``synchronous=FULL``).
    """

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        self.execute("PRAGMA synchronous=NORMAL").close()


def engine_options(url: str) -> dict[str, Any] | None:
    """How the durable engine is to connect to this database; None: as it does by itself."""
    if sa.make_url(url).get_backend_name() != "sqlite":
        return None
    return {"connect_args": {"factory": _Bookkeeping}}


def prepare(url: str) -> None:
    """Create or migrate the durable engine's tables."""
    DBOS.migrate(url)
