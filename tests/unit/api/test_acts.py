"""Each act: refused without the right, one transaction, its events; the same by every face."""

from __future__ import annotations

import html
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

import ingest.acts
from api.app import create_app
from archive.model import Grant, Role
from archive.people import accounts
from archive.tables import schema
from config.errors import Forbidden, NotFound
from ingest.acts.act import Act
from signing.verify import Verifier
from tests.unit.api.acts_subjects import acting
from tests.unit.api.acts_table import EXAMPLES, Example
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.conftest import csrf_of

WITH_FACES = [kind for kind, each in EXAMPLES.items() if each.web and each.http]
REFUSED = [kind for kind, each in EXAMPLES.items() if each.refused]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = build(tmp_path_factory.mktemp("acts") / "home")
    engines = house.service.engines
    verifier = Verifier(engines.workshop, clock=engines.clock)
    house.service = replace(house.service, engines=replace(engines, verifier=verifier))
    with house.database.write() as session:
        accounts.add_user(session, "aufloesung", "Auflösung", by=BY, at=house.clock())
        resolver = Grant(role=Role.PRIVACY_RESOLVER)
        accounts.grant_role(session, "aufloesung", resolver, by=BY, at=house.clock())
    yield house
    close(house)


@pytest.fixture(scope="module")
def app(shared: House) -> FastAPI:
    return create_app(shared.service)


def events(house: House) -> list[str]:
    with house.database.read() as session:
        event = schema.audit_event
        return list(session.scalars(sa.select(event.c.action).order_by(event.c.seq)))


@contextmanager
def counted(house: House) -> Iterator[list[int]]:
    """How many write transactions were committed meanwhile."""
    commits: list[int] = []

    def note(_connection: object) -> None:
        commits.append(1)

    sa.event.listen(house.database.writer, "commit", note)
    try:
        yield commits
    finally:
        sa.event.remove(house.database.writer, "commit", note)


def perform(house: House, command: Any, by: str) -> object:
    ports = house.service if isinstance(command, Act) else house.service.engines
    return command.perform(ports, acting(house, by))


def test_every_act_is_in_the_table() -> None:
    kinds = {
        kind
        for module in pkgutil.walk_packages(ingest.acts.__path__, "ingest.acts.")
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if kind.__module__ == module.name
        and is_dataclass(kind)
        and hasattr(kind, "perform")
        and kind.__name__ != "Bring"  # through the doors: tests of intake
    }
    assert {each.__name__ for each in kinds ^ set(EXAMPLES)} == set()


@pytest.mark.parametrize("kind", REFUSED)
def test_it_is_refused_without_the_right(shared: House, tmp_path: Path, kind: type) -> None:
    example = EXAMPLES[kind]
    command = example.prepare(shared, tmp_path)
    before = events(shared)
    with pytest.raises((Forbidden, NotFound)):
        perform(shared, command, example.refused)
    assert events(shared) == before


@pytest.mark.parametrize("kind", EXAMPLES)
def test_it_is_one_transaction_with_its_events(shared: House, tmp_path: Path, kind: type) -> None:
    example = EXAMPLES[kind]
    command = example.prepare(shared, tmp_path)
    before = len(events(shared))
    with counted(shared) as commits:
        perform(shared, command, example.by)
    assert sorted(events(shared)[before:]) == sorted(example.actions)
    assert len(commits) == example.transactions


# ------------------------------------------------------------------ faces
def signed_in(house: House, app: FastAPI, user: str) -> TestClient:
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    assert client.post(f"/anmelden/link/{house.link(user)}").status_code == 303
    return client


def by_page(client: TestClient, example: Example, command: Any) -> tuple[int, str]:
    assert example.web is not None
    place, fields = example.web(command)
    token = csrf_of(client.get("/konto").text)
    answer = client.post(place, data={**fields, "csrf": token})
    return answer.status_code, html.unescape(answer.text)


def by_interface(client: TestClient, example: Example, command: Any) -> tuple[int, str]:
    assert example.http is not None
    place, body = example.http(command)
    token = csrf_of(client.get("/konto").text)
    answer = client.post(place, json=body or None, headers={"X-CSRF-Token": token})
    told = answer.json().get("detail", "") if answer.status_code >= 400 else ""
    return answer.status_code, told


@pytest.mark.parametrize("kind", [kind for kind in WITH_FACES if EXAMPLES[kind].refused])
def test_faces_refuse_alike(shared: House, app: FastAPI, tmp_path: Path, kind: type) -> None:
    example = EXAMPLES[kind]
    client = signed_in(shared, app, example.refused)
    command = example.prepare(shared, tmp_path)
    before = events(shared)
    page, shown = by_page(client, example, command)
    status, told = by_interface(client, example, command)
    assert page == status and status in (403, 404)
    assert told and told in shown
    assert events(shared) == before


@pytest.mark.parametrize("kind", WITH_FACES)
def test_faces_do_the_same(shared: House, app: FastAPI, tmp_path: Path, kind: type) -> None:
    example = EXAMPLES[kind]
    client = signed_in(shared, app, example.by)
    for ask in (by_page, by_interface):
        command = example.prepare(shared, tmp_path)
        before = len(events(shared))
        status, told = ask(client, example, command)
        assert status < 400, told
        assert sorted(events(shared)[before:]) == sorted(example.actions)
