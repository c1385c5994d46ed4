"""People with roles of every kind, and requests for rights that not everybody can confirm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from archive.model import Grant, Role
from archive.people import accounts, grant_requests
from archive.people.grant_records import Kind, Wanted
from archive.people.grant_requests import Terms
from tests.unit.api.building import BY, House

HOUSE_ADMIN = Grant(role=Role.ADMIN)
MORE: dict[str, tuple[Grant, ...]] = {
    "verw-zwei": (HOUSE_ADMIN,),
    "verw-neu": (),  # an administrator whom another one alone has made
    "verw-bau": (Grant(role=Role.ADMIN, department="bauamt"),),
    "verw-alt": (
        Grant(role=Role.ADMIN, stream="legacy"),
        Grant(role=Role.ADMIN, department="jugendamt"),
    ),
    "rpa-bau": (Grant(role=Role.AUDITOR, department="bauamt"),),
    "qs-bau": (Grant(role=Role.QA_INSPECTOR, department="bauamt"),),
    "reg-bau": (
        Grant(role=Role.RECORDS_MANAGER, department="bauamt"),
        Grant(role=Role.MAIL_CLERK, department="bauamt"),
    ),
    "post-alt": (
        Grant(role=Role.SCAN_SUPERVISOR, stream="legacy"),
        Grant(role=Role.CASE_WORKER, stream="legacy"),
    ),
    "scan": (Grant(role=Role.SCAN_OPERATOR, department="jugendamt"),),
    "aufloeser": (Grant(role=Role.PRIVACY_RESOLVER),),
    "lieferung": (Grant(role=Role.DELIVERY_MANAGER),),
    "bau-intern": (Grant(role=Role.CASE_WORKER, department="bauamt"),),  # and in a compartment
    "gesperrt": (Grant(role=Role.CASE_WORKER, department="bauamt"),),
    "gesperrt-verw": (Grant(role=Role.ADMIN, department="bauamt"),),
}


def ask_for_rights(home: House) -> None:
    """Requests that are shown and cannot be confirmed by everybody."""
    at, bau = home.clock(), "bauamt"
    two = Terms(second_person=True, request_for=timedelta(days=14), link_for=timedelta(days=1))
    qa = Grant(role=Role.QA_INSPECTOR, department=bau)
    with home.database.write() as session:

        def ask(by: str, user: str, grant: Grant | None, terms: Terms = two) -> None:
            kind = Kind.LINK if grant is None else Kind.ROLE
            wanted = Wanted(kind=kind, user=user, grant=grant)
            grant_requests.give(session, accounts.reader(session, by, at=at), wanted, terms, at=at)

        ask("verwaltung", "verw-neu", HOUSE_ADMIN, replace(two, second_person=False))
        ask("verwaltung", "bauamt", qa)
        ask("verw-neu", "bauamt", Grant(role=Role.MAIL_CLERK, department=bau))
        ask("verw-zwei", "verwaltung", Grant(role=Role.CASE_WORKER, department=bau))
        ask("verw-zwei", "gesperrt", None)  # closed since
        ask("verw-zwei", "scan", Grant(role=Role.SCAN_OPERATOR))
        ask("verw-zwei", "qs-bau", Grant(role=Role.MAIL_CLERK, department=bau))
        since = Grant(role=Role.MAIL_CLERK, department="jugendamt")  # and the request is void
        accounts.grant_role(session, "qs-bau", since, by=BY, at=at)
        for user in ("gesperrt", "gesperrt-verw"):
            accounts.disable_user(session, user, by=BY, at=at)
