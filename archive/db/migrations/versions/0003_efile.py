"""The e-file: a file plan with terms and closed units, sub-files, follow-ups, closing, break-glass.

What an earlier release filed stays as it is: its units keep their marks, its documents are not yet
final, its files can be found by their marks in any spelling.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FILE_STEPS = (
    ("OPEN", "CLOSED"),
    ("CLOSED", "OPEN"),
    ("CLOSED", "DUE_FOR_DISPOSAL"),
    ("DUE_FOR_DISPOSAL", "OPEN"),
    ("DUE_FOR_DISPOSAL", "OFFERED"),
    ("DUE_FOR_DISPOSAL", "DELETION_APPROVED"),
    ("OFFERED", "APPRAISED"),
    ("APPRAISED", "TRANSFERRED"),
    ("APPRAISED", "DELETION_APPROVED"),
    ("TRANSFERRED", "DELETED"),
    ("DELETION_APPROVED", "DELETED"),
)
CASE_STEPS = (("OPEN", "CLOSED"), ("CLOSED", "OPEN"))
STEP = (
    "NEW.state <> OLD.state AND NOT EXISTS (SELECT 1 FROM stage_transition"
    " WHERE kind = '{kind}' AND begins = OLD.state AND ends = NEW.state)"
)
CLOSES = "OLD.state = 'OPEN' AND NEW.state = 'CLOSED'"
REOPENS = "OLD.state <> 'OPEN' AND NEW.state = 'OPEN'"
UNFINISHED = (
    "EXISTS (SELECT 1 FROM document WHERE {key} = NEW.id AND record_state <> 'FINAL')"
    " OR EXISTS (SELECT 1 FROM follow_up WHERE {key} = NEW.id AND done_at IS NULL)"
)
FILE_OPEN = "SELECT 1 FROM case_file WHERE id = NEW.file_id AND state = 'OPEN'"
SUB_FILE_OPEN = (
    "SELECT 1 FROM sub_file WHERE id = NEW.sub_file_id AND file_id = NEW.file_id AND state = 'OPEN'"
)
IN_CLOSED_SUB_FILE = f"(NEW.sub_file_id IS NOT NULL AND NOT EXISTS ({SUB_FILE_OPEN}))"
MOVES = "COALESCE(NEW.case_id, '') <> COALESCE(OLD.case_id, '')"
OPEN_CASE = (
    "SELECT 1 FROM case_record c JOIN case_file f ON f.id = c.file_id"
    " WHERE c.id = {row}.case_id AND f.id = {row}.file_id AND c.state = 'OPEN' AND f.state = 'OPEN'"
)
#: name, table, event, columns, condition on the row, message
GUARDS = (
    ("file_start", "case_file", "INSERT", "", "NEW.state <> 'OPEN'", "a file begins as open"),
    ("file_step", "case_file", "UPDATE", "state", STEP.format(kind="file"),
     "a file cannot take this step"),
    ("file_close", "case_file", "UPDATE", "state",
     (f"{CLOSES} AND (NEW.closed_on IS NULL OR NEW.closed_by IS NULL"
     " OR EXISTS (SELECT 1 FROM case_record WHERE file_id = NEW.id AND state <> 'CLOSED')"
     " OR EXISTS (SELECT 1 FROM sub_file WHERE file_id = NEW.id AND state <> 'CLOSED')"
     f" OR {UNFINISHED.format(key='file_id')})"),
     "a file with open cases, follow-ups or documents is not closed"),
    ("file_reopen", "case_file", "UPDATE", "state",
     f"{REOPENS} AND (NEW.closed_on IS NOT NULL OR NEW.retention_end IS NOT NULL)",
     "an open file has no end of retention"),
    ("file_mark", "case_file", "UPDATE", "file_mark", "NEW.file_mark <> OLD.file_mark",
     "a file keeps its mark"),
    ("file_delete", "case_file", "DELETE", "", "OLD.state <> 'DELETED'",
     "a file goes only at the end of its disposal"),
    ("sub_file_start", "sub_file", "INSERT", "",
     f"NEW.state <> 'OPEN' OR NOT EXISTS ({FILE_OPEN})", "a sub-file begins open in an open file"),
    ("sub_file_step", "sub_file", "UPDATE", "state", STEP.format(kind="sub_file"),
     "a sub-file cannot take this step"),
    ("sub_file_close", "sub_file", "UPDATE", "state",
     (f"{CLOSES} AND (NEW.closed_on IS NULL"
     " OR EXISTS (SELECT 1 FROM case_record WHERE sub_file_id = NEW.id AND state <> 'CLOSED'))"),
     "a sub-file with open cases is not closed"),
    ("sub_file_reopen", "sub_file", "UPDATE", "state",
     f"{REOPENS} AND (NEW.closed_on IS NOT NULL OR NOT EXISTS ({FILE_OPEN}))",
     "a sub-file opens again in an open file"),
    ("sub_file_place", "sub_file", "UPDATE", "file_id", "NEW.file_id <> OLD.file_id",
     "a sub-file stays in its file"),
    ("case_start", "case_record", "INSERT", "",
     f"NEW.state <> 'OPEN' OR NOT EXISTS ({FILE_OPEN}) OR {IN_CLOSED_SUB_FILE}",
     "a case begins open in an open file"),
    ("case_step", "case_record", "UPDATE", "state", STEP.format(kind="case"),
     "a case cannot take this step"),
    ("case_close", "case_record", "UPDATE", "state",
     f"{CLOSES} AND (NEW.closed_on IS NULL OR {UNFINISHED.format(key='case_id')})",
     "a case with follow-ups or documents that are not final is not closed"),
    ("case_reopen", "case_record", "UPDATE", "state",
     (f"{REOPENS} AND (NEW.closed_on IS NOT NULL OR NOT EXISTS ({FILE_OPEN})"
     f" OR {IN_CLOSED_SUB_FILE})"),
     "a case opens again in an open file"),
    ("case_place", "case_record", "UPDATE", "file_id", "NEW.file_id <> OLD.file_id",
     "a case stays in its file"),
    ("document_case", "document", "UPDATE", "case_id, file_id",
     (f"{MOVES} AND (NEW.case_id IS NULL OR NOT EXISTS ({OPEN_CASE.format(row='NEW')})"
     f" OR (OLD.case_id IS NOT NULL AND NOT EXISTS ({OPEN_CASE.format(row='OLD')})))"),
     "a document moves between open cases alone"),
    ("document_final", "document", "UPDATE", "record_state",
     ("NEW.record_state <> OLD.record_state AND (OLD.record_state <> 'REGISTERED'"
     " OR NEW.record_state <> 'FINAL' OR NEW.stage <> 'filed'"
     f" OR NOT EXISTS ({OPEN_CASE.format(row='NEW')}))"),
     "a document becomes final once, in an open case"),
    ("document_registered", "document", "INSERT", "", "NEW.record_state <> 'REGISTERED'",
     "a document begins as registered"),
    ("follow_up_start", "follow_up", "INSERT", "",
     (f"NEW.done_at IS NOT NULL OR NOT EXISTS ({FILE_OPEN}) OR (NEW.case_id IS NOT NULL AND NOT"
     " EXISTS (SELECT 1 FROM case_record WHERE id = NEW.case_id AND file_id = NEW.file_id"
     " AND state = 'OPEN'))"),
     "a follow-up belongs to an open file"),
    ("record_history_update", "record_history", "UPDATE", "", "", "history is append-only"),
    ("record_history_delete", "record_history", "DELETE", "", "", "history is append-only"),
    ("break_glass_update", "break_glass", "UPDATE", "",
     ("NEW.user_id <> OLD.user_id OR NEW.file_id <> OLD.file_id OR NEW.reason <> OLD.reason"
     " OR NEW.opened_at <> OLD.opened_at OR NEW.ends_at > OLD.ends_at"
     " OR COALESCE(NEW.seen_by, '') = NEW.user_id"
     " OR (OLD.seen_by IS NOT NULL AND (NEW.seen_by IS NULL OR NEW.seen_by <> OLD.seen_by))"),
     "a break-glass access is only shortened, and seen by another person"),
    ("break_glass_delete", "break_glass", "DELETE", "", "", "a break-glass access is kept"),
)  # fmt: skip


def upgrade() -> None:
    _new_tables()
    _new_columns()
    _series_of_numbers()
    _find_old_marks()
    _name_old_compartments()
    steps = sa.table("stage_transition", sa.column("kind"), sa.column("begins"), sa.column("ends"))
    pairs = (("file", FILE_STEPS), ("sub_file", CASE_STEPS), ("case", CASE_STEPS))
    op.bulk_insert(
        steps,
        [
            {"kind": kind, "begins": begins, "ends": ends}
            for kind, found in pairs
            for begins, ends in found
        ],
    )
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _new_tables() -> None:
    op.create_table(
        "compartment",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("parent", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["parent"], ["compartment.id"], name="fk_compartment_parent"),
        sa.PrimaryKeyConstraint("id", name="pk_compartment"),
    )
    op.create_table(
        "sub_file",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name="fk_sub_file_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sub_file"),
        sa.UniqueConstraint("file_id", "number", name="uq_sub_file_file_id_number"),
    )
    op.create_index("ix_sub_file_file_id", "sub_file", ["file_id"])
    op.create_table(
        "follow_up",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.String(length=80), nullable=True),
        sa.Column("for_user", sa.String(length=80), nullable=True),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("done_by", sa.String(length=80), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name="fk_follow_up_file_id"),
        sa.ForeignKeyConstraint(["case_id"], ["case_record.id"], name="fk_follow_up_case_id"),
        sa.ForeignKeyConstraint(["for_user"], ["app_user.id"], name="fk_follow_up_for_user"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_file_id", "follow_up", ["file_id"])
    op.create_index("ix_follow_up_case_id", "follow_up", ["case_id"])
    op.create_index("ix_follow_up_due", "follow_up", ["due"])
    op.create_table(
        "record_history",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("object_type", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("old", sa.Text(), nullable=True),
        sa.Column("new", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name="fk_record_history_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_record_history"),
    )
    op.create_index("ix_record_history_file_id", "record_history", ["file_id"])
    op.create_table(
        "filing_rule",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=80), nullable=True),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("plan_unit", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["department"], ["unit.id"], name="fk_filing_rule_department"
        ),
        sa.ForeignKeyConstraint(
            ["plan_unit"], ["plan_unit.code"], name="fk_filing_rule_plan_unit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_filing_rule"),
    )  # fmt: skip
    op.create_table(
        "break_glass",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("file_id", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("seen_by", sa.String(length=80), nullable=True),
        sa.Column("seen_at", sa.DateTime(), nullable=True),
        sa.Column("justified", sa.Boolean(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_break_glass_user_id"),
        sa.ForeignKeyConstraint(["file_id"], ["case_file.id"], name="fk_break_glass_file_id"),
        sa.PrimaryKeyConstraint("id", name="pk_break_glass"),
    )
    op.create_index("ix_break_glass_user_id", "break_glass", ["user_id"])
    op.create_index("ix_break_glass_file_id", "break_glass", ["file_id"])


def _new_columns() -> None:
    plan: tuple[sa.Column[Any], ...] = (
        sa.Column("retention_start", sa.String(30), nullable=False, server_default="CLOSED_DATE"),
        sa.Column("compartment", sa.String(80)),
        sa.Column(
            "mark_pattern", sa.String(80), nullable=False, server_default="{code}/{number}/{year}"
        ),
        sa.Column("retired", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    file: tuple[sa.Column[Any], ...] = (
        sa.Column("mark_key", sa.String(200), nullable=False, server_default=""),
        sa.Column("closed_by", sa.String(80)),
        sa.Column("retention_years", sa.Integer()),
        sa.Column("retention_start", sa.String(30)),
        sa.Column("disposal_code", sa.String(1)),
    )
    member: tuple[sa.Column[Any], ...] = (
        sa.Column("purpose", sa.Text()),
        sa.Column("granted_by", sa.String(80)),
        sa.Column("granted_at", sa.DateTime()),
    )
    for table, columns in (
        ("plan_unit", plan),
        ("case_file", file),
        ("compartment_member", member),
        ("case_record", (sa.Column("closed_on", sa.Date()),)),
    ):
        for column in columns:
            op.add_column(table, column)
    # Written out: Alembic's own form cannot add a key to a table of SQLite.
    op.execute(
        "ALTER TABLE case_record ADD COLUMN sub_file_id VARCHAR(80)"
        " CONSTRAINT fk_case_record_sub_file_id REFERENCES sub_file (id)"
    )
    op.execute(
        "ALTER TABLE document ADD COLUMN record_state VARCHAR(20) DEFAULT 'REGISTERED' NOT NULL"
        " CONSTRAINT ck_document_record_state CHECK (record_state IN ('REGISTERED', 'FINAL'))"
    )
    op.create_index("ix_case_record_sub_file_id", "case_record", ["sub_file_id"])
    op.create_index("ix_case_file_mark_key", "case_file", ["mark_key"])
    op.create_index("ix_case_file_plan_unit", "case_file", ["plan_unit"])


def _series_of_numbers() -> None:
    with op.batch_alter_table("file_counter") as batch:
        batch.add_column(sa.Column("series", sa.String(170), nullable=False, server_default=""))
        batch.drop_constraint("pk_file_counter", type_="primary")
        batch.create_primary_key("pk_file_counter", ["plan_unit", "year", "series"])


def _find_old_marks() -> None:
    file = sa.table("case_file", sa.column("id"), sa.column("file_mark"), sa.column("mark_key"))
    bind = op.get_bind()
    for row in bind.execute(sa.select(file.c.id, file.c.file_mark)).all():
        plain = unicodedata.normalize("NFKC", row.file_mark).upper()
        key = re.sub(r"[\W_]+", "", plain)[:200]
        bind.execute(sa.update(file).where(file.c.id == row.id).values(mark_key=key))


def _name_old_compartments() -> None:
    op.execute(
        "INSERT INTO compartment (id) SELECT compartment FROM compartment_member"
        " UNION SELECT compartment FROM item WHERE compartment IS NOT NULL"
        " UNION SELECT compartment FROM document WHERE compartment IS NOT NULL"
        " UNION SELECT compartment FROM case_file WHERE compartment IS NOT NULL"
    )


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
