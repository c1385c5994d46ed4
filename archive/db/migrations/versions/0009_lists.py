"""Indices for lists: each list finds its rows in its own order, whatever the size of the archive.

No column and no row changes. What an index replaces goes with it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

#: name, table, columns
INDICES = (
    ("ix_finding_of_item", "finding", ["item_id", "document_id"]),
    ("ix_rendition_of_item", "rendition", ["item_id", "document_id"]),
    (
        "ix_item_outcome_listing",
        "item",
        ["outcome", "received_at", "id", "department", "stream", "compartment"],
    ),
    ("ix_item_stage_listing", "item", ["stage", "received_at", "id"]),
    (
        "ix_document_qa_listing",
        "document",
        ["qa", "received_on", "id", "department", "compartment", "stage"],
    ),
    (
        "ix_document_qa_department",
        "document",
        ["qa", "department", "received_on", "id", "compartment", "stage"],
    ),
    ("ix_document_file_listing", "document", ["file_id", "received_on", "id"]),
    ("ix_document_case_listing", "document", ["case_id", "received_on", "id"]),
    ("ix_case_file_listing", "case_file", ["id", "department", "compartment", "plan_unit"]),
    ("ix_case_file_plan_listing", "case_file", ["plan_unit", "id", "department", "compartment"]),
    ("ix_audit_event_action_seq", "audit_event", ["action", "seq"]),
    ("ix_audit_event_actor_seq", "audit_event", ["actor", "seq"]),
)
#: name, table, columns, which rows. What belongs to an item itself has no document: an index that
#: held it would be taken to look for it, and what every item of the archive has would be read. So
#: would nearly all documents be for the stage FILED.
PARTIAL = (
    ("ix_document_not_filed", "document", ["stage", "received_on", "id"], "stage <> 'filed'"),
    ("ix_finding_of_document", "finding", ["document_id"], "document_id IS NOT NULL"),
    ("ix_rendition_of_document", "rendition", ["document_id"], "document_id IS NOT NULL"),
    (
        "ix_finding_suggested",
        "finding",
        ["document_id"],
        "code = 'filing.suggested' AND superseded_at IS NULL",
    ),
)
REPLACED = (
    ("ix_finding_document_id", "finding"),
    ("ix_rendition_document_id", "rendition"),
    ("ix_finding_item_id", "finding"),
    ("ix_rendition_item_id", "rendition"),
    ("ix_item_outcome", "item"),
    ("ix_item_stage", "item"),
    ("ix_document_stage", "document"),
    ("ix_document_file_id", "document"),
    ("ix_document_case_id", "document"),
    # On department alone it misleads: of several departments all files are read and sorted.
    ("ix_case_file_department", "case_file"),
    ("ix_case_file_plan_unit", "case_file"),
)


def upgrade() -> None:
    for name, table, columns in INDICES:
        op.create_index(name, table, columns)
    for name, table, columns, where in PARTIAL:
        rows = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
    for name, table in REPLACED:
        op.drop_index(name, table)
