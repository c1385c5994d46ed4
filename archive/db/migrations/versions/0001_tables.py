"""The tables of the record as the first release had them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("on_behalf", sa.String(length=80), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=30), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("object_sha256", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.String(length=80), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_audit_event_event_id")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
    )
    op.create_index(op.f("ix_audit_event_at"), "audit_event", ["at"], unique=False)
    op.create_index(
        op.f("ix_audit_event_correlation_id"), "audit_event", ["correlation_id"], unique=False
    )
    op.create_index(op.f("ix_audit_event_object_id"), "audit_event", ["object_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "file_counter",
        sa.Column("plan_unit", sa.String(length=80), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("plan_unit", "year", name=op.f("pk_file_counter")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("op", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_document_id"), "outbox", ["document_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("pseudonym", sa.String(length=200), nullable=False),
        sa.Column("real_name", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name=op.f("pk_person")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(
        op.f("ix_sign_in_attempt_user_id"), "sign_in_attempt", ["user_id"], unique=False
    )
    op.create_table(
        "stage_transition",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("begins", sa.String(length=20), nullable=False),
        sa.Column("ends", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("kind", "begins", "ends", name=op.f("pk_stage_transition")),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "compartment_member",
        sa.Column("compartment", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_compartment_member_user_id")
        ),
        sa.PrimaryKeyConstraint("compartment", "user_id", name=op.f("pk_compartment_member")),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_bytes", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("compartment", sa.String(length=80), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("received_by", sa.String(length=80), nullable=False),
        sa.Column("held_reason", sa.String(length=40), nullable=True),
        sa.Column("held_text", sa.Text(), nullable=True),
        sa.Column("held_from", sa.String(length=20), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.String(length=80), nullable=True),
        sa.Column("rejected_text", sa.Text(), nullable=True),
        sa.Column("working_copy", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(stage = 'duplicate') = (duplicate_of IS NOT NULL)", name=op.f("ck_item_duplicate")
        ),
        sa.CheckConstraint(
            "(stage = 'rejected') = (rejected_text IS NOT NULL)", name=op.f("ck_item_rejected")
        ),
        sa.CheckConstraint(
            "held_reason IS NULL OR stage IN ('held', 'rejected')", name=op.f("ck_item_not_held")
        ),
        sa.CheckConstraint(
            "stage <> 'held' OR (held_reason IS NOT NULL AND held_text IS NOT NULL AND held_from IS NOT NULL)",
            name=op.f("ck_item_held"),
        ),
        sa.ForeignKeyConstraint(["department"], ["unit.id"], name=op.f("fk_item_department")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_index(
        "ix_item_listing",
        "item",
        ["received_at", "id", "department", "stream", "compartment", "stage", "outcome"],
        unique=False,
    )
    op.create_index(op.f("ix_item_outcome"), "item", ["outcome"], unique=False)
    op.create_index(op.f("ix_item_sha256"), "item", ["sha256"], unique=False)
    op.create_index(op.f("ix_item_stage"), "item", ["stage"], unique=False)
    op.create_table(
        "plan_unit",
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("parent", sa.String(length=80), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=True),
        sa.Column("retention_years", sa.Integer(), nullable=True),
        sa.Column("disposal_code", sa.String(length=1), nullable=False),
        sa.Column("protection_need", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["unit.id"], name=op.f("fk_plan_unit_department")),
        sa.ForeignKeyConstraint(["parent"], ["plan_unit.code"], name=op.f("fk_plan_unit_parent")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_plan_unit")),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=True),
        sa.Column("stream", sa.String(length=80), nullable=True),
        sa.Column("granted_at", sa.DateTime(), nullable=False),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_role_grant_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
    )
    op.create_index(op.f("ix_role_grant_user_id"), "role_grant", ["user_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_user_id"), "session", ["user_id"], unique=False)
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_sign_in_link_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(op.f("ix_sign_in_link_user_id"), "sign_in_link", ["user_id"], unique=False)
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("file_mark", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("plan_unit", sa.String(length=80), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("compartment", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("retention_end", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["department"], ["unit.id"], name=op.f("fk_case_file_department")),
        sa.ForeignKeyConstraint(
            ["plan_unit"], ["plan_unit.code"], name=op.f("fk_case_file_plan_unit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("file_mark", name=op.f("uq_case_file_file_mark")),
    )
    op.create_index(op.f("ix_case_file_department"), "case_file", ["department"], unique=False)
    op.create_table(
        "case_record",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name=op.f("fk_case_record_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_record")),
        sa.UniqueConstraint("file_id", "number", name=op.f("uq_case_record_file_id_number")),
    )
    op.create_index(op.f("ix_case_record_file_id"), "case_record", ["file_id"], unique=False)
    op.create_table(
        "document",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=True),
        sa.Column("last_page", sa.Integer(), nullable=True),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("compartment", sa.String(length=80), nullable=True),
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("sender", sa.String(length=300), nullable=True),
        sa.Column("letter_date", sa.Date(), nullable=True),
        sa.Column("document_class", sa.String(length=80), nullable=True),
        sa.Column("origin", sa.String(length=20), nullable=True),
        sa.Column("case_id", sa.String(length=80), nullable=True),
        sa.Column("file_id", sa.String(length=80), nullable=True),
        sa.Column("held_reason", sa.String(length=40), nullable=True),
        sa.Column("held_text", sa.Text(), nullable=True),
        sa.Column("held_from", sa.String(length=20), nullable=True),
        sa.Column("waiting_for", sa.Text(), nullable=True),
        sa.Column("rejected_text", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("qa", sa.String(length=20), nullable=True),
        sa.Column("evidenced", sa.Boolean(), nullable=False),
        sa.Column("indexed_revision", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(stage = 'rejected') = (rejected_text IS NOT NULL)", name=op.f("ck_document_rejected")
        ),
        sa.CheckConstraint(
            "held_reason IS NULL OR stage IN ('held', 'rejected')",
            name=op.f("ck_document_not_held"),
        ),
        sa.CheckConstraint(
            "stage <> 'filed' OR case_id IS NOT NULL", name=op.f("ck_document_filed")
        ),
        sa.CheckConstraint(
            "stage <> 'held' OR (held_reason IS NOT NULL AND held_text IS NOT NULL AND held_from IS NOT NULL)",
            name=op.f("ck_document_held"),
        ),
        sa.CheckConstraint(
            "(case_id IS NULL) = (file_id IS NULL)", name=op.f("ck_document_case_in_file")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name=op.f("fk_document_case_id")),
        sa.ForeignKeyConstraint(["department"], ["unit.id"], name=op.f("fk_document_department")),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name=op.f("fk_document_file_id")),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_document_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("item_id", "position", name=op.f("uq_document_item_id_position")),
    )
    op.create_index(op.f("ix_document_case_id"), "document", ["case_id"], unique=False)
    op.create_index(op.f("ix_document_file_id"), "document", ["file_id"], unique=False)
    op.create_index(op.f("ix_document_item_id"), "document", ["item_id"], unique=False)
    op.create_index(
        "ix_document_listing",
        "document",
        ["received_on", "id", "department", "compartment", "stage"],
        unique=False,
    )
    op.create_index(op.f("ix_document_stage"), "document", ["stage"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(length=30), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("made_from", sa.String(length=20), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_finding_document_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_finding_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_document_id"), "finding", ["document_id"], unique=False)
    op.create_index(op.f("ix_finding_item_id"), "finding", ["item_id"], unique=False)
    op.create_table(
        "metadata_history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_metadata_history_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metadata_history")),
    )
    op.create_index(
        op.f("ix_metadata_history_document_id"), "metadata_history", ["document_id"], unique=False
    )
    op.create_table(
        "qa_result",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=False),
        sa.Column("checked_by", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("note_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_qa_result_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qa_result")),
    )
    op.create_index(op.f("ix_qa_result_document_id"), "qa_result", ["document_id"], unique=False)
    op.create_table(
        "rendition",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("document_id", sa.String(length=80), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("derived_from", sa.String(length=64), nullable=True),
        sa.Column("made_from", sa.String(length=20), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_rendition_document_id")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_rendition_item_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
    )
    op.create_index(op.f("ix_rendition_document_id"), "rendition", ["document_id"], unique=False)
    op.create_index(op.f("ix_rendition_item_id"), "rendition", ["item_id"], unique=False)
    op.create_index(op.f("ix_rendition_sha256"), "rendition", ["sha256"], unique=False)
