"""The tables of the audit trail (archive/audit/trail.py, archive/evidence)."""

from __future__ import annotations

import sqlalchemy as sa

from archive.tables.columns import UtcDateTime, metadata

audit_event = sa.Table(
    "audit_event",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.String(80), nullable=False, unique=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("actor", sa.String(120), nullable=False),
    sa.Column("on_behalf", sa.String(80)),
    sa.Column("action", sa.String(40), nullable=False),
    sa.Column("object_type", sa.String(30), nullable=False),
    sa.Column("object_id", sa.String(80), nullable=False, index=True),
    sa.Column("object_sha256", sa.String(64)),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("correlation_id", sa.String(80), index=True),  # the item
    sa.Column("detail", sa.Text, nullable=False),  # canonical JSON; no content, no citizens' names
    sa.Column("prev_hash", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("form", sa.Integer, nullable=False, default=2),
    sa.Column("aggregate", sa.String(100), index=True),  # whose rows it promises
    sa.Column("promises", sa.Text),  # canonical JSON: {table: {key: [hash before, hash after]}}
    sa.Index("ix_audit_event_action_seq", "action", "seq"),
    sa.Index("ix_audit_event_actor_seq", "actor", "seq"),
)
audit_head = sa.Table(  # one row: where the chain ends; locked by every writer
    "audit_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
