"""Whoever can write the database changes nothing unseen: every change is found, with its object."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.evidence.kept import EVIDENT
from tests.flow.conftest import Flow
from tests.flow.tamper_kit import Attacker, Change, Tampering, fill

SEED = 20261127


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """The attacker of these tests writes on a SQLite file."""
    return {}


@pytest.fixture(scope="module")
def filled(flow: Flow) -> Attacker:
    fill(flow)
    flow.stop()
    return Attacker.of(flow)


@pytest.fixture
def attacker(filled: Attacker) -> Iterator[Attacker]:
    yield filled
    filled.restore()


def names(attacker: Attacker, change: Change) -> bool:
    """Whether verify names the very row."""
    begins = f"{change.table} {change.key}:"
    return any(
        fault.startswith(begins) for one in attacker.broken().values() for fault in one.faults
    )


def test_an_untouched_home_is_good_and_every_table_has_rows(attacker: Attacker) -> None:
    assert {one.id: (one.parts, one.faults) for one in attacker.judged() if not one.ok} == {}
    with attacker.at_work() as present:
        empty = [
            name
            for name in sorted(EVIDENT)
            if present.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,)
        ]
    assert empty == []
    assert attacker.broken() == {}


def campaign(attacker: Attacker, seed: int, count: int) -> None:
    tampering = Tampering(attacker, seed)
    done = 0
    while done < count:
        change = tampering.one()
        if change is None:
            continue
        assert names(attacker, change), (seed, done, change, attacker.broken())
        attacker.restore()
        done += 1


def test_random_changes_are_found(attacker: Attacker) -> None:
    campaign(attacker, SEED, 25)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_five_hundred_random_changes_are_found(attacker: Attacker) -> None:
    campaign(attacker, SEED + 1, 500)
