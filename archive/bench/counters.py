"""Makes the tables of what is counted (archive/tables/counters.py) anew from what is counted.

The database keeps them itself; this is for a record that was filled past its triggers, and for tests.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from archive.efile.paper_release import paper_is_kept
from archive.tables import schema
from archive.tables.counters import WALKING, file_count, item_count, paper_kept, to_place
from archive.views.file_details import names_another_file

_ITEM, _FILE, _DOCUMENT = schema.item, schema.case_file, schema.document


def recount(connection: Connection) -> None:
    """In the caller's transaction."""
    for table, query in _truth():
        connection.execute(sa.delete(table))
        connection.execute(sa.insert(table).from_select([*table.c], query))


def faults(connection: Connection) -> tuple[str, ...]:
    """The tables that say something else than what they count; () when all is well."""
    return tuple(
        table.name
        for table, query in _truth()
        if sorted(map(tuple, connection.execute(query)))
        != sorted(map(tuple, connection.execute(sa.select(table))))
    )


def _truth() -> tuple[tuple[sa.Table, sa.Select[tuple[object, ...]]], ...]:
    number = sa.func.count()
    outcome = sa.func.coalesce(_ITEM.c.outcome, WALKING)
    compartment = sa.func.coalesce(_FILE.c.compartment, "")
    items = (_ITEM.c.department, _ITEM.c.stage, outcome)
    files = (_FILE.c.plan_unit, _FILE.c.department, compartment)
    papers = (_ITEM.c.id, _ITEM.c.department, _ITEM.c.stream, _ITEM.c.received_at)
    documents = (_DOCUMENT.c.id, _DOCUMENT.c.department, _DOCUMENT.c.received_on)
    return (
        (item_count, sa.select(*items, number).group_by(*items)),
        (file_count, sa.select(*files, number).group_by(*files)),
        (paper_kept, sa.select(*papers).where(paper_is_kept())),
        (to_place, sa.select(*documents).where(names_another_file())),
    )
