"""The tables of the e-file beside plan, files and cases themselves (archive/tables/schema.py)."""

from __future__ import annotations

import sqlalchemy as sa

from archive.tables.columns import UtcDateTime, key, metadata, ref

compartment = sa.Table(  # closed to all but its members; within another one: to members of both
    "compartment",
    metadata,
    key(),
    sa.Column("parent", sa.String(80), sa.ForeignKey("compartment.id")),
)
sub_file = sa.Table(
    "sub_file",
    metadata,
    key(),
    ref("file_id", "case_file.id", nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("state", sa.String(30), nullable=False, default="OPEN"),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.UniqueConstraint("file_id", "number"),
)
follow_up = sa.Table(
    "follow_up",
    metadata,
    key(),
    ref("file_id", "case_file.id", nullable=False),
    ref("case_id", "case_record.id"),
    sa.Column("for_user", sa.String(80), sa.ForeignKey("app_user.id")),  # null = the department
    sa.Column("due", sa.Date, nullable=False, index=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_by", sa.String(80), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("done_by", sa.String(80)),
    sa.Column("done_at", UtcDateTime),
)
record_history = sa.Table(  # of files, sub-files and cases; documents have metadata_history
    "record_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("file_id", "case_file.id", nullable=False),
    sa.Column("object_type", sa.String(20), nullable=False),
    sa.Column("object_id", sa.String(80), nullable=False),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("remark", sa.Text),
)
filing_rule = sa.Table(  # what is filed where; the first that fits counts
    "filing_rule",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("stream", sa.String(80)),  # null = every stream
    sa.Column("department", sa.String(80), sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),  # separator, sender, class
    sa.Column("value", sa.String(300), nullable=False),
    sa.Column("plan_unit", sa.String(80), sa.ForeignKey("plan_unit.code"), nullable=False),
    sa.Column("subject", sa.String(300), nullable=False),
)
break_glass = sa.Table(  # one person's way into one closed file for a short time
    "break_glass",
    metadata,
    key(),
    ref("user_id", "app_user.id", nullable=False),
    ref("file_id", "case_file.id", nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
    sa.Column("seen_by", sa.String(80)),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("justified", sa.Boolean),
    sa.Column("remark", sa.Text),
)
