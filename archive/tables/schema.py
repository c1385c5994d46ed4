"""The tables, for queries. Their definition in force is the chain of migrations (migrations/).

Everything the durable engine keeps (``dbos_*``, ``datasource_*``, ``workflow_*`` ...) lies in the
same database and is not ours.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from archive.tables.audit_trail import audit_event, audit_head
from archive.tables.columns import UtcDateTime, attempt_columns, key, metadata, ref, salt
from archive.tables.counters import file_count, item_count, paper_kept, to_place
from archive.tables.efile import (
    break_glass,
    compartment,
    filing_rule,
    follow_up,
    record_history,
    sub_file,
)
from archive.tables.evident_tables import EVIDENT
from archive.tables.grants import grant_request
from archive.tables.indices import (
    index_document,
    index_file,
    index_finding,
    index_item,
    index_rendition,
)
from archive.tables.saved_searches import saved_search, saved_search_hit

__all__ = [
    "UtcDateTime",
    "api_token",
    "app_user",
    "audit_event",
    "audit_head",
    "break_glass",
    "case",
    "case_file",
    "compartment",
    "compartment_member",
    "document",
    "file_count",
    "file_counter",
    "filing_rule",
    "finding",
    "follow_up",
    "grant_request",
    "include_name",
    "item",
    "item_count",
    "metadata",
    "metadata_history",
    "outbox",
    "paper_kept",
    "person",
    "plan_unit",
    "qa_result",
    "record_history",
    "rendition",
    "role_grant",
    "saved_search",
    "saved_search_hit",
    "session",
    "sign_in_attempt",
    "sign_in_link",
    "stage_transition",
    "sub_file",
    "to_place",
    "unit",
]


def _resting_facts() -> tuple[sa.CheckConstraint, ...]:
    """What a held or rejected object must say, and what no other may say."""
    return (
        sa.CheckConstraint(
            "stage <> 'held' OR (held_reason IS NOT NULL AND held_text IS NOT NULL"
            " AND held_from IS NOT NULL)",
            name="held",
        ),
        sa.CheckConstraint("held_reason IS NULL OR stage IN ('held', 'rejected')", name="not_held"),
        sa.CheckConstraint("(stage = 'rejected') = (rejected_text IS NOT NULL)", name="rejected"),
    )


# ------------------------------------------------------------------ people and rights
unit = sa.Table(
    "unit",
    metadata,
    key(),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("retired", sa.Boolean, nullable=False, default=False),
)
app_user = sa.Table(
    "app_user",
    metadata,
    key(),  # the sign-in name
    sa.Column("display_name", sa.String(200), nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("disabled", sa.Boolean, nullable=False, default=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)
role_grant = sa.Table(
    "role_grant",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("user_id", "app_user.id", nullable=False),
    sa.Column("role", sa.String(40), nullable=False),
    sa.Column("department", sa.String(80)),
    sa.Column("stream", sa.String(80)),
    sa.Column("granted_at", UtcDateTime, nullable=False),
    sa.Column("granted_by", sa.String(80), nullable=False),
)
compartment_member = sa.Table(
    "compartment_member",
    metadata,
    sa.Column("compartment", sa.String(80), primary_key=True),
    sa.Column("user_id", sa.String(80), sa.ForeignKey("app_user.id"), primary_key=True),
    sa.Column("purpose", sa.Text),
    sa.Column("granted_by", sa.String(80)),
    sa.Column("granted_at", UtcDateTime),
)
sign_in_link = sa.Table(
    "sign_in_link",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    ref("user_id", "app_user.id", nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime),
)
session = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    ref("user_id", "app_user.id", nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("seen_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
)
api_token = sa.Table(
    "api_token",
    metadata,
    key(),
    sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
    ref("user_id", "app_user.id", nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("role", sa.String(40)),  # narrows to one role of the user; null = all of them
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)
sign_in_attempt = sa.Table(
    "sign_in_attempt",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("user_id", sa.String(80), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("ok", sa.Boolean, nullable=False),
)
person = sa.Table(  # pseudonyms of people on duty; resolved by a privacy_resolver alone
    "person",
    metadata,
    sa.Column("pseudonym", sa.String(200), primary_key=True),
    sa.Column("real_name", sa.String(200)),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

# ------------------------------------------------------------------ file plan and e-files
plan_unit = sa.Table(
    "plan_unit",
    metadata,
    sa.Column("code", sa.String(80), primary_key=True),
    sa.Column("parent", sa.String(80), sa.ForeignKey("plan_unit.code")),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("department", sa.String(80), sa.ForeignKey("unit.id")),
    sa.Column("retention_years", sa.Integer),  # null = permanent
    sa.Column("disposal_code", sa.String(1), nullable=False, default="B"),
    sa.Column("protection_need", sa.String(20), nullable=False, default="NORMAL"),
    sa.Column("retention_start", sa.String(30), nullable=False, default="CLOSED_DATE"),
    sa.Column("compartment", sa.String(80)),  # its files are closed to all but members
    sa.Column("mark_pattern", sa.String(80), nullable=False, default="{code}/{number}/{year}"),
    sa.Column("retired", sa.Boolean, nullable=False, default=False),  # no new files
)
case_file = sa.Table(
    "case_file",
    metadata,
    key(),
    sa.Column("file_mark", sa.String(200), nullable=False, unique=True),
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("mark_key", sa.String(200), nullable=False, default="", index=True),
    ref("plan_unit", "plan_unit.code", nullable=False, index=False),
    ref("department", "unit.id", nullable=False, index=False),
    sa.Column("compartment", sa.String(80)),
    sa.Column("state", sa.String(30), nullable=False, default="OPEN"),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Column("closed_by", sa.String(80)),
    sa.Column("retention_end", sa.Date),  # its last day; null while open, and where permanent
    sa.Column("retention_years", sa.Integer),  # what the plan said when it was closed
    sa.Column("retention_start", sa.String(30)),
    sa.Column("disposal_code", sa.String(1)),
    *index_file(),
)
case = sa.Table(
    "case_record",
    metadata,
    key(),
    ref("file_id", "case_file.id", nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("state", sa.String(30), nullable=False, default="OPEN"),
    sa.Column("opened_on", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    ref("sub_file_id", "sub_file.id"),
    sa.UniqueConstraint("file_id", "number"),
)
file_counter = sa.Table(  # the last number of a plan unit, year and series; taken under a row lock
    "file_counter",
    metadata,
    sa.Column("plan_unit", sa.String(80), primary_key=True),
    sa.Column("year", sa.Integer, primary_key=True),
    sa.Column("series", sa.String(170), primary_key=True, default=""),
    sa.Column("last", sa.Integer, nullable=False),
)

# ------------------------------------------------------------------ items and documents
item = sa.Table(
    "item",
    metadata,
    key(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_bytes", sa.LargeBinary, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("stream", sa.String(80), nullable=False),
    ref("department", "unit.id", nullable=False, index=False),
    sa.Column("compartment", sa.String(80)),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("outcome", sa.String(20)),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("received_by", sa.String(80), nullable=False),
    sa.Column("held_reason", sa.String(40)),
    sa.Column("held_text", sa.Text),
    sa.Column("held_from", sa.String(20)),
    sa.Column("waiting_for", sa.Text),
    sa.Column("duplicate_of", sa.String(80)),
    sa.Column("rejected_text", sa.Text),
    sa.Column("working_copy", sa.String(64)),
    sa.Column("attempt", sa.Integer, nullable=False, default=1),
    sa.Column("revision", sa.Integer, nullable=False, default=1),
    *_resting_facts(),
    sa.CheckConstraint("(stage = 'duplicate') = (duplicate_of IS NOT NULL)", name="duplicate"),
    *index_item(),
)
document = sa.Table(
    "document",
    metadata,
    key(),
    ref("item_id", "item.id", nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("first_page", sa.Integer),
    sa.Column("last_page", sa.Integer),
    ref("department", "unit.id", nullable=False, index=False),
    sa.Column("compartment", sa.String(80)),
    sa.Column("stream", sa.String(80), nullable=False),
    sa.Column("stage", sa.String(20), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False, default=1),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("pages", sa.Integer),
    sa.Column("title", sa.String(300)),
    sa.Column("sender", sa.String(300)),
    sa.Column("letter_date", sa.Date),
    sa.Column("document_class", sa.String(80)),
    sa.Column("origin", sa.String(20)),
    ref("case_id", "case_record.id", index=False),
    ref("file_id", "case_file.id", index=False),
    sa.Column("held_reason", sa.String(40)),
    sa.Column("held_text", sa.Text),
    sa.Column("held_from", sa.String(20)),
    sa.Column("waiting_for", sa.Text),
    sa.Column("rejected_text", sa.Text),
    sa.Column("attempt", sa.Integer, nullable=False, default=1),
    sa.Column("qa", sa.String(20)),
    sa.Column("evidenced", sa.Boolean, nullable=False, default=False),
    sa.Column("indexed_revision", sa.Integer),
    sa.Column("record_state", sa.String(20), nullable=False, default="REGISTERED"),
    sa.UniqueConstraint("item_id", "position"),
    *_resting_facts(),
    sa.CheckConstraint("stage <> 'filed' OR case_id IS NOT NULL", name="filed"),
    sa.CheckConstraint("(case_id IS NULL) = (file_id IS NULL)", name="case_in_file"),
    *index_document(),
)
stage_transition = sa.Table(  # what the trigger consults; filled by the migrations
    "stage_transition",
    metadata,
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("begins", sa.String(20), primary_key=True),
    sa.Column("ends", sa.String(20), primary_key=True),
)
finding = sa.Table(
    "finding",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("item_id", "item.id", nullable=False, index=False),
    ref("document_id", "document.id", index=False),
    sa.Column("code", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("severity", sa.String(30), nullable=False),
    sa.Column("page", sa.Integer),
    sa.Column("made_from", sa.String(20)),  # the stage its step began at; null = part of custody
    *attempt_columns(),
    sa.Column("detail", sa.JSON, nullable=False),
    *index_finding(),
)
rendition = sa.Table(
    "rendition",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("item_id", "item.id", nullable=False, index=False),
    # null = of the item (original, its signature report)
    ref("document_id", "document.id", index=False),
    sa.Column("version", sa.Integer, nullable=False, default=1),
    sa.Column("role", sa.String(30), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("media_type", sa.String(120), nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("derived_from", sa.String(64)),
    sa.Column("made_from", sa.String(20)),  # the stage its step began at; null = part of custody
    *attempt_columns(),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    *index_rendition(),
)
metadata_history = sa.Table(
    "metadata_history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("document_id", "document.id", nullable=False),
    sa.Column("field", sa.String(40), nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("actor", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("remark", sa.Text),
)
qa_result = sa.Table(
    "qa_result",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    ref("document_id", "document.id", nullable=False),
    sa.Column("checked_by", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("result", sa.String(20), nullable=False),  # passed, failed
    sa.Column("pages", sa.JSON, nullable=False),  # [{"page": 1, "ok": true, "remark": ""}]
    sa.Column("note_sha256", sa.String(64)),  # the note version that this result made
)

# ------------------------------------------------------------------ projection
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document_id", sa.String(80), nullable=False, index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("op", sa.String(10), nullable=False),  # upsert, delete
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("error", sa.Text),
    sa.Column("failed_at", UtcDateTime),
    sqlite_autoincrement=True,
)

for _name in EVIDENT:
    metadata.tables[_name].append_column(salt())


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """For Alembic: only our own tables are compared; the durable engine's are not ours."""
    return kind != "table" or name in metadata.tables
