"""Lists of a reader who reaches some departments or streams and not all: a part each, merged by key.

Each part is found in the order of an index that begins with its department or stream, and a list
takes from every part only as much as it shows. So a department with hardly anything in it costs no
walk through the others' rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.access import Reach

MOST = 100  #: parts of one statement; SQLite takes 500 (SQLITE_MAX_COMPOUND_SELECT)
LARGEST = 500  #: rows of one page
Clause = sa.ColumnElement[bool]


def parts(reaches: Collection[Reach], table: sa.Table) -> tuple[Clause, ...]:
    """Conditions on department and stream of which every reached row fulfils exactly one; () where
    nothing is reached. They say where to look; they are no rights."""
    departments, streams, both = _sorted(reaches)
    if (None, None) in both:
        return (sa.true(),)
    found: list[Clause] = [table.c.department == each for each in departments]
    others = [table.c.department.not_in(departments)] if departments else []
    found += [sa.and_(table.c.stream == each, *others) for each in streams]
    found += [
        sa.and_(table.c.department == department, table.c.stream == stream)
        for department, stream in both
        if department not in departments and stream not in streams
    ]
    return tuple(found) if len(found) <= MOST else (sa.true(),)


def within(reaches: Collection[Reach], table: sa.Table) -> tuple[Clause, ...]:
    """The same for counting, in whatever order; () where it would be of no use."""
    if not reaches:
        return (sa.false(),)
    departments, streams, both = _sorted(reaches)
    if departments and not streams and not both:
        return (table.c.department.in_(departments),)
    if streams and not departments and not both:
        return (table.c.stream.in_(streams),)
    return ()


def _sorted(
    reaches: Collection[Reach],
) -> tuple[list[str], list[str], list[tuple[str | None, str | None]]]:
    """Departments of all streams, streams of all departments, and pairs (None, None: everything)."""
    pairs = {(each.department, each.stream) for each in reaches}
    departments = sorted(one for one, stream in pairs if one is not None and stream is None)
    streams = sorted(stream for one, stream in pairs if one is None and stream is not None)
    both = [pair for pair in pairs if (pair[0] is None) == (pair[1] is None)]
    return departments, streams, sorted(both, key=str)


def page(
    session: Session,
    table: sa.Table,
    where: Sequence[Clause],
    each: Sequence[Clause],
    key: Sequence[sa.Column[Any]],
    limit: int,
) -> tuple[list[dict[str, Any]], bool]:
    """As ``first_rows`` for a page of a list, newest first, and whether there is more."""
    limit = max(1, min(limit, LARGEST))
    found = first_rows(session, table, where, each, key, limit + 1)
    return found[:limit], len(found) > limit


def first_rows(
    session: Session,
    table: sa.Table,
    where: Sequence[Clause],
    each: Sequence[Clause],
    key: Sequence[sa.Column[Any]],
    limit: int,
    *,
    newest: bool = True,
) -> list[dict[str, Any]]:
    """The first ``limit`` rows that fulfil all of ``where`` and one of ``each`` (disjoint), by ``key``
    downwards (``newest``) or upwards. ``key`` has the column ``id``."""
    if not each:
        return []
    query = sa.select(table)
    if len(each) == 1:
        query = query.where(*where, *each)
    else:
        chosen = first_keys(where, each, key, limit, newest=newest).subquery()
        query = query.join(chosen, chosen.c.id == table.c.id)
    found = session.execute(query.order_by(*(_way(one, newest) for one in key)).limit(limit))
    return [dict(row) for row in found.mappings()]


def first_keys(
    where: Sequence[Clause],
    each: Sequence[Clause],
    key: Sequence[sa.Column[Any]],
    limit: int,
    *,
    newest: bool = True,
) -> sa.CompoundSelect[Any]:
    """The keys of what ``first_rows`` gives, as part of another question; ``each`` is not empty."""
    union = sa.union_all(*(sa.select(*key).where(*where, part) for part in each))
    ways = [_way(union.selected_columns[column.name], newest) for column in key]
    return union.order_by(*ways).limit(limit)


def _way(column: sa.ColumnElement[Any], newest: bool) -> sa.ColumnElement[Any]:
    return column.desc() if newest else column.asc()
