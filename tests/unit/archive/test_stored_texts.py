"""The quick ways to the texts that events and promises are hashed over say what the plain ones say."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from archive.promises.canonical_rows import digest as promise
from archive.promises.event_forms import STORED, digest, stored_digest
from archive.tables import schema
from archive.tables.evident_tables import EVIDENT

TEXTS = st.text(st.characters(exclude_categories=())) | st.text('{}":\\/\n\x00\x7fü€', max_size=20)
TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
NULLABLE = ("aggregate", "correlation_id", "object_sha256", "on_behalf", "promises", "reason")


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {name: draw(TEXTS) for name in STORED}
    found |= {name: draw(st.none() | TEXTS) for name in NULLABLE}
    for name in ("detail", "promises"):  # canonical JSON, whatever it says
        said = json.dumps({draw(TEXTS): draw(TEXTS)}, separators=(",", ":"))
        found[name] = said if name == "detail" else draw(st.none() | st.just(said))
    return found | {
        "seq": draw(st.integers(0, 2**62)),
        "form": draw(st.sampled_from([1, 2])),
        "at": draw(TIMES).replace(tzinfo=UTC),
    }


def lies(event: dict[str, Any], *, as_text: bool) -> list[Any]:
    """As the database gives it: SQLite keeps times as texts, PostgreSQL without a zone."""
    at = event["at"].replace(tzinfo=None)
    stored = {**event, "at": at.isoformat(" ", "microseconds") if as_text else at}
    return [stored[name] for name in STORED]


@given(events(), st.booleans())
def test_a_stored_event_has_the_hash_of_the_event(event: dict[str, Any], as_text: bool) -> None:
    assert stored_digest(lies(event, as_text=as_text)) == digest(event)


@given(events(), st.sampled_from(STORED), st.none() | st.integers() | st.binary() | TEXTS)
def test_an_event_with_any_value_changed_has_another(
    event: dict[str, Any], name: str, value: object
) -> None:
    """Also with one that its column cannot have, and never with an error."""
    stored = lies(event, as_text=True)
    place = STORED.index(name)
    changed = [*stored[:place], value, *stored[place + 1 :]]
    same = value == stored[place] or (
        event["form"] == 1 and name in ("aggregate", "promises")  # form 1 has neither
    )
    assert (stored_digest(changed) == stored_digest(stored)) == same


@pytest.mark.parametrize(
    "at", ["2026-11-22T08:00:00.000000", "2026-11-22 08:00:00", "gestern", "", "2026-11-22 08:00:00.000000+00:00"]
)  # fmt: skip
def test_a_time_that_is_written_otherwise_is_a_change(at: str) -> None:
    event = {name: "x" for name in STORED} | {
        "seq": 1, "form": 2, "at": datetime(2026, 11, 22, 8, tzinfo=UTC)
    }  # fmt: skip
    stored = lies(event, as_text=True)
    changed = [at if name == "at" else value for name, value in zip(STORED, stored, strict=True)]
    assert stored_digest(changed) != digest(event)


def test_an_unknown_form_has_no_hash() -> None:
    event = {name: "x" for name in STORED} | {"form": 3}
    assert stored_digest([event[name] for name in STORED]) == "form 3"


# ------------------------------------------------------------------ promises
def plainly(table: sa.Table, row: dict[str, Any]) -> str:
    """By the words of docs/reference/archive.md, "Promises of rows"."""
    values = {}
    for column in table.columns:
        value = row[column.name]
        if column.name not in EVIDENT[table.name].excepted and value is not None:
            values[column.name] = spelled(column.type, value)
    text = json.dumps(
        {"form": 1, "table": table.name, "row": values}, sort_keys=True, separators=(",", ":")
    )
    found = hashlib.sha256(text.encode("ascii")).digest()
    return urlsafe_b64encode(found).decode("ascii").rstrip("=")


def spelled(kind: Any, value: Any) -> Any:
    while isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl_instance
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(kind, sa.DateTime):
        if isinstance(value, datetime):
            return value.isoformat("T", "microseconds") + "Z"
        try:
            moment = datetime.fromisoformat(value)
        except (ValueError, TypeError):
            return {"raw": str(value)}
        same = moment.isoformat(" ", "microseconds") == value
        moment = moment.replace(tzinfo=None)
        return moment.isoformat("T", "microseconds") + "Z" if same else {"raw": value}
    if isinstance(kind, sa.Boolean) and value in (0, 1):
        return bool(value)
    if isinstance(kind, sa.JSON) and isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return {"raw": value}
    return value.isoformat() if isinstance(value, date) else value


STRINGS = (
    TEXTS
    | TIMES.map(lambda at: at.isoformat(" ", "microseconds"))
    | TIMES.map(lambda at: at.isoformat())
    | st.recursive(st.none() | st.integers() | TEXTS, lambda inner: st.dictionaries(TEXTS, inner)).map(json.dumps)
)  # fmt: skip
VALUES = st.none() | STRINGS | st.integers() | st.booleans() | st.binary() | st.floats(
    allow_nan=False
) | st.dates()  # fmt: skip


@given(st.sampled_from(sorted(EVIDENT)), st.data())
def test_a_row_is_promised_as_the_reference_says_whatever_it_holds(
    name: str, data: st.DataObject
) -> None:
    table = schema.metadata.tables[name]
    row = {column.name: data.draw(VALUES) for column in table.columns}
    assert promise(table, row) == plainly(table, row)


@given(st.text())
@example("2026-11-22 08:00:00.000000+02:00")
@example("2026-11-22 08:00:00.123+0100")
def test_times_of_any_spelling(text: str) -> None:
    table = schema.metadata.tables["item"]
    row = dict.fromkeys(table.columns.keys()) | {"received_at": text}
    assert promise(table, row) == plainly(table, row)
