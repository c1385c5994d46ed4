"""Where the next page of a list begins: the key of the last row, as an opaque text.

A list goes by its key, never by counting from its beginning, so that a late page costs what the first
one does and what comes meanwhile moves nothing.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from config.errors import UsageError

HIGHEST = 2**63  #: beyond every number that a database keeps
LONGEST = 500  #: signs of a text that may be a key


def made(*key: str | int) -> str:
    """The text for a key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def read(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The key of a text, whose parts are of these kinds. Raises UsageError."""
    try:
        padded = cursor[: LONGEST + 1] + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError) as error:
        raise UsageError("Die Blättermarke ist ungültig; die Liste neu laden.") from error
    fits = isinstance(key, list) and [type(part) for part in key] == list(kinds)
    if not fits or len(cursor) > LONGEST or not all(map(can_be_kept, key)):
        raise UsageError("Die Blättermarke ist ungültig; die Liste neu laden.")
    return tuple(key)


def can_be_kept(part: str | int) -> bool:
    """Whether a database can be asked for it: no number too big, no NUL, no half of a pair."""
    if isinstance(part, int):
        return abs(part) < HIGHEST
    return "\x00" not in part and not any("\ud800" <= sign <= "\udfff" for sign in part)


def moment(text: str) -> datetime:
    """A time within a key. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # beyond the calendar's ends in UTC
        raise UsageError("Die Blättermarke ist ungültig; die Liste neu laden.") from error
