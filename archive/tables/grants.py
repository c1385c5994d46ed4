"""The table of rights that one person asked for, or gave, and another one looks at."""

from __future__ import annotations

import sqlalchemy as sa

from archive.tables.columns import UtcDateTime, key, metadata, ref

grant_request = sa.Table(
    "grant_request",
    metadata,
    key(),
    ref("user_id", "app_user.id", nullable=False),  # whom it is for
    sa.Column("kind", sa.String(20), nullable=False),  # role, membership, link
    sa.Column("role", sa.String(40)),
    sa.Column("department", sa.String(80)),  # of the role; null = all
    sa.Column("stream", sa.String(80)),
    sa.Column("compartment", sa.String(80)),
    sa.Column("purpose", sa.Text),
    # Whose affair it is: what the role and all rights of the person lie within; null = all.
    sa.Column("scope_department", sa.String(80)),
    sa.Column("scope_stream", sa.String(80)),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("requested_by", sa.String(80), nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),  # null where it acted at once
    sa.Column("decided_by", sa.String(80)),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("remark", sa.Text),
    sa.Column("noticed_at", UtcDateTime),  # when the person took note of it
    sa.CheckConstraint(
        "state IN ('requested', 'confirmed', 'refused', 'withdrawn', 'expired', 'unreviewed',"
        " 'justified', 'unjustified')",
        name="state",
    ),
    sa.CheckConstraint("requested_by <> user_id", name="for_another"),
    sa.CheckConstraint(
        "state NOT IN ('confirmed', 'justified', 'unjustified') OR (decided_by IS NOT NULL"
        " AND decided_by <> requested_by AND decided_by <> user_id)",
        name="second_person",
    ),
)
