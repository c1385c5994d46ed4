"""What a transaction changes it promises: at its commit, as it stands, with what it found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.audit.trail import check_chain
from archive.db.database import Database
from archive.desk import saved_searches
from archive.efile import files
from archive.evidence.replay import FaultKind, replay_all, replay_one
from archive.intake import items
from archive.people import accounts
from archive.promises.ledger import RECORD_STATE
from archive.stages import Stage
from archive.tables import schema
from tests.contract.rig import MACHINE, PERSON, START, Rig, rendition

EVENTS = schema.audit_event


@pytest.fixture
def county(database: Database) -> Iterator[Database]:
    with database.write() as session:
        Rig(session).county()
        accounts.add_user(session, "anna", "Anna", by=MACHINE, at=START)
    yield database


def faults(database: Database, tmp_path: Path) -> list[tuple[str, str, str]]:
    with database.read() as session:
        assert check_chain(session).ok
        found = replay_all(session)
    return [(fault.table, fault.key, fault.kind.value) for fault in found]


def promises(session: Session, action: str) -> list[dict[str, Any]]:
    query = sa.select(EVENTS.c.promises).where(EVENTS.c.action == action)
    return [json.loads(text) for text in session.execute(query).scalars() if text]


def test_what_walks_is_promised(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        document = Rig(session).filed("i", title="Antrag")
    assert faults(county, tmp_path) == []
    with county.read() as session:
        assert replay_one(session, "item:i") == ()
        (filed,) = promises(session, "METADATA_CHANGED")
    assert document in filed["document"]


def arrival(name: str) -> items.NewItem:
    return items.NewItem(
        id=name,
        source=f"{name}.pdf",
        source_bytes=f"{name}.pdf".encode(),
        sha256=name.zfill(64),
        size=len(name),
        stream="legacy",
        department="bauamt",
        compartment=None,
        received_by="hotfolder",
        media_type="application/pdf",
        file_name=f"{name}.pdf",
    )


@pytest.mark.parametrize("count", [1, 2, 70])
def test_what_arrives_together_is_promised_each_by_an_event_of_its_own(
    county: Database, tmp_path: Path, count: int
) -> None:
    moments = [START + timedelta(milliseconds=number) for number in range(count)]
    arrived = [(arrival(f"{number}"), at) for number, at in enumerate(moments)]
    with county.write() as session:
        items.open_items(session, arrived, by=MACHINE)
        items.open_item(session, arrival("alone"), by=MACHINE, at=START)
    assert faults(county, tmp_path) == []
    told = sa.select(EVENTS).where(EVENTS.c.action == "RECEIPT_REGISTERED").order_by(EVENTS.c.seq)
    with county.read() as session:
        events = session.execute(told).mappings().all()
        for event, (new, at) in zip(events, [*arrived, (arrival("alone"), START)], strict=True):
            kept = items.load_item(session, new.id)
            assert (kept.source, kept.sha256, kept.received_at) == (new.source, new.sha256, at)
            assert (event["object_id"], event["object_sha256"]) == (new.id, new.sha256)
            (promised,) = json.loads(event["promises"])["item"]
            assert promised == new.id
            assert len(json.loads(event["promises"])["rendition"]) == 1
            assert replay_one(session, f"item:{new.id}") == ()


def test_a_change_without_an_event_gets_one(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        session.execute(sa.update(schema.app_user).values(display_name="Anna B."))
    with county.read() as session:
        own = [each for each in promises(session, RECORD_STATE) if "app_user" in each]
    assert own
    assert faults(county, tmp_path) == []


def test_a_saved_search_is_promised_by_its_person_s_own_act(
    county: Database, tmp_path: Path
) -> None:
    with county.write() as session:
        anna = accounts.reader(session, "anna")
        kept = saved_searches.save(session, anna, "Bauantrag", at=START)
    with county.write() as session:
        saved_searches.forget(session, anna, kept.id, at=START)
    with county.read() as session:
        for action in ("SEARCH_SAVED", "SEARCH_FORGOTTEN"):
            (told,) = promises(session, action)
            assert kept.id in str(told["saved_search"])
            query = sa.select(EVENTS.c.actor, EVENTS.c.detail).where(EVENTS.c.action == action)
            ((actor, detail),) = session.execute(query).all()
            assert actor == "anna" and "Bauantrag" not in detail
    assert faults(county, tmp_path) == []


def test_excepted_columns_promise_nothing(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        saved_searches.save(session, accounts.reader(session, "anna"), "Bauantrag", at=START)
    with county.read() as session:
        before = session.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one()
    with county.write() as session:
        session.execute(sa.update(schema.saved_search).values(looked_at=START))
    with county.read() as session:
        after = session.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one()
    assert before == after
    assert faults(county, tmp_path) == []


def test_what_a_page_says_of_waiting_is_promised(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        Rig(session).item("i")
    with county.write() as session:
        items.set_waiting(session, "i", "wartet auf clamd")
    assert faults(county, tmp_path) == []
    outside = sa.create_engine(county.url)
    with outside.begin() as connection:
        connection.exec_driver_sql("UPDATE item SET waiting_for = 'Papier darf vernichtet werden'")
    outside.dispose()
    assert faults(county, tmp_path) != []


def test_a_savepoint_that_is_undone_promises_nothing(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        rig = Rig(session)
        rig.item("a")
        with pytest.raises(KeyError), session.begin_nested():
            rig.item("b")
            items.add_rendition(session, "a", None, rendition(b"x"), at=rig.at())
            # Reading the trail writes what was kept back; the savepoint takes that back too.
            session.execute(sa.select(EVENTS)).all()
            raise KeyError
        with session.begin_nested():
            rig.item("c")
    assert faults(county, tmp_path) == []
    with county.read() as session:
        assert len(session.execute(sa.select(schema.item.c.id)).all()) == 2


def test_a_transaction_that_is_undone_promises_nothing(county: Database, tmp_path: Path) -> None:
    with pytest.raises(KeyError), county.write() as session:
        Rig(session).filed("i")
        raise KeyError
    assert faults(county, tmp_path) == []


def test_many_rows_at_once_are_promised(county: Database, tmp_path: Path) -> None:
    """Many in one statement, with keys of the caller and of the database."""
    with county.write() as session:
        session.execute(
            sa.insert(schema.unit),
            [{"id": f"u{n}", "name": f"U{n}", "retired": False} for n in range(1200)],
        )
        for role in ("auditor", "case_worker", "mail_clerk"):
            values = {"user_id": "anna", "role": role, "granted_at": START, "granted_by": "x"}
            session.execute(sa.insert(schema.role_grant).values(values))
    with county.write() as session:
        session.execute(
            sa.update(schema.unit)
            .where(schema.unit.c.id == sa.bindparam("one"))
            .values(name=sa.bindparam("new")),
            [{"one": "u1", "new": "a"}, {"one": "u2", "new": "b"}],
        )
        session.execute(sa.delete(schema.role_grant))
    assert faults(county, tmp_path) == []


def test_rows_whose_keys_nobody_learns_are_refused(county: Database) -> None:
    values = {"user_id": "anna", "role": "auditor", "granted_at": START, "granted_by": "x"}
    with pytest.raises(RuntimeError, match="one by one"), county.write() as session:
        session.execute(sa.insert(schema.role_grant), [values, values])


def test_a_row_that_was_there_is_not_promised_anew(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        session.execute(sa.text("UPDATE unit SET name = 'Falsch' WHERE id = 'bauamt'"))
    with county.write() as session:
        files.ensure_unit(session, "bauamt", "Bauamt")
    assert faults(county, tmp_path) == [("unit", "bauamt", "changed")]


def test_a_row_that_moves_leaves_one_file_for_another(county: Database, tmp_path: Path) -> None:
    with county.write() as session:
        one, two = (
            files.open_file(session, "b.1", "bauamt", name, by=MACHINE, at=START)
            for name in ("Eins", "Zwei")
        )
        values = {"reason": "x", "made_by": "anna", "made_at": START, "due": START.date()}
        session.execute(sa.insert(schema.follow_up).values(id="w1", file_id=one.id, **values))
    with county.write() as session:
        session.execute(sa.update(schema.follow_up).values(file_id=two.id))
    assert faults(county, tmp_path) == []
    with county.read() as session:
        assert replay_one(session, f"file:{one.id}") == replay_one(session, f"file:{two.id}") == ()


def test_a_forged_row_stays_found_when_the_program_writes_on_it(
    county: Database, tmp_path: Path
) -> None:
    with county.write() as session:
        Rig(session).item("i")
    with county.write() as session:
        session.execute(sa.text("UPDATE item SET source = 'anders.pdf' WHERE id = 'i'"))
    with county.write() as session:
        Rig(session, ticks=100).walk_item("i", Stage.CHECKED)
    with county.read() as session:
        (fault,) = replay_one(session, "item:i")
    assert (fault.table, fault.key, fault.kind) == ("item", "i", FaultKind.OVERWRITTEN)
    assert fault.event is not None


def test_the_actor_of_an_own_event_is_the_one_at_work(county: Database) -> None:
    with county.write() as session:
        accounts.add_unit(session, "kasse", "Kasse", by=PERSON, at=START)
        session.execute(sa.update(schema.app_user).values(display_name="Anna B."))
    with county.read() as session:
        query = sa.select(EVENTS.c.actor).where(
            EVENTS.c.action == RECORD_STATE, EVENTS.c.aggregate == "user:anna"
        )
        assert session.execute(query).scalars().all()[-1] == PERSON.user


def test_every_row_has_a_salt_of_its_own(county: Database) -> None:
    with county.write() as session:
        Rig(session).filed("i")
        Rig(session, ticks=50).filed("k")
    with county.read() as session:
        salts = session.execute(
            sa.text("SELECT salt FROM rendition UNION ALL SELECT salt FROM item")
        )
        found = [bytes(salt) for (salt,) in salts]
    assert len(set(found)) == len(found) == 4
    assert {len(salt) for salt in found} == {16}
