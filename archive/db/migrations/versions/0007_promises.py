"""Promises: the trail says how every row that carries evidence stands (archive/evidence).

What an earlier release wrote gets its salt and is promised as it is found, in events that say so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.promises.adoption import adopt
from config.clock import now

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (  # that carried evidence when this was made
    "item",
    "document",
    "finding",
    "rendition",
    "metadata_history",
    "qa_result",
    "case_file",
    "sub_file",
    "case_record",
    "follow_up",
    "record_history",
    "break_glass",
    "app_user",
    "role_grant",
    "compartment_member",
    "sign_in_link",
    "session",
    "api_token",
    "saved_search",
    "unit",
    "person",
    "plan_unit",
    "compartment",
    "filing_rule",
)


def upgrade() -> None:
    op.add_column(
        "audit_event", sa.Column("form", sa.Integer(), nullable=False, server_default="1")
    )
    op.add_column("audit_event", sa.Column("aggregate", sa.String(100)))
    op.add_column("audit_event", sa.Column("promises", sa.Text()))
    op.create_index("ix_audit_event_aggregate", "audit_event", ["aggregate"])
    for table in TABLES:
        op.add_column(table, sa.Column("salt", sa.LargeBinary(16)))
    if op.get_bind().dialect.name == "sqlite":
        _salt_sqlite()
    else:
        _salt_postgresql()
    adopt(op.get_bind(), at=now(), release=revision)


def _salt_sqlite() -> None:
    """The guards look away meanwhile: some refuse every change, also one that changes no word."""
    bind = op.get_bind()
    for table in TABLES:
        query = sa.text("SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name=:t")
        guards = bind.execute(query, {"t": table}).all()
        for guard in guards:
            op.execute(f"DROP TRIGGER {guard.name}")
        op.execute(f"UPDATE {table} SET salt = randomblob(16)")
        for guard in guards:
            bind.exec_driver_sql(guard.sql)


def _salt_postgresql() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        op.execute(
            f"UPDATE {table} SET salt = decode(replace(gen_random_uuid()::text, '-', ''), 'hex')"
        )
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
