"""Where the next page of hits begins: after the sort values of the last hit shown.

A cursor tells nothing but these values and how many hits of the reader's own lie before, so it is
the same whatever other documents there are, and it works in another generation and engine.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass

from config.errors import UsageError
from search.index import Sort
from search.query.parser import Query


@dataclass(frozen=True, slots=True)
class Position:
    """The last hit shown: its score (0 when sorted by date), sort key, and hits up to it."""

    score: int
    order: int
    seen: int


def encode(position: Position, query: Query, sort: Sort) -> str:
    raw = json.dumps([position.score, position.order, position.seen, _question(query, sort)])
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode(cursor: str, query: Query, sort: Sort) -> Position:
    """Raises UsageError for a cursor that is not ours or belongs to another question."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        score, order, seen, question = json.loads(raw)
    except (ValueError, TypeError, RecursionError) as error:
        raise _refused() from error
    numbers = (score, order, seen)
    if question != _question(query, sort) or not all(type(each) is int for each in numbers):
        raise _refused()
    if not all(-(2**62) < each < 2**62 for each in numbers) or seen < 0:
        raise _refused()
    return Position(score, order, seen)


def _question(query: Query, sort: Sort) -> str:
    return hashlib.sha256(f"{sort}\n{query.root!r}".encode()).hexdigest()[:12]


def _refused() -> UsageError:
    return UsageError(
        "Diese Fortsetzung gehört nicht zu dieser Suche. Die Suche von vorn beginnen."
    )
