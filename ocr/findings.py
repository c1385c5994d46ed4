"""What is noticed about a file or a page: a code for programs, a sentence for staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Any


@unique
class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    BLOCKS_DESTRUCTION = "blocks_destruction"  #: archived, but its paper may not be destroyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding. ``page`` is 1-based, None for the whole file."""

    code: str
    text: str
    severity: Severity = Severity.WARNING
    page: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
