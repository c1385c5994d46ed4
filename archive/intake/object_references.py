"""Which objects of the store the record refers to, and which the trail still promises."""

from __future__ import annotations

import re
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.intake.earlier_attempts import PURGED
from archive.tables import schema

_EVENT = schema.audit_event
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_BATCH = 2000
_ASKED = 500
FEW = 8  #: strays for which the database looks by itself which events name them


_COLUMNS = (
    schema.item.c.sha256,
    schema.item.c.working_copy,
    schema.rendition.c.sha256,
    schema.qa_result.c.note_sha256,
)


def referenced(session: Session) -> set[str]:
    """The addresses of all originals, working copies, renditions and notes of quality checks,
    those of earlier attempts among them."""
    found: set[str] = set()
    for column in _COLUMNS:
        query = sa.select(column).where(column.is_not(None)).distinct()
        found.update(session.execute(query).scalars())
    return found


def referenced_of(session: Session, asked: Collection[str]) -> frozenset[str]:
    """Those of so many addresses that ``referenced`` would name."""
    found: set[str] = set()
    for column in _COLUMNS:
        query = sa.select(column).where(column.in_(sorted(asked))).distinct()
        found.update(session.execute(query).scalars())
    return frozenset(found)


def shared(session: Session, asked: Collection[str]) -> frozenset[str]:
    """Those of so many addresses that several renditions or items may have."""
    found: set[str] = set()
    addresses = sorted(asked)
    for start in range(0, len(addresses), _ASKED):
        part = addresses[start : start + _ASKED]
        # Always as many: the driver keeps each text of a statement, and these are long.
        part += part[-1:] * (_ASKED - len(part))
        for column in (schema.rendition.c.sha256, schema.item.c.sha256):
            query = sa.select(column).where(column.in_(part)).group_by(column)
            found.update(session.execute(query.having(sa.func.count() > 1)).scalars())
    return frozenset(found)


def promised(session: Session, strays: Collection[str]) -> frozenset[str]:
    """Those of ``strays`` (which no row refers to) that the trail names and no purge has freed.

    A row that was lost does not take its bytes with it: what is evidence goes by a purge alone.
    The whole trail is looked through once, by the database where they are few; nothing is where
    there are no strays.
    """
    if not strays:
        return frozenset()
    wanted = frozenset(strays)
    kept: set[tuple[str | None, str]] = set()  #: by item: a purge frees its own item's alone
    columns = (_EVENT.c.action, _EVENT.c.object_sha256, _EVENT.c.detail, _EVENT.c.correlation_id)
    query = sa.select(*columns).order_by(_EVENT.c.seq)
    if len(wanted) <= FEW:
        within = (_EVENT.c.detail.contains(each) for each in sorted(wanted))
        query = query.where(sa.or_(_EVENT.c.object_sha256.in_(sorted(wanted)), *within))
    for action, sha256, detail, item_id in session.execute(query).yield_per(_BATCH):
        named = wanted.intersection(_HASH.findall(detail))
        if sha256 in wanted:
            named |= {sha256}
        if named:
            its = {(item_id, name) for name in named}
            kept = kept - its if action == PURGED else kept | its
    return frozenset(name for _, name in kept)
