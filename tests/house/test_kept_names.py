"""Names that others keep: the durable engine for work on the road, monitoring for its counters.

What is in flight at an upgrade goes on by these names, so none of them may change with a module's
place.
"""

from __future__ import annotations

import importlib
import pickle
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from api.app import INTERFACE, PAGES, create_app
from api.http.envelope import _place
from api.routes.service import health
from config.isolation import load_accepted
from ingest.queue import work_queue

#: the classes that the engine may have pickled with a workflow that ended in an error
ERRORS = {
    "archive.errors": ("StillWalking", "Repeats", "MissingObject", "BrokenObject", "HashMismatch"),
    "ingest.errors": ("StillChanging", "ClaimsUnsafe", "MalwareScannerAway", "Stopping"),
    "ocr.errors": ("NoRendition", "ToolMissing"),
    "search.errors": ("IndexUnavailable", "IndexOutdated", "RebuildRefused", "IndexFault"),
    "signing.errors": ("SealError", "SealKeyError", "UnsupportedAlgorithm", "TrustError"),
}


def test_workflows_and_queues_keep_their_names() -> None:
    assert (work_queue.ITEM, work_queue.DOCUMENT) == ("item", "document")
    assert (work_queue.MAILROOM, work_queue.LEGACY, work_queue.SLOW) == (
        "mailroom", "legacy", "slow",
    )  # fmt: skip
    assert work_queue.ROAD_VERSION == "road-1"
    assert work_queue.workflow_id("d1", 2) == "d1~2"


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in ERRORS.items() for name in names]
)
def test_errors_that_the_engine_may_keep_are_found_again(module: str, name: str) -> None:
    kind = getattr(importlib.import_module(module), name)
    assert kind.__module__ == module
    assert load_accepted(pickle.dumps(kind)) is kind


def test_a_route_is_counted_by_face_module_and_function() -> None:
    counted = [
        _place(route.endpoint)
        for each in (*INTERFACE, *PAGES, health)
        for route in each.router.routes
        if isinstance(route, APIRoute)
    ]
    assert len(counted) > 100
    for name in counted:
        face, _, function = name.split(".")
        assert face in ("routes", "web") and function
    endpoints = {
        route.endpoint
        for each in (*INTERFACE, *PAGES, health)
        for route in each.router.routes
        if isinstance(route, APIRoute)
    }
    assert len({_place(each) for each in endpoints}) == len(endpoints)
    assert _place(create_app) == "app.create_app"  # what is no page and no route: as it is
    assert {"routes.items.get_item", "routes.desk.list_follow_ups", "web.held.held_page"} <= set(
        counted
    )


def test_the_migrations_lie_where_the_program_looks_for_them() -> None:
    from archive.db.database import MIGRATIONS, alembic_config

    location = alembic_config().get_main_option("script_location")
    assert location == "archive.db:migrations"
    assert Path(MIGRATIONS).is_dir() and list(Path(MIGRATIONS).glob("0001_*.py"))
