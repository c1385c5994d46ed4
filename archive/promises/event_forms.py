"""The forms of an event of the audit trail: its canonical text and its hash.

Form 1 has no promises. Form 2 adds ``aggregate`` and ``promises`` (docs/reference/archive.md).
Events of both stand in one chain and stay valid for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
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
#: The columns of a stored event that ``stored_digest`` takes, in this order.
STORED = tuple(sorted((*_HASHED[2], "at", "form")))
_quoted: Callable[[str], str] = encode_basestring_ascii
_word = lru_cache(256)(_quoted)  #: of columns with few different texts
_AT_LENGTH = len("2026-11-22 08:00:00.000000")


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
    fields["at"] = _at(at.astimezone(UTC))
    fields["form"] = event["form"]
    return hashlib.sha256(canonical(fields).encode("ascii")).hexdigest()


def stored_digest(values: Sequence[Any]) -> str:
    """The hash of an event as its columns ``STORED`` lie in the database, read without conversion.

    The same as ``digest``, at a fraction of its cost: a chain has millions of them. A value that is
    not of its column's kind makes a text that is no event's.
    """
    (action, actor, aggregate, at, correlation, detail, event_id, form, object_id, sha256,
     object_type, on_behalf, outcome, previous, promises, reason, seq) = values  # fmt: skip
    if form not in _HASHED:
        return f"form {form}"
    try:
        text = (
            f'{{"action":{_word(action)},"actor":{_word(actor)},'
            + (f'"aggregate":{_text(aggregate)},' if form == FORM else "")
            + f'"at":"{_at(at)}","correlation_id":{_text(correlation)},'
            f'"detail":{_json(detail)},"event_id":{_quoted(event_id)},"form":{form},'
            f'"object_id":{_quoted(object_id)},"object_sha256":{_text(sha256)},'
            f'"object_type":{_word(object_type)},"on_behalf":{_text(on_behalf)},'
            f'"outcome":{_word(outcome)},"prev_hash":{_quoted(previous)},'
            + (f'"promises":{_json(promises)},' if form == FORM else "")
            + f'"reason":{_text(reason)},"seq":{seq:d}}}'
        )
        return hashlib.sha256(text.encode("ascii")).hexdigest()
    except (AttributeError, TypeError, ValueError):
        return "not of its columns' kinds"


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def _json(value: str | None) -> str:
    """As ``_text``, for what is canonical JSON itself: it has nothing to escape but two characters.
    What is not, comes out as a text that is no event's."""
    if value is None or not value.isascii():
        return _text(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _at(value: str | datetime) -> str:
    """A stored time as events spell it. SQLite keeps a text, PostgreSQL a time without a zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"
    if len(value) != _AT_LENGTH or value[10] != " ":
        raise ValueError("not a stored time")
    return f"{value[:10]}T{value[11:]}Z"


def sealed(event: Mapping[str, Any], previous: str) -> dict[str, Any]:
    """The event as it goes into the chain behind the one whose hash is ``previous``."""
    row = {**event, "form": FORM, "prev_hash": previous}
    return {**row, "hash": digest(row)}
