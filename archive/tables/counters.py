"""What is counted and gathered as it changes, so that nobody has to look at everything for it.

The database keeps these tables itself (triggers of migration 0010), in the transaction of what they
say. They are projections: ``archive/bench/counters.py`` makes them anew from what is counted.
"""

from __future__ import annotations

import sqlalchemy as sa

from archive.tables.columns import UtcDateTime, key, metadata

WALKING = "walking"  #: outcome of an item that has none yet
item_count = sa.Table(  # how many items stand where
    "item_count",
    metadata,
    sa.Column("department", sa.String(80), primary_key=True),
    sa.Column("stage", sa.String(20), primary_key=True),
    sa.Column("outcome", sa.String(20), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
file_count = sa.Table(  # how many files there are in a unit of the plan; '' = of no compartment
    "file_count",
    metadata,
    sa.Column("plan_unit", sa.String(80), primary_key=True),
    sa.Column("department", sa.String(80), primary_key=True),
    sa.Column("compartment", sa.String(80), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)
paper_kept = sa.Table(  # the items whose paper has to be kept (archive/efile/paper_release.py), as lists need them
    "paper_kept",
    metadata,
    key(),  # the item's
    sa.Column("department", sa.String(80), nullable=False),
    sa.Column("stream", sa.String(80), nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Index("ix_paper_kept_listing", "received_at", "id"),
    sa.Index("ix_paper_kept_department_listing", "department", "received_at", "id"),
    sa.Index("ix_paper_kept_stream_listing", "stream", "received_at", "id"),
)
to_place = sa.Table(  # the filed documents that name another file, as lists need them (archive/views/file_details.py)
    "to_place",
    metadata,
    key(),  # the document's
    sa.Column("department", sa.String(80), nullable=False),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Index("ix_to_place_listing", "received_on", "id"),
    sa.Index("ix_to_place_department_listing", "department", "received_on", "id"),
)
