"""The sample county: departments, people, streams and a file plan to try things with.

Nothing of it may be taken along into real use by mistake: every page and ``doctor`` say
"Probebetrieb" as long as ``county.sample`` is set or the seal's key is the trial key.
"""

from __future__ import annotations

from datetime import timedelta

from archive import files, people, sign_in
from archive.audit import Actor
from archive.database import Database
from archive.model import Grant, PlanUnit, Role
from config.clock import Clock
from config.settings import Settings

INIT = Actor(user="init")
SAMPLE_SETTINGS = """\
# Musterkreis zur Probe (registratur init --sample). Alle Einstellungen: docs/reference/settings.md

[county]
name = "Kreis Beispiel"
sample = true

[streams.mailroom]
folder = "hot/mailroom"
title = "Poststelle"
department = "bauamt"
priority = 0
plan_unit = "63.1"
procedure = "standard"
person = "Beispielperson 1"
device = "Musterscanner 1"
workstation = "Poststelle 1"

[streams.legacy]
folder = "hot/legacy"
title = "Altakten"
department = "bauamt"
priority = 1
plan_unit = "63.2"
procedure = "standard"
person = "Beispielperson 1"
device = "Musterscanner 2"
workstation = "Poststelle 2"

[procedures.standard]
title = "Ersetzendes Scannen, Muster"
version = "1"
released_on = "2026-01-01"
protection_need = "NORMAL"
qa = "by_case_handling"
"""
EMPTY_SETTINGS = """\
# Einstellungen von Registratur. Alle mit Erklärung: docs/reference/settings.md
# Als Nächstes: Abteilungen und Personen anlegen (Verwaltung), Eingangsströme und Verfahren eintragen.

[county]
name = "Kreis …"
"""
UNITS = {"bauamt": "Bauamt", "jugendamt": "Jugendamt"}
PLAN = (
    PlanUnit(code="51", parent=None, title="Jugend", department="jugendamt",
             retention_years=10, disposal_code="B", protection_need="NORMAL"),
    PlanUnit(code="51.1", parent="51", title="Posteingang Jugendamt", department="jugendamt",
             retention_years=10, disposal_code="B", protection_need="NORMAL"),
    PlanUnit(code="63", parent=None, title="Bauordnung", department="bauamt",
             retention_years=30, disposal_code="B", protection_need="NORMAL"),
    PlanUnit(code="63.1", parent="63", title="Posteingang Bauamt", department="bauamt",
             retention_years=30, disposal_code="B", protection_need="NORMAL"),
    PlanUnit(code="63.2", parent="63", title="Altakten Bauamt", department="bauamt",
             retention_years=30, disposal_code="A", protection_need="NORMAL"),
)  # fmt: skip
PEOPLE = {
    "poststelle": (
        "Poststelle",
        (
            Grant(role=Role.MAIL_CLERK),
            Grant(role=Role.SCAN_OPERATOR),
            Grant(role=Role.SCAN_SUPERVISOR),
        ),
    ),
    "bauamt": ("Sachbearbeitung Bauamt", (Grant(role=Role.CASE_WORKER, department="bauamt"),)),
    "jugendamt": (
        "Sachbearbeitung Jugendamt",
        (Grant(role=Role.CASE_WORKER, department="jugendamt"),),
    ),
    "registratur": ("Registratur", (Grant(role=Role.RECORDS_MANAGER),)),
    "revision": ("Revision", (Grant(role=Role.AUDITOR),)),
    "verwaltung": ("Administration", (Grant(role=Role.ADMIN),)),
}


def fill(database: Database, clock: Clock) -> None:
    """Make the sample's departments, file plan and people; none of them has a password."""
    with database.write() as session:
        for unit, name in UNITS.items():
            people.add_unit(session, unit, name, by=INIT, at=clock())
        for plan_unit in PLAN:
            files.ensure_plan_unit(session, plan_unit)
        people.add_person(session, "Beispielperson 1", "Erika Beispiel", by=INIT, at=clock())
        for user, (name, grants) in PEOPLE.items():
            people.add_user(session, user, name, by=INIT, at=clock())
            for grant in grants:
                people.grant_role(session, user, grant, by=INIT, at=clock())


def link(database: Database, settings: Settings, user: str, clock: Clock, *, by: Actor) -> str:
    """The address of a new one-time sign-in link, where the service is set to listen."""
    ttl = timedelta(hours=settings.web.link_hours)
    with database.write() as session:
        token = sign_in.new_link(session, user, ttl, by=by, at=clock())
    return sign_in_address(settings.public_url, token)


def sign_in_address(service: str, token: str) -> str:
    """The page that takes a one-time link, at a service's address."""
    return f"{service}/anmelden/link/{token}"
