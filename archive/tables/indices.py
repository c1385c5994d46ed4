"""The indices that lists go by (archive/tables/schema.py). Each list finds its rows in its own
order, so that its cost does not grow with the archive (tests/contract/test_query_plans.py)."""

from __future__ import annotations

import sqlalchemy as sa

from archive.stages import Stage

# A name of any length may come in, and PostgreSQL refuses long ones in an index.
ORIGINAL = "role = 'original' AND length(file_name) <= 255"
FILED = f"stage = '{Stage.FILED.value}'"
SUGGESTED = "code = 'filing.suggested' AND superseded_at IS NULL"


def index_item() -> tuple[sa.Index, ...]:
    """Lists go by time and count by all that rights and filters look at: one index answers both. For
    those who see some departments or streams each has its own order
    (archive/paging/merged_lists.py)."""
    return (
        *(
            sa.Index(
                f"ix_item_{part}_{name}",
                *(part, *columns, "received_at", "id", other, "compartment"),
            )
            for part, other in (("department", "stream"), ("stream", "department"))
            for name, columns in (("listing", ()), ("outcome", ("outcome",)))
        ),
        sa.Index(
            "ix_item_listing",
            *("received_at", "id", "department", "stream", "compartment", "stage", "outcome"),
        ),
        sa.Index(
            "ix_item_outcome_listing",
            *("outcome", "received_at", "id", "department", "stream", "compartment"),
        ),
        sa.Index("ix_item_stage_listing", "stage", "received_at", "id"),
        # Few items read another file than the one that arrived, and each arrival asks for those.
        _some("ix_item_working_copy", "working_copy IS NOT NULL", "working_copy"),
    )


def index_document() -> tuple[sa.Index, ...]:
    return (
        sa.Index("ix_document_listing", "received_on", "id", "department", "compartment", "stage"),
        sa.Index(
            "ix_document_department_listing",
            *("department", "received_on", "id", "compartment", "stage"),
        ),
        sa.Index(
            "ix_document_qa_listing",
            *("qa", "received_on", "id", "department", "compartment", "stage"),
        ),
        # Most clerks have one department, and the menu of each page counts theirs.
        sa.Index(
            "ix_document_qa_department",
            *("qa", "department", "received_on", "id", "compartment", "stage"),
        ),
        _some(
            "ix_document_not_filed",
            f"stage <> '{Stage.FILED.value}'",
            *("stage", "received_on", "id"),
        ),
        sa.Index("ix_document_file_listing", "file_id", "received_on", "id"),
        sa.Index("ix_document_case_listing", "case_id", "received_on", "id"),
        # What is counted in a file, which may have many thousands of documents.
        _some(
            "ix_document_file_counting", FILED, *("file_id", "case_id", "department", "compartment")
        ),
    )


def index_file() -> tuple[sa.Index, ...]:
    """Files go by identifier, newest first."""
    return (
        sa.Index("ix_case_file_department_listing", "department", "id", "compartment", "plan_unit"),
        sa.Index("ix_case_file_listing", "id", "department", "compartment", "plan_unit"),
        sa.Index("ix_case_file_plan_listing", "plan_unit", "id", "department", "compartment"),
    )


def index_finding() -> tuple[sa.Index, ...]:
    return (*_of("finding"), _some("ix_finding_suggested", SUGGESTED, "document_id"))


def index_rendition() -> tuple[sa.Index, ...]:
    named = sa.text(ORIGINAL)
    by_name = sa.Index(
        "ix_rendition_original_name",
        *("file_name", "item_id"),
        sqlite_where=named,
        postgresql_where=named,
        postgresql_ops={"file_name": "text_pattern_ops"},
    )
    return (*_of("rendition"), by_name)


def _of(table: str) -> tuple[sa.Index, ...]:
    """By item, and by document. What belongs to an item itself has no document: an index on
    documents that held it would be taken to look for it, and what every item has would be read."""
    return (
        sa.Index(f"ix_{table}_of_item", "item_id", "document_id"),
        _some(f"ix_{table}_of_document", "document_id IS NOT NULL", "document_id"),
    )


def _some(name: str, where: str, *columns: str) -> sa.Index:
    rows = sa.text(where)
    return sa.Index(name, *columns, sqlite_where=rows, postgresql_where=rows)


def not_filed(stage: sa.Column[str]) -> sa.ColumnElement[bool]:
    """What the index on documents' stages holds, in so many words: where a question does not say so,
    the index is of no use to it. Of stages that are not FILED it says nothing new."""
    return stage != sa.literal_column(f"'{Stage.FILED.value}'", sa.String)


def stands_on(stage: Stage, column: sa.Column[str]) -> sa.ColumnElement[bool]:
    """The stage in so many words, as an index of some rows has it."""
    return column == sa.literal_column(f"'{stage.value}'", sa.String)


def of_an_original(rendition: sa.Table) -> sa.ColumnElement[bool]:
    """Renditions whose names the index on names of originals has, in so many words."""
    length = sa.func.length(rendition.c.file_name)
    return sa.and_(
        rendition.c.role == sa.literal_column("'original'", sa.String),
        length <= sa.literal_column("255", sa.Integer),
    )
