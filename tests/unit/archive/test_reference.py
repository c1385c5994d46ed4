"""The page on the archive's data says what is so."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from archive.audit import trail
from archive.tables import schema

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "archive.md"


def test_every_table_is_named() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in schema.metadata.tables if f"`{name}`" not in text] == []


def test_the_forms_are_the_ones_in_force() -> None:
    text = PAGE.read_text(encoding="utf-8")
    config = Config()
    config.set_main_option("script_location", "archive.db:migrations")
    config.set_main_option("path_separator", "os")
    head = ScriptDirectory.from_config(config).get_current_head()
    assert f"Alembic revision `{head}`" in text
    assert f"| audit event | {trail.FORM} |" in text


def test_the_printed_event_has_the_printed_hash() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (printed,) = re.findall(r"```json\n(.*)\n```", text)
    (expected,) = re.findall(r"has the hash `([0-9a-f]{64})`", text)
    assert hashlib.sha256(printed.encode("ascii")).hexdigest() == expected
    event = json.loads(printed)
    event["at"] = datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC)
    assert trail.digest(event) == expected
