"""The measurement of listeners measures: everybody hears what is uploaded and meant for them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.commands.bench import live_listeners
from api.commands.bench.archive.filled_home import fill_home
from archive.bench.county import Size


@pytest.mark.campaign
def test_listeners_are_told_of_uploads(tmp_path: Path) -> None:
    settings = fill_home(
        tmp_path / "home",
        Size(documents=100, users=5),
        with_objects=False,
        now=datetime.now(UTC),
        say=lambda _: None,
    )
    without, listened = live_listeners.measure(settings, 40, 2.0, 4.0, print)
    assert (without.listeners, without.events) == (0, 0) and without.uploads == 8
    # Two of the four users are of the department that everything comes in for.
    assert listened.listeners == 40 and listened.uploads == 8
    assert listened.events >= 20 * 6
