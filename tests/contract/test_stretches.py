"""An object's own events judged along the chain to the next anchor, without the whole trail."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from archive.audit.trail import Actor, ChainReport, append, check_chain, digest
from archive.db.database import Database
from archive.evidence.anchors import Anchors, open_key
from archive.evidence.partial_checks import check_events
from archive.tables import schema
from tests.contract.rig import START
from tests.contract.test_audit import EVENTS, tamper

DAYS = 5
EACH = 30  #: events a day, each of another item
ONE = "item:i3"


@pytest.fixture
def anchors(tmp_path: Path, database: Database) -> Anchors:
    """Of a trail with an anchor at the end of each day but the last."""
    found = Anchors(tmp_path / "anchors", open_key(tmp_path / "anchor.key"))
    for day in range(DAYS):
        with database.write() as session:
            for number in range(EACH):
                append(
                    session,
                    at=START + timedelta(days=day),
                    by=Actor(user="service"),
                    action="READ",
                    object_type="item",
                    object_id=f"i{number}",
                    correlation_id=f"i{number}",
                    detail={"day": day},
                )
        if day < DAYS - 1:
            with database.read() as session:
                found.write(session, START + timedelta(days=day, hours=1))
    return found


def checked(database: Database, anchors: Anchors, name: str = ONE) -> ChainReport:
    newest = anchors.newest()
    with database.read() as session:
        return check_events(session, anchors, newest, name)


def event(database: Database, number: int) -> dict[str, Any]:
    with database.read() as session:
        return dict(
            session.execute(sa.select(EVENTS).where(EVENTS.c.seq == number)).mappings().one()
        )


def rewrite(database: Database, first: int, last: int, **changed: object) -> None:
    """Events ``first`` to ``last`` with hashes that fit each other again, the first one changed."""
    previous = event(database, first)["prev_hash"]
    told: list[dict[str, Any]] = []
    for number in range(first, last + 1):
        row = event(database, number) | {"prev_hash": previous}
        row |= changed if number == first else {}
        previous = digest(row)
        told.append(row | {"hash": previous})
    tamper(database)
    with database.write() as session:
        for row in told:
            session.execute(sa.update(EVENTS).where(EVENTS.c.seq == row["seq"]).values(row))


def tamper_head(database: Database, head: str) -> None:
    with database.write() as session:
        session.execute(sa.update(schema.audit_head).values(hash=head))


def test_it_holds_and_looks_at_no_more_than_it_must(database: Database, anchors: Anchors) -> None:
    report = checked(database, anchors)
    assert report.ok
    assert report.events == DAYS * (EACH - 3)  # from the fourth event of each day to its end
    assert checked(database, anchors, "item:niemand") == ChainReport(ok=True, events=0)


@pytest.mark.parametrize("day", range(DAYS))
def test_an_event_of_its_own_that_was_changed(
    database: Database, anchors: Anchors, day: int
) -> None:
    number = day * EACH + 4
    rewrite(database, number, number, actor="jemand")
    report = checked(database, anchors)
    assert (report.ok, report.broken_at) == (False, number + 1)  # the next one does not follow
    its_neighbour = checked(database, anchors, "item:i9")
    assert its_neighbour.ok  # what lies before it in the chain is not its own


def test_a_chain_that_was_written_anew_up_to_the_anchor(
    database: Database, anchors: Anchors
) -> None:
    rewrite(database, 4, EACH, actor="jemand")
    report = checked(database, anchors)
    assert (report.ok, report.broken_at) == (False, EACH)
    assert report.why == "the event is not the one that was anchored"


def test_after_the_newest_anchor_the_end_of_the_trail_counts(
    database: Database, anchors: Anchors
) -> None:
    rewrite(database, (DAYS - 1) * EACH + 4, DAYS * EACH, actor="jemand")
    report = checked(database, anchors)
    assert report.why == "the last event is not the one that the head names"


def test_an_anchor_that_somebody_else_wrote(
    database: Database, anchors: Anchors, tmp_path: Path
) -> None:
    rewrite(database, 4, EACH, actor="jemand")
    first = min(anchors.folder.glob("*.jsonl"))
    kept = first.read_bytes()
    old, new = kept.split(b'"head":"')[1][:64], event(database, EACH)["hash"].encode()
    first.write_bytes(kept.replace(old, new))
    report = checked(database, anchors)
    assert report.why == "the anchor is not signed by this archive"


def test_a_trail_that_was_set_back_behind_the_newest_anchor(
    database: Database, anchors: Anchors
) -> None:
    last = event(database, 2 * EACH)
    tamper(
        database,
        f"DELETE FROM audit_event WHERE seq > {2 * EACH}",
        f"UPDATE audit_head SET seq = {2 * EACH}, hash = '{last['hash']}'",
    )
    with database.read() as session:
        assert check_chain(session).ok
    assert checked(database, anchors).why == "the end of the trail is missing"


def test_without_any_anchor_nothing_is_called_whole(
    database: Database, anchors: Anchors, tmp_path: Path
) -> None:
    """A folder that is not mounted must not switch the judgement off."""
    none = Anchors(tmp_path / "none", open_key(tmp_path / "anchor.key"))
    assert checked(database, none).why == "there is no anchor"


@pytest.mark.parametrize("year", [1, 1999, 2099, 9999])
def test_the_time_that_an_event_states_leads_around_no_anchor(
    database: Database, anchors: Anchors, year: int
) -> None:
    moved = START.replace(year=year, month=6)
    rewrite(database, 4, DAYS * EACH, at=moved)
    last = event(database, DAYS * EACH)
    tamper_head(database, last["hash"])
    with database.read() as session:
        assert check_chain(session).ok
    assert checked(database, anchors).why == "the event is not the one that was anchored"


def test_where_anchors_are_gone_the_next_one_that_is_left_counts(
    database: Database, anchors: Anchors
) -> None:
    *earlier, last = sorted(anchors.folder.glob("*.jsonl"))
    for file in earlier:
        file.unlink()
    assert checked(database, anchors).events == (DAYS - 1) * EACH - 3 + EACH - 3
    rewrite(database, 4, EACH, actor="jemand")
    assert checked(database, anchors).broken_at == EACH + 1
    newest = anchors.newest()
    last.unlink()
    with database.read() as session:
        report = check_events(session, anchors, newest, ONE)
    assert report.why == "the event is not anchored"


def test_an_event_anchored_under_the_day_before_is_whole(
    database: Database, anchors: Anchors
) -> None:
    """The clock of who writes anchors may be behind that of who writes events."""
    with database.write() as session:
        append(
            session, at=START + timedelta(days=DAYS + 1), by=Actor(user="service"), action="READ",
            object_type="item", object_id="i3", correlation_id="i3", detail={},
        )  # fmt: skip
    with database.read() as session:
        anchors.write(session, START + timedelta(days=DAYS))
    newest = anchors.newest()
    with database.write() as session:
        append(
            session, at=START + timedelta(days=DAYS + 1), by=Actor(user="service"), action="READ",
            object_type="item", object_id="i9", correlation_id="i9", detail={},
        )  # fmt: skip
    with database.read() as session:
        anchors.write(session, START + timedelta(days=DAYS + 1, hours=1))
        assert check_events(session, anchors, newest, ONE).ok


def test_a_clock_that_was_ahead_and_is_set_back(database: Database, anchors: Anchors) -> None:
    with database.read() as session:
        anchors.write(session, START + timedelta(days=900))
    for minute in range(3):
        with database.write() as session:
            append(
                session, at=START + timedelta(days=9, minutes=minute), by=Actor(user="service"),
                action="READ", object_type="item", object_id="i3", correlation_id="i3", detail={},
            )  # fmt: skip
        with database.read() as session:
            assert anchors.is_due(session, START + timedelta(days=9, minutes=minute))
            anchors.write(session, START + timedelta(days=9, minutes=minute))
            assert anchors.faults(session) == ()
    newest = anchors.newest()
    assert newest is not None and newest.events == DAYS * EACH + 3
    assert checked(database, anchors).ok


def test_what_is_anchored_while_it_is_judged_need_not_be_seen(
    database: Database, anchors: Anchors
) -> None:
    before = anchors.newest()
    with database.read() as session:
        anchors.write(session, START + timedelta(days=DAYS))
        assert check_events(session, anchors, before, ONE).ok
