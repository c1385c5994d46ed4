"""The interface answers as its own description says, to whatever is asked (schemathesis)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from archive.model import Grant, Role
from archive.people import accounts
from config.errors import HoldReason
from tests.unit.api.building import BY, House, serving


@pytest.mark.parametrize(
    "effort",
    [
        pytest.param(("fuzzing", "2"), id="quick"),
        pytest.param(("coverage,fuzzing", "30"), id="long", marks=pytest.mark.campaign),
    ],
)
def test_answers_are_as_described(house: House, tmp_path: Path, effort: tuple[str, str]) -> None:
    """No 5xx, no status, media type, header or body that the description does not have; no call
    that violates it is accepted, none is answered without sign-in."""
    house.file()
    house.hold(house.receive("kaputt.pdf"), HoldReason.UNREADABLE, "nicht lesbar")
    house.index()
    with house.database.write() as session:
        accounts.add_user(session, "alles", "Alles", by=BY, at=house.clock())
        for role in Role:
            if role is not Role.AUDITOR:
                accounts.grant_role(session, "alles", Grant(role=role), by=BY, at=house.clock())
    with serving(house) as address:
        tried = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"{address}/api/v1/openapi.json",
                *("--header", f"Authorization: Bearer {house.token('alles')}"),
                *("--exclude-path", "/api/v1/events"),  # has no end; see test_events.py
                *("--phases", effort[0], "--max-examples", effort[1]),
                "--checks=all",
                # A cursor of zeros fits its description and is refused with 422 all the same.
                "--exclude-checks=positive_data_acceptance",
                "--continue-on-failure",
                "--no-color",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert tried.returncode == 0, tried.stdout[-6000:]
    assert "Tested: 0" not in tried.stdout


def test_problems_are_described_everywhere(app: FastAPI) -> None:
    paths = TestClient(app).get("/api/v1/openapi.json").json()["paths"]
    for path, operations in paths.items():
        if not path.startswith("/api/"):
            continue
        for method, operation in operations.items():
            answers = operation["responses"]
            assert {"401", "403", "422", "503"} <= set(answers), (method, path)
            for status, answer in answers.items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"]


def test_every_body_has_an_example(app: FastAPI) -> None:
    """What a caller has to send can be read off without guessing."""
    described = TestClient(app).get("/api/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    missing = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                name = content["schema"].get("$ref", "").rsplit("/", 1)[-1]
                fields = schemas.get(name, {}).get("properties", {}).values()
                shown = schemas.get(name, {}).get("examples") or content.get("example")
                shown = shown or any("examples" in each for each in fields)
                if not shown and kind != "multipart/form-data":
                    missing.append((method, path))
    assert missing == []


def test_a_wrong_method_names_all_right_ones(app: FastAPI) -> None:
    client = TestClient(app)
    for path, methods in (
        ("/api/v1/items", "GET, POST"),
        ("/api/v1/documents/x", "GET, PATCH"),
        ("/anmelden", "GET, POST"),
    ):
        answer = client.delete(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
