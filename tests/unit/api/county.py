"""The sample county of the small house: its settings, file plan and people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archive.model import Grant, PlanUnit, Role
from config.settings import County, Procedure, Settings, Stream, Web


def settings(home: Path, **web: Any) -> Settings:
    return Settings(
        home=home,
        county=County(name="Kreis Beispiel", sample=True),
        web=Web(**web),
        streams={
            "mailroom": Stream(
                folder="hot/mailroom",
                department="bauamt",
                title="Poststelle",
                priority=0,
                plan_unit="63.1",
                person="Beispielperson 1",
            ),
            "legacy": Stream(
                folder="hot/legacy", department="bauamt", title="Altakten", plan_unit="63.2"
            ),
        },
        procedures={"standard": Procedure()},
    )


PLAN = (
    PlanUnit(
        code="51",
        parent=None,
        title="Jugend",
        department="jugendamt",
        retention_years=10,
        disposal_code="B",
        protection_need="NORMAL",
    ),
    PlanUnit(
        code="51.1",
        parent="51",
        title="Hilfen zur Erziehung",
        department="jugendamt",
        retention_years=10,
        disposal_code="B",
        protection_need="NORMAL",
    ),
    PlanUnit(
        code="63",
        parent=None,
        title="Bauordnung",
        department="bauamt",
        retention_years=30,
        disposal_code="B",
        protection_need="NORMAL",
    ),
    PlanUnit(
        code="63.1",
        parent="63",
        title="Baugenehmigungen",
        department="bauamt",
        retention_years=30,
        disposal_code="B",
        protection_need="NORMAL",
    ),
    PlanUnit(
        code="63.2",
        parent="63",
        title="Altakten Bauamt",
        department="bauamt",
        retention_years=30,
        disposal_code="A",
        protection_need="NORMAL",
    ),
)
PEOPLE: dict[str, tuple[Grant, ...]] = {
    "poststelle": (
        Grant(role=Role.MAIL_CLERK),
        Grant(role=Role.SCAN_OPERATOR),
        Grant(role=Role.SCAN_SUPERVISOR),
    ),
    "bauamt": (Grant(role=Role.CASE_WORKER, department="bauamt"),),
    "jugendamt": (Grant(role=Role.CASE_WORKER, department="jugendamt"),),
    "registratur": (Grant(role=Role.RECORDS_MANAGER),),
    "revision": (Grant(role=Role.AUDITOR),),
    "verwaltung": (Grant(role=Role.ADMIN),),
    "niemand": (),
}
