"""The measurement of pictures measures: each that is asked for comes, fresh ones from a child."""

from __future__ import annotations

import json

import pytest

from api.commands.bench import page_pictures


@pytest.mark.campaign
def test_pictures_are_fresh_once_and_from_memory_afterwards(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page_pictures.run(readers=4, pictures=10, width=600, as_json=True)
    fresh, kept = json.loads(capsys.readouterr().out)
    assert fresh["pictures"] == 10 and fresh["children"] > kept["children"]
    assert kept["pictures"] == 20 * page_pictures.KEPT and kept["kilobytes"] > 1
