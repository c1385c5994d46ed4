"""A home of any size to measure with; made anew each time, never an existing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from api import wiring
from api.commands.bench.archive.shared_objects import store
from api.commands.service.init import make_home
from api.sample.county import INIT
from api.wiring_evidence import anchors_of
from api.wiring_reading import objects_of
from archive.bench.county import County, Size
from archive.bench.fast_connection import quick_connection, samples
from archive.bench.filling import Filling
from archive.bench.samples import CLOSED, YEARS
from archive.db.database import Database
from archive.efile import files
from archive.evidence.anchors import Anchors
from archive.model import Grant, PlanUnit, Role
from archive.office_calendar import OFFICE
from archive.people import accounts
from config.settings import Settings, load

DEPARTMENTS = ("bauamt", "jugendamt", *(f"amt{number:02}" for number in range(3, 21)))
PLAN = {"bauamt": "63.1", "jugendamt": "51.1"}
#: who asks, besides the people of the sample (api/sample/county.py)
READERS: Mapping[str, tuple[Grant, ...]] = {
    "viele": tuple(Grant(role=Role.CASE_WORKER, department=name) for name in DEPARTMENTS[:8]),
    "teilrevision": (Grant(role=Role.AUDITOR, department="bauamt"),),
    "pruefung": (Grant(role=Role.QA_INSPECTOR),),
    "kleinamt": (Grant(role=Role.CASE_WORKER, department=DEPARTMENTS[-1]),),
}


def fill_home(
    home: Path,
    size: Size,
    *,
    with_objects: bool,
    now: datetime,
    say: Callable[[int], None],
    own: Callable[[Settings, int], Mapping[str, str]] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Make the home of the sample county and fill it. Raises Conflict where there is one already.

    ``own`` stores files for one document alone and gives back their addresses; ``environment``: settings.
    """
    make_home(home, with_sample=True, environment=environment or {})
    settings = load(home, environment=environment or {})
    database = Database(settings.database_url)
    plan = {name: PLAN.get(name, f"9{place}.1") for place, name in enumerate(DEPARTMENTS)}
    try:
        _departments(database, plan, now)
    finally:
        database.close()
    midnight = now.astimezone(OFFICE).replace(hour=0, minute=0, second=0, microsecond=0)
    county = County(size=size, departments=DEPARTMENTS, until=now, midnight=midnight)
    objects = store(objects_of(settings), now)
    with quick_connection(settings.database_url) as connection:
        Filling(
            connection, samples(), county, plan, objects, with_objects,
            None if own is None else partial(own, settings),
            partial(_anchor, connection, anchors_of(settings)),
        ).run(say)  # fmt: skip
    wiring.prepare(settings)
    return settings


def _anchor(connection: Connection, anchors: Anchors, at: datetime) -> None:
    with Session(connection) as session:
        anchors.write(session, at)


def _departments(database: Database, plan: Mapping[str, str], now: datetime) -> None:
    with database.write() as session:
        for name in DEPARTMENTS[2:]:
            accounts.add_unit(session, name, name.capitalize(), by=INIT.actor, at=now)
            unit = PlanUnit(
                code=plan[name],
                parent=None,
                title=f"Posteingang {name}",
                department=name,
                retention_years=YEARS,
                disposal_code="B",
                protection_need="NORMAL",
            )
            files.ensure_plan_unit(session, unit)
        for user, grants in READERS.items():
            accounts.add_user(session, user, user.capitalize(), by=INIT.actor, at=now)
            for grant in grants:
                accounts.grant_role(session, user, grant, by=INIT.actor, at=now)
        closed = CLOSED.strip("@")
        accounts.join_compartment(
            session, "jugendamt", closed, purpose="Amt", by=INIT.actor, at=now
        )
