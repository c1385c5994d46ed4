"""A record of an earlier release, with data in it, becomes one of this release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

from archive.audit.trail import GENESIS, check_chain, digest
from archive.bench import counters
from archive.db.database import Database, migrate
from archive.efile import files
from archive.evidence.database_definition import definition_faults
from archive.evidence.replay import replay_all
from archive.intake import documents, earlier_attempts, items
from archive.model import Finding, Grant, Role, Severity
from archive.people import accounts, grant_lists, grant_requests
from archive.people.grant_records import Kind, Wanted
from archive.promises.adoption import RECORD_ADOPTED
from archive.search import outbox
from archive.stages import Stage
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT
from archive.views import listing
from tests.contract.rig import MACHINE, START, Rig, reader
from tests.contract.test_grant_requests import TERMS

AT = datetime(2026, 5, 4, 8, 0)  # as 0002 kept it
OLD = (
    "INSERT INTO unit (id, name, retired) VALUES ('bauamt', 'Bauamt', false)",
    (
        "INSERT INTO app_user (id, display_name, disabled, created_at)"
        " VALUES ('anna', 'Anna', false, '2026-05-04 08:00:00')"
    ),
    "INSERT INTO compartment_member (compartment, user_id) VALUES ('personal', 'anna')",
    (
        "INSERT INTO plan_unit (code, parent, title, department, retention_years, disposal_code,"
        " protection_need) VALUES ('63.1', NULL, 'Bauen', 'bauamt', 30, 'B', 'NORMAL')"
    ),
    (
        "INSERT INTO case_file (id, file_mark, subject, plan_unit, department, compartment, state,"
        " opened_on) VALUES ('f1', '63.1/1/2026', 'Alt', '63.1', 'bauamt', NULL, 'OPEN', '2026-05-04')"
    ),
    (
        "INSERT INTO case_file (id, file_mark, subject, plan_unit, department, compartment, state,"
        " opened_on) VALUES ('f2', '63.1/2/2026', 'Zu', '63.1', 'bauamt', 'jobcenter', 'OPEN',"
        " '2026-05-04')"
    ),
    (
        "INSERT INTO case_record (id, file_id, number, title, state, opened_on)"
        " VALUES ('c1', 'f1', 1, 'Vorgang', 'OPEN', '2026-05-04')"
    ),
    "INSERT INTO file_counter (plan_unit, year, last) VALUES ('63.1', 2026, 2)",
    (
        "INSERT INTO item (id, source, source_bytes, sha256, size, stream, department, stage,"
        " received_at, received_by, attempt, revision) VALUES ('i1', 'a.pdf', '', '00', 1, 'mailroom',"
        " 'bauamt', 'received', '2026-05-04 08:00:00', 'x', 1, 1)"
    ),
    "UPDATE item SET stage = 'checked'",
    "UPDATE item SET stage = 'verified'",
    "UPDATE item SET stage = 'separated', outcome = 'archived'",
    (
        "INSERT INTO document (id, item_id, position, department, stream, stage, revision, received_on,"
        " attempt, evidenced) VALUES ('d1', 'i1', 1, 'bauamt', 'mailroom', 'separated', 1, '2026-05-04',"
        " 1, false)"
    ),
    *(
        f"UPDATE document SET stage = '{stage}'"
        for stage in ("recognised", "preserved", "noted", "sealed")
    ),
    "UPDATE document SET stage = 'filed', case_id = 'c1', file_id = 'f1'",
)

# The tables of 0005 ask for more; what a migration filled in then has no default left.
OLD_AT_0005 = tuple(
    statement.replace("INSERT INTO file_counter (plan_unit, year, last) VALUES ('63.1', 2026, 2)",
        "INSERT INTO file_counter (plan_unit, year, series, last) VALUES ('63.1', 2026, '', 2)")
    for statement in OLD
)  # fmt: skip


def upgraded(url: str, since: str, statements: Sequence[str]) -> Database:
    """A database at an old revision with data in it, brought to the newest form."""
    database = Database(url)
    _to(database, since)
    with database.writer.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    database.close()
    migrate(url)
    return Database(url)


@pytest.fixture
def old(empty_url: str) -> Database:
    """With a filed document."""
    return upgraded(empty_url, "0002", OLD)


def test_what_0002_kept_is_there_in_0003(old: Database) -> None:
    with old.write() as session:
        (unit,) = files.plan(session)
        assert (unit.retention_start, unit.compartment, unit.retired) == (
            "CLOSED_DATE",
            None,
            False,
        )
        found = files.load_file(session, "f1")
        assert (found.file_mark, found.state, found.closed_on) == ("63.1/1/2026", "OPEN", None)
        keys = session.execute(
            sa.select(schema.case_file.c.mark_key).order_by(schema.case_file.c.id)
        )
        assert keys.scalars().all() == ["63112026", "63122026"]
        assert documents.load_document(session, "d1").record_state == "REGISTERED"
        assert files.case_of(session, "c1").sub_file_id is None
        assert accounts.reader(session, "anna").compartments == {"personal"}
        names = session.execute(
            sa.select(schema.compartment.c.id).order_by(schema.compartment.c.id)
        )
        assert names.scalars().all() == ["jobcenter", "personal"]
        # Numbering goes on where it stood, and the closed series begins its own.
        opened = files.open_file(session, "63.1", "bauamt", "Neu", by=MACHINE, at=START)
        assert opened.file_mark == "63.1/3/2026"
        closed = files.open_file(
            session, "63.1", "bauamt", "Neu", by=MACHINE, at=START, compartment="jobcenter"
        )
        assert closed.file_mark == "63.1/jobcenter-1/2026"
    with old.read() as session:
        clerk = reader((Role.CASE_WORKER, "bauamt", None))
        assert [each.id for each in listing.documents_for(session, clerk).items] == ["d1"]
    old.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_file SET state = 'CLOSED', closed_on = '2026-05-04', closed_by = 'x'",
        "UPDATE case_record SET state = 'CLOSED', closed_on = '2026-05-04'",
        "UPDATE case_file SET file_mark = 'x' WHERE id = 'f1'",
        "UPDATE document SET stage = 'recognised'",
        "DELETE FROM case_file WHERE id = 'f2'",
    ],
)
def test_the_guards_hold_for_old_rows(old: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError), old.write() as session:
        session.execute(sa.text(statement))
    old.close()


def test_the_time_of_the_old_rows_is_read_as_utc(old: Database) -> None:
    with old.read() as session:
        (kept,) = session.execute(sa.select(schema.item.c.received_at)).scalars()
    assert kept == AT.replace(tzinfo=UTC)
    old.close()


def test_what_the_index_refused_at_0004_is_still_told_and_tried_again(empty_url: str) -> None:
    refused = (
        "INSERT INTO outbox (document_id, revision, op, attempts, error)"
        " VALUES ('d1', 2, 'upsert', 10, 'zu groß')"
    )
    old = upgraded(empty_url, "0004", [refused])
    with old.write() as session:
        (told,) = outbox.refused(session, limit=5)
        assert (told.document_id, told.attempts, told.failed_at) == ("d1", 10, None)
        assert (outbox.revive(session), len(outbox.pending(session, 5))) == (1, 1)
    old.close()


KEPT = (
    *OLD,
    (
        "INSERT INTO finding (item_id, document_id, code, text, severity, made_from, detail)"
        " VALUES ('i1', 'd1', 'ocr.uncertain', 'unsicher', 'warning', 'separated', '{}')"
    ),
    (
        "INSERT INTO rendition (item_id, document_id, version, role, sha256, size, media_type,"
        " file_name, made_from, created_at, detail) VALUES ('i1', 'd1', 1, 'text', 'ab', 2,"
        " 'application/json', 'text.json', 'separated', '2026-05-04 08:00:00', '{}')"
    ),
    "UPDATE item SET working_copy = 'cd'",
    "UPDATE document SET title = 'Alt', record_state = 'FINAL'",
    "UPDATE case_record SET state = 'CLOSED', closed_on = '2026-05-04'",
)


@pytest.fixture
def closed(empty_url: str) -> Iterator[Database]:
    """A record of 0005 with what its retries and a closed case left behind."""
    database = upgraded(empty_url, "0005", KEPT)
    yield database
    database.close()


def test_what_0005_kept_counts_and_belongs_to_no_known_attempt(closed: Database) -> None:
    with closed.read() as session:
        document = documents.load_document(session, "d1")
        assert [each.code for each in document.findings] == ["ocr.uncertain"]
        assert [each.sha256 for each in document.renditions] == ["ab"]
        for table in (schema.finding, schema.rendition):
            (row,) = session.execute(sa.select(table)).mappings()
            assert (row["attempt"], row["superseded_by"], row["superseded_at"]) == (None,) * 3
        assert earlier_attempts.of_item(session, "i1") == ()


def test_what_was_closed_before_0006_stands(closed: Database) -> None:
    changes = (
        "UPDATE document SET title = 'Neu'",
        "UPDATE document SET department = 'x'",
        "UPDATE document SET qa = 'passed'",
        (
            "INSERT INTO qa_result (document_id, checked_by, at, result, pages)"
            " VALUES ('d1', 'x', '2026-05-04 08:00:00', 'passed', '[]')"
        ),
    )
    with closed.write() as session:
        for statement in changes:
            with pytest.raises(sa.exc.DBAPIError, match="closed case"), session.begin_nested():
                session.execute(sa.text(statement))


def test_a_retry_of_an_old_row_supersedes_it(empty_url: str) -> None:
    """The attempt that made it is not known; the one that makes it anew is."""
    held = [each for each in KEPT if "case_record SET" not in each and "FINAL" not in each]
    held = [each for each in held if "filed" not in each]
    held.append(
        "UPDATE document SET stage = 'held', held_reason = 'internal', held_text = 'x',"
        " held_from = 'sealed'"
    )
    database = upgraded(empty_url, "0005", held)
    with database.write() as session:
        documents.release_document(
            session, "d1", to=Stage.SEPARATED, reason="x", by=MACHINE, at=START
        )
        (before,) = earlier_attempts.of_item(session, "i1")
        assert (before.attempt, before.superseded_by, before.rendition.sha256) == (None, 2, "ab")
    database.close()


def old_event() -> tuple[str, str]:
    """What an earlier release told: form 1, without promises."""
    event = {
        "seq": 1, "event_id": "e1", "at": AT.replace(tzinfo=UTC), "actor": "service",
        "on_behalf": None, "action": "RECEIPT_REGISTERED", "object_type": "item",
        "object_id": "i1", "object_sha256": "00", "outcome": "ok", "reason": None,
        "correlation_id": "i1", "detail": "{}", "prev_hash": GENESIS, "form": 1,
    }  # fmt: skip
    mark = digest(event)
    return (
        "INSERT INTO audit_event (seq, event_id, at, actor, action, object_type, object_id,"
        " object_sha256, outcome, correlation_id, detail, prev_hash, hash) VALUES (1, 'e1',"
        " '2026-05-04 08:00:00.000000', 'service', 'RECEIPT_REGISTERED', 'item', 'i1', '00', 'ok',"
        f" 'i1', '{{}}', '{GENESIS}', '{mark}')"
    ), f"UPDATE audit_head SET seq = 1, hash = '{mark}'"


def test_what_was_there_before_promises_is_adopted_and_said_so(
    empty_url: str, tmp_path: Path
) -> None:
    history = (
        "INSERT INTO record_history (file_id, object_type, object_id, field, actor, at)"
        " VALUES ('f1', 'file', 'f1', 'subject', 'anna', '2026-05-04 08:00:00.000000')"
    )
    old = upgraded(empty_url, "0005", (*OLD_AT_0005, history, *old_event()))
    with old.read() as session:
        assert check_chain(session).ok
        assert replay_all(session) == ()
        event = schema.audit_event
        query = sa.select(event.c.aggregate).where(event.c.action == RECORD_ADOPTED)
        told = set(session.execute(query).scalars())
        salts = session.execute(sa.text("SELECT salt FROM record_history")).scalars().all()
    assert told == {"item:i1", "file:f1", "file:f2", "user:anna", "house"}
    assert [len(bytes(salt)) for salt in salts] == [16]
    assert definition_faults(old) == ()
    with old.write() as session:
        documents.correct_metadata(session, "d1", {"title": "Antrag"}, by=MACHINE, at=START)
    with old.read() as session:
        assert replay_all(session) == ()
    with old.write() as session:
        session.execute(sa.text("UPDATE case_file SET subject = 'Anders' WHERE id = 'f2'"))
    with old.read() as session:
        (fault,) = replay_all(session)
    assert (fault.aggregate, fault.table, fault.key) == ("file:f2", "case_file", "f2")
    old.close()


def test_roles_of_0007_stand_and_are_told_of_from_0008_on(empty_url: str, tmp_path: Path) -> None:
    """What was granted before asks nobody anew; the next right takes two."""
    roles = [
        "INSERT INTO role_grant (user_id, role, department, granted_at, granted_by)"
        f" VALUES ('{user}', 'admin', NULL, '2026-05-04 08:00:00.000000', 'init')"
        for user in ("anna", "bert")
    ]
    bert = (
        "INSERT INTO app_user (id, display_name, disabled, created_at)"
        " VALUES ('bert', 'Bert', false, '2026-05-04 08:00:00.000000')"
    )
    old = upgraded(empty_url, "0005", (*OLD_AT_0005, bert, *roles))
    with old.write() as session:
        assert grant_lists.latest(session, accounts.reader(session, "anna"), at=START) == ()
        accounts.add_user(session, "carla", "Carla", by=MACHINE, at=START)
        wanted = Wanted(
            kind=Kind.ROLE, user="carla", grant=Grant(role=Role.CASE_WORKER, department="bauamt")
        )
        asked = grant_requests.give(
            session, accounts.reader(session, "anna"), wanted, TERMS, at=START
        )
        bert_ = accounts.reader(session, "bert")
        grant_requests.confirm(session, bert_, asked.waiting or "", TERMS, at=START)
    with old.read() as session:
        assert accounts.reader(session, "carla").grants == {wanted.grant}
        assert accounts.reader(session, "anna").grants == {Grant(role=Role.ADMIN)}
        assert check_chain(session).ok
        assert replay_all(session) == ()
    assert definition_faults(old) == ()
    old.close()


def test_0008_follows_0007_and_breaks_no_promise(empty_url: str, tmp_path: Path) -> None:
    """The release before: its rows carry salts and promises, and keep them."""
    database = Database(empty_url)
    _to(database, "0005")
    with database.writer.begin() as connection:
        for statement in OLD_AT_0005:
            connection.execute(sa.text(statement))
    _to(database, "0007")
    with database.write() as session:  # a right as the release before gave it
        grant = Grant(role=Role.CASE_WORKER, department="bauamt")
        accounts.grant_role(session, "anna", grant, by=MACHINE, at=START)
    database.close()
    migrate(empty_url)
    migrated = Database(empty_url)
    with migrated.read() as session:
        assert accounts.reader(session, "anna").grants == {grant}
        assert session.execute(sa.select(schema.grant_request)).all() == []
        assert check_chain(session).ok
        assert replay_all(session) == ()
    assert definition_faults(migrated) == ()
    migrated.close()


@pytest.mark.parametrize("since", ["0008", "0009"])
def test_lists_change_no_row_and_break_no_promise(empty_url: str, since: str) -> None:
    """Indices and counts alone are new, so the acts of this release write what those before wrote."""
    database = Database(empty_url)
    _to(database, since)
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        filed = rig.filed("i")
        rig.hold(rig.item("held"))
        blocking = Finding(code="x", text="x", severity=Severity.BLOCKS_DESTRUCTION)
        items.add_findings(session, "i", filed, [blocking])
    with database.read() as session:
        before = _everything(session)
    database.close()
    migrate(empty_url)
    migrated = Database(empty_url)
    with migrated.read() as session:
        assert _everything(session) == before
        found = listing.document_for(session, reader((Role.AUDITOR, None, None)), filed)
        assert found.stage is Stage.FILED
        assert check_chain(session).ok
        assert replay_all(session) == ()
        assert counters.faults(session.connection()) == ()
        assert session.scalars(sa.select(schema.paper_kept.c.id)).all() == ["i"]
        assert listing.operator_counts(session)["outcome"] == {"archived": 1, "held": 1}
    assert definition_faults(migrated) == ()
    migrated.close()


def test_0011_follows_0010_and_breaks_no_promise(empty_url: str) -> None:
    """An index alone, over items some of which read another file than the one that arrived."""
    database = Database(empty_url)
    _to(database, "0010")
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.filed("i")
        supplied = rig.item("supplied")
        session.execute(
            sa.update(schema.item).where(schema.item.c.id == supplied).values(working_copy="b" * 64)
        )
    with database.read() as session:
        before = _everything(session)
    database.close()
    migrate(empty_url)
    migrated = Database(empty_url)
    with migrated.read() as session:
        assert _everything(session) == before
        assert check_chain(session).ok
        assert replay_all(session) == ()
    assert definition_faults(migrated) == ()
    migrated.close()


def _everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All rows that carry evidence, and the trail."""
    return {
        name: sorted((tuple(row) for row in session.execute(sa.select(table))), key=str)
        for name, table in schema.metadata.tables.items()
        if name in (*EVIDENT, "audit_event", "audit_head")
    }


def _to(database: Database, revision: str) -> None:
    with database.writer.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "archive.db:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
