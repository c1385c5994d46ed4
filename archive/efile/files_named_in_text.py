"""Which open files a text names: marks that somebody found in it, looked up where they may count.

Only files of the document's own department and compartment are looked at: whether another one
exists changes no answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.db.rows import file_from
from archive.efile import file_reference
from archive.model import CaseFile
from archive.tables import schema

_FILE = schema.case_file
_MOST = 200  #: marks of one document


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A mark as it was found, and the file that it names."""

    found: str
    file: CaseFile
    exact: bool  #: written as ours is, blanks aside; else letters and digits alone agree


def open_files_named(
    session: Session, found: Iterable[str], *, department: str, compartment: str | None
) -> tuple[NamedFile, ...]:
    """The open files that these marks name, in the order of the marks; exact ones first of each."""
    wanted = list(dict.fromkeys(found))[:_MOST]
    keys = {file_reference.compact(mark) for mark in wanted} - {""}
    if not keys:
        return ()
    query = sa.select(_FILE).where(
        _FILE.c.mark_key.in_(sorted(keys)),
        _FILE.c.state == "OPEN",
        _FILE.c.department == department,
        _FILE.c.compartment.is_not_distinct_from(compartment),
    )
    files = [file_from(dict(row)) for row in session.execute(query.order_by(_FILE.c.id)).mappings()]
    named = [
        NamedFile(
            found=mark, file=file, exact=file_reference.plain(mark) == file_reference.plain(file.file_mark)
        )
        for mark in wanted
        for file in files
        if file_reference.compact(mark) == file_reference.compact(file.file_mark)
    ]  # fmt: skip
    exact = {each.found for each in named if each.exact}
    return tuple(each for each in named if each.exact or each.found not in exact)
