"""Rights that need a second person: asked for, confirmed or refused, or looked at afterwards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = (
    "requested",
    "confirmed",
    "refused",
    "withdrawn",
    "expired",
    "unreviewed",
    "justified",
    "unjustified",
)
#: name, event, condition on the row, message
GUARDS = (
    (
        "grant_request_start",
        "INSERT",
        "NEW.state NOT IN ('requested', 'unreviewed') OR NEW.decided_by IS NOT NULL",
        "a right is asked for before it is decided on",
    ),
    (
        "grant_request_wanted",
        "UPDATE",
        (
            "NEW.user_id <> OLD.user_id OR NEW.kind <> OLD.kind"
            " OR COALESCE(NEW.role, '') <> COALESCE(OLD.role, '')"
            " OR COALESCE(NEW.department, '') <> COALESCE(OLD.department, '')"
            " OR COALESCE(NEW.stream, '') <> COALESCE(OLD.stream, '')"
            " OR COALESCE(NEW.compartment, '') <> COALESCE(OLD.compartment, '')"
            " OR COALESCE(NEW.purpose, '') <> COALESCE(OLD.purpose, '')"
            " OR COALESCE(NEW.scope_department, '') <> COALESCE(OLD.scope_department, '')"
            " OR COALESCE(NEW.scope_stream, '') <> COALESCE(OLD.scope_stream, '')"
            " OR NEW.requested_by <> OLD.requested_by OR NEW.requested_at <> OLD.requested_at"
            " OR COALESCE(NEW.expires_at, NEW.requested_at)"
            " <> COALESCE(OLD.expires_at, OLD.requested_at)"
        ),
        "what was asked for is not changed",
    ),
    (
        "grant_request_step",
        "UPDATE",
        (
            "NEW.state <> OLD.state AND NOT (OLD.state = 'requested' AND NEW.state IN"
            " ('confirmed', 'refused', 'withdrawn', 'expired')"
            " OR OLD.state = 'unreviewed' AND NEW.state IN ('justified', 'unjustified'))"
        ),
        "a right is decided on once",
    ),
    (
        "grant_request_decision",
        "UPDATE",
        "OLD.decided_by IS NOT NULL AND (NEW.decided_by IS NULL OR NEW.decided_by <> OLD.decided_by)",
        "a decision on a right stays",
    ),
    ("grant_request_delete", "DELETE", "", "what was asked for is kept"),
)


def upgrade() -> None:
    named = ", ".join(f"'{state}'" for state in STATES)
    op.create_table(
        "grant_request",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("user_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("role", sa.String(40)),
        sa.Column("department", sa.String(80)),
        sa.Column("stream", sa.String(80)),
        sa.Column("compartment", sa.String(80)),
        sa.Column("purpose", sa.Text()),
        sa.Column("scope_department", sa.String(80)),
        sa.Column("scope_stream", sa.String(80)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_by", sa.String(80), nullable=False),
        sa.Column("requested_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime()),
        sa.Column("decided_by", sa.String(80)),
        sa.Column("decided_at", sa.DateTime()),
        sa.Column("remark", sa.Text()),
        sa.Column("noticed_at", sa.DateTime()),
        sa.Column("salt", sa.LargeBinary(16)),
        sa.PrimaryKeyConstraint("id", name="pk_grant_request"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_grant_request_user_id"),
        sa.CheckConstraint(
            f"state IN ({named})",
            name="ck_grant_request_state",
        ),
        sa.CheckConstraint("requested_by <> user_id", name="ck_grant_request_for_another"),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'justified', 'unjustified') OR (decided_by IS NOT NULL"
            " AND decided_by <> requested_by AND decided_by <> user_id)",
            name="ck_grant_request_second_person",
        ),
    )
    op.create_index("ix_grant_request_user_id", "grant_request", ["user_id"])
    op.create_index("ix_grant_request_state", "grant_request", ["state"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, event, condition, message in GUARDS:
        (_guard_sqlite if sqlite else _guard_postgresql)(name, event, condition, message)


def _guard_sqlite(name: str, event: str, condition: str, message: str) -> None:
    when = f" WHEN {condition}" if condition else ""
    op.execute(
        f"CREATE TRIGGER guard_{name} BEFORE {event} ON grant_request{when}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _guard_postgresql(name: str, event: str, condition: str, message: str) -> None:
    row = "OLD" if event == "DELETE" else "NEW"
    check = f"IF {condition or 'true'} THEN RAISE EXCEPTION '{message}'; END IF;"
    op.execute(
        f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {check} RETURN {row}; END $$"
    )
    op.execute(
        f"CREATE TRIGGER guard_{name} BEFORE {event} ON grant_request"
        f" FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
    )
