"""The sample county: departments, people, streams and a file plan to try things with.

Nothing of it may be taken along into real use by mistake: every page and ``doctor`` say
"Probebetrieb" as long as ``county.sample`` is set or the seal's key is the trial key.
"""

from __future__ import annotations

from archive.model import Grant, PlanUnit, Role
from ingest.acts.acting import operator
from ingest.acts.people.new_home import Found, Founder

INIT = operator("init")
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


SAMPLE = Found(
    units=UNITS,
    plan=PLAN,
    persons={"Beispielperson 1": "Erika Beispiel"},
    users={user: Founder(name=name, grants=grants) for user, (name, grants) in PEOPLE.items()},
)
ADMIN = "verwaltung"
EMPTY = Found(users={ADMIN: Founder(name="Administration", grants=(Grant(role=Role.ADMIN),))})


def sign_in_address(service: str, token: str) -> str:
    """The page that takes a one-time link, at a service's address."""
    return f"{service}/anmelden/link/{token}"
