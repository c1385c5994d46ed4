"""What lies at a door and cannot be taken is shown to those who tend that door, and to nobody else."""

from __future__ import annotations

from archive.model import Grant, Reader, Role
from config.clock import now
from ingest.obstacles import Obstacles


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
