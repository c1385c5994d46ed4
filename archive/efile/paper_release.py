"""Whose paper has to be kept: what stands against destroying it (``DestructionRelease``)."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.model import Severity
from archive.tables import schema

_ITEM, _DOCUMENT, _FINDING = schema.item, schema.document, schema.finding
_DIGITAL = "digital"


def paper_is_kept() -> sa.ColumnElement[bool]:
    """Over schema.item: a finding that counts blocks the destruction, or a check of the pages failed.

    What came digital has no paper. As long as the origin is not determined there may be some.
    """
    may_be_paper = _DOCUMENT.c.origin.is_distinct_from(_DIGITAL)
    parts = sa.select(_DOCUMENT.c.id).where(_DOCUMENT.c.item_id == _ITEM.c.id)
    blocking = sa.select(_FINDING.c.id).where(
        _FINDING.c.item_id == _ITEM.c.id,
        _FINDING.c.severity == Severity.BLOCKS_DESTRUCTION.value,
        _FINDING.c.superseded_at.is_(None),
    )
    of_item = blocking.where(_FINDING.c.document_id.is_(None))
    of_part = blocking.join(_DOCUMENT, _DOCUMENT.c.id == _FINDING.c.document_id)
    all_digital = sa.and_(sa.exists(parts), ~sa.exists(parts.where(may_be_paper)))
    return sa.or_(
        sa.and_(sa.exists(of_item), ~all_digital),
        sa.exists(of_part.where(may_be_paper)),
        sa.exists(parts.where(may_be_paper, _DOCUMENT.c.qa == "failed")),
    )


def with_paper_to_keep(session: Session, item_ids: Collection[str]) -> frozenset[str]:
    """Those of these items, looked up for the reader before, whose paper has to be kept."""
    query = sa.select(_ITEM.c.id).where(_ITEM.c.id.in_(sorted(item_ids)), paper_is_kept())
    return frozenset(session.execute(query).scalars())
