"""The house of the faces, programs that call it, and people who sit before it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from api.app import create_app
from config import logs
from tests.unit.api.building import House, build, close

with warnings.catch_warnings():  # it would rather have a client that is not in our lock
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

Calls = Callable[[str | None], TestClient]


@pytest.fixture(autouse=True, scope="session")
def quiet() -> None:
    """The log as the service has it: one line an event, no values of variables."""
    logs.set_up("error", json_lines=True)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path / "home")
    yield built
    close(built)


@pytest.fixture
def app(house: House) -> FastAPI:
    return create_app(house.service)


@pytest.fixture
def calls(house: House, app: FastAPI) -> Calls:
    """A program that calls as a user (None: as nobody)."""

    def client(user: str | None) -> TestClient:
        headers = {} if user is None else {"Authorization": f"Bearer {house.token(user)}"}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    return client


@pytest.fixture
def sits(house: House, app: FastAPI) -> Callable[[str], TestClient]:
    """A person signed in with a browser."""

    def browser(user: str) -> TestClient:
        client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        answer = client.post(f"/anmelden/link/{house.link(user)}")
        assert answer.status_code == 303, answer.text
        return client

    return browser


# ------------------------------------------------------------------ one house for a whole module
@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """For tests that each bring what they look at: a house costs more than most of them."""
    built = build(tmp_path_factory.mktemp("home") / "home")
    yield built
    close(built)


@pytest.fixture(scope="module")
def home_app(home: House) -> FastAPI:
    return create_app(home.service)


@pytest.fixture
def visits(home: House, home_app: FastAPI) -> Callable[[str], TestClient]:
    """A person signed in with a browser at ``home``."""

    def browser(user: str) -> TestClient:
        client = TestClient(home_app, follow_redirects=False, raise_server_exceptions=False)
        answer = client.post(f"/anmelden/link/{home.link(user)}")
        assert answer.status_code == 303, answer.text
        return client

    return browser


def csrf_of(page: str) -> str:
    """The token that a page's forms carry."""
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
