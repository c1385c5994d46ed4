"""Anchors: due in time, each behind the one before, and none that can be taken away unseen."""

from __future__ import annotations

import stat
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive.db.database import Database
from archive.evidence.anchors import EVENTS, Anchors, open_key
from config.errors import ConfigError
from tests.contract.rig import START
from tests.contract.test_audit import fill

MINUTE = timedelta(minutes=1)


@pytest.fixture
def anchors(tmp_path: Path) -> Anchors:
    return Anchors(tmp_path / "anchors", open_key(tmp_path / "secrets" / "anchor.key"))


def test_the_key_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    place = tmp_path / "secrets" / "anchor.key"
    first, second = (Anchors(tmp_path, open_key(place)).fingerprint for _ in range(2))
    assert first == second
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    place.write_text("kein Schlüssel")
    with pytest.raises(ConfigError, match="anchor.key"):
        open_key(place)


def test_an_anchor_is_due_a_minute_after_the_last_or_after_many_events(
    database: Database, anchors: Anchors
) -> None:
    with database.read() as session:
        assert anchors.is_due(session, START)
        anchors.write(session, START)
        assert not anchors.is_due(session, START + 2 * MINUTE)  # nothing has happened since
    fill(database, 1)
    with database.read() as session:
        assert not anchors.is_due(session, START + MINUTE / 2)
        assert anchors.is_due(session, START + MINUTE)
    fill(database, EVENTS - 1)
    with database.read() as session:
        assert anchors.is_due(session, START + timedelta(seconds=1))
        anchors.write(session, START + timedelta(days=1))
        assert anchors.faults(session) == ()
    assert [anchor.events for anchor in anchors.all()] == [0, EVENTS]
    assert len(list(anchors.folder.glob("*.jsonl"))) == 2


def test_without_any_event_the_newest_anchor_stays(database: Database, anchors: Anchors) -> None:
    with database.read() as session:
        assert anchors.write(session, START) == anchors.write(session, START + MINUTE)
    assert len(list(anchors.all())) == 1


def test_a_line_that_a_crash_left_half_is_passed_over(database: Database, anchors: Anchors) -> None:
    with database.read() as session:
        anchors.write(session, START)
    (file,) = anchors.folder.glob("*.jsonl")
    with file.open("ab") as out:
        out.write(b'{"at":"2026-11-22T08:0')
    fill(database, 3)
    with database.read() as session:
        anchors.write(session, START + MINUTE)
        assert anchors.faults(session) == ()
    assert [anchor.events for anchor in anchors.all()] == [0, 3]


def test_many_at_once_make_one_order(database: Database, anchors: Anchors) -> None:
    def work(number: int) -> None:
        fill(database, 1)
        with database.read() as session:
            anchors.write(session, START + number * timedelta(seconds=1))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        anchors.write(session, START + MINUTE)
        assert anchors.faults(session) == ()
    newest = anchors.newest()
    assert newest is not None
    assert newest.events == 8


def test_a_foreign_key_is_told(database: Database, anchors: Anchors) -> None:
    with database.read() as session:
        anchors.write(session, START)
        other = Anchors(anchors.folder, Ed25519PrivateKey.generate())
        (fault,) = other.faults(session)
    assert "Signatur" in fault


def test_no_anchor_at_all_is_told(database: Database, anchors: Anchors) -> None:
    with database.read() as session:
        (fault,) = anchors.faults(session)
    assert "kein Anker" in fault
