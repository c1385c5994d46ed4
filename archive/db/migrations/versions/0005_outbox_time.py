"""When the index last refused a change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("failed_at", sa.DateTime()))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("failed_at")
