"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs; they are not part of the repository."""
    if not SHARED.is_dir():
        pytest.skip(f"real inputs are not here: {SHARED}")
    return SHARED


# A slow machine is no failure, and the same state gives the same answer wherever it is asked;
# new examples are sought with --hypothesis-profile=new (make campaign).
settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("new", deadline=None, derandomize=False)
settings.load_profile("house")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long and server-bound tests run only when named (``-m corpus``)."""
    wanted = config.getoption("-m")
    for marker in ("corpus", "campaign", "services"):
        if isinstance(wanted, str) and marker in wanted:
            continue
        for item in items:
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"runs with: pytest -m {marker}"))
