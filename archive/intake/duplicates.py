"""Which of several equal files goes on, and which is only a duplicate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.errors import Repeats, StillWalking
from archive.stages import Stage
from archive.tables import schema

_ITEM = schema.item
_DOCUMENT = schema.document
# A document that may not become one of the record is nothing to be a duplicate of.
_NOT_COUNTED = (Stage.HELD.value, Stage.REJECTED.value)


def find_duplicate(
    session: Session, sha256: str, *, department: str, compartment: str | None, not_item: str
) -> str | None:
    """The document that ``not_item`` repeats, or None; raises StillWalking when one may come.

    The rule, for other items with the same bytes, department and compartment:

    - one with a document on the road or FILED: a duplicate of its first such document; a document
      made of a supplied file repeats that file too;
    - one past its own check (CHECKED, VERIFIED), its documents not yet made: wait for it;
    - one still RECEIVED: whoever was received first (then: the lower id) goes on, the other waits;
    - HELD, REJECTED and DUPLICATE items, and HELD and REJECTED documents, do not count.

    So of equal files exactly one walks on, whatever the order of their checks, and nobody waits in
    a circle: only RECEIVED items wait, and they are in one order. The answer may be old when it
    is used; ``advance_item`` asks again under the lock.
    """
    if not _is_there(session, sha256, department, compartment, not_item):
        return None
    same = (
        _ITEM.c.sha256 == sha256,
        _ITEM.c.department == department,
        _ITEM.c.compartment.is_not_distinct_from(compartment),
    )
    order = (_ITEM.c.received_at, _ITEM.c.id)
    document = _made_of(session, sha256, department, compartment, not_item)
    if document is not None:
        return document
    found = session.execute(sa.select(_ITEM.c.id, _ITEM.c.stage).where(*same).order_by(*order))
    before = True
    for row in found:
        if row.id == not_item:
            before = False
        elif row.stage in (Stage.CHECKED, Stage.VERIFIED) or (
            row.stage == Stage.RECEIVED and before
        ):
            raise StillWalking(row.id)
    return None


def made_of(session: Session, row: Mapping[str, Any], sha256: str) -> str | None:
    """The document that the file ``sha256``, handed in for the item of this row, would repeat.

    Raises StillWalking while another item of the same department and compartment walks with it.
    """
    document = _made_of(session, sha256, row["department"], row["compartment"], row["id"])
    if document is not None:
        return document
    walks = sa.select(_ITEM.c.id).where(
        _reads(sha256),
        _ITEM.c.department == row["department"],
        _ITEM.c.compartment.is_not_distinct_from(row["compartment"]),
        _ITEM.c.id != row["id"],
        _ITEM.c.stage.in_((Stage.RECEIVED, Stage.CHECKED, Stage.VERIFIED)),
    )
    other: str | None = session.execute(walks.order_by(_ITEM.c.id).limit(1)).scalar()
    if other is not None:
        raise StillWalking(other)
    return None


def _is_there(
    session: Session, sha256: str, department: str, compartment: str | None, not_item: str
) -> bool:
    """Whether another item arrived with this file or reads it, whatever became of it."""
    others = sa.select(_ITEM.c.id).where(
        _reads(sha256),
        _ITEM.c.department == department,
        _ITEM.c.compartment.is_not_distinct_from(compartment),
        _ITEM.c.id != not_item,
    )
    return session.execute(others.limit(1)).first() is not None


def _made_of(
    session: Session, sha256: str, department: str, compartment: str | None, not_item: str
) -> str | None:
    """The first document on the road or FILED that was made of this file, as it arrived or as it
    was handed in later."""
    documents = (
        sa.select(_DOCUMENT.c.id)
        .join(_ITEM, _ITEM.c.id == _DOCUMENT.c.item_id)
        .where(
            _reads(sha256),
            _ITEM.c.department == department,
            _ITEM.c.compartment.is_not_distinct_from(compartment),
            _ITEM.c.id != not_item,
            _DOCUMENT.c.stage.not_in(_NOT_COUNTED),
        )
        .order_by(_ITEM.c.received_at, _ITEM.c.id, _DOCUMENT.c.position)
    )
    found: str | None = session.execute(documents.limit(1)).scalar()
    return found


def _reads(sha256: str) -> sa.ColumnElement[bool]:
    """Over items: the file that arrived, or what is read instead."""
    return sa.or_(_ITEM.c.sha256 == sha256, _ITEM.c.working_copy == sha256)


def refuse_duplicate(session: Session, row: Mapping[str, Any]) -> None:
    """Raises Repeats or StillWalking where the item of this row would repeat another one."""
    document = find_duplicate(
        session,
        row["sha256"],
        department=row["department"],
        compartment=row["compartment"],
        not_item=row["id"],
    )
    if document is not None:
        raise Repeats(row["id"], document)
