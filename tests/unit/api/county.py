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
        # The name under which the framework's test client calls.
        web=Web(**{"public_url": "http://testserver", **web}),
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


def unit(
    code: str, parent: str | None, title: str, department: str, *, years: int, disposal: str = "B"
) -> PlanUnit:
    return PlanUnit(
        code=code,
        parent=parent,
        title=title,
        department=department,
        retention_years=years,
        disposal_code=disposal,
        protection_need="NORMAL",
    )


PLAN = (
    unit("51", None, "Jugend", "jugendamt", years=10),
    unit("51.1", "51", "Hilfen zur Erziehung", "jugendamt", years=10),
    unit("63", None, "Bauordnung", "bauamt", years=30),
    unit("63.1", "63", "Baugenehmigungen", "bauamt", years=30),
    unit("63.2", "63", "Altakten Bauamt", "bauamt", years=30, disposal="A"),
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
