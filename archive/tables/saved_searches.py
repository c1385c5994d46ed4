"""The tables of saved searches. Documents are named without a key: a hit outlives nothing."""

from __future__ import annotations

import sqlalchemy as sa

from archive.tables.columns import UtcDateTime, key, metadata

saved_search = sa.Table(
    "saved_search",
    metadata,
    key(),
    sa.Column("user_id", sa.String(80), sa.ForeignKey("app_user.id"), nullable=False, index=True),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("looked_at", UtcDateTime, nullable=False),
)
saved_search_hit = sa.Table(  # what came after the search was saved
    "saved_search_hit",
    metadata,
    sa.Column("search_id", sa.String(80), sa.ForeignKey("saved_search.id"), primary_key=True),
    sa.Column("document_id", sa.String(80), primary_key=True),
    sa.Column("found_at", UtcDateTime, nullable=False),
)
