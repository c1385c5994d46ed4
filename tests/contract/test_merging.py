"""A list that is merged of parts is the list: nothing missing, nothing twice, in its order."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import access
from archive.db.database import Database
from archive.intake import items
from archive.model import Finding, Grant, Reader, Role, Severity
from archive.paging import merged_lists
from archive.tables import schema
from archive.views import inbox, listing
from archive.views.inbox import Narrowed
from tests.contract.rig import START, Rig

PLACES = [
    (department, stream)
    for department in ("bauamt", "jugendamt")
    for stream in ("mailroom", "legacy", "fax")
]
ROLES = (Role.CASE_WORKER, Role.MAIL_CLERK, Role.AUDITOR, Role.ADMIN)
GRANTS = st.frozensets(
    st.builds(
        Grant,
        role=st.sampled_from(ROLES),
        department=st.sampled_from((None, "bauamt", "jugendamt", "niemand")),
        stream=st.sampled_from((None, "mailroom", "legacy", "fax")),
    ),
    max_size=4,
)
ROOMS = st.frozensets(st.sampled_from(("personal",)), max_size=1)
BLOCKING = Finding(code="x", text="x", severity=Severity.BLOCKS_DESTRUCTION)


@pytest.fixture(scope="module")
def kept(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Items of all places, many of them received in the same second, some in a closed room."""
    place = tmp_path_factory.mktemp("merging") / "record.db"
    shutil.copyfile(sqlite_template, place)
    database = Database(f"sqlite:///{place}")
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for number in range(24):
            department, stream = PLACES[number % len(PLACES)]
            name = rig.item(
                f"i{number * 7 % 24:02}", department=department, stream=stream, at=START,
                compartment="personal" if number % 5 == 0 else None,
            )  # fmt: skip
            if number % 3 == 0:
                items.add_findings(session, name, None, [BLOCKING])
    yield database
    database.close()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(grants=GRANTS, rooms=ROOMS, limit=st.integers(1, 9), papers=st.booleans())
def test_pages_of_a_merged_list_are_what_the_reader_sees(
    kept: Database, grants: frozenset[Grant], rooms: frozenset[str], limit: int, papers: bool
) -> None:
    reader = Reader(user="anna", grants=grants, compartments=rooms)
    with kept.read() as session:
        seen = [
            item.id
            for item in listing.operator_items(session)
            if access.may_see_item(reader, item) and (not papers or item.findings)
        ]
        shown: list[str] = []
        cursor = None
        while True:
            narrowed = Narrowed(keep_paper=papers)
            page = inbox.listed(session, reader, narrowed, cursor=cursor, limit=limit)
            assert page.total == len(seen)
            shown += [item.id for item in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert shown == seen
        numbers = inbox.numbers(session, reader, since=None)
        assert (numbers.keep_paper if papers else numbers.arrived) == len(seen)


def test_too_many_parts_are_one() -> None:
    """A statement has a bound; then the list goes through all rows, as the rights judge them."""
    reaches = [
        access.Reach(department=f"amt{n}", stream=None) for n in range(merged_lists.MOST + 1)
    ]
    assert len(merged_lists.parts(reaches[1:], schema.item)) == merged_lists.MOST
    (everything,) = merged_lists.parts(reaches, schema.item)
    assert str(everything) == "true"
    assert merged_lists.parts([], schema.item) == ()
