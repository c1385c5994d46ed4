"""Analysers for the search room: with our own words alone, and with all that is installed."""

from __future__ import annotations

import pytest

from search.german.analysis import Analyser, load_analyser
from search.german.lexicon import DICTIONARIES


@pytest.fixture(scope="session")
def bare() -> Analyser:
    """As on a machine without dictionaries."""
    return load_analyser(dictionaries=())


@pytest.fixture(scope="session")
def full() -> Analyser:
    """With Debian's dictionaries."""
    missing = [path for path in DICTIONARIES if not path.is_file()]
    if missing:
        pytest.skip(f"dictionaries are not installed: {missing}")
    return load_analyser()


@pytest.fixture(scope="session", params=["bare", "full"])
def analyser(request: pytest.FixtureRequest) -> Analyser:
    """Both, one after the other."""
    found: Analyser = request.getfixturevalue(request.param)
    return found
