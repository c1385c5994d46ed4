"""A filled record is one that its own trail vouches for, in either database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.audit.trail import check_chain
from archive.bench import filling
from archive.bench.county import County, Size
from archive.bench.fast_connection import quick_connection, samples
from archive.bench.filling import OBJECTS, Filling
from archive.bench.samples import YEARS
from archive.db.database import Database
from archive.efile import files
from archive.evidence.database_definition import definition_faults
from archive.evidence.replay import replay_all
from archive.model import PlanUnit, Role
from archive.views import listing
from tests.contract.rig import Rig, reader

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DEPARTMENTS = {"bauamt": "63.1", "jugendamt": "51.1", "kasse": "20.1"}
SIZE = Size(documents=120, users=5)


def filled(database: Database) -> list[datetime]:
    """Gives back when what was written in each batch came last."""
    with database.write() as session:
        for name, code in DEPARTMENTS.items():
            files.ensure_unit(session, name, name)
            files.ensure_plan_unit(
                session,
                PlanUnit(
                    code=code,
                    parent=None,
                    title=name,
                    department=name,
                    retention_years=YEARS,
                    disposal_code="B",
                    protection_need="NORMAL",
                ),
            )
    database.close()  # nobody else may use it; it opens again by itself
    midnight = NOW.replace(hour=0)
    county = County(size=SIZE, departments=tuple(DEPARTMENTS), until=NOW, midnight=midnight)
    stored = {name: "ab" * 32 for name in OBJECTS}
    with quick_connection(database.url) as connection:
        batches: list[datetime] = []
        run = Filling(connection, samples(), county, DEPARTMENTS, stored, written=batches.append)
        run.run()
    return batches


def test_a_filled_record_is_vouched_for_and_goes_on(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "BATCH", 50)
    batches = filled(database)
    assert len(batches) == SIZE.documents // 50 + 1
    assert batches == sorted(batches)
    assert definition_faults(database) == ()
    with database.read() as session:
        assert check_chain(session).ok
        assert replay_all(session) == ()
        everything = listing.items(session, reader((Role.AUDITOR, None, None)))
        assert everything.total == SIZE.documents
    with database.write() as session:  # numbers, marks and the chain go on behind what was filled
        rig = Rig(session)
        rig.county()
        rig.filed("later", department="jugendamt")
    with database.read() as session:
        assert check_chain(session).ok
        assert replay_all(session) == ()
