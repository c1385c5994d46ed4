"""Every code has its word on the pages."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from api.web.rendering import labels
from archive.model import RenditionRole, Role, Severity
from archive.stages import Outcome, Stage
from config.errors import HoldReason


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (labels.STAGES, Stage),
        (labels.OUTCOMES, Outcome),
        (labels.TONES, Outcome),
        (labels.HOLD_REASONS, HoldReason),
        (labels.HOLD_ADVICE, HoldReason),
        (labels.ROLES, Role),
        (labels.SEVERITIES, Severity),
        (labels.RENDITIONS, RenditionRole),
    ],
)
def test_every_code_has_a_word(table: dict[Any, Any], codes: type[StrEnum]) -> None:
    assert set(table) == set(codes)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 Byte"),
        (999, "999 Byte"),
        (1000, "1,0 kB"),
        (133_700, "134 kB"),
        (2_147_483_648, "2,1 GB"),
    ],
)
def test_sizes(size: int, text: str) -> None:
    assert labels.bytes_size(size) == text


def test_an_unknown_action_shows_itself() -> None:
    assert labels.action("SOMETHING_NEW") == "Something new"
