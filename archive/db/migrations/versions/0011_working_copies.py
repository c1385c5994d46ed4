"""An index for the question whether an arrived file is read already by another item.

Each item asks it, and without the index every item of the archive was read for the answer. No column
and no row changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rows = sa.text("working_copy IS NOT NULL")
    op.create_index(
        "ix_item_working_copy",
        "item",
        ["working_copy"],
        sqlite_where=rows,
        postgresql_where=rows,
    )
