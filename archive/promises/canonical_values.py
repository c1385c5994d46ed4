"""The values of a row as the canonical JSON of promises spells them (docs/reference/archive.md,
"Promises of rows"): one way of writing for each kind of column.

A value that does not have the form of its column is written as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any

import sqlalchemy as sa

quoted: Callable[[str], str] = encode_basestring_ascii  #: a text as ASCII JSON
_dumped = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
_SHORT = 1_000  #: characters of a JSON value that is remembered


def writer(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], str]:
    """How values of a column of this kind are written; NULL is never asked for."""
    while isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl_instance
    if isinstance(kind, sa.DateTime):
        return _time
    if isinstance(kind, sa.Boolean):
        return _truth
    if isinstance(kind, sa.JSON):
        return _json
    return _plain


def _plain(value: Any) -> str:
    if value.__class__ is str:
        return quoted(value)
    if value.__class__ is int:
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f'{{"hex":"{bytes(value).hex()}"}}'
    return _dumped(value.isoformat() if isinstance(value, date) else value)


def _truth(value: Any) -> str:
    if isinstance(value, int | float) and value in (0, 1):
        return "true" if value else "false"
    return _plain(value)


def _json(value: Any) -> str:
    if not isinstance(value, str):
        return _plain(value)
    return _known_json(value) if len(value) < _SHORT else _parsed(value)


def _parsed(value: str) -> str:
    try:
        return _dumped(json.loads(value))
    except ValueError:
        return f'{{"raw":{quoted(value)}}}'


_known_json = lru_cache(1_024)(_parsed)


def _time(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return _plain(value)
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC)
        return f'"{moment.replace(tzinfo=None).isoformat("T", "microseconds")}Z"'
    raw = f'{{"raw":{quoted(str(value))}}}'
    if not isinstance(value, str):
        return raw
    try:
        known = datetime.fromisoformat(value).isoformat(" ", "microseconds") == value
    except ValueError:
        return raw
    return f'"{value[:10]}T{value[11:26]}Z"' if known else raw
