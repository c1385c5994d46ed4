"""The forms of an event of the audit trail: its canonical text and its hash.

Form 1 has no promises. Form 2 adds ``aggregate`` and ``promises`` (docs/reference/archive.md).
Events of both stand in one chain and stay valid for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORM = 2
GENESIS = "0" * 64
# Besides "at" and "form". A column added later needs a new form, not a line here.
_FORM_1 = (
    "seq",
    "event_id",
    "actor",
    "on_behalf",
    "action",
    "object_type",
    "object_id",
    "object_sha256",
    "outcome",
    "reason",
    "correlation_id",
    "detail",
    "prev_hash",
)
_HASHED = {1: _FORM_1, 2: (*_FORM_1, "aggregate", "promises")}


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys, no blanks and ASCII alone: one text for one value."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def digest(event: Mapping[str, Any]) -> str:
    """The hash of an event given as its columns (``hash`` itself is left out).

    An unknown form has no hash: the text that is returned fits no event.
    """
    hashed = _HASHED.get(event["form"])
    if hashed is None:
        return f"form {event['form']}"
    fields = {name: event[name] for name in hashed}
    at: datetime = event["at"]
    fields["at"] = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields["form"] = event["form"]
    return hashlib.sha256(canonical(fields).encode("ascii")).hexdigest()


def sealed(event: Mapping[str, Any], previous: str) -> dict[str, Any]:
    """The event as it goes into the chain behind the one whose hash is ``previous``."""
    row = {**event, "form": FORM, "prev_hash": previous}
    return {**row, "hash": digest(row)}
