"""What the database itself refuses: wrong steps, a changed trail, a changed original.

The pairs are written out: a migration says what was in force when it was made. A test compares
them with ``archive.stages``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ITEM_STEPS = (
    ("received", "checked"),
    ("received", "duplicate"),
    ("received", "held"),
    ("checked", "verified"),
    ("checked", "held"),
    ("verified", "separated"),
    ("verified", "held"),
    ("held", "received"),
    ("held", "checked"),
    ("held", "verified"),
    ("held", "rejected"),
)
DOCUMENT_STEPS = (
    ("separated", "recognised"),
    ("separated", "held"),
    ("recognised", "preserved"),
    ("recognised", "held"),
    ("preserved", "noted"),
    ("preserved", "held"),
    ("noted", "sealed"),
    ("noted", "awaiting_qa"),
    ("noted", "held"),
    ("awaiting_qa", "noted"),
    ("awaiting_qa", "held"),
    ("awaiting_qa", "rejected"),
    ("sealed", "filed"),
    ("sealed", "held"),
    ("held", "separated"),
    ("held", "recognised"),
    ("held", "preserved"),
    ("held", "noted"),
    ("held", "sealed"),
    ("held", "rejected"),
)
STEP = (
    "SELECT 1 FROM stage_transition"
    " WHERE kind = '{kind}' AND begins = OLD.stage AND ends = NEW.stage"
)
#: name, table, event, columns, condition on the row, message
GUARDS = (
    (
        "item_step",
        "item",
        "UPDATE",
        "stage",
        f"NEW.stage <> OLD.stage AND NOT EXISTS ({STEP.format(kind='item')})",
        "an item cannot take this step",
    ),
    ("item_start", "item", "INSERT", "", "NEW.stage <> 'received'", "an item begins as received"),
    (
        "item_original",
        "item",
        "UPDATE",
        "sha256, size, source_bytes",
        "NEW.sha256 <> OLD.sha256 OR NEW.size <> OLD.size OR NEW.source_bytes <> OLD.source_bytes",
        "the original of an item is never changed",
    ),
    (
        "document_step",
        "document",
        "UPDATE",
        "stage",
        f"NEW.stage <> OLD.stage AND NOT EXISTS ({STEP.format(kind='document')})",
        "a document cannot take this step",
    ),
    (
        "document_start",
        "document",
        "INSERT",
        "",
        "NEW.stage <> 'separated'",
        "a document begins as separated",
    ),
    ("audit_event_update", "audit_event", "UPDATE", "", "", "the audit trail is append-only"),
    ("audit_event_delete", "audit_event", "DELETE", "", "", "the audit trail is append-only"),
    (
        "audit_head_update",
        "audit_head",
        "UPDATE",
        "",
        "NEW.id <> OLD.id OR NEW.seq <> OLD.seq + 1",
        "the head of the audit trail moves one event at a time",
    ),
    ("audit_head_delete", "audit_head", "DELETE", "", "", "the audit trail has one head"),
    (
        "rendition_address",
        "rendition",
        "UPDATE",
        "sha256",
        "NEW.sha256 <> OLD.sha256",
        "a rendition keeps its address; a new one is a new row",
    ),
)


def upgrade() -> None:
    steps = sa.table("stage_transition", sa.column("kind"), sa.column("begins"), sa.column("ends"))
    op.bulk_insert(
        steps,
        [
            {"kind": kind, "begins": begins, "ends": ends}
            for kind, pairs in (("item", ITEM_STEPS), ("document", DOCUMENT_STEPS))
            for begins, ends in pairs
        ],
    )
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": "0" * 64}])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for name, table, event, columns, condition, message in GUARDS:
        of = f" OF {columns}" if columns else ""
        when = f" WHEN {condition}" if condition else ""
        op.execute(
            f"CREATE TRIGGER guard_{name} BEFORE {event}{of} ON {table}{when}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgresql() -> None:
    for name, table, event, columns, condition, message in GUARDS:
        of = f" OF {columns}" if columns else ""
        old = "OLD" if event == "DELETE" else "NEW"
        check = f"IF {condition or 'true'} THEN RAISE EXCEPTION '{message}'; END IF;"
        op.execute(
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {check} RETURN {old}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER guard_{name} BEFORE {event}{of} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
    op.execute(
        "CREATE TRIGGER guard_audit_event_truncate BEFORE TRUNCATE ON audit_event"
        " FOR EACH STATEMENT EXECUTE FUNCTION guard_audit_event_delete()"
    )
