"""Saved searches, and the documents that came to match them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("user_id", sa.String(80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("looked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_search"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_saved_search_user_id"),
    )
    op.create_index("ix_saved_search_user_id", "saved_search", ["user_id"])
    op.create_table(
        "saved_search_hit",
        sa.Column("search_id", sa.String(80), nullable=False),
        sa.Column("document_id", sa.String(80), nullable=False),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("search_id", "document_id", name="pk_saved_search_hit"),
        sa.ForeignKeyConstraint(
            ["search_id"], ["saved_search.id"], name="fk_saved_search_hit_search_id"
        ),
    )


def downgrade() -> None:
    op.drop_table("saved_search_hit")
    op.drop_table("saved_search")
