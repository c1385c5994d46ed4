"""Random rights, files and queries: what a reader may not see changes nothing that they are told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from archive import access
from archive.model import Grant, Role
from archive.people import accounts
from tests.contract.test_file_leaks import files_hidden_from
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.leak_kit import (
    ELSEWHERE,
    READINGS,
    TAKING,
    VIEWS,
    Answer,
    Endpoint,
    ask,
    endpoints,
    filled,
    token_of,
)
from tests.unit.api.worlds import World, settle

Place = tuple[str, str | None]
PLACES: list[Place] = [
    (department, closed)
    for department in ("bauamt", "jugendamt")
    for closed in (None, "personal", "schutz")
]
# Administrators and auditors of all are shown figures and the trail of the whole house; those of one
# department what lies there. Pseudonyms are resolved for the whole house alone.
OFFICE = (Role.ADMIN, Role.AUDITOR)
GRANTS = st.builds(
    lambda some, office: some | office,
    st.frozensets(
        st.builds(
            Grant,
            role=st.sampled_from(
                [role for role in Role if role not in (*OFFICE, *accounts.HOUSE_ONLY)]
            ),
            department=st.sampled_from((None, "bauamt", "jugendamt")),
        ),
        min_size=1,
        max_size=2,
    ),
    st.frozensets(
        st.builds(
            Grant,
            role=st.sampled_from((*OFFICE, *accounts.HOUSE_ONLY)),
            department=st.sampled_from(("bauamt", "jugendamt")),
        ).map(lambda grant: grant if grant.role in OFFICE else Grant(role=grant.role)),
        max_size=1,
    ),
)
MEMBER = st.frozensets(st.sampled_from(("personal", "schutz")), max_size=2)
WORDS = st.lists(
    st.sampled_from(
        ("Antrag", "Inobhutnahme", "Lindenweg", "-Antrag", "inob*", '"Antrag Inob', "abteilung:jugendamt",
         "aktenplan:51.1", "az:63.2/1/2026", "Inobhutname~", "jahr:2026", "ODER", "(", "*")
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@contextmanager
def small_house(grants: frozenset[Grant], member: frozenset[str]) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="h-leak-") as folder:
        house = build(Path(folder) / "home")
        with house.database.write() as session:
            accounts.add_user(session, "anna", "Anna", by=BY, at=house.clock())
            for grant in sorted(grants, key=repr):
                accounts.grant_role(session, "anna", grant, by=BY, at=house.clock())
            for name in sorted(member):
                accounts.join_compartment(
                    session, "anna", name, by=BY, at=house.clock(), purpose="Probe"
                )
        yield house
        close(house)


def all_answers(
    client: TestClient, token: str, routes: list[Endpoint], own: list[World], queries: list[str]
) -> dict[str, Answer]:
    """Every reading, and every one of the known objects (open to the reader or not)."""
    nothing, got = World({"file": "f0", "case": "c0", "mark": "0/0/0", "document": "d0"}), {}
    for each in routes:
        places: list[str] = []
        if each.names_objects:
            for world in own:
                for place in filled(each, world):
                    places += [place, *(place + view for view in VIEWS.get(each.path, ()))]
        elif each.path in ("/suche", "/api/v1/search"):
            places = [f"{each.path}?q={query}" for query in queries]
        else:
            places = [each.path + query for query in READINGS[each.path]]
        for place in places:
            got[place] = ask(client, each, place, nothing, token)
    return got


def changes_no_answer(
    grants: frozenset[Grant],
    member: frozenset[str],
    known: list[Place],
    hidden: list[Place],
    words: list[list[str]],
) -> None:
    with small_house(grants, member) as house:
        app = create_app(house.service)
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        client.post(f"/anmelden/link/{house.link('anna')}")
        with house.database.read() as session:
            reader = accounts.reader(session, "anna")
        own = [settle(house, *place, named="Lindenweg", resolved=False) for place in known]
        routes = [each for each in endpoints(app) if each.method == "GET"]
        routes = [
            each for each in routes if each.key not in ELSEWHERE and not each.path.endswith(TAKING)
        ]
        queries = [" ".join(each) for each in words]
        token = token_of(client)
        before = all_answers(client, token, routes, own, queries)
        right = (200, 303, 403, 404, 422)
        assert [place for place, got in before.items() if got.status not in right] == []
        office = {scope.department for scope in access.scopes_of(reader, *OFFICE)}
        unseen = [
            place
            for place in hidden
            if files_hidden_from(reader, *place) and place[0] not in office
        ]
        for place in unseen:
            settle(house, *place, resolved=False)
        if unseen:
            after = all_answers(client, token, routes, own, queries)
            changed = [place for place, answer in after.items() if answer != before[place]]
            assert changed == [], (grants, member, unseen)


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.campaign)])
@pytest.mark.timeout(3600)
def test_hidden_things_change_no_answer(examples: int) -> None:
    given(
        grants=GRANTS,
        member=MEMBER,
        known=st.lists(st.sampled_from(PLACES), max_size=1),
        hidden=st.lists(st.sampled_from(PLACES), min_size=2, max_size=4, unique=True),
        words=st.lists(WORDS, min_size=2, max_size=4),
    )(
        settings(
            max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        )(changes_no_answer)
    )()
