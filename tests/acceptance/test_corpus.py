"""Every real scan and every damaged file through the whole road; prints the table of outcomes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive.store.objects_folder import FolderStore
from tests.acceptance.home import Home

SAMPLE = (  # fixed and named: scans that stand for their kind, and damage of every sort
    "scans/letters_rendered/letter01_300dpi_modern_1bit.tif",
    "scans/letters_rendered/letter14_200dpi_serif_1bit-speckle.png",
    "scans/misc/ccitt.pdf",
    "scans/misc/jbig2.pdf",
    "scans/misc/letter-de.pdf",
    "scans/misc/simple.heic",
    "broken/invalid.pdf",
    "broken/hugemono.pdf",
    "broken/pdfjs_evaljs.pdf",
    "broken/pillow_crash-2020-10-test.tif",
    "broken/pikepdf_cyclic-toc.pdf",
    "broken/qpdf_bad10.pdf",
    "broken/zero-byte.pdf",
)
TEXTS = {".txt", ".md", ".csv"}  # reference texts beside the scans


def take(home: Home, files: list[Path]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = home.json("ingest", "--wait", *map(str, files), good=(0, 1))
    return rows


def check(home: Home, files: list[Path], rows: list[dict[str, Any]]) -> None:
    store = FolderStore(home.path / "objects")
    assert [row["source"] for row in rows] == [str(path) for path in files]
    for path, row in zip(files, rows, strict=True):
        content = path.read_bytes()
        assert row["sha256"] == hashlib.sha256(content).hexdigest(), path
        assert store.path(row["sha256"]).read_bytes() == content, path
        assert row["outcome"] in ("archived", "held", "duplicate"), row
        if row["outcome"] != "archived":
            assert row["reason"], row
        assert "Interner Fehler" not in (row["reason"] or ""), row
        if "/scans/" in str(path):
            assert row["outcome"] == "archived", row
    assert all(one["ok"] for one in home.json("verify", "--all", "--seals"))


def table(rows: list[dict[str, Any]], root: Path) -> str:
    lines = [
        f"{row['outcome']:<10} {Path(row['source']).relative_to(root)}"
        + (f"  ({row['reason']})" if row["reason"] else "")
        for row in rows
    ]
    counts = Counter(row["outcome"] for row in rows)
    return "\n".join([*lines, json.dumps(counts)])


def test_sample_of_scans_and_damaged_files(tmp_path: Path, shared_data: Path) -> None:
    home = Home.make(tmp_path / "home")
    files = [shared_data / name for name in SAMPLE]
    check(home, files, take(home, files))


@pytest.mark.corpus
@pytest.mark.timeout(2400)
def test_all_scans_and_damaged_files(tmp_path: Path, shared_data: Path) -> None:
    home = Home.make(tmp_path / "home")
    files = sorted(
        path
        for folder in ("scans", "broken")
        for path in (shared_data / folder).rglob("*")
        if path.is_file() and path.suffix not in TEXTS
    )
    rows = take(home, files)
    print("\n" + table(rows, shared_data))
    check(home, files, rows)
