"""The queue: work is enqueued in the same transaction as the fact that causes it.

Names of queues and workflows are kept by the durable engine for documents on the road: changing
one of them strands those documents (docs/explanation/road.md, "A new release").
"""

from __future__ import annotations

import base64
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSClient
from dbos._serialization import DefaultSerializer
from sqlalchemy.orm import Session

from config.isolation import load_accepted

MAILROOM = "mailroom"
LEGACY = "legacy"
SLOW = "slow"  #: of both, what turned out to take long
SLOW_PRIORITY = 100  #: added to a stream's own (0 to 9)
ITEM = "item"
DOCUMENT = "document"
ROAD_VERSION = "road-1"  #: pinned: a new release goes on with what an older one began


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


class Queue(Protocol):
    """Where work waits."""

    def enqueue(
        self, session: Session, workflow: str, object_id: str, *, attempt: int, priority: int
    ) -> None:
        """Enqueue in the caller's transaction; the same id twice is one walk."""
        ...

    def states(self, ids: list[str]) -> dict[str, str]:
        """What the durable engine says of these workflow ids; unknown ones are absent."""
        ...


class DbosQueue:
    """The queue in the archive's own database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._client = DBOSClient(system_database_engine=engine)

    def enqueue(
        self, session: Session, workflow: str, object_id: str, *, attempt: int, priority: int
    ) -> None:
        self._client.enqueue_in_transaction(
            session,
            {
                "queue_name": queue_of(priority),
                "workflow_name": workflow,
                "workflow_id": workflow_id(object_id, attempt),
                "app_version": ROAD_VERSION,
                "priority": priority + 1,
            },
            object_id,
        )

    def states(self, ids: list[str]) -> dict[str, str]:
        if not ids:
            return {}
        found = self._client.list_workflows(workflow_ids=ids, load_input=False, load_output=False)
        return {status.workflow_id: str(status.status) for status in found}

    def close(self) -> None:
        self._client.destroy()


def prepare(url: str) -> None:
    """Create or migrate the durable engine's tables."""
    DBOS.migrate(url)
