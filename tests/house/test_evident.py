"""Every table and column either carries evidence or is excepted in writing, in code and docs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from archive.tables import schema
from archive.tables.evident_tables import EVIDENT, PROJECTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "archive.md"
ROOMS = ("ingest", "archive", "api")
WRITES = re.compile(r"\b(insert\s+into|update|delete\s+from)\s+(\w+)", re.IGNORECASE)


def test_every_table_is_evident_or_a_projection() -> None:
    assert {*EVIDENT, *PROJECTIONS} == set(schema.metadata.tables)
    assert not set(EVIDENT) & set(PROJECTIONS)


def test_every_evident_row_has_a_salt_and_its_owner() -> None:
    for name, evident in EVIDENT.items():
        columns = schema.metadata.tables[name].columns
        assert "salt" in columns, name
        assert not evident.owner or evident.owner in columns, name
        assert set(evident.excepted) <= set(columns.keys()), name
        assert all(evident.excepted.values()), name


def test_the_page_lists_the_same_exceptions() -> None:
    text = PAGE.read_text(encoding="utf-8")
    columns = [
        f"| `{table}.{column}` | {why} |"
        for table, evident in EVIDENT.items()
        for column, why in evident.excepted.items()
    ]
    tables = [f"| `{table}` | {why} |" for table, why in PROJECTIONS.items()]
    for listed in (columns, tables):
        assert "\n".join(listed) in text


def test_no_text_writes_on_an_evident_table() -> None:
    """What is written as text goes by the ledger; migrations alone do so."""
    found = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found += [
                        f"{path.relative_to(ROOT)}:{node.lineno}: {match[0]}"
                        for match in WRITES.finditer(node.value)
                        if match[2].lower() in EVIDENT
                    ]
    assert found == []
