"""What lies at a door and cannot be taken is shown to those who tend that door, and to nobody else."""

from __future__ import annotations

import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from api.commands.records import status
from api.commands.service import doctor_checks
from archive.model import Grant, Reader, Role
from config.clock import now
from ingest.doors.blocked_files import Obstacles
from ingest.doors.blocked_files_list import FILE, told
from ingest.home import HomeLock
from tests.unit.api.county import settings


def _reader(role: Role, **words: str) -> Reader:
    return Reader(user="x", grants=frozenset({Grant(role=role, **words)}))


def test_is_seen_by_those_who_tend_the_stream() -> None:
    obstacles = Obstacles(now)
    obstacles.report("mailroom", "hot/mailroom/<rohr>", "Keine gewöhnliche Datei.")

    def seen(role: Role, **words: str) -> int:
        return len(obstacles.seen_by(_reader(role, **words), {"mailroom": "bauamt"}))

    assert seen(Role.MAIL_CLERK) == 1
    assert seen(Role.MAIL_CLERK, stream="mailroom") == 1
    assert seen(Role.MAIL_CLERK, department="bauamt") == 1
    assert not seen(Role.MAIL_CLERK, department="jugendamt")
    assert not seen(Role.MAIL_CLERK, department="jugendamt", stream="mailroom")
    assert not seen(Role.MAIL_CLERK, stream="legacy")
    assert not seen(Role.CASE_WORKER, department="bauamt")
    assert not seen(Role.ADMIN)
    assert not obstacles.seen_by(_reader(Role.MAIL_CLERK), {})


def test_is_forgotten_when_it_is_gone() -> None:
    obstacles = Obstacles(now)
    obstacles.report("mailroom", "a", "liegt da")
    obstacles.report("legacy", "b", "liegt da")
    obstacles.settle("mailroom", set())
    assert [each.path for each in obstacles.all()] == ["b"]


# ------------------------------------------------------------------ beside the process that watches
def test_others_are_told_while_somebody_watches(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    assert lock.take()
    watching, other = Obstacles(now, tmp_path), Obstacles(now, tmp_path)
    watching.report("mailroom", "hot/mailroom/rohr", "Keine gewöhnliche Datei.")
    assert [(each.path, each.text) for each in told(tmp_path)] == [
        ("hot/mailroom/rohr", "Keine gewöhnliche Datei.")
    ]
    assert other.all() == watching.all() == told(tmp_path)  # a process of pages alone
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    watching.settle("mailroom", set())
    assert told(tmp_path) == () == other.all()
    watching.report("mailroom", "b", "liegt da")
    lock.release()
    assert told(tmp_path) == ()  # nobody watches: what was written says nothing


@pytest.mark.parametrize(
    "kept", ["", "[]", "{", '{"format": 99}', '{"format": 1, "process": 1, "obstacles": []}']
)
def test_what_is_written_by_others_is_not_believed(tmp_path: Path, kept: str) -> None:
    lock = HomeLock(tmp_path)
    assert lock.take()
    (tmp_path / FILE).write_text(kept)
    assert told(tmp_path) == ()
    lock.release()


def test_a_disk_that_refuses_costs_no_more_than_the_telling(tmp_path: Path) -> None:
    obstacles = Obstacles(now, tmp_path / "gibtesnicht")
    obstacles.report("mailroom", "a", "liegt da")
    assert len(obstacles.all()) == 1


def test_doctor_and_status_name_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = settings(tmp_path)
    (quiet,) = doctor_checks.doors(given)
    assert quiet.ok and "ruht" in quiet.text
    lock = HomeLock(tmp_path)
    assert lock.take()
    (good,) = doctor_checks.doors(given)
    assert good.ok
    Obstacles(now, tmp_path).report("mailroom", "hot/mailroom/rohr", "Keine gewöhnliche Datei.")
    (bad,) = doctor_checks.doors(given)
    assert not bad.ok and "hot/mailroom/rohr" in bad.text and bad.remedy
    obstacles = [{**asdict(each), "since": each.since.isoformat()} for each in told(tmp_path)]
    status.show({"items": [], "obstacles": obstacles})
    assert "hot/mailroom/rohr – Keine gewöhnliche Datei." in capsys.readouterr().out
    lock.release()
