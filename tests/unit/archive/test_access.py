"""Who may see what: the rules of the roles, and decision = filter on random grants and objects."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import access
from archive.model import CaseFile, Document, Grant, Item, Reader, Role
from archive.stages import Stage
from archive.tables import schema
from config.errors import HoldReason

DEPARTMENTS = ("bauamt", "jugendamt")
STREAMS = ("mailroom", "legacy")
COMPARTMENTS = (None, "personal", "gesundheit")
ITEM_STAGES = (Stage.RECEIVED, Stage.SEPARATED, Stage.HELD, Stage.REJECTED, Stage.DUPLICATE)
DOCUMENT_STAGES = (
    Stage.SEPARATED,
    Stage.SEALED,
    Stage.FILED,
    Stage.AWAITING_QA,
    Stage.HELD,
    Stage.REJECTED,
)
ITEM = Item(
    id="i",
    source="s",
    source_bytes=b"s",
    sha256="0" * 64,
    size=1,
    stream="mailroom",
    department="bauamt",
    compartment=None,
    stage=Stage.RECEIVED,
    outcome=None,
    received_at=datetime(2026, 11, 22, tzinfo=UTC),
    received_by="x",
)
DOCUMENT = Document(
    id="d",
    item_id="i",
    position=1,
    first_page=None,
    last_page=None,
    department="bauamt",
    compartment=None,
    stream="mailroom",
    stage=Stage.FILED,
    revision=1,
    received_on=date(2026, 11, 22),
)
ITEMS = tuple(
    replace(ITEM, id=f"i{n}", department=d, stream=s, compartment=c, stage=stage)
    for n, (d, s, c, stage) in enumerate(
        itertools.product(DEPARTMENTS, STREAMS, COMPARTMENTS, ITEM_STAGES)
    )
)
PLACES = tuple(itertools.product(DEPARTMENTS, COMPARTMENTS))
DOCUMENTS = tuple(
    replace(
        DOCUMENT,
        id=f"d{n}",
        position=n + 1,
        department=d,
        stream=s,
        compartment=c,
        stage=stage,
        file_id=f"f{PLACES.index((d, c))}" if stage is Stage.FILED else None,
    )
    for n, (d, s, c, stage) in enumerate(
        itertools.product(DEPARTMENTS, STREAMS, COMPARTMENTS, DOCUMENT_STAGES)
    )
)
FILES = tuple(
    CaseFile(
        id=f"f{n}",
        file_mark=f"m{n}",
        subject="x",
        plan_unit="p",
        department=d,
        compartment=c,
        state="OPEN",
        opened_on=date(2026, 11, 22),
    )
    for n, (d, c) in enumerate(PLACES)
)
READERS = st.builds(
    Reader,
    user=st.just("jemand"),
    grants=st.frozensets(
        st.builds(
            Grant,
            role=st.sampled_from(Role),
            department=st.sampled_from((None, *DEPARTMENTS, "anderswo")),
            stream=st.sampled_from((None, *STREAMS)),
        ),
        max_size=4,
    ),
    compartments=st.frozensets(st.sampled_from(("personal", "gesundheit")), max_size=2),
    opened_files=st.frozensets(st.sampled_from([file.id for file in FILES]), max_size=2),
    opened_items=st.frozensets(st.sampled_from([item.id for item in ITEMS]), max_size=3),
)


def without_glass(reader: Reader) -> Reader:
    return replace(reader, opened_files=frozenset(), opened_items=frozenset())


def who(
    role: Role, department: str | None = None, stream: str | None = None, *members: str
) -> Reader:
    grant = Grant(role=role, department=department, stream=stream)
    return Reader(user="x", grants=frozenset({grant}), compartments=frozenset(members))


# ------------------------------------------------------------------ decision = filter
@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    """Rows alone, without the guards: any state may be asked about."""
    engine = sa.create_engine("sqlite://")
    tables = [schema.item, schema.document, schema.case_file]
    with engine.connect() as opened:
        for table in tables:
            columns = [sa.Column(column.name, column.type) for column in table.c]
            sa.Table(table.name, sa.MetaData(), *columns).create(opened)
        for table, rows in zip(tables, (ITEMS, DOCUMENTS, FILES), strict=True):
            names = [column.name for column in table.c if hasattr(rows[0], column.name)]
            opened.execute(
                sa.insert(table), [{name: getattr(row, name) for name in names} for row in rows]
            )
        yield opened
    engine.dispose()


PAIRS: list[tuple[Callable[..., bool], Callable[..., Any], sa.Table, tuple[Any, ...]]] = [
    (access.may_see_item, access.visible_items, schema.item, ITEMS),
    (access.may_settle, access.settled_items, schema.item, ITEMS),
    (access.may_read_document, access.visible_documents, schema.document, DOCUMENTS),
    (access.may_know_document, access.known_documents, schema.document, DOCUMENTS),
    (access.may_settle, access.settled_documents, schema.document, DOCUMENTS),
    (access.may_read_file, access.visible_files, schema.case_file, FILES),
]


@pytest.mark.parametrize(("decide", "clause", "table", "objects"), PAIRS)
@settings(deadline=None, max_examples=60)
@given(reader=READERS)
def test_the_filter_is_the_decision(
    connection: sa.Connection,
    decide: Callable[..., bool],
    clause: Callable[..., Any],
    table: sa.Table,
    objects: tuple[Any, ...],
    reader: Reader,
) -> None:
    found = set(connection.execute(sa.select(table.c.id).where(clause(reader))).scalars())
    assert found == {thing.id for thing in objects if decide(reader, thing)}


@settings(deadline=None, max_examples=60)
@given(reader=READERS)
def test_the_marks_of_the_index_are_the_decision(reader: Reader) -> None:
    narrow = access.scopes(reader, DEPARTMENTS)
    wide = access.scopes(reader)
    for document in DOCUMENTS:
        if document.stage is Stage.FILED:
            # What a break-glass access opens is read in its file, and not found by searching.
            allowed = access.may_read_document(without_glass(reader), document)
            assert (access.document_scope(document) in narrow) == allowed
            assert bool(access.document_scopes(document) & wide) == allowed


# ------------------------------------------------------------------ the rules
@settings(deadline=None, max_examples=60)
@given(reader=READERS)
def test_what_holds_for_every_reader(reader: Reader) -> None:
    for document in DOCUMENTS:
        read = access.may_read_document(reader, document)
        if read:
            assert document.stage is Stage.FILED
            assert access.may_know_document(reader, document)
            assert reader.roles() & {Role.CASE_WORKER, Role.RECORDS_MANAGER}
        if access.may_settle(reader, document):
            assert document.stage in (Stage.HELD, Stage.AWAITING_QA)
            assert access.may_see_held_pages(reader, document)
        if access.may_see_held_pages(reader, document):
            assert document.stage in (Stage.HELD, Stage.AWAITING_QA)
            assert access.may_know_document(reader, document)
        if document.compartment not in (None, *reader.compartments):
            known = access.may_know_document(reader, document)
            assert not known or document.file_id in reader.opened_files
            assert not access.may_check_quality(reader, document)
    for item in ITEMS:
        if item.compartment not in (None, *reader.compartments):
            assert not access.may_see_item(reader, item) or item.id in reader.opened_items
            assert not access.may_redirect(reader, item)
    for file in FILES:
        if access.may_work_on_file(reader, file) or access.may_manage_file(reader, file):
            assert access.may_read_file(without_glass(reader), file)
        if access.may_break_glass(reader, file):
            assert not access.may_read_file(without_glass(reader), file)
            assert access.may_read_file(replace(reader, opened_files=frozenset({file.id})), file)
        if access.may_read_file(reader, file):
            content = {Role.CASE_WORKER, Role.RECORDS_MANAGER}
            assert any(
                grant.role in content and grant.department in (None, file.department)
                for grant in reader.grants
            )
        if access.may_settle(reader, item):
            assert access.may_see_item(reader, item)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.PRIVACY_RESOLVER, Role.DEPARTMENT_APPROVER])
def test_roles_without_any_sight(role: Role) -> None:
    nobody = Reader(user="x", grants=frozenset(), compartments=frozenset({"personal"}))
    for reader in (who(role, None, None, "personal"), nobody):
        assert not any(access.may_see_item(reader, item) for item in ITEMS)
        assert not any(access.may_know_document(reader, document) for document in DOCUMENTS)
        assert not any(access.may_read_file(reader, file) for file in FILES)
        assert access.scopes(reader, DEPARTMENTS) == frozenset()


def test_a_case_worker_reads_the_own_department() -> None:
    reader = who(Role.CASE_WORKER, "bauamt")
    assert access.may_read_document(reader, DOCUMENT)
    assert not access.may_read_document(reader, replace(DOCUMENT, department="jugendamt"))
    assert not access.may_read_document(reader, replace(DOCUMENT, compartment="personal"))
    assert not access.may_read_document(reader, replace(DOCUMENT, stage=Stage.SEALED))
    assert access.may_see_item(reader, ITEM)
    assert not access.may_see_item(reader, replace(ITEM, department="jugendamt"))
    held = replace(ITEM, stage=Stage.HELD)
    assert not access.may_see_held_pages(reader, held)
    assert not access.may_settle(reader, held)
    member = who(Role.CASE_WORKER, "bauamt", None, "personal")
    assert access.may_read_document(member, replace(DOCUMENT, compartment="personal"))
    # Membership alone opens nothing, nor another department's part of the compartment.
    foreign = replace(DOCUMENT, compartment="personal", department="jugendamt")
    assert not access.may_read_document(member, foreign)


def test_the_mailroom_sees_its_streams_and_nothing_filed() -> None:
    reader = who(Role.MAIL_CLERK, None, "mailroom")
    assert access.may_see_item(reader, replace(ITEM, department="jugendamt"))
    assert not access.may_see_item(reader, replace(ITEM, stream="legacy"))
    assert not access.may_read_document(reader, DOCUMENT)
    assert not access.may_know_document(reader, DOCUMENT)
    assert access.scopes(reader) == frozenset()
    held = replace(DOCUMENT, stage=Stage.HELD, held_reason=HoldReason.EMPTY)
    assert access.may_settle(reader, held)
    assert access.may_see_held_pages(reader, held)
    assert not access.may_see_held_pages(reader, replace(held, stage=Stage.REJECTED))
    operator = who(Role.SCAN_OPERATOR, None, "mailroom")
    assert access.may_see_held_pages(operator, held)
    assert not access.may_settle(operator, held)


def test_quality_is_inspected_where_it_is_awaited() -> None:
    reader = who(Role.QA_INSPECTOR, "bauamt")
    waiting = replace(DOCUMENT, stage=Stage.AWAITING_QA)
    assert access.may_settle(reader, waiting)
    assert access.may_see_held_pages(reader, waiting)
    assert not access.may_settle(reader, replace(DOCUMENT, stage=Stage.HELD))
    assert not access.may_settle(who(Role.MAIL_CLERK), waiting)


def test_clerks_check_the_quality_of_what_they_read() -> None:
    assert access.may_check_quality(who(Role.CASE_WORKER, "bauamt"), DOCUMENT)
    assert not access.may_check_quality(who(Role.CASE_WORKER, "jugendamt"), DOCUMENT)
    assert not access.may_check_quality(who(Role.CASE_WORKER, "bauamt", "mailroom"), DOCUMENT)
    assert not access.may_check_quality(who(Role.RECORDS_MANAGER), DOCUMENT)
    waiting = replace(DOCUMENT, stage=Stage.AWAITING_QA)
    assert access.may_check_quality(who(Role.QA_INSPECTOR), waiting)
    assert not access.may_check_quality(who(Role.CASE_WORKER, "bauamt"), waiting)


def test_records_managers_read_all_but_what_is_closed() -> None:
    reader = who(Role.RECORDS_MANAGER)
    for document in DOCUMENTS:
        expected = document.stage is Stage.FILED and document.compartment is None
        assert access.may_read_document(reader, document) == expected
    assert access.scopes(reader) == {"dept:*"}
    assert access.scopes(reader, ["bauamt"]) == {"dept:*", "dept:bauamt"}


def test_auditors_know_and_do_not_read() -> None:
    reader = who(Role.AUDITOR)
    assert access.may_see_item(reader, ITEM)
    assert access.may_know_document(reader, DOCUMENT)
    assert not access.may_read_document(reader, DOCUMENT)
    assert not access.may_see_held_pages(reader, replace(DOCUMENT, stage=Stage.HELD))
    assert access.sees_everything(reader.grants)
    assert not access.sees_everything(who(Role.AUDITOR, "bauamt").grants)
    assert not access.sees_everything(who(Role.CASE_WORKER).grants)


def test_a_broken_glass_opens_one_file_of_the_own_department_for_reading() -> None:
    closed = replace(FILES[0], id="f9", compartment="personal")
    inside = replace(DOCUMENT, compartment="personal", file_id="f9")
    clerk = who(Role.CASE_WORKER, "bauamt")
    assert access.may_break_glass(clerk, closed)
    assert not access.may_break_glass(who(Role.CASE_WORKER, "jugendamt"), closed)
    assert not access.may_break_glass(who(Role.CASE_WORKER, "bauamt", None, "personal"), closed)
    for role in (Role.ADMIN, Role.AUDITOR, Role.MAIL_CLERK, Role.QA_INSPECTOR):
        assert not access.may_break_glass(who(role), closed)
    opened = replace(clerk, opened_files=frozenset({"f9"}))
    assert access.may_read_document(opened, inside)
    assert access.may_read_file(opened, closed)
    assert not access.may_read_document(opened, replace(inside, file_id="f8"))
    assert not access.may_read_document(opened, replace(inside, department="jugendamt"))
    assert not access.may_work_on_file(opened, closed)
    assert not access.may_check_quality(opened, inside)
    assert access.may_review_glass(who(Role.AUDITOR), closed)
    assert access.may_review_glass(who(Role.CASE_WORKER, "bauamt", None, "personal"), closed)
    assert not access.may_review_glass(opened, closed)
    assert not access.may_review_glass(who(Role.AUDITOR, "jugendamt"), closed)


def test_a_stream_does_not_open_files() -> None:
    reader = who(Role.CASE_WORKER, "bauamt", "mailroom")
    assert not access.may_read_document(reader, DOCUMENT)
    assert access.may_see_item(reader, ITEM)
    assert not access.may_see_item(reader, replace(ITEM, stream="legacy"))


def test_no_name_can_be_spelled_like_another_ones_mark() -> None:
    sly = replace(DOCUMENT, department="bauamt/comp:personal")
    closed = replace(DOCUMENT, compartment="personal")
    assert access.document_scope(sly) != access.document_scope(closed)
    star = replace(DOCUMENT, department="*")
    assert access.document_scope(star) != "dept:*"
    assert not access.scopes(who(Role.CASE_WORKER, "*")) & access.document_scopes(DOCUMENT)
