"""Lists of one department among many, and what is counted as it changes.

Indices that begin with a department or stream; tables that the database keeps itself: how many items
stand where, how many files a unit of the plan has, which items' paper has to be kept. No row that
carries evidence changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

#: name, table, columns
INDICES = (
    (
        "ix_item_department_listing",
        "item",
        ["department", "received_at", "id", "stream", "compartment"],
    ),
    (
        "ix_item_department_outcome",
        "item",
        ["department", "outcome", "received_at", "id", "stream", "compartment"],
    ),
    (
        "ix_item_stream_listing",
        "item",
        ["stream", "received_at", "id", "department", "compartment"],
    ),
    (
        "ix_item_stream_outcome",
        "item",
        ["stream", "outcome", "received_at", "id", "department", "compartment"],
    ),
    (
        "ix_document_department_listing",
        "document",
        ["department", "received_on", "id", "compartment", "stage"],
    ),
    (
        "ix_case_file_department_listing",
        "case_file",
        ["department", "id", "compartment", "plan_unit"],
    ),
    ("ix_paper_kept_listing", "paper_kept", ["received_at", "id"]),
    ("ix_paper_kept_department_listing", "paper_kept", ["department", "received_at", "id"]),
    ("ix_to_place_listing", "to_place", ["received_on", "id"]),
    ("ix_to_place_department_listing", "to_place", ["department", "received_on", "id"]),
    ("ix_paper_kept_stream_listing", "paper_kept", ["stream", "received_at", "id"]),
)
PARTIAL = (
    (
        "ix_document_file_counting",
        "document",
        ["file_id", "case_id", "department", "compartment"],
        "stage = 'filed'",
    ),
)
COUNT_ITEMS = (
    "INSERT INTO item_count (department, stage, outcome, number)"
    " SELECT department, stage, COALESCE(outcome, 'walking'), count(*) FROM item"
    " GROUP BY department, stage, COALESCE(outcome, 'walking')"
)
COUNT_FILES = (
    "INSERT INTO file_count (plan_unit, department, compartment, number)"
    " SELECT plan_unit, department, COALESCE(compartment, ''), count(*) FROM case_file"
    " GROUP BY plan_unit, department, COALESCE(compartment, '')"
)
_BLOCKS = (
    "SELECT 1 FROM finding f{join} WHERE f.item_id = item.id"
    " AND f.severity = 'blocks_destruction' AND f.superseded_at IS NULL"
)
_PART = "SELECT 1 FROM document d WHERE d.item_id = item.id"
_MAY_BE_PAPER = "d.origin IS DISTINCT FROM 'digital'"
KEEP_PAPER = (
    "INSERT INTO paper_kept (id, department, stream, received_at)"
    " SELECT id, department, stream, received_at FROM item WHERE {one} ("
    f"EXISTS ({_BLOCKS.format(join='')} AND f.document_id IS NULL)"
    f" AND NOT (EXISTS ({_PART}) AND NOT EXISTS ({_PART} AND {_MAY_BE_PAPER}))"
    f" OR EXISTS ({_BLOCKS.format(join=' JOIN document d ON d.id = f.document_id')}"
    f" AND {_MAY_BE_PAPER})"
    f" OR EXISTS ({_PART} AND {_MAY_BE_PAPER} AND d.qa = 'failed'))"
)

TO_PLACE = (
    "INSERT INTO to_place (id, department, received_on)"
    " SELECT id, department, received_on FROM document WHERE {one}"
    " stage = 'filed' AND record_state = 'REGISTERED'"
    " AND EXISTS (SELECT 1 FROM finding f WHERE f.document_id = document.id"
    " AND f.code = 'filing.suggested' AND f.superseded_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM audit_event e WHERE e.object_id = document.id"
    " AND e.action = 'SUGGESTION_REJECTED')"
)


def _more(table: str, columns: str, values: str) -> str:
    return (
        f"INSERT INTO {table} ({columns}, number) VALUES ({values}, 1)"
        f" ON CONFLICT ({columns}) DO UPDATE SET number = {table}.number + 1"
    )


def _fewer(table: str, columns: str, values: str) -> str:
    same = " AND ".join(
        f"{column} = {value}"
        for column, value in zip(columns.split(", "), values.split("; "), strict=True)
    )
    return f"UPDATE {table} SET number = number - 1 WHERE {same}"


def _counting(name: str, table: str, counted: str, columns: str, values: str) -> tuple[Keeper, ...]:
    """``values``: of the columns, for a row ``ROW``; separated by semicolons."""
    new, old = values.replace("ROW", "NEW"), values.replace("ROW", "OLD")
    more = _more(table, columns, new.replace(";", ","))
    fewer = _fewer(table, columns, old)
    gone = f"DELETE FROM {table} WHERE number = 0"
    changed = " OR ".join(
        f"{one} IS DISTINCT FROM {other}"
        for one, other in zip(new.split("; "), old.split("; "), strict=True)
    )
    return (
        (f"{name}_insert", counted, "INSERT", "", (more,)),
        (f"{name}_update", counted, f"UPDATE OF {columns}", changed, (fewer, more, gone)),
        (f"{name}_delete", counted, "DELETE", "", (fewer, gone)),
    )


def _papers(row: str) -> tuple[str, ...]:
    """The item that ``row`` names is asked anew."""
    return (
        f"DELETE FROM paper_kept WHERE id = {row}",
        KEEP_PAPER.format(one=f"id = {row} AND"),
    )


def _suggestions(row: str) -> tuple[str, ...]:
    """The document that ``row`` names is asked anew."""
    return (
        f"DELETE FROM to_place WHERE id = {row}",
        TO_PLACE.format(one=f"id = {row} AND"),
    )


#: name, table, event, condition, statements
Keeper = tuple[str, str, str, str, tuple[str, ...]]
BLOCKING = "{row}.severity = 'blocks_destruction'"
KEEPERS: tuple[Keeper, ...] = (
    *_counting(
        "count_item",
        "item_count",
        "item",
        "department, stage, outcome",
        "ROW.department; ROW.stage; COALESCE(ROW.outcome, 'walking')",
    ),
    *_counting(
        "count_file",
        "file_count",
        "case_file",
        "plan_unit, department, compartment",
        "ROW.plan_unit; ROW.department; COALESCE(ROW.compartment, '')",
    ),
    (
        "paper_of_finding_insert",
        "finding",
        "INSERT",
        BLOCKING.format(row="NEW"),
        _papers("NEW.item_id"),
    ),
    (
        "paper_of_finding_update",
        "finding",
        "UPDATE OF superseded_at, severity",
        f"{BLOCKING.format(row='NEW')} OR {BLOCKING.format(row='OLD')}",
        _papers("NEW.item_id"),
    ),
    (
        "paper_of_finding_delete",
        "finding",
        "DELETE",
        BLOCKING.format(row="OLD"),
        _papers("OLD.item_id"),
    ),
    ("paper_of_document_insert", "document", "INSERT", "", _papers("NEW.item_id")),
    (
        "paper_of_document_update",
        "document",
        "UPDATE OF origin, qa",
        "NEW.origin IS DISTINCT FROM OLD.origin OR NEW.qa IS DISTINCT FROM OLD.qa",
        _papers("NEW.item_id"),
    ),
    ("paper_of_document_delete", "document", "DELETE", "", _papers("OLD.item_id")),
    (
        "paper_of_item_update",
        "item",
        "UPDATE OF department, stream, received_at",
        (
            "NEW.department <> OLD.department OR NEW.stream <> OLD.stream"
            " OR NEW.received_at <> OLD.received_at"
        ),
        _papers("NEW.id"),
    ),
    *(
        (
            f"place_of_finding_{event.split()[0].lower()}",
            "finding",
            event,
            f"{row}.code = 'filing.suggested' AND {row}.document_id IS NOT NULL",
            _suggestions(f"{row}.document_id"),
        )
        for event, row in (("INSERT", "NEW"), ("UPDATE OF superseded_at", "NEW"), ("DELETE", "OLD"))
    ),
    (
        "place_of_document_update",
        "document",
        "UPDATE OF stage, record_state, department, received_on",
        (
            "(NEW.stage = 'filed' OR OLD.stage = 'filed') AND (NEW.stage <> OLD.stage"
            " OR NEW.record_state <> OLD.record_state OR NEW.department <> OLD.department"
            " OR NEW.received_on <> OLD.received_on)"
        ),
        _suggestions("NEW.id"),
    ),
    ("place_of_document_delete", "document", "DELETE", "", _suggestions("OLD.id")),
    (
        "place_of_event_insert",
        "audit_event",
        "INSERT",
        "NEW.action = 'SUGGESTION_REJECTED'",
        ("DELETE FROM to_place WHERE id = NEW.object_id",),
    ),
    (
        "paper_of_item_delete",
        "item",
        "DELETE",
        "",
        ("DELETE FROM paper_kept WHERE id = OLD.id",),
    ),
)


def upgrade() -> None:
    op.create_table(
        "item_count",
        sa.Column("department", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("department", "stage", "outcome", name="pk_item_count"),
    )
    op.create_table(
        "file_count",
        sa.Column("plan_unit", sa.String(80), nullable=False),
        sa.Column("department", sa.String(80), nullable=False),
        sa.Column("compartment", sa.String(80), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan_unit", "department", "compartment", name="pk_file_count"),
    )
    op.create_table(
        "paper_kept",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("department", sa.String(80), nullable=False),
        sa.Column("stream", sa.String(80), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_kept"),
    )
    op.create_table(
        "to_place",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("department", sa.String(80), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_to_place"),
    )
    for statement in (
        COUNT_ITEMS,
        COUNT_FILES,
        KEEP_PAPER.format(one=""),
        TO_PLACE.format(one=""),
    ):
        op.execute(statement)
    for name, table, columns in INDICES:
        op.create_index(name, table, columns)
    for name, table, columns, where in PARTIAL:
        rows = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
    originals = sa.text("role = 'original' AND length(file_name) <= 255")
    op.create_index(
        "ix_rendition_original_name",
        "rendition",
        ["file_name", "item_id"],
        sqlite_where=originals,
        postgresql_where=originals,
        postgresql_ops={"file_name": "text_pattern_ops"},
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for keeper in KEEPERS:
        (_keep_sqlite if sqlite else _keep_postgresql)(*keeper)


def _keep_sqlite(
    name: str, table: str, event: str, condition: str, statements: tuple[str, ...]
) -> None:
    when = f" WHEN {condition}" if condition else ""
    body = "; ".join(statements)
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table}{when} BEGIN {body}; END")


def _keep_postgresql(
    name: str, table: str, event: str, condition: str, statements: tuple[str, ...]
) -> None:
    when = f" WHEN ({condition})" if condition else ""
    body = "; ".join(statements)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} AFTER {event} ON {table}"
        f" FOR EACH ROW{when} EXECUTE FUNCTION {name}()"
    )
