"""What an earlier attempt made is kept beside what counts; a record that is closed stands.

What is there before counts and belongs to no known attempt. The new guards are about changes to
come: nothing that an earlier release wrote is refused.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN_CASE = (
    "EXISTS (SELECT 1 FROM case_record c JOIN case_file f ON f.id = c.file_id"
    " WHERE c.id = {case} AND c.state = 'OPEN' AND f.state = 'OPEN')"
)
_WORDS = ("title", "sender", "document_class", "origin", "compartment")
_OTHERS = ("letter_date", "received_on", "pages", "first_page", "last_page")
CHANGED = " OR ".join(
    [f"COALESCE(NEW.{name}, '') <> COALESCE(OLD.{name}, '')" for name in _WORDS]
    + [
        f"COALESCE(CAST(NEW.{name} AS VARCHAR), '') <> COALESCE(CAST(OLD.{name} AS VARCHAR), '')"
        for name in _OTHERS
    ]
    + ["NEW.department <> OLD.department"]
)
FROZEN = f"OLD.record_state = 'FINAL' OR NOT {OPEN_CASE.format(case='OLD.case_id')}"
QA_DOCUMENT = "SELECT 1 FROM document d WHERE d.id = NEW.document_id AND d.stage = 'filed'"
OPEN_FILE = "SELECT 1 FROM case_file WHERE id = NEW.file_id AND state = 'OPEN'"
SUPERSEDED = "OLD.superseded_at IS NOT NULL"
#: name, table, event, columns, condition on the row, message
GUARDS = (
    ("document_words", "document", "UPDATE", ", ".join((*_WORDS, *_OTHERS, "department")),
     f"OLD.stage = 'filed' AND ({FROZEN}) AND ({CHANGED})",
     "a final document, and one in a closed case, is not changed"),
    ("document_place", "document", "UPDATE", "case_id, file_id",
     "OLD.record_state = 'FINAL' AND COALESCE(NEW.case_id, '') <> COALESCE(OLD.case_id, '')",
     "a final document stays in its case"),
    ("document_qa", "document", "UPDATE", "qa",
     ("OLD.stage = 'filed' AND COALESCE(NEW.qa, '') <> COALESCE(OLD.qa, '')"
     f" AND NOT {OPEN_CASE.format(case='OLD.case_id')}"),
     "nothing is checked in a closed case"),
    ("qa_result_start", "qa_result", "INSERT", "",
     f"EXISTS ({QA_DOCUMENT} AND NOT {OPEN_CASE.format(case='d.case_id')})",
     "nothing is checked in a closed case"),
    ("follow_up_place", "follow_up", "UPDATE", "file_id, case_id, due, done_at",
     f"NOT EXISTS ({OPEN_FILE})", "a follow-up belongs to an open file"),
    ("finding_superseded", "finding", "UPDATE", "superseded_at, superseded_by", SUPERSEDED,
     "what was superseded stays so"),
    ("rendition_superseded", "rendition", "UPDATE", "superseded_at, superseded_by", SUPERSEDED,
     "what was superseded stays so"),
)  # fmt: skip


def upgrade() -> None:
    for table in ("finding", "rendition"):
        op.add_column(table, sa.Column("attempt", sa.Integer()))
        op.add_column(table, sa.Column("superseded_by", sa.Integer()))
        op.add_column(table, sa.Column("superseded_at", sa.DateTime()))
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for name, table, event, columns, condition, message in GUARDS:
        of = f" OF {columns}" if columns else ""
        op.execute(
            f"CREATE TRIGGER guard_{name} BEFORE {event}{of} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _guard_postgresql() -> None:
    for name, table, event, columns, condition, message in GUARDS:
        of = f" OF {columns}" if columns else ""
        check = f"IF {condition} THEN RAISE EXCEPTION '{message}'; END IF;"
        op.execute(
            f"CREATE FUNCTION guard_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {check} RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER guard_{name} BEFORE {event}{of} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION guard_{name}()"
        )
