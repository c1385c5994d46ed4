"""Time and randomness, passed in as values so that tests can hold them still."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present in UTC, aware."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """A sortable, unguessable identifier: ``prefix``, 12 hex digits of ms, 20 of randomness."""
    return f"{prefix}{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
