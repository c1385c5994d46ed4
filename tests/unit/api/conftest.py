"""The house of the faces, and programs that call it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.app import create_app
from tests.unit.api.building import House, build, close

with warnings.catch_warnings():  # it would rather have a client that is not in our lock
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

Calls = Callable[[str | None], TestClient]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path / "home")
    yield built
    close(built)


@pytest.fixture
def calls(house: House) -> Calls:
    """A program that calls as a user (None: as nobody)."""
    app = create_app(house.service)

    def client(user: str | None) -> TestClient:
        headers = {} if user is None else {"Authorization": f"Bearer {house.token(user)}"}
        return TestClient(app, headers=headers, raise_server_exceptions=False)

    return client
