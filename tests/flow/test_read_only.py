"""What SQLite and the home's lock do where nothing can be written."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from archive.db import read_only
from archive.db.database import Database
from archive.db.read_only import is_read_only
from config.errors import Unavailable
from ingest.home import HomeLock, HomeReadOnly
from tests.flow.conftest import Flow
from tests.flow.read_only_kit import loosen, medium, run


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """What is copied here is a SQLite file."""
    return {}


@pytest.mark.campaign
def test_a_mount_that_can_only_be_read(flow: Flow, tmp_path: Path) -> None:
    home, word = tmp_path / "medium", "Uferrandweg"
    item = flow.wait(flow.take(f"From: a@b\r\nSubject: x\r\n\r\n{word}".encode(), "weg.eml"))
    flow.wait_for_index()
    flow.stop()
    medium(flow, home)
    loosen(home)
    mount = ("unshare", "-m", "sh", "-c", 'mount --bind -o ro "$0" "$0" && exec "$@"', str(home))
    if subprocess.run([*mount, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount of our own can be made here")
    asked = ["search", word, "--as", "bauamt", "--json"]
    commands = [["verify", item.id, "--json"], asked, ["serve", "--port", "0"]]
    ((_, verified), (_, found), (code, _)), said = run(home, *commands, prefix=mount)
    assert code == 3 and "annehmen nicht" in said and "Traceback" not in said
    assert all(one["ok"] for one in json.loads(verified)), verified
    assert json.loads(found)["total"] == 1
    assert "nur lesbar" in said


def test_a_record_with_unsettled_changes_is_never_read_without_them(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.db", tmp_path / "copy" / "record ?#%.db"
    copy.parent.mkdir()
    with sqlite3.connect(live) as present:
        present.execute("PRAGMA journal_mode=WAL")
        present.execute("CREATE TABLE a (b)")
        present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        present.execute("INSERT INTO a VALUES (1)")
        present.commit()
        shutil.copy(live, copy)
        shutil.copy(f"{live}-wal", f"{copy}-wal")
    present.close()
    try:
        opened = read_only.connect(copy)
    except Unavailable as error:
        assert "noch nicht übernommen" in str(error)
    else:
        assert opened.execute("SELECT count(*) FROM a").fetchone() == (1,)
        opened.close()


def test_a_record_that_another_process_writes_is_read_as_it_becomes(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    live = sqlite3.connect(place, isolation_level=None)
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("CREATE TABLE a (b)")
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    opened = read_only.connect(place)
    live.execute("INSERT INTO a VALUES (1)")
    assert opened.execute("SELECT count(*) FROM a").fetchone() == (1,)
    with pytest.raises(sqlite3.OperationalError):
        opened.execute("INSERT INTO a VALUES (2)")
    opened.close()
    live.close()


@pytest.mark.parametrize("settled", [True, False])
def test_what_was_read_while_the_record_changed_is_not_given_out(
    settled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the file system says that nobody writes, and somebody does by another way."""
    place = tmp_path / "record.db"
    live = sqlite3.connect(place, isolation_level=None)
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("CREATE TABLE a (b)")
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr(read_only, "is_read_only", lambda _place: True)
    monkeypatch.setattr(os, "statvfs", lambda _place: SimpleNamespace(f_flag=os.ST_RDONLY))
    database = Database(f"sqlite:///{place}")
    with database.read() as session:
        assert session.execute(sa.text("SELECT count(*) FROM a")).scalar() == 0
    with pytest.raises(Unavailable, match="geändert"), database.read() as session:
        session.execute(sa.text("SELECT count(*) FROM a"))
        live.execute("INSERT INTO a VALUES (1)")
        if settled:
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(Unavailable, match="geändert"), database.read() as session:
        session.execute(sa.text("SELECT count(*) FROM a"))
    database.close()
    live.close()


def test_a_home_that_can_be_written_is_opened_as_before(tmp_path: Path) -> None:
    place = tmp_path / "record.db"
    sqlite3.connect(place).execute("CREATE TABLE a (b)")
    database = Database(f"sqlite:///{place}")
    assert not database.read_only and not is_read_only(place)
    with database.write() as session:
        session.execute(sa.text("INSERT INTO a VALUES (1)"))
    database.close()


def test_the_lock_of_a_home_is_not_taken_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_words: object, **_named: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(HomeReadOnly, match="nur lesbar"):
        HomeLock(tmp_path).take()
